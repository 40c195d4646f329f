"""What an agent is given, and what is a start that could not be."""

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.process import supervisor
from adapters.process.agent_runner import ProcessRunner
from domain.errors import Unavailable
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.agent_runner import AgentSpec, Observation
from tests.contracts.agent_runner import ONE, PATIENCE, ended, until
from tests.integration.process.theatre import ProcessTheatre, make_runner


def spec(
    theatre: ProcessTheatre,
    command: Sequence[str],
    *,
    brief: str = "",
    environment: Mapping[str, str] | None = None,
    workspace: Path | None = None,
) -> AgentSpec:
    """What starts that command."""
    return AgentSpec(
        command=command,
        workspace=workspace or theatre.workspace,
        brief=brief,
        environment=environment or {},
        time_limit=timedelta(hours=1),
        idle_limit=timedelta(hours=1),
    )


async def printed(theatre: ProcessTheatre, started: AgentSpec) -> str:
    """What it printed until its end."""
    await theatre.runner.ensure(ONE, started)
    await ended(theatre, ONE)
    text, cursor = "", 0
    while True:
        chunk = await theatre.runner.logs(ONE, cursor)
        text, cursor = text + chunk.text, chunk.next
        if chunk.ended:
            return text


async def not_started(theatre: ProcessTheatre, started: AgentSpec) -> Observation:
    """How it stands, having not started."""
    ends = theatre.runner.ends()
    await theatre.runner.ensure(ONE, started)
    seen = await theatre.runner.observe(ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
    assert await anext(ends) == ONE
    return seen


async def test_a_brief_of_a_megabyte_comes_whole_on_standard_input_and_as_a_file(
    theatre: ProcessTheatre,
) -> None:
    brief = "Ж" * 500_000 + "\n"
    output = await printed(
        theatre, spec(theatre, ["sh", "-c", 'md5sum; md5sum <"$ORCHESTRATOR_BRIEF"'], brief=brief)
    )
    wanted = hashlib.md5(brief.encode(), usedforsecurity=False).hexdigest()
    assert [line.split()[0] for line in output.splitlines()] == [wanted, wanted]


async def test_the_agent_gets_allowed_names_and_its_own_but_no_secret_of_ours(
    theatre: ProcessTheatre,
) -> None:
    await theatre.runner.close()
    ours = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PLANE_API_KEY": "secret",
        "GITEA_TOKEN": "secret",
        "HTTPS_PROXY": "http://user:secret@proxy",
        "ANTHROPIC_API_KEY": "for agents",
    }
    theatre.runner = make_runner(theatre.data, ours, names=["ANTHROPIC_API_KEY"])
    output = await printed(
        theatre,
        spec(theatre, ["env"], environment={"LANG": "ru_RU.UTF-8", "ORCHESTRATOR_RUN": "x"}),
    )
    got = dict(line.split("=", 1) for line in output.splitlines())
    for harmless in ("PWD", "SHLVL", "_"):  # some shells add these
        got.pop(harmless, None)
    assert got == {
        "PATH": ours["PATH"],
        "LANG": "ru_RU.UTF-8",
        "ANTHROPIC_API_KEY": "for agents",
        "ORCHESTRATOR_RUN": ONE,
        "ORCHESTRATOR_BRIEF": str(theatre.data.resolve() / "runs" / ONE / "brief.md"),
    }


async def test_the_agent_gets_no_file_of_ours_but_its_input_and_output(
    theatre: ProcessTheatre, tmp_path: Path
) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        output = await printed(theatre, spec(theatre, ["ls", "-l", "/proc/self/fd"]))
    assert "secret" not in output
    assert "supervisor" not in output


async def test_it_works_in_its_workspace_and_prints_errors_into_the_same_log(
    theatre: ProcessTheatre,
) -> None:
    output = await printed(theatre, spec(theatre, ["sh", "-c", "pwd; echo wrong >&2"]))
    assert output == f"{theatre.workspace}\nwrong\n"


async def test_the_arguments_arrive_as_they_were_given(theatre: ProcessTheatre) -> None:
    hostile = ["$(exit 3)", "a b", "", "*", "'", "-n", "ж\n"]
    output = await printed(theatre, spec(theatre, ["printf", "<%s>", *hostile]))
    assert output == "".join(f"<{each}>" for each in hostile)


async def test_a_program_of_the_workspace_is_started_by_its_path(theatre: ProcessTheatre) -> None:
    program = theatre.workspace / "agent"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    assert await printed(theatre, spec(theatre, ["./agent"])) == "here\n"


async def test_words_of_the_shell_are_no_commands(theatre: ProcessTheatre) -> None:
    seen = await not_started(theatre, spec(theatre, ["exit", "0"]))
    assert seen.detail == "exit: not found on PATH"


async def test_what_is_not_executable_is_not_started(theatre: ProcessTheatre) -> None:
    (theatre.workspace / "agent").write_text("#!/bin/sh\n")
    assert "not executable" in (await not_started(theatre, spec(theatre, ["./agent"]))).detail


async def test_a_script_without_its_interpreter_is_not_started(theatre: ProcessTheatre) -> None:
    program = theatre.workspace / "agent"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    seen = await not_started(theatre, spec(theatre, ["./agent"]))
    assert "/no/such/interpreter" in seen.detail


async def test_no_command_is_not_started(theatre: ProcessTheatre) -> None:
    assert (await not_started(theatre, spec(theatre, []))).detail == "no command was given"


async def test_without_its_workspace_it_is_not_started(theatre: ProcessTheatre) -> None:
    gone = theatre.workspace / "gone"
    assert str(gone) in (await not_started(theatre, spec(theatre, ["true"], workspace=gone))).detail


@pytest.mark.parametrize("environment", [{"A\0B": "x"}, {"A": "x\0"}, {"A=B": "x"}])
async def test_an_impossible_environment_is_not_started(
    theatre: ProcessTheatre, environment: Mapping[str, str]
) -> None:
    assert (await not_started(theatre, spec(theatre, ["true"], environment=environment))).detail


async def test_arguments_too_long_for_the_system_are_not_started(theatre: ProcessTheatre) -> None:
    seen = await not_started(theatre, spec(theatre, ["true", "x" * 5_000_000]))
    assert "too long" in seen.detail


async def test_where_nothing_can_be_written_the_runner_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    runner = make_runner(tmp_path / "data")
    with pytest.raises(Unavailable):
        await runner.ping()
    with pytest.raises(Unavailable):
        await runner.ensure(
            ONE, spec(ProcessTheatre(tmp_path / "other", tmp_path), ["true"], workspace=tmp_path)
        )
    await runner.close()


async def test_a_caller_who_gives_up_does_not_keep_the_run_from_being_watched(
    theatre: ProcessTheatre,
) -> None:
    ends = theatre.runner.ends()
    starting = asyncio.ensure_future(theatre.runner.ensure(ONE, spec(theatre, ["true"])))
    folder = theatre.data / "runs" / ONE

    async def begun() -> bool:
        return folder.exists()

    await until(begun)
    starting.cancel()
    async with asyncio.timeout(PATIENCE):
        assert await anext(ends) == ONE
    assert (await theatre.runner.observe(ONE)).exit_code == 0


async def test_a_run_whose_end_was_seen_before_its_start_was_is_no_failure(
    theatre: ProcessTheatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*arguments: Any, **more: Any) -> int:
        pid = really(*arguments, **more)
        os.waitpid(pid, 0)  # as our keeper does with those that it adopted
        return pid

    really = supervisor.start
    monkeypatch.setattr(supervisor, "start", start)
    ends = theatre.runner.ends()
    await theatre.runner.ensure(ONE, spec(theatre, ["true"]))
    assert await anext(ends) == ONE
    assert (await theatre.runner.observe(ONE)).exit_code == 0


async def test_two_hundred_runs_one_after_another_and_eight_at_once(
    theatre: ProcessTheatre,
) -> None:
    async def each(runner: ProcessRunner, lane: int) -> None:
        for number in range(25):
            run = RunId(f"ET-{lane}-{number}")
            await runner.ensure(run, spec(theatre, ["true"]))
            seen = await ended(theatre, run)
            assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0)

    async with asyncio.TaskGroup() as group:
        for lane in range(1, 9):
            group.create_task(each(theatre.runner, lane))
