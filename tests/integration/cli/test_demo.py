"""`orchestrator demo`: attended, unattended, interrupted, and on a repository of one's own."""

import hashlib
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.started import Terminal

pytestmark = pytest.mark.slow

STORY = "Whoever comes back is greeted by name. Everybody else sees what is there today."
AGENT = shlex.join([sys.executable, str(Path(__file__).with_name("agent.py"))])


def git(folder: Path, *arguments: str) -> str:
    """Run git as the person whose repository it is."""
    who = ("-c", "user.name=owner", "-c", "user.email=owner@localhost")
    return subprocess.run(
        ["git", *who, "-C", folder, *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Somebody's repository: commits, branches, a tag, a stash of unfinished work, a hook."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    for number in range(3):
        (folder / f"file{number}.txt").write_text(f"{number}\n", "utf-8")
        git(folder, "add", "--all")
        git(folder, "commit", "-q", "-m", f"Commit {number}")
    git(folder, "branch", "other", "HEAD~1")
    git(folder, "tag", "v1", "HEAD~2")
    (folder / "file0.txt").write_text("unfinished\n", "utf-8")
    hook = folder / ".git/hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n", "utf-8")
    hook.chmod(0o755)
    return folder


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file there is, git's own included, and what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("cold", [False, True])
def test_nobody_is_needed_and_the_end_is_summed_up(terminal: Terminal, cold: bool) -> None:
    demo = terminal.run("demo", "--unattended", cold=cold)
    assert (demo.wait(), demo.stderr) == (0, ""), demo
    said = demo.stdout
    for line in (
        "Item DEMO-1: Greet returning users by name",
        "❓ DEMO-1 waits for your answer:",
        "❯ answering for you:",
        "❯ approving for you: :approved:",
        "✅ DEMO-1 is done.",
        (
            "Stages: analysis → analysis → architecture → development → review → testing →"
            " development → review → testing → deploy → done"
        ),
        "Agents: 10 runs (analyst 2, architect 1, developer 2, reviewer 2, tester 2, deployer 1)",
        "orchestrator logs DEMO-1-10",
    ):
        assert line in said, demo
    assert said.index("Analyst needs clarification") < said.index("❯ answering for you")
    assert "deployer" in terminal.run("logs", "DEMO-1-10").stdout


def test_a_second_start_finds_the_item_where_it_was(terminal: Terminal, port: int) -> None:
    argv = ("demo", "--unattended", "--rehearse", "architect=slow:1")
    demo = terminal.serve(*argv)
    demo.says("advanced to architecture")
    demo.kill()
    assert terminal.run(*argv).wait() == 0
    assert [task["key"] for task in terminal.json("tasks")] == ["DEMO-1"]
    runs = terminal.task()["runs"]
    assert len(runs) == len({run["id"] for run in runs}) == 6
    third = terminal.run(*argv)
    assert third.wait() == 0
    assert "✅ DEMO-1 is done." in third.stdout
    assert terminal.task()["runs"] == runs


def test_a_person_answers_and_approves_from_another_terminal(terminal: Terminal) -> None:
    demo = terminal.serve("demo")
    demo.says('orchestrator comment DEMO-1 "your answer"')
    assert "Questions" in demo.stdout
    assert terminal.run("comment", "DEMO-1", "Use the profile's first name.").wait() == 0
    demo.says('orchestrator comment DEMO-1 ":approved:"')
    task = terminal.task()
    assert (task["stage"], task["status"]) == ("analysis", "in-review")
    assert terminal.run("comment", "DEMO-1", ":approved:").wait() == 0
    demo.says("Still serving. Stop with Ctrl-C.")
    assert demo.running()
    assert terminal.task()["status"] == "done"
    demo.send(signal.SIGINT)
    assert demo.wait() == 0, demo


def test_each_set_of_questions_is_answered(terminal: Terminal) -> None:
    roads = "analyst=questions,questions,artifacts"
    demo = terminal.run("demo", "--unattended", "--rehearse", roads)
    assert demo.wait() == 0, demo
    assert demo.stdout.count("❯ answering for you") == 2


@pytest.mark.parametrize(
    ("roads", "why"),
    [
        ("analyst=nothing", "Analyst ended without artifacts and without questions"),
        ("deployer=deploy-fail", "Deploy FAILED"),
        ("tester=fail", "Developer has had 3 runs without getting through"),
        ("analyst=questions", "3 rounds"),
        ("developer=crash", "of Developer failed: exit code 13"),
    ],
)
def test_an_item_that_needs_a_person_ends_it_and_says_why(
    terminal: Terminal, roads: str, why: str
) -> None:
    demo = terminal.run("demo", "--unattended", "--rehearse", roads)
    assert demo.wait() == 1, demo
    told = demo.stdout.partition("⚠️ DEMO-1 is blocked:")[2]
    assert why in told, demo
    assert "orchestrator item DEMO-1 state in-progress" in told
    assert "blocked" in told.partition("⚠️ DEMO-1 ended in ")[2], demo


def test_an_item_that_is_unfit_says_what_is_missing(terminal: Terminal) -> None:
    argv = ("demo", "--unattended", "--title", "Hm", "--description-file", "-")
    demo = terminal.run(*argv, stdin="Short.")
    assert demo.wait() == 1, demo
    assert "QG-0 failed" in demo.stdout


@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_of_ones_own_is_worked_on_in_a_clone(
    terminal: Terminal, tmp_path: Path, repository: Path, bare: bool
) -> None:
    if bare:
        git(tmp_path, "clone", "-q", "--bare", str(repository), "theirs.git")
        repository = tmp_path / "theirs.git"
    before = fingerprint(repository)
    argv = ("demo", "--unattended", "--repo", str(repository), "--title", "Do some work")
    demo = terminal.run(*argv, "--description-file", "-", "--agent", AGENT, stdin=STORY)
    assert demo.wait() == 0, demo
    assert fingerprint(repository) == before
    ours = terminal.folder / "var/repositories/theirs.git"
    branch = terminal.task()["branch"]
    assert git(ours, "show", f"{branch}:work.txt") == "DEMO-1\n"
    assert git(ours, "show", f"{branch}:file0.txt") == "0\n"
    assert git(ours, "rev-parse", "trunk") == git(repository, "rev-parse", "trunk")
    assert git(ours, "merge-base", branch, "trunk") == git(ours, "rev-parse", "trunk")
    assert {"other", "trunk", branch} <= set(
        git(ours, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    )


def test_the_branch_to_start_from_can_be_named(terminal: Terminal, repository: Path) -> None:
    argv = ("demo", "--unattended", "--repo", str(repository), "--base-branch", "other")
    item = ("--title", "Do some work", "--description-file", "-", "--agent", AGENT)
    assert terminal.run(*argv, *item, stdin=STORY).wait() == 0
    ours = terminal.folder / "var/repositories/theirs.git"
    assert git(ours, "merge-base", terminal.task()["branch"], "trunk") == git(
        repository, "rev-parse", "other"
    )


def test_an_agent_that_is_not_there_is_told_by_name(terminal: Terminal) -> None:
    demo = terminal.run("demo", "--unattended", "--agent", "no-such-agent --fast")
    assert demo.wait() == 1, demo
    assert "no-such-agent" in demo.stdout


def test_it_speaks_russian_where_the_machine_does(terminal: Terminal) -> None:
    demo = terminal.run("demo", "--unattended", environment={"LANG": "ru_RU.UTF-8"})
    assert demo.wait() == 0, demo
    assert "✅ DEMO-1 готова." in demo.stdout
    assert "Приветствовать вернувшихся" in demo.stdout
