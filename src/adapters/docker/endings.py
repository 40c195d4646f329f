"""How runs ended: found out once, written down, and their output brought home."""

import asyncio
import signal
from weakref import WeakValueDictionary

from adapters.docker.blueprint import MB, Bounds
from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.follower import Follower
from adapters.docker.keeper import Keeper
from adapters.docker.kept_log import KeptLog
from adapters.docker.run_folder import End, RunFolder, lost
from adapters.docker.wire import Container
from domain.errors import ToolFailed, Unavailable
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from domain.masking import Mask
from ports.agent_runner import NOT_STARTED, Observation
from ports.clock import Clock

_COPY_PATIENCE = 20.0
_HOPE = 600.0
"""Seconds for which what an engine cannot give now may yet come: no run's end waits for longer."""
_WHOLE = "log.done"


class Endings:
    """What is known of ends, and what is left of them."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        clock: Clock,
        keeper: Keeper,
        *,
        bounds: Bounds,
        log_limit: int,
        mask: Mask,
    ) -> None:
        """Tell the keeper of each end."""
        self._engine = engine
        self._containers = containers
        self._clock = clock
        self._keeper = keeper
        self._bounds = bounds
        self._log_limit = log_limit
        self._mask = mask
        self._kept_back: dict[RunId, float] = {}
        """Since when, by the loop's clock, an engine that is well does not give their output."""
        self._finishing: WeakValueDictionary[RunId, asyncio.Lock] = WeakValueDictionary()

    def log(self, folder: RunFolder) -> KeptLog:
        """Return what is kept of the run's output."""
        return KeptLog(folder.path, self._log_limit, self._mask)

    def follower(self, folder: RunFolder, container: str = "") -> Follower:
        """Return what copies the run's output from its container, or from the one of that id."""
        name = container or self._containers.name(folder.run)
        return Follower(self._engine, name, self.log(folder))

    async def note(self, folder: RunFolder, found: Container | None) -> Observation:
        """Write down how the run ended, if it did; return how it stands."""
        if found is not None and found.state.alive:
            return Observation(liveness=Liveness.RUNNING, started_at=found.started_at)
        # One visit to another thread for both: this stands between two agents.
        (outcome, detail), claimed = await asyncio.to_thread(
            lambda: (folder.settled(), folder.claimed())
        )
        if found is None or found.state.fresh:
            if outcome is None and not claimed:
                return lost("it was never started")
            end = End(
                outcome=outcome or Outcome.LOST,
                ended_at=self._clock.now(),
                detail=detail or ("" if outcome else "its container is no longer there"),
            )
        elif outcome is None:
            end = await self._by_itself(folder, found)
        else:
            end = _end(found, outcome, detail)
        if await asyncio.to_thread(folder.write_end, end):
            self._keeper.drop(folder.run)
            self._keeper.hint(folder.run)
            return end.seen()
        return await asyncio.to_thread(folder.known) or end.seen()

    def log_is_whole(self, folder: RunFolder) -> bool:
        """Return whether all of an ended run's output is on our disk."""
        return (folder.path / _WHOLE).exists()

    async def finish_log(self, folder: RunFolder) -> None:
        """Have all of an ended run's output on our disk."""
        async with self._finishing.setdefault(folder.run, asyncio.Lock()):
            done = folder.path / _WHOLE
            if await asyncio.to_thread(done.exists):
                return
            copying = self._keeper.followers.get(folder.run)
            follower = copying or self.follower(folder)
            try:
                async with asyncio.timeout(_COPY_PATIENCE):
                    await (follower.done.wait() if copying else follower.finish())
            except (TimeoutError, ToolFailed) as error:
                if await self._may_come_yet(folder.run):
                    problem = f"the engine keeps back the output of {folder.run}: {error}"
                    raise Unavailable(problem) from None
                await follower.give_up()
            await asyncio.to_thread(done.touch)
            self._kept_back.pop(folder.run, None)

    async def _may_come_yet(self, run: RunId) -> bool:
        """Whether an engine that is well has kept an ended run's output back for not so long.

        Unavailable: it is not well, and is waited for.
        """
        await self._engine.ping()
        now = asyncio.get_running_loop().time()
        return now - self._kept_back.setdefault(run, now) < _HOPE

    async def _by_itself(self, folder: RunFolder, found: Container) -> End:
        if found.state.exit_code in (126, 127):
            await self.finish_log(folder)
            tail = await asyncio.to_thread(self.log(folder).tail, 2000)
            if reason := _never_began(tail.decode("utf-8", "replace")):
                return _end(found, Outcome.NOT_STARTED, reason)
        if found.state.exit_code == 128 + signal.SIGXFSZ:
            detail = f"it wrote a file of more than {self._bounds.disk // MB} MB"
            return _end(found, Outcome.DISK_LIMIT, detail)
        if found.state.oom_killed:
            most = self._bounds.memory // MB
            detail = f"it wanted more than {most} MB of memory (agents.docker.memory_mb)"
            return _end(found, Outcome.EXITED, detail)
        return _end(found, Outcome.EXITED, found.state.error)


def glimpse(found: Container | None) -> Observation:
    """Return how a run whose end was not noted stands by its container alone; nothing is noted."""
    if found is None:
        return lost("its container is not there")
    if found.state.fresh:
        return Observation(liveness=Liveness.WAITING)
    if found.state.alive:
        return Observation(liveness=Liveness.RUNNING, started_at=found.started_at)
    return _end(found, Outcome.EXITED, found.state.error).seen()


def _end(found: Container, outcome: Outcome, detail: str) -> End:
    return End(
        outcome=outcome,
        exit_code=found.state.exit_code if outcome is Outcome.EXITED else None,
        started_at=found.started_at,
        ended_at=found.ended_at,
        detail=detail,
    )


def _never_began(said: str) -> str:
    """Return why the command could not be started, nothing if it could."""
    reason, mark, rest = said.rpartition(NOT_STARTED)
    if mark and not rest.strip():
        return reason.strip().rpartition("\n")[2][:300] or "it could not be started"
    if said.startswith("[FATAL tini"):
        return f"there is no /bin/sh in the image: {said.strip()[:200]}"
    return ""
