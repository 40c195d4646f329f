"""Agents in containers of a Docker Engine.

A run is a container that bears its name; the engine knows whether it lives, since when, and its
exit code. What the engine cannot know is in the run's folder (see ``run_folder``). Where we die,
moment by moment:

    before the container is made      nothing is there: the next ``ensure`` makes it
    after that, before the claim      it is found under its name, and started
    after the claim                   started or not, the engine tells: "created" is started now
    while it runs                     it runs on, and is adopted; its limits count from its start
    while we end it                   the outcome was written down first: whoever adopts it goes on
    the engine goes down              it is waited for; what it still knows of a run counts
    the container vanishes            it was claimed and is not there: LOST
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from adapters.disk.removal import remove_marked
from adapters.docker.blueprint import Bounds, limits_of
from adapters.docker.containers import Containers
from adapters.docker.endings import Endings, glimpse
from adapters.docker.engine import Engine
from adapters.docker.images import Pull
from adapters.docker.keeper import Duties, Keeper
from adapters.docker.kept_log import NO_SECRETS
from adapters.docker.launcher import Launcher
from adapters.docker.network import Network
from adapters.docker.run_folder import FORGOTTEN, RunFolder
from adapters.docker.wire import Container, Listed
from domain.errors import Failure, Invalid, NotAllowed, NotFound, Rejected, ToolFailed
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from domain.masking import Mask
from ports.agent_runner import AgentSpec, LogChunk, Observation
from ports.clock import Clock

_REST = 2.0
_log = logging.getLogger(__name__)


class DockerRunner:
    """Runs agents as containers that outlive us, and our engine's restarts where it lets them."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        network: Network,
        data: Path,
        clock: Clock,
        *,
        image: str,
        environment: Mapping[str, str],
        user: tuple[int, int],
        names: Collection[str] = (),
        bounds: Bounds | None = None,
        pull_policy: Pull = Pull.MISSING,
        data_on_engine: Path | None = None,
        start_limit: timedelta = timedelta(minutes=15),
        grace: timedelta = timedelta(seconds=5),
        log_limit: int = 50_000_000,
        tick: timedelta = timedelta(seconds=1),
        mask: Mask = NO_SECRETS,
        watches: bool = True,
    ) -> None:
        """Keep what is known of runs in ``data/runs``; start them from ``image`` if they name none.

        ``names`` are handed on from ``environment``. ``user`` is whom agents run as: we ourselves,
        unless we are root. ``data_on_engine`` is where the engine finds the data folder, if not
        under the same path. ``start_limit`` is how long it may take from an order to the agent's
        first process, its image's way here included. ``mask`` hides what logs must not show. One
        that does not watch only looks, beside one that does: two would copy the same output into
        one log.
        """
        self._engine = engine
        self._containers = containers
        self._network = network
        self._clock = clock
        self._runs = data.resolve() / "runs"
        self._grace = grace.total_seconds()
        bounds = bounds or Bounds()
        self._launcher = Launcher(
            engine,
            containers,
            network,
            data.resolve(),
            image=image,
            user=user,
            bounds=bounds,
            environment={k: v for k, v in environment.items() if k in names},
            pull_policy=pull_policy,
            data_on_engine=data_on_engine,
            limit=start_limit,
        )
        self._keeper = Keeper(
            engine, containers, clock, tick=tick.total_seconds(), disk_limit=bounds.disk
        )
        self._endings = Endings(
            engine, containers, clock, self._keeper, bounds=bounds, log_limit=log_limit, mask=mask
        )
        self._starting: WeakValueDictionary[RunId, asyncio.Lock] = WeakValueDictionary()
        self._keeping: asyncio.Task[None] | None = None
        self._closed = False
        self._watches = watches

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        """Start the agent unless it was ever started, or stopped before it was."""
        folder = self._folder(run)
        self._begin()
        async with self._starting.setdefault(run, asyncio.Lock()):
            try:
                begun = await self._launcher.start(folder, spec)
            except Invalid:
                raise
            except Rejected as refusal:
                await self._enforce(run, Outcome.NOT_STARTED, str(refusal))
            except OSError as error:
                raise ToolFailed(f"{run} could not be started: {error}") from error
            else:
                if begun is not None:
                    self._watch(folder, begun)

    async def observe(self, run: RunId) -> Observation:
        """Return how the run stands."""
        folder = self._folder(run)
        self._begin()
        if known := await asyncio.to_thread(folder.known):
            return known
        found = await self._containers.find(run)
        if not self._watches:
            return glimpse(found)
        if found is not None and found.state.alive:
            self._watch(folder, found)
        fresh = found is not None and found.state.fresh
        if fresh and not await asyncio.to_thread(folder.is_settled):
            return Observation(liveness=Liveness.WAITING)
        return await self._endings.note(folder, found)

    async def stop(self, run: RunId) -> None:
        """End the run within ten seconds, or raise Unavailable; safe to repeat."""
        folder = self._folder(run)
        self._begin()
        if await asyncio.to_thread(folder.known):
            return
        found = await self._containers.find(run)
        if found is None or found.state.fresh or found.state.alive:
            await self._enforce(run, Outcome.STOPPED, "")
        else:
            await self._endings.note(folder, found)

    async def live(self) -> Sequence[RunId]:
        """Return the runs of ours that are alive, whoever started them."""
        self._begin()
        return sorted(run for run, found in (await self._containers.runs()).items() if found.alive)

    async def logs(self, run: RunId, cursor: int = 0) -> LogChunk:
        """Return the next piece of what the run printed."""
        folder = self._folder(run)
        if not await asyncio.to_thread(folder.path.exists):
            raise NotFound(f"there is no run {run}")
        ended = (await self.observe(run)).liveness is Liveness.GONE
        if ended and self._watches:
            await self._endings.finish_log(folder)
        elif ended:
            ended = await asyncio.to_thread(self._endings.log_is_whole, folder)
        return await asyncio.to_thread(self._endings.log(folder).read, cursor, ended=ended)

    def ends(self) -> AsyncIterator[RunId]:
        """Yield runs as they end, from this call on."""
        self._begin()
        return self._keeper.ends()

    async def forget(self, run: RunId) -> None:
        """Remove the container; keep the log and that it was started. NotAllowed: it is alive."""
        folder = self._folder(run)
        if (await self.observe(run)).liveness is not Liveness.GONE:
            raise NotAllowed(f"{run} is alive: stop it first")
        if await asyncio.to_thread(folder.path.exists):
            await self._endings.finish_log(folder)
            await asyncio.to_thread(folder.forget)
            await self._containers.remove(self._containers.name(run))

    async def drop_logs(self, *, before: datetime) -> None:
        """Remove the folders of runs forgotten before then. ToolFailed: some are still there."""
        await asyncio.to_thread(remove_marked, self._runs, FORGOTTEN, before=before)

    async def ping(self) -> None:
        """Raise Unavailable if the engine, or the way out of containers, is not there."""
        await self._engine.ping()
        await self._network.check()

    async def close(self) -> None:
        """Stop watching. Agents run on, for whoever comes next."""
        self._closed = True
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self._engine.close()

    def _folder(self, run: RunId) -> RunFolder:
        return RunFolder(self._runs, run)

    async def _enforce(self, run: RunId, outcome: Outcome, detail: str) -> None:
        """End the run, and write down that it was us before we do."""
        folder = self._folder(run)
        await asyncio.to_thread(folder.settle, outcome, detail)
        await self._containers.end(self._containers.name(run), self._grace)
        await self._endings.note(folder, await self._containers.find(run))

    # ── watching ─────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        """Start watching, on first use: before that there is no event loop to do it in."""
        if self._watches and not self._closed and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def _keep(self) -> None:
        duties = Duties(sync=self._sync, ended=self._ended, enforce=self._enforce)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keeper.keep(duties))
            group.create_task(self._network.keep(self._note))

    async def _note(self, run: RunId, text: str) -> None:
        """Add a line of ours to the run's log."""
        folder = self._folder(run)
        if not await asyncio.to_thread(folder.path.exists):
            return
        follower = self._keeper.followers.get(run)
        await (follower or self._endings.follower(folder)).note(text)

    def _watch(self, folder: RunFolder, found: Container) -> None:
        limits = limits_of(found.labels)
        if limits and found.started_at and found.state.alive:
            follower = self._endings.follower(folder, found.id)
            folders = [limits.workspace, folder.home]
            self._keeper.watch(folder.run, limits, found.started_at, follower, folders=folders)

    async def _ended(self, run: RunId) -> None:
        """Note the end, have the output on our disk, and remove the container."""
        folder = self._folder(run)
        if not await asyncio.to_thread(folder.forgotten):
            if (await self.observe(run)).liveness is not Liveness.GONE:
                return
            await self._endings.finish_log(folder)
            # The next agent is about to be started, which the engine would be slower to do.
            await asyncio.sleep(_REST)
        await self._containers.remove(self._containers.name(run))

    async def _sync(self) -> None:
        """Adopt what lives, and see to the ends that we were not told of."""
        await self._containers.sweep(self._clock.now())
        there = await self._containers.runs()
        gone = {run: None for run in self._keeper.watched if run not in there}
        for run, found in sorted({**gone, **there}.items(), key=_the_dead_last):
            try:
                await self._see_to(run, found)
            except (Failure, OSError) as error:
                _log.warning("%s is seen to later: %s", run, error)

    async def _see_to(self, run: RunId, found: Listed | None) -> None:
        folder = self._folder(run)
        if found is None:
            await self.observe(run)
        elif found.fresh:
            if await asyncio.to_thread(folder.is_settled):  # we died before we removed it
                await self._containers.end(self._containers.name(run), 0)
                await self._endings.note(folder, None)
        elif not found.alive:
            await self._ended(run)
        elif run not in self._keeper.watched:
            await self.observe(run)
            await self._go_on_ending(folder)

    async def _go_on_ending(self, folder: RunFolder) -> None:
        """End what was being ended when we died."""
        outcome, detail = await asyncio.to_thread(folder.settled)
        if outcome is not None:
            _log.info("%s is still to be ended (%s)", folder.run, outcome)
            await self._enforce(folder.run, outcome, detail)


def _the_dead_last(seen: tuple[RunId, Listed | None]) -> bool:
    """Those who live have limits to be kept; the rest can wait for them."""
    _, found = seen
    return found is None or not found.alive
