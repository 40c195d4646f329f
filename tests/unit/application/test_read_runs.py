"""What runs say is read on from where it was left, and from the beginning after a restart."""

from datetime import timedelta
from pathlib import Path

from adapters.agents.claude_code import ClaudeCode
from adapters.agents.command import AnyCommand
from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from application.agents import Agents
from application.read_runs import ReadRuns
from domain.identifiers import Role, RunId
from domain.reading import Ending, Reading
from ports.agent_runner import AgentSpec
from ports.agent_runtime import AgentSetup
from tests.integration.agents.recordings import RECORDED

RUN, ANALYST, TESTER = RunId("ET-1-1"), Role("analyst"), Role("tester")
OK = next(told for told in RECORDED if told.name == "claude-ok")
AGENTS = Agents(
    otherwise=AgentSetup(runtime="claude-code"),
    setups={TESTER: AgentSetup(runtime="command", command=["t"])},
)
LONG = timedelta(hours=1)


def reading_of(runner: MemoryRunner) -> ReadRuns:
    """A reader as it is after a restart."""
    return ReadRuns(runner, {"claude-code": ClaudeCode(), "command": AnyCommand()}, AGENTS)


async def started(clock: SteppedClock, tmp_path: Path) -> MemoryRunner:
    """A runner with a run at work."""
    runner = MemoryRunner(clock)
    spec = AgentSpec(
        command=["a"],
        workspace=tmp_path,
        brief="",
        environment={},
        time_limit=LONG,
        idle_limit=LONG,
    )
    await runner.ensure(RUN, spec)
    return runner


async def test_it_is_read_as_it_comes_and_to_its_end(clock: SteppedClock, tmp_path: Path) -> None:
    runner = await started(clock, tmp_path)
    read = reading_of(runner)
    assert await read(RUN, ANALYST) == Reading()
    half = len(OK.output) // 2
    runner.say(RUN, OK.output[:half])
    first = await read(RUN, ANALYST)
    assert first is not None
    assert first.usage.total > 0
    assert first.ending is None
    runner.say(RUN, OK.output[half:].rstrip("\n"))
    runner.finish(RUN)
    last = await read(RUN, ANALYST)
    assert last is not None
    assert (last.ending, last.usage) == (Ending.FINISHED, OK.usage)
    assert await reading_of(runner)(RUN, ANALYST) == last
    read.forget(RUN)
    assert await read(RUN, ANALYST) == last


async def test_a_run_that_never_was_has_said_nothing(clock: SteppedClock) -> None:
    assert await reading_of(MemoryRunner(clock))(RUN, ANALYST) == Reading()


async def test_a_program_of_ones_own_says_nothing_of_itself(
    clock: SteppedClock, tmp_path: Path
) -> None:
    runner = await started(clock, tmp_path)
    read = reading_of(runner)
    assert await read(RUN, TESTER) is None
    assert [read.speaks(role) for role in (ANALYST, TESTER)] == [True, False]
