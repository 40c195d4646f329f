"""Logs for people: no secret in them, wherever a piece is cut; and readable steps."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from application.agents import Agents
from application.show_log import MASK, ShowLog, line_of, secrets_in
from domain.errors import NotFound
from domain.identifiers import RunId
from domain.reading import Step, StepKind
from entrypoints.container import runtimes_of
from ports.agent_runner import AgentSpec
from ports.agent_runtime import AgentSetup
from tests.contracts.store_steps import a_run, add
from tests.integration.agents.recordings import RECORDED

SECRET = "sk-ant-0123456789"
RUN = a_run().run.id
LONG = timedelta(hours=1)
OK = next(told for told in RECORDED if told.name == "claude-ok")


@pytest.fixture
async def runner(clock: SteppedClock, tmp_path: Path) -> MemoryRunner:
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


@pytest.fixture
def show(store: SqlStore, runner: MemoryRunner) -> ShowLog:
    return ShowLog(
        store=store,
        runner=runner,
        agents=Agents(otherwise=AgentSetup(runtime="claude-code")),
        runtimes=runtimes_of(),
        secrets=[SECRET, "short", f"{SECRET}-longer"],
    )


async def read(show: ShowLog) -> str:
    """All there is, piece by piece."""
    text, cursor = "", 0
    while True:
        chunk = await show.logs(RUN, cursor)
        text += chunk.text
        if chunk.ended or chunk.next == cursor:
            return text
        cursor = chunk.next


async def test_a_secret_is_masked_and_the_longest_one_first(
    show: ShowLog, runner: MemoryRunner
) -> None:
    runner.say(RUN, f"key={SECRET} and {SECRET}-longer, short\n")
    assert await read(show) == f"key={MASK} and {MASK}, short\n"


@pytest.mark.parametrize("cut", range(1, len(SECRET)))
async def test_a_secret_that_comes_in_two_pieces_is_masked(
    show: ShowLog, runner: MemoryRunner, cut: int
) -> None:
    runner.say(RUN, f"жkey={SECRET[:cut]}")
    first = await show.logs(RUN)
    assert first.text == "жkey="
    runner.say(RUN, f"{SECRET[cut:]} end\n")
    second = await show.logs(RUN, first.next)
    assert first.text + second.text == f"жkey={MASK} end\n"


async def test_what_only_began_like_a_secret_is_shown_at_the_end(
    show: ShowLog, runner: MemoryRunner
) -> None:
    runner.say(RUN, f"it ends with {SECRET[:5]}")
    assert await read(show) == "it ends with "
    runner.finish(RUN)
    assert await read(show) == f"it ends with {SECRET[:5]}"


async def test_following_ends_with_the_run(show: ShowLog, runner: MemoryRunner) -> None:
    runner.say(RUN, "one\n")
    pieces = show.follow(RUN)
    assert (await anext(pieces)).text == "one\n"
    runner.say(RUN, "two\n")
    runner.finish(RUN)
    assert [chunk.text async for chunk in pieces] == ["two\n"]


async def test_a_transcript_tells_what_the_agent_said_and_did(
    show: ShowLog, runner: MemoryRunner, store: SqlStore
) -> None:
    await add(store, a_run())
    runner.say(RUN, OK.output)
    lines = [line async for line in show.transcript(RUN)]
    assert lines[0] == "I will write the file."
    assert lines[1].startswith("→ Write {")
    assert lines[2].startswith("  File created successfully")
    assert lines[-1] == "■ Done: wrote hello.txt."


async def test_there_is_no_transcript_of_a_run_that_never_was(show: ShowLog) -> None:
    with pytest.raises(NotFound):
        _ = [line async for line in show.transcript(RunId("ET-9-9"))]


def test_a_long_result_is_cut() -> None:
    shown = line_of(Step(kind=StepKind.RESULT, text="\n".join(map(str, range(25)))))
    assert shown.splitlines()[-1] == "  … 15 lines more"


def test_what_sounds_like_a_secret_is_one() -> None:
    environment = {"ANTHROPIC_API_KEY": "a", "HTTP_AUTH": "b", "MODE": "c", "LANG": "d"}
    assert sorted(secrets_in(environment, ["MODE"])) == ["a", "b", "c"]
