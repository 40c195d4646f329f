"""A transcript is the same however it is read, and a reader goes on where another left off."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.agents.acp import AnyAcpAgent
from adapters.agents.claude_code import ClaudeCode
from adapters.agents.command import AnyCommand
from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from application.agents import Agents
from application.show_log import Form, Log, Piece, ShowLog, followed
from domain.errors import NotFound, Unavailable
from domain.identifiers import CommitId, ItemId, Role, RunId, StageName, TaskKey
from domain.messages import Locale
from domain.task import Run
from ports.agent_runner import AgentSpec
from ports.agent_runtime import AgentSetup
from ports.store import RunRecord
from tests.integration.agents.recordings import RECORDED
from tests.unit.entrypoints.http.stand_ins import StandInStore

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RUN = RunId("ET-1-1")
LONG = timedelta(hours=1)
CLAUDE = next(told.output for told in RECORDED if told.name == "claude-ok")


def updates(*words: str) -> str:
    """What our ACP program prints of an agent that says these words one by one."""
    said = [
        {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": word}}
        for word in words
    ]
    tool = {"sessionUpdate": "tool_call", "title": "sh", "rawInput": {"command": "ls"}}
    lines = [{"acp": "update", "update": update} for update in (*said, tool, *said)]
    end = {"acp": "end", "reason": "end_turn", "usage": {"inputTokens": 7, "outputTokens": 3}}
    return "".join(json.dumps(line) + "\n" for line in (*lines, end))


ACP = updates("It ", "is ", "done.")
STREAMS = {"claude-code": CLAUDE, "acp": ACP}


class Stage:
    """A run of an agent of that kind, and what shows its log."""

    def __init__(self, runtime: str, locale: Locale = Locale.EN) -> None:
        self.clock, self.store = SteppedClock(NOW), StandInStore()
        self.runner = MemoryRunner(self.clock)
        run = Run(
            id=RUN,
            stage=StageName("s"),
            role=Role("r"),
            number=1,
            attempt=1,
            base=CommitId("a" * 40),
        )
        item = ItemId("1")
        self.store.records[item] = [
            RunRecord(run=run, item=item, key=TaskKey("ET-1"), asked_at=NOW)
        ]
        self.show = ShowLog(
            self.store,
            self.runner,
            {"command": AnyCommand(), "claude-code": ClaudeCode(), "acp": AnyAcpAgent()},
            Agents(otherwise=AgentSetup(runtime=runtime)),
            locale,
        )

    async def start(self) -> None:
        """Have the agent at work."""
        spec = AgentSpec(
            command=["a"],
            workspace=Path("/nowhere"),
            brief="",
            environment={},
            time_limit=LONG,
            idle_limit=LONG,
        )
        await self.runner.ensure(RUN, spec)

    async def transcript(self, cursor: int = 0) -> str:
        """All that there is from there on."""
        return "".join(piece.text for piece in await self.rest(cursor))

    async def rest(self, cursor: int = 0) -> list[Piece]:
        """All pieces that there are from there on."""
        log = await self.show(RUN, Form.TRANSCRIPT, cursor)
        pieces = [await log.more()]
        while not pieces[-1].at_end:
            pieces.append(await log.more())
        return pieces


async def test_what_an_agent_says_word_by_word_is_one_line_and_its_usage_the_last() -> None:
    stage = Stage("acp")
    await stage.start()
    stage.runner.say(RUN, ACP)
    stage.runner.finish(RUN)
    assert await stage.transcript() == (
        'agent: It is done.\ntool: sh {"command":"ls"}\nagent: It is done.\nend: finished\n'
        "used: 7 tokens read, 0 more from the cache, 3 written\n"
    )


async def test_a_transcript_is_told_in_russian_too() -> None:
    stage = Stage("acp", Locale.RU)
    await stage.start()
    stage.runner.say(RUN, ACP)
    stage.runner.finish(RUN)
    lines = (await stage.transcript()).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "агент",
        "инструмент",
        "агент",
        "конец",
        "израсходовано",
    ]


@pytest.mark.parametrize("runtime", STREAMS)
@pytest.mark.parametrize("size", [37, 400, 5_000])
async def test_whoever_goes_on_at_a_cursor_gets_what_is_missing_and_nothing_twice(
    runtime: str, size: int
) -> None:
    stage, stream = Stage(runtime), STREAMS[runtime]
    await stage.start()
    text, cursor = "", 0
    for at in range(0, len(stream), size):
        stage.runner.say(RUN, stream[at : at + size])
        for piece in await stage.rest(cursor):
            text, cursor = text + piece.text, piece.next
    stage.runner.finish(RUN)
    text += await stage.transcript(cursor)
    whole = await stage.transcript()
    # Whoever has seen the very last byte is not told again what the run has used.
    assert whole.startswith(text)
    assert not whole[len(text) :] or whole[len(text) :].startswith("used:")
    assert "end: " in text


async def test_of_a_program_that_tells_nothing_everything_is_shown_but_what_steers() -> None:
    stage = Stage("command")
    await stage.start()
    stage.runner.say(RUN, "\x1b[31m  red\x1b[0m\n\nlast")
    assert await stage.transcript() == "  red\n\nlast"
    raw = await (await stage.show(RUN, Form.RAW)).more()
    assert raw.text == "\x1b[31m  red\x1b[0m\n\nlast"


async def test_a_run_that_we_have_no_record_of_is_shown_as_it_was_printed() -> None:
    stage = Stage("claude-code")
    await stage.start()
    stage.store.records.clear()
    stage.runner.say(RUN, '{"type":"system"}\n')
    assert await stage.transcript() == '{"type":"system"}\n'


@pytest.mark.parametrize("form", Form)
async def test_a_run_that_waits_for_its_start_has_printed_nothing_yet(form: Form) -> None:
    stage = Stage("acp")
    log = await stage.show(RUN, form)
    assert await log.more() == Piece(text="", next=0, ended=False, at_end=True)
    await stage.start()
    stage.runner.say(RUN, ACP)
    stage.runner.finish(RUN)
    assert (await log.more()).text


@pytest.mark.parametrize("form", Form)
async def test_following_a_run_that_never_starts_ends_with_it(form: Form) -> None:
    stage = Stage("claude-code")
    pieces = []
    async for piece in followed(await stage.show(RUN, form)):
        pieces.append(piece)
        (record,) = stage.store.records[ItemId("1")]
        stage.store.records[ItemId("1")] = [replace(record, ended_at=NOW)]
    assert [piece.text for piece in pieces] == ["", ""]
    assert pieces[-1].ended


async def test_there_is_no_log_of_a_run_that_never_was() -> None:
    stage = Stage("claude-code")
    with pytest.raises(NotFound):
        await (await stage.show(RunId("ET-9-9"), Form.TRANSCRIPT)).more()


async def test_following_waits_for_a_runner_out_of_reach_and_ends_with_the_run() -> None:
    stage = Stage("command")
    await stage.start()
    stage.runner.say(RUN, "one\n")
    log: Log = await stage.show(RUN, Form.RAW)
    stage.runner.fail_next(Unavailable("the engine is down"))
    pieces: list[Piece] = []
    async for piece in followed(log):
        pieces.append(piece)
        if piece.text == "one\n":
            stage.runner.say(RUN, "two\n")
            stage.runner.finish(RUN)
    assert [piece.text for piece in pieces if piece.text] == ["one\n", "two\n"]
    assert [piece.ended for piece in pieces][-1]
    assert pieces[0] == replace(pieces[0], text="", next=0, ended=False, at_end=True)
