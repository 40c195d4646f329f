"""Keeps an eye on the runs that are alive: their output, their limits, their ends.

Nothing here is kept in memory alone. A container tells its limits and its start by itself, the
engine when it last printed; so whoever comes after us keeps the limits just as well.
"""

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.docker import disk
from adapters.docker.blueprint import MB, Limits
from adapters.docker.containers import Containers
from adapters.docker.engine import Engine, filtered, quoted_labels
from adapters.docker.follower import Follower
from adapters.docker.installation import RUN
from adapters.docker.wire import Event, decoded, moment
from domain.errors import Failure, TimedOut
from domain.events import Outcome
from domain.identifiers import RunId
from ports.clock import Clock

_RESYNC = 30.0
"""Seconds between two looks at all containers: whatever events did not tell is found then."""
_SILENCE = 60.0
"""Seconds without an event after which we ask anew: we may have been let go of."""
_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds before that where the engine hung up: the longer, the sooner it does so."""
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Watched:
    """A live run, as long as it is watched."""

    run: RunId
    limits: Limits
    folders: Sequence[Path]
    """Where it can fill our disk."""
    started_at: datetime
    follower: Follower
    ending: asyncio.Task[None] | None = None
    free: int | None = None
    """What was free on the workspace's disk when it was last measured."""
    measured_at: float = 0.0
    measuring_took: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What is done by the runner whose runs are watched."""

    sync: Callable[[], Awaitable[None]]
    """Looks at all containers: adopts what lives, notes what ended, removes what nobody wants."""
    ended: Callable[[RunId], Awaitable[None]]
    """Notes that a run seems to have ended."""
    enforce: Callable[[RunId, Outcome, str], Awaitable[None]]
    """Ends a run."""


class Keeper:
    """Watches live runs while ``keep`` runs."""

    def __init__(
        self, engine: Engine, containers: Containers, clock: Clock, *, tick: float, disk_limit: int
    ) -> None:
        """Watch nothing yet; look at limits every ``tick`` seconds."""
        self._engine = engine
        self._containers = containers
        self._clock = clock
        self._tick = tick
        self._disk_limit = disk_limit
        self._listeners: weakref.WeakSet[asyncio.Queue[RunId]] = weakref.WeakSet()
        self.watched: dict[RunId, Watched] = {}
        self.followers: dict[RunId, Follower] = {}
        """Whose output is being copied; a run may have ended before that has."""
        self._group: asyncio.TaskGroup | None = None
        self._sync_at = 0.0

    # ── hints ────────────────────────────────────────────────────────────────────────────────────

    def ends(self) -> AsyncIterator[RunId]:
        """Yield the runs that end from now on."""
        heard: asyncio.Queue[RunId] = asyncio.Queue()
        self._listeners.add(heard)
        return _each(heard)

    def hint(self, run: RunId) -> None:
        """Tell all who listen that the run has ended."""
        for listener in list(self._listeners):
            listener.put_nowait(run)

    # ── watching ─────────────────────────────────────────────────────────────────────────────────

    def watch(
        self,
        run: RunId,
        limits: Limits,
        started_at: datetime,
        follower: Follower,
        *,
        folders: Sequence[Path],
    ) -> None:
        """Watch a run until it is dropped; ``folders`` are where it can fill our disk."""
        if run in self.watched or run in self.followers or self._group is None:
            return
        self.watched[run] = Watched(
            run=run, limits=limits, folders=folders, started_at=started_at, follower=follower
        )
        self.followers[run] = follower
        self._group.create_task(self._follow(run, follower))

    async def _follow(self, run: RunId, follower: Follower) -> None:
        try:
            await follower.run()
        finally:
            self.followers.pop(run, None)

    def drop(self, run: RunId) -> None:
        """Watch it no more; its output is still copied to the end."""
        self.watched.pop(run, None)

    async def keep(self, duties: Duties) -> None:
        """Go on until cancelled."""
        self.watched.clear()
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                group.create_task(self._listen(duties))
                group.create_task(self._look(duties))
                await asyncio.Event().wait()
            finally:
                self._group = None

    async def _listen(self, duties: Duties) -> None:
        """Learn of ends as they happen; after a gap, find those that happened in it."""
        loop, pause = asyncio.get_running_loop(), _PAUSE
        query = {
            "filters": filtered(
                {
                    "type": ["container"],
                    "event": ["die"],
                    "label": quoted_labels(self._containers.ours),
                }
            )
        }
        while True:
            begun = loop.time()
            try:
                async with self._engine.stream("/events", query, silence=_SILENCE) as answer:
                    await self._sync(duties)
                    async for line in answer.aiter_lines():
                        told = decoded(line, Event).actor.attributes or {}
                        if (run := told.get(RUN)) and self._group:
                            self._group.create_task(self._tell(RunId(run), duties))
                problem = "it hung up"
            except TimedOut:
                continue
            except (Failure, OSError) as error:
                problem = str(error)
            _log.warning("the engine tells nothing of its containers: %s", problem)
            pause = _PAUSE if loop.time() - begun > _LONGEST_PAUSE else pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _tell(self, run: RunId, duties: Duties) -> None:
        try:
            await duties.ended(run)
        except (Failure, OSError) as error:
            _log.warning("the end of %s is seen to later: %s", run, error)

    async def _look(self, duties: Duties) -> None:
        """Look at limits, and now and then at everything."""
        loop = asyncio.get_running_loop()
        self._sync_at = loop.time() + _RESYNC
        while True:
            await asyncio.sleep(self._tick)
            if loop.time() >= self._sync_at:
                await self._sync(duties)
            for run in list(self.watched.values()):
                await self._judge(run, duties)

    async def _sync(self, duties: Duties) -> None:
        """Look at everything; where that fails, soon again: events are listened to meanwhile."""
        loop = asyncio.get_running_loop()
        self._sync_at = loop.time() + _RESYNC
        try:
            await duties.sync()
        except (Failure, OSError) as error:
            self._sync_at = loop.time() + _LONGEST_PAUSE
            _log.warning("containers could not be looked through: %s", error)

    async def _judge(self, run: Watched, duties: Duties) -> None:
        if run.ending is not None and not run.ending.done():
            return
        try:
            overdue = await self._overdue(run)
        except (Failure, OSError) as error:
            _log.warning("the limits of %s could not be kept: %s", run.run, error)
            return
        if overdue and self._group is not None:
            outcome, detail = overdue
            run.ending = self._group.create_task(self._enforce(run.run, outcome, detail, duties))

    async def _enforce(self, run: RunId, outcome: Outcome, detail: str, duties: Duties) -> None:
        try:
            await duties.enforce(run, outcome, detail)
        except (Failure, OSError) as error:
            _log.warning("%s should have ended (%s): %s", run, outcome, error)

    async def _overdue(self, run: Watched) -> tuple[Outcome, str] | None:
        now = self._clock.now()
        if now - run.started_at > run.limits.time:
            return Outcome.TIMED_OUT, ""
        if await self._filled(run):
            return Outcome.DISK_LIMIT, f"it took more than {self._disk_limit // MB} MB"
        if now - _spoke(run) > run.limits.idle:
            # What we have copied may be old: we were away, say. The engine knows.
            await run.follower.last_spoken()
            if now - _spoke(run) > run.limits.idle:
                return Outcome.STALLED, ""
        return None

    async def _filled(self, run: Watched) -> bool:
        """Measure the workspace: at ease as a rule, at once where the disk fills up."""
        loop = asyncio.get_running_loop()
        try:
            free = await asyncio.to_thread(disk.free, run.folders[0])
        except OSError:  # it is gone, or on another machine
            return False
        since = loop.time() - run.measured_at
        filling = run.free is not None and run.free - free > self._disk_limit // 8
        if not filling and since < max(10.0, 20 * run.measuring_took):
            return False
        begun = loop.time()
        taken = sum([await asyncio.to_thread(disk.taken, folder) for folder in run.folders])
        run.free, run.measured_at = free, loop.time()
        run.measuring_took = run.measured_at - begun
        return taken > self._disk_limit


def _spoke(run: Watched) -> datetime:
    return max(run.started_at, moment(run.follower.spoke) or run.started_at)


async def _each(heard: asyncio.Queue[RunId]) -> AsyncIterator[RunId]:
    while True:
        yield await heard.get()
