"""What a run printed: as it came, or as a transcript that people can read."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from application.agents import Agents, runtime_of
from domain.errors import NotFound, Unavailable
from domain.identifiers import RunId
from domain.messages import Locale
from domain.reading import Reading, Step
from domain.transcript import account, plain, told
from ports.agent_runner import AgentRunner, LogChunk
from ports.agent_runtime import AgentRuntime, OutputReader
from ports.store import Store

_SOON, _AT_EASE = 0.1, 1.0
"""Seconds until a live run is looked at again: after it has printed, and when it is silent."""


class Form(StrEnum):
    """How a log is shown."""

    RAW = "raw"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a log."""

    text: str
    next: int
    """Where another reader goes on after this piece, in bytes of what was printed."""
    ended: bool
    """The run is gone and this was the last piece."""
    at_end: bool
    """There is nothing more for now."""


class Log(Protocol):
    """One run's log, read from some place on."""

    async def more(self) -> Piece:
        """Return the next piece. NotFound: no such run."""
        ...


class ShowLog:
    """Opens logs."""

    def __init__(
        self,
        store: Store,
        runner: AgentRunner,
        runtimes: Mapping[str, AgentRuntime],
        agents: Agents,
        locale: Locale,
    ) -> None:
        """Show what this runner's agents print, in that language."""
        self._store = store
        self._runner = runner
        self._runtimes = runtimes
        self._agents = agents
        self._locale = locale

    async def __call__(self, run: RunId, form: Form, cursor: int = 0) -> Log:
        """Return the run's log from that cursor on, one of its own pieces' or 0.

        A transcript of a program that tells nothing of itself is what it printed, but for what
        steers terminals. So is that of a run we have no record of. A run that waits for its start
        has printed nothing yet.
        """
        output = _Output(self._store, self._runner, run)
        if form is Form.RAW:
            return _Printed(output, cursor, readable=False)
        record = await self._store.transact(lambda tx: tx.runs.get(run))
        runtime = record and runtime_of(record, self._runtimes, self._agents)
        if not runtime or not runtime.speaks:
            return _Printed(output, cursor, readable=True)
        return _Told(output, cursor, runtime, self._locale)


async def followed(log: Log) -> AsyncGenerator[Piece]:
    """Yield the pieces of a log until its run has ended; after each look that found none, too.

    A runner out of reach is waited for.
    """
    pause, following = _SOON, 0
    while True:
        try:
            piece = await log.more()
        except Unavailable:
            piece = Piece(text="", next=following, ended=False, at_end=True)
        following = piece.next
        yield piece
        if piece.ended:
            return
        pause = _SOON if piece.text else min(1.5 * pause, _AT_EASE)
        if piece.at_end:
            await asyncio.sleep(pause)


class _Output:
    """A run's output, also of one that its runner has not heard of yet."""

    def __init__(self, store: Store, runner: AgentRunner, run: RunId) -> None:
        self._store = store
        self._runner = runner
        self._run = run

    async def read(self, cursor: int) -> LogChunk:
        """Return the piece that begins there. NotFound: there is none, or no more."""
        over = False
        while True:
            try:
                return await self._runner.logs(self._run, cursor)
            except NotFound:
                record = await self._store.transact(lambda tx: tx.runs.get(self._run))
                if record is None:
                    raise
                if record.ended_at is None:
                    return LogChunk(text="", next=0, ended=False)
                if over and record.started_at is not None:
                    raise NotFound(f"the log of {self._run} is no longer kept") from None
                if over:
                    return LogChunk(text="", next=0, ended=True)
                over = True  # it may have begun and ended between the two questions: once more


class _Printed:
    """What was printed."""

    def __init__(self, output: _Output, cursor: int, *, readable: bool) -> None:
        self._output = output
        self._cursor = cursor
        self._readable = readable

    async def more(self) -> Piece:
        """Return the next piece."""
        chunk = await self._output.read(self._cursor)
        idle, self._cursor = chunk.next == self._cursor, chunk.next
        return Piece(
            text=plain(chunk.text) if self._readable else chunk.text,
            next=chunk.next,
            ended=chunk.ended,
            at_end=chunk.ended or idle,
        )


class _Told:
    """What a stream tells.

    A reader may hold back what it has read, until more of a message is there. So another one goes
    on after the last line that told something: what stands between told nothing yet.
    """

    def __init__(self, output: _Output, cursor: int, runtime: AgentRuntime, locale: Locale) -> None:
        self._output = output
        self._runtime = runtime
        self._locale = locale
        self._reader: OutputReader = runtime.reader()
        self._begun = self._at = self._told = cursor

    async def more(self) -> Piece:
        """Return what is told next, however much has to be read for it."""
        while True:
            chunk = await self._output.read(self._at)
            idle = chunk.next == self._at
            text = self._read(chunk)
            if chunk.ended:
                text += self._lines(self._reader.close())
                text += account(await self._reading(chunk.next), self._locale)
                self._told = chunk.next
            self._at = chunk.next
            if text or idle or chunk.ended:
                return Piece(
                    text=text, next=self._told, ended=chunk.ended, at_end=chunk.ended or idle
                )

    def _read(self, chunk: LogChunk) -> str:
        # What is no text, or was cut out, is not as long here as it is there.
        exact = len(chunk.text.encode()) == chunk.next - self._at
        text, at = "", self._at
        for line in chunk.text.splitlines(keepends=True):
            lines = self._lines(self._reader.feed(line))
            at += len(line.encode())
            text += lines
            if lines and exact and line.endswith("\n"):
                self._told = at
        if text and not exact and chunk.text.endswith("\n"):
            self._told = chunk.next
        return text

    def _lines(self, steps: Sequence[Step]) -> str:
        return "".join(told(step, self._locale) for step in steps)

    async def _reading(self, end: int) -> Reading:
        """Return what the whole run has said, also to those who have read its end only."""
        if self._begun in (0, end):
            return self._reader.reading if self._begun == 0 else Reading()
        reader, cursor, ended = self._runtime.reader(), 0, False
        while not ended:
            chunk = await self._output.read(cursor)
            reader.feed(chunk.text)
            cursor, ended = chunk.next, chunk.ended
        reader.close()
        return reader.reading
