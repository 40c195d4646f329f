"""Each recorded stream, replayed by a stub through the real process runner, and what it means."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.process.agent_runner import ProcessRunner
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from domain.reading import Ending, Reading, outcome_of
from ports.agent_runner import AgentSpec, Observation
from ports.agent_runtime import Access, AgentRuntime, AgentSetup, Invocation
from tests.integration.agents.recordings import (
    ACP,
    FOLDER,
    RECORDED,
    SPOKEN,
    Recorded,
    Spoken,
    dollars,
)
from tests.integration.process.theatre import make_runner

RUN = RunId("ET-1-1")
LONG = timedelta(minutes=1)
STUB = 'test -f "$1" && cat "$1"; exit "$2"'
REPLAY = Path(__file__).with_name("acp_replay.py")


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncGenerator[ProcessRunner]:
    runner = make_runner(tmp_path / "data")
    yield runner
    for run in await runner.live():
        await runner.stop(run)
    await runner.close()


async def played(
    runner: ProcessRunner, workspace: Path, called: Invocation, runtime: AgentRuntime
) -> tuple[Observation, Reading, str]:
    """Run it to its end, reading what it prints while it runs."""
    spec = AgentSpec(
        command=called.command,
        workspace=workspace,
        brief="# Write hello.txt\n",
        environment=called.environment,
        home=called.home,
        time_limit=LONG,
        idle_limit=LONG,
    )
    await runner.ensure(RUN, spec)
    reader, cursor, log = runtime.reader(), 0, ""
    async with asyncio.timeout(60):
        while True:
            chunk = await runner.logs(RUN, cursor)
            reader.feed(chunk.text)
            cursor, log = chunk.next, log + chunk.text
            if chunk.ended:
                break
            await asyncio.sleep(0.005)
    reader.close()
    seen = await runner.observe(RUN)
    assert seen.liveness is Liveness.GONE
    return seen, reader.reading, log


def through_our_program(name: str, access: Access) -> Invocation:
    """How the agent of that conversation is started."""
    agent = [sys.executable, "-S", str(REPLAY), str(FOLDER / f"{name}.acp.jsonl")]
    setup = AgentSetup(runtime="acp", command=agent, access=access)
    return ACP.invoke(setup, budget=None)


@pytest.mark.parametrize("told", RECORDED, ids=lambda told: f"{told.name}-{told.seen}")
async def test_what_a_recorded_stream_means(
    runner: ProcessRunner, tmp_path: Path, told: Recorded
) -> None:
    file = str(FOLDER / f"{told.name}.stdout")
    code = told.exit_code % 256
    called = Invocation(command=["sh", "-c", STUB, "stub", file, str(code)])
    seen, reading, _ = await played(runner, tmp_path, called, told.runtime)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, code)
    assert outcome_of(told.seen, reading) is told.outcome
    assert reading.usage == told.usage
    assert reading.reckoned == dollars(told.reckoned)
    assert [what.split(":")[0] for what in reading.refusals] == list(told.refusals)
    assert told.says in reading.detail


@pytest.mark.parametrize("told", SPOKEN, ids=lambda told: told.name)
async def test_what_an_acp_agent_says_means_the_same_through_our_program(
    runner: ProcessRunner, tmp_path: Path, told: Spoken
) -> None:
    command = through_our_program(told.name, told.access)
    seen, reading, log = await played(runner, tmp_path, command, ACP)
    assert seen.outcome is Outcome.EXITED
    assert outcome_of(Outcome.EXITED, reading) is told.outcome, log
    assert (seen.exit_code == 0) == (reading.ending is Ending.FINISHED), log
    assert reading.usage == told.usage
    assert reading.reckoned == dollars(told.reckoned)
    assert bool(reading.refusals) == told.refused
    assert "prompt # Write hello.txt" in log


@pytest.mark.parametrize(
    ("name", "access", "mode"),
    [
        ("codex-acp", Access.WORKSPACE, "auto"),
        ("codex-acp", Access.FULL, "full-access"),
        ("codex-acp", Access.READ, "read-only"),
        ("gemini-acp", Access.READ, "plan"),
        ("gemini-acp", Access.WORKSPACE, None),
        ("claude-acp", Access.WORKSPACE, None),
    ],
)
async def test_an_acp_agent_is_given_the_mode_of_its_access(
    runner: ProcessRunner, tmp_path: Path, name: str, access: Access, mode: str | None
) -> None:
    command = through_our_program(name, access)
    _, _, log = await played(runner, tmp_path, command, ACP)
    assert (f"mode {mode}\n" in log) == (mode is not None)
    assert mode is not None or "mode " not in log.replace('"mode', "")


async def test_an_acp_agent_that_is_not_there_is_told_by_name(
    runner: ProcessRunner, tmp_path: Path
) -> None:
    setup = AgentSetup(runtime="acp", command=["no-such-agent"])
    called = ACP.invoke(setup, budget=None)
    seen, reading, _ = await played(runner, tmp_path, called, ACP)
    assert seen.exit_code == 1
    assert outcome_of(Outcome.EXITED, reading) is Outcome.CRASHED
    assert "no-such-agent cannot be started" in reading.detail


async def test_an_agent_that_its_launcher_leaves_behind_does_not_keep_a_finished_run_alive(
    runner: ProcessRunner, tmp_path: Path
) -> None:
    replay = through_our_program("claude-acp", Access.WORKSPACE)
    *ours, agent, flag, program, told = replay.command
    # As the launcher of codex-acp, whose agent does not end when nobody speaks to it any more.
    script = '"$@" <&3 & exec 3<&-; (exec 3<&-; sleep 600) & wait'
    launcher = ["sh", "-c", f"exec 3<&0; {script}", "launcher"]
    command = [*ours, *launcher, agent, flag, program, told]
    called = Invocation(command=command, environment=replay.environment, home=replay.home)
    seen, reading, _ = await played(runner, tmp_path, called, ACP)
    assert (seen.exit_code, reading.ending) == (0, Ending.FINISHED)


def test_every_recording_stands_in_the_table() -> None:
    """A file that nobody reads proves nothing."""
    told = {recorded.name for recorded in RECORDED} | {spoken.name for spoken in SPOKEN}
    there = {file.name.split(".")[0] for file in FOLDER.iterdir()}
    assert there == told
