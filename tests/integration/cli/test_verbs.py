"""Every verb, beside a running service and without one."""

import json
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from entrypoints.cli.main import VERBS
from tests.integration.cli.started import ROOT, Started, Terminal, until
from tests.integration.cli.test_stopping import agents, make_item

SOON = 2.0
"""A second, and what a busy machine adds to it."""
ROADS = '[agents]\nenvironment = {{ REHEARSAL = "{}" }}'


def done(started: Started) -> str:
    """What a command that succeeded printed."""
    assert started.wait() == 0, started
    assert started.stderr == "", started
    return started.stdout


def moment(task: dict[str, Any], what: str) -> datetime:
    """When that was last done to the task."""
    found = [entry for entry in task["history"] if entry["what"] == what]
    assert found, task["history"]
    return datetime.fromisoformat(found[-1]["at"])


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(terminal: Terminal, verb: str) -> None:
    assert f"Usage: orchestrator {verb}" in done(terminal.run(verb, "--help"))
    assert verb in done(terminal.run("--help"))


def test_the_version(terminal: Terminal) -> None:
    assert done(terminal.run("--version")).startswith("orchestrator, version ")


def test_lists_are_there_before_anything_else_is(terminal: Terminal) -> None:
    assert terminal.json("tasks") == []
    assert terminal.json("dead-letters") == []
    assert done(terminal.run("migrate")) == "the database is up to date\n"


def test_a_new_installation_is_found_well(terminal: Terminal) -> None:
    assert {(one["tool"], one["verdict"]) for one in terminal.json("doctor")} == {
        (tool, "ok") for tool in ("database", "tracker", "forge", "agents", "notifier")
    }
    assert done(terminal.run("init")) == "nothing was missing\n"


def test_a_verb_that_only_looks_does_not_load_a_web_framework() -> None:
    """What takes a second of each call is not loaded where it is not needed."""
    program = "import sys, entrypoints.cli.tasks; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "src")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "sqlalchemy" in loaded
    assert not {"litestar", "uvicorn", "alembic"} & set(loaded)


def test_what_is_listed_can_be_read_by_people_and_programs(terminal: Terminal, port: int) -> None:
    terminal.configure(ROADS.format("analyst=questions"))
    terminal.serve()
    make_item(port)
    task = terminal.reaches("needs-input")
    assert (task["key"], task["stage"], task["waits_for"]) == ("DEMO-1", "analysis", "person")
    assert [run["role"] for run in task["runs"]] == ["analyst"]
    assert {"at", "who", "what", "why"} == set(task["history"][0])
    (listed,) = terminal.json("tasks")
    assert listed == {name: value for name, value in task.items() if name in listed}
    shown = done(terminal.run("task", "DEMO-1"))
    assert "asked people" in shown
    assert "DEMO-1-1" in shown
    assert "needs-input" in done(terminal.run("tasks"))
    log = done(terminal.run("logs", "DEMO-1-1"))
    assert "questions" in log


def test_the_pipeline_is_drawn_as_it_is_configured(terminal: Terminal) -> None:
    assert "| deploy | deployer |" in done(terminal.run("pipeline"))
    terminal.configure(
        "[[pipeline.stages]]\nname = 'write'\nrole = 'writer'\n"
        "gate = { kind = 'artifacts', files = ['text.md'] }"
    )
    page = done(terminal.run("pipeline"))
    assert "| write | writer |" in page
    assert "deployer" not in page


@pytest.mark.parametrize("beside", [True, False])
def test_a_comment_from_standard_input_answers(terminal: Terminal, port: int, beside: bool) -> None:
    terminal.configure(ROADS.format("analyst=questions,artifacts"))
    server = terminal.serve()
    make_item(port)
    terminal.reaches("needs-input")
    if not beside:
        server.send(signal.SIGTERM)
        server.wait()
    said = "Everybody.\n\nOf both houses: «все».\n"
    assert done(terminal.run("comment", "DEMO-1", "-", stdin=said)) == (
        "commented on DEMO-1 as you\n"
    )
    if not beside:
        assert terminal.task()["status"] == "needs-input"
        terminal.serve()
    task = terminal.reaches("in-review")
    brief = (terminal.folder / "var/runs/DEMO-1-2/brief.md").read_text("utf-8")
    assert "«все»" in brief
    assert [run["role"] for run in task["runs"]] == ["analyst", "analyst"]


@pytest.mark.parametrize("beside", [True, False])
def test_an_agent_is_stopped_and_started_again_by_command(
    terminal: Terminal, port: int, beside: bool
) -> None:
    terminal.configure(ROADS.format("analyst=hang,artifacts"))
    server = terminal.serve()
    make_item(port)
    until(lambda: agents(terminal), "an agent to be at work")
    _leave(server, beside)
    assert "will be cancelled" in done(terminal.run("cancel", "DEMO-1"))
    server = server if beside else terminal.serve()
    terminal.reaches("cancelled")
    until(lambda: not agents(terminal), "the agent to be gone")
    _leave(server, beside)
    assert "will be taken up again" in done(terminal.run("retry", "DEMO-1"))
    if not beside:
        terminal.serve()
    terminal.reaches("in-review")


@pytest.mark.parametrize("beside", [True, False])
def test_an_item_is_moved_and_taken_up_again(terminal: Terminal, port: int, beside: bool) -> None:
    terminal.configure(ROADS.format("analyst=artifacts"))
    server = terminal.serve()
    make_item(port)
    terminal.reaches("in-review")
    _leave(server, beside)
    assert "is moved to todo" in done(terminal.run("item", "DEMO-1", "state", "todo"))
    server = server if beside else terminal.serve()
    terminal.reaches("paused")
    _leave(server, beside)
    done(terminal.run("item", "DEMO-1", "state", "needs-input"))
    server = server if beside else terminal.serve()
    terminal.reaches("needs-input")
    _leave(server, beside)
    done(terminal.run("item", "DEMO-1", "state", "in-progress"))
    if not beside:
        terminal.serve()
    until(lambda: len(terminal.task()["runs"]) == 2, "the analyst to be started again")


def _leave(server: Started, beside: bool) -> None:
    if not beside:
        server.send(signal.SIGTERM)
        assert server.wait() == 0, server


def test_what_is_said_is_heard_within_about_a_second(terminal: Terminal, port: int) -> None:
    terminal.configure(ROADS.format("analyst=artifacts"))
    terminal.serve()
    make_item(port)
    terminal.reaches("in-review")
    done(terminal.run("item", "DEMO-1", "state", "todo"))
    said = _clock()
    task = terminal.reaches("paused")
    heard = max(datetime.fromisoformat(entry["at"]) for entry in task["history"])
    assert (heard - said).total_seconds() < SOON
    done(terminal.run("retry", "DEMO-1"))
    said = _clock()
    until(lambda: len(terminal.task()["runs"]) == 2, "the analyst to be started again")
    assert (moment(terminal.task(), "launched an agent") - said).total_seconds() < SOON


def _clock() -> datetime:
    return datetime.now().astimezone()


def test_a_dead_letter_is_listed_and_tried_again(terminal: Terminal, port: int) -> None:
    server = terminal.serve()
    repository = terminal.folder / "var/repositories/sample.git"
    until((repository / "HEAD").exists, lambda: f"the sample is wanted of {server}")
    away = repository.with_name("away")
    shutil.move(repository, away)
    make_item(port)
    until(lambda: terminal.json("dead-letters"), lambda: f"a dead letter is wanted of {server}")
    (letter,) = terminal.json("dead-letters")
    assert letter["kind"] == "PrepareBranch"
    assert "no repository 'sample'" in letter["error"]
    assert "PrepareBranch" in done(terminal.run("dead-letters"))
    terminal.reaches("blocked")
    shutil.move(away, repository)
    assert "will be tried again" in done(terminal.run("replay", str(letter["id"])))
    until(lambda: not terminal.json("dead-letters"), "the dead letter to be gone")


def test_workers_go_on_without_a_web_server(terminal: Terminal, port: int) -> None:
    terminal.configure(ROADS.format("analyst=slow:1"))
    server = terminal.serve()
    make_item(port)
    until(lambda: agents(terminal), "an agent to be at work")
    server.send(signal.SIGTERM)
    server.wait()
    worker = terminal.start("work")
    worker.says("working")
    terminal.reaches("in-review")
    done(terminal.run("comment", "DEMO-1", ":approved:"))
    until(lambda: terminal.task()["stage"] != "analysis", "the item to go on")
    assert "approval is wanted" in worker.stdout


def test_the_console_script_itself_prints_json_whatever_the_terminal_can_show(
    terminal: Terminal, port: int
) -> None:
    terminal.serve()
    make_item(port, title="Приветствовать ❓ по имени")
    until(terminal.task, "the task to be there")
    for encoding in ("utf-8", "ascii", "cp1251"):
        variables = {"PYTHONIOENCODING": encoding}
        started = terminal.run("tasks", "--json", cold=True, environment=variables)
        assert (started.wait(), started.stderr) == (0, "")
        assert terminal.run("tasks", cold=True, environment=variables).wait() == 0
    (task,) = json.loads(terminal.run("tasks", "--json", cold=True).stdout)
    assert task["title"] == "Приветствовать ❓ по имени"


def test_the_log_of_an_item_is_that_of_its_newest_run_unless_another_is_named(
    terminal: Terminal, port: int
) -> None:
    terminal.configure(ROADS.format("analyst=questions,artifacts"))
    terminal.serve()
    make_item(port)
    terminal.reaches("needs-input")
    asked = done(terminal.run("logs", "DEMO-1"))
    assert asked == done(terminal.run("logs", "DEMO-1", "--run", "1", "--raw"))
    assert asked == done(terminal.run("logs", "DEMO-1", "--follow"))
    done(terminal.run("comment", "DEMO-1", "Everybody."))
    terminal.reaches("in-review")
    answered = done(terminal.run("logs", "DEMO-1", "-f"))
    assert answered == done(terminal.run("logs", "DEMO-1-2")) != asked
    assert asked == done(terminal.run("logs", "DEMO-1", "--run", "1"))
