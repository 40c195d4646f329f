"""Copies what a container prints to our disk, as it prints it.

The engine keeps a bounded piece of a container's output. We follow it, and after a restart of ours
go on where we stopped. A flood is not followed line by line: it would cost us more than it costs
the agent. Beyond a pace we let the engine drop it, and go on with the latest lines.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import Enum

from adapters.docker.engine import Engine
from adapters.docker.frames import Frame, Frames, since
from adapters.docker.kept_log import KeptLog, Mark
from adapters.docker.wire import Container, Query
from domain.errors import Conflict, NotAllowed, NotFound, ToolFailed, Unavailable

_PACE = 4_000_000
"""Bytes a second that are followed, and what a line costs beside its bytes."""
_LINE = 400
_LATEST = 2_000
"""Lines that are looked at again after a flood."""
_TURN = 500_000
"""Fewer bytes than are in any file before the engine begins another."""
_PAUSE, _LONGEST_PAUSE = 1.0, 5.0
"""Seconds before the output is asked for again: the longer, the longer that does not work."""
Heard = Callable[[Sequence[Frame]], Awaitable[None]]
_log = logging.getLogger(__name__)


class Gap(Enum):
    """Why some output is left out, as the log says where it is."""

    NONE = b""
    FLOOD = b"\n[more output than can be followed: some is left out here]\n"
    UNREADABLE = b"\n[the engine could not read its own copy: some is left out here]\n"


class Follower:
    """One container's output on its way to one log."""

    def __init__(
        self, engine: Engine, container: str, log: KeptLog, *, heard: Heard | None = None
    ) -> None:
        """Copy from that container to that log, and tell ``heard`` of it; ``run`` does it."""
        self._engine = engine
        self._container = container
        self._log = log
        self._heard = heard
        self._turn = asyncio.Lock()
        self._mark: Mark | None = None
        self._taken = 0
        self.done = asyncio.Event()
        """Set when all that the container ever prints is on our disk, or can no longer be had."""
        self.spoke = ""
        """When it last printed, as the engine writes it."""

    async def run(self) -> None:
        """Follow the output to its end; an engine that is away is waited for."""
        gap, pause = Gap.NONE, _PAUSE
        while not self.done.is_set():
            try:
                gap = await self._copy(follow=True, gap=gap)
                if gap is not Gap.FLOOD and not await self._alive():
                    if gap is Gap.UNREADABLE:
                        await self._copy(follow=False, gap=gap)
                    elif self._taken > _TURN:
                        # An engine that turned its files round may have left off too early.
                        await self._copy(follow=False, gap=Gap.FLOOD)
                    await self._finish()
                    return
            except (Unavailable, NotAllowed, OSError) as error:
                _log.warning("output of %s cannot be copied now: %s", self._container, error)
                gap, later = Gap.NONE, min(pause * 2, _LONGEST_PAUSE)
            except (NotFound, Conflict):  # it is gone, or is being removed
                await self._finish()
                return
            else:
                later = _PAUSE
            await asyncio.sleep(pause)
            pause = later

    async def finish(self) -> None:
        """Copy what there is, without waiting for more: the container has ended."""
        with suppress(NotFound, Conflict):
            if await self._copy(follow=False, gap=Gap.NONE) is Gap.UNREADABLE:
                await self._copy(follow=False, gap=Gap.UNREADABLE)
        await self._finish()

    async def _finish(self) -> None:
        async with self._turn:
            try:
                await asyncio.to_thread(self._log.finish, await self._resumed())
            except OSError as error:
                _log.warning("the last words of %s are lost: %s", self._container, error)
        self.done.set()

    async def note(self, text: str) -> None:
        """Add a line of ours."""
        async with self._turn:
            mark = await self._resumed()
            await asyncio.to_thread(self._log.append, text.encode(), mark)

    async def last_spoken(self) -> str:
        """Return when it last printed, as the engine knows; nothing if it never did.

        Unavailable: the engine cannot tell.
        """
        query: Query = {"stdout": 1, "stderr": 1, "timestamps": 1, "tail": 1}
        data = await self._engine.call("GET", f"/containers/{self._container}/logs", query)
        frames = Frames()
        found = [frame.printed for frame in frames.feed(data)]
        if frames.complaint and not found:
            raise ToolFailed(f"the engine cannot read its copy of the output: {frames.complaint}")
        self.spoke = max(self.spoke, *found, "")
        return self.spoke

    async def _alive(self) -> bool:
        found = await self._engine.get(f"/containers/{self._container}/json", Container)
        return found.state.alive

    async def _resumed(self) -> Mark:
        if self._mark is None:
            self._mark = await asyncio.to_thread(self._log.resume)
            self.spoke = max(self.spoke, self._mark.printed)
        return self._mark

    async def _copy(self, *, follow: bool, gap: Gap) -> Gap:
        """Copy until the output ends; return why we left off if it was before that.

        After a gap only the latest lines are asked for. Unavailable: it is worth another try.
        """
        async with self._turn:
            mark = await self._resumed()
        query: dict[str, str | int] = {"stdout": 1, "stderr": 1, "timestamps": 1}
        query |= {"follow": 1} if follow else {}
        query |= {"since": since(mark.printed)} if mark.printed else {}
        query |= {"tail": _LATEST} if gap.value else {}
        path = f"/containers/{self._container}/logs"
        loop, frames, known = asyncio.get_running_loop(), Frames(), _Known(mark)
        begun, taken = loop.time(), 0
        async with self._engine.stream(path, query) as answer:
            async for data in answer.aiter_raw():
                fresh = [frame for frame in frames.feed(data) if known.is_new(frame)]
                if fresh and gap.value and fresh[0].printed > mark.printed:
                    fresh.insert(0, Frame(fresh[0].printed, gap.value))
                if fresh:
                    gap = Gap.NONE
                    await self._write(fresh, known)
                if frames.complaint and known.mark != mark:
                    raise ToolFailed(f"the engine could not read on: {frames.complaint}")
                if frames.complaint:  # that is all that can be had from here
                    return Gap.UNREADABLE
                self._taken += len(data)
                taken += len(data) + _LINE * len(fresh)
                if taken > _PACE:
                    if loop.time() - begun < 1 and follow:
                        return Gap.FLOOD
                    begun, taken = loop.time(), 0
        return Gap.NONE

    async def _write(self, fresh: list[Frame], known: "_Known") -> None:
        text = b"".join(frame.text for frame in fresh)
        async with self._turn:
            self._mark = known.mark
            self.spoke = max(self.spoke, known.mark.printed)
            await asyncio.to_thread(self._log.append, text, known.mark)
        if self._heard:
            await self._heard(fresh)


class _Known:
    """Tells the frames that were copied before from new ones.

    The engine is asked for all since the last moment, and gives those of that very moment again.
    Only the beginning of its answer is looked at: later on, the two streams of a container may
    overtake each other by some microseconds.
    """

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self._from = mark.printed
        self._again = mark.same

    def is_new(self, frame: Frame) -> bool:
        """Whether the frame is new; if so, it is marked as copied."""
        if self._again and frame.printed <= self._from:
            self._again -= frame.printed == self._from
            return False
        self._again = 0
        if frame.printed == self.mark.printed:
            self.mark = Mark(printed=frame.printed, same=self.mark.same + 1)
        elif frame.printed > self.mark.printed:
            self.mark = Mark(printed=frame.printed, same=1)
        return True
