"""What runs say is read on from where it was left, and from the beginning after a restart."""

from dataclasses import replace
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
from ports.store import Assigned, RunRecord
from tests.contracts.store_steps import a_run
from tests.integration.agents.recordings import RECORDED

RUN, ANALYST, TESTER = RunId("ET-1-1"), Role("analyst"), Role("tester")
OK = next(told for told in RECORDED if told.name == "claude-ok")
AGENTS = Agents(
    otherwise=AgentSetup(runtime="claude-code"),
    setups={TESTER: AgentSetup(runtime="command", command=["t"])},
)
LONG = timedelta(hours=1)


def run_of(role: Role) -> RunRecord:
    """The run, of that role."""
    record = a_run()
    return replace(record, run=replace(record.run, id=RUN, role=role))


ANALYSIS, TESTING = run_of(ANALYST), run_of(TESTER)


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
    assert await read(ANALYSIS) == Reading()
    half = len(OK.output) // 2
    runner.say(RUN, OK.output[:half])
    first = await read(ANALYSIS)
    assert first is not None
    assert first.usage.total > 0
    assert first.ending is None
    runner.say(RUN, OK.output[half:].rstrip("\n"))
    runner.finish(RUN)
    last = await read(ANALYSIS)
    assert last is not None
    assert (last.ending, last.usage) == (Ending.FINISHED, OK.usage)
    assert await reading_of(runner)(ANALYSIS) == last
    read.forget(RUN)
    assert await read(ANALYSIS) == last


async def test_a_run_that_never_was_has_said_nothing(clock: SteppedClock) -> None:
    assert await reading_of(MemoryRunner(clock))(ANALYSIS) == Reading()


async def test_a_program_of_ones_own_says_nothing_of_itself(
    clock: SteppedClock, tmp_path: Path
) -> None:
    runner = await started(clock, tmp_path)
    read = reading_of(runner)
    assert await read(TESTING) is None
    assert [read.speaks(record) for record in (ANALYSIS, TESTING)] == [True, False]


async def test_a_run_is_read_as_what_was_started_whatever_is_configured_by_now(
    clock: SteppedClock, tmp_path: Path
) -> None:
    runner = await started(clock, tmp_path)
    runner.say(RUN, OK.output)
    configured_anew = replace(TESTING, agent=Assigned(runtime="claude-code"))
    read = reading_of(runner)
    assert read.speaks(configured_anew)
    said = await read(configured_anew)
    assert said is not None
    assert said.usage == OK.usage
