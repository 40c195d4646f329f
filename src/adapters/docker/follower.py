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
from adapters.docker.fresh import Fresh
from adapters.docker.kept_log import KeptLog, Mark
from adapters.docker.wire import Container, Query
from domain.errors import Conflict, NotAllowed, NotFound, TimedOut, ToolFailed, Unavailable

_PACE = 4_000_000
"""Bytes a second that are followed, and what a line costs beside its bytes."""
_LINE = 400
_PAUSE, _LONGEST_PAUSE = 1.0, 5.0
"""Seconds before the output is asked for again: the longer, the longer that does not work."""
_STUMBLES = (0.2, 1.0)
"""Seconds before it is asked again for what it could not read."""
_SILENCE = 15.0
"""Seconds without output after which we ask whether any can be expected: engines do let go of us
while they turn their files round, and never say that it has ended."""
Heard = Callable[[Sequence[Frame]], Awaitable[None]]
_log = logging.getLogger(__name__)


class Gap(Enum):
    """Why some output is left out, as the log says where it is."""

    NONE = b""
    FLOOD = b"\n[more output than can be followed: some is left out here]\n"
    UNREADABLE = b"\n[the engine could not read its own copy: some is left out here]\n"


_LATEST = {Gap.FLOOD: 2_000, Gap.UNREADABLE: 1}
"""Lines that are looked at again after a gap.

Of what cannot be read no more than the last one: an engine dies of it (20.10.24 does, with the log
driver "local") if there is damage within the lines that it is asked for, and with it the agents.
"""


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
        self.done = asyncio.Event()
        """Set when all that the container ever prints is on our disk, or can no longer be had."""
        self.spoke = ""
        """When it last printed, as the engine writes it."""

    async def run(self) -> None:
        """Follow the output to its end; an engine that is away is waited for."""
        gap, pause = Gap.NONE, _PAUSE
        while not self.done.is_set():
            try:
                gap = await self._follow(gap)
                if gap is not Gap.FLOOD and not await self._alive():
                    await self._round_off(gap)
                    return
            except (Unavailable, NotAllowed, OSError) as error:
                _log.warning("output of %s cannot be copied now: %s", self._container, error)
                gap, later = Gap.NONE, min(pause * 2, _LONGEST_PAUSE)
            else:
                later = _PAUSE
            await asyncio.sleep(pause)
            pause = later

    async def finish(self) -> None:
        """Copy what there is, without waiting for more: the container has ended."""
        gap = Gap.NONE
        with suppress(NotFound, Conflict):
            gap = await self._read(follow=False, gap=gap)
        await self._round_off(gap)

    async def give_up(self) -> None:
        """Take what was copied for all, and say that it is not: the engine keeps back the rest."""
        await self.note(Gap.UNREADABLE.value.decode())
        await self._finish()

    async def _follow(self, gap: Gap) -> Gap:
        with suppress(TimedOut, NotFound, Conflict):  # it is silent, or gone, or being removed
            return await self._read(follow=True, gap=gap)
        return Gap.NONE

    async def _round_off(self, gap: Gap) -> None:
        """See whether that was all, and say so if not: the container has ended."""
        with suppress(NotFound, Conflict):
            if gap is Gap.NONE and await self._is_short():
                # An engine that turned its files round may have left off too early.
                gap = await self._read(follow=False, gap=gap)
                if await self._is_short():
                    gap = Gap.UNREADABLE
            if gap is Gap.UNREADABLE:
                gap = await self._read(follow=False, gap=gap)
        if gap is Gap.UNREADABLE:
            await self.give_up()
        else:
            await self._finish()

    async def _is_short(self) -> bool:
        """Whether the engine has more than we, or cannot tell."""
        async with self._turn:
            mark = await self._resumed()
        try:
            return await self._last() > mark.printed
        except ToolFailed:
            return True

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
            await self._append(text.encode(), await self._resumed())

    async def last_spoken(self) -> str:
        """Return when it last printed, as the engine knows; nothing if it never did.

        Unavailable: the engine cannot tell.
        """
        self.spoke = max(self.spoke, await self._last())
        return self.spoke

    async def _last(self) -> str:
        query: Query = {"stdout": 1, "stderr": 1, "timestamps": 1, "tail": 1}
        data = await self._engine.call("GET", f"/containers/{self._container}/logs", query)
        frames = Frames()
        found = [frame.printed for frame in frames.feed(data)]
        if frames.complaint and not found:
            raise ToolFailed(f"the engine cannot read its copy of the output: {frames.complaint}")
        return max(found, default="")

    async def _alive(self) -> bool:
        try:
            found = await self._engine.get(f"/containers/{self._container}/json", Container)
        except NotFound:
            return False
        return found.state.alive

    async def _resumed(self) -> Mark:
        if self._mark is None:
            self._mark = await asyncio.to_thread(self._log.resume)
            self.spoke = max(self.spoke, self._mark.printed)
        return self._mark

    async def _read(self, *, follow: bool, gap: Gap) -> Gap:
        """Copy; as a rule an engine that cannot read on can a moment later."""
        for pause in _STUMBLES:
            found = await self._copy(follow=follow, gap=gap)
            if found is not Gap.UNREADABLE:
                return found
            await asyncio.sleep(pause)
        return await self._copy(follow=follow, gap=gap)

    async def _copy(self, *, follow: bool, gap: Gap) -> Gap:
        """Copy until the output ends; return why we left off if it was before that.

        After a gap only the latest lines are asked for. Unavailable: it is worth another try.
        """
        async with self._turn:
            mark = await self._resumed()
        query: dict[str, str | int] = {"stdout": 1, "stderr": 1, "timestamps": 1}
        query |= {"follow": 1} if follow else {}
        query |= {"since": since(mark.printed)} if mark.printed else {}
        query |= {"tail": _LATEST[gap]} if gap in _LATEST else {}
        path = f"/containers/{self._container}/logs"
        loop, frames = asyncio.get_running_loop(), Frames()
        fresh = Fresh(mark, (gap if gap.value or not mark.printed else Gap.FLOOD).value)
        begun, taken = loop.time(), 0
        async with self._engine.stream(path, query, silence=_SILENCE) as answer:
            async for data in answer.aiter_raw():
                new = [frame for each in frames.feed(data) for frame in fresh.of(each)]
                if new:
                    await self._write(new, fresh.mark)
                if frames.complaint and fresh.mark != mark:
                    raise ToolFailed(f"the engine could not read on: {frames.complaint}")
                if frames.complaint:  # that is all that can be had from here
                    return Gap.UNREADABLE
                taken += len(data) + _LINE * len(new)
                if taken > _PACE:
                    if loop.time() - begun < 1 and follow:
                        return Gap.FLOOD
                    begun, taken = loop.time(), 0
        return Gap.NONE

    async def _write(self, new: list[Frame], mark: Mark) -> None:
        text = b"".join(frame.text for frame in new)
        async with self._turn:
            await self._append(text, mark)
            self.spoke = max(self.spoke, mark.printed)
        if self._heard:
            await self._heard(new)

    async def _append(self, text: bytes, mark: Mark) -> None:
        self._mark = None  # where it fails, the disk alone knows how far we came
        await asyncio.to_thread(self._log.append, text, mark)
        self._mark = mark
