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
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from adapters.docker.blueprint import NOT_STARTED, Bounds, Place, blueprint, limits_of
from adapters.docker.containers import Containers
from adapters.docker.disk import give
from adapters.docker.engine import Engine
from adapters.docker.follower import Follower
from adapters.docker.images import Pull, find, pull
from adapters.docker.keeper import Duties, Keeper
from adapters.docker.kept_log import KeptLog
from adapters.docker.network import Network
from adapters.docker.run_folder import End, RunFolder
from adapters.docker.wire import Container
from domain.errors import NotAllowed, NotFound, Rejected, ToolFailed, Unavailable
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.agent_runner import AgentSpec, LogChunk, Observation
from ports.clock import Clock

_log = logging.getLogger(__name__)
_COPY_PATIENCE = 20.0


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
        give_away: bool = False,
        names: Collection[str] = (),
        bounds: Bounds | None = None,
        pull_policy: Pull = Pull.MISSING,
        data_on_engine: Path | None = None,
        grace: timedelta = timedelta(seconds=5),
        log_limit: int = 50_000_000,
        tick: timedelta = timedelta(seconds=1),
    ) -> None:
        """Keep what is known of runs in ``data/runs``; start them from ``image`` if they name none.

        ``names`` are handed on from ``environment``. ``user`` is whom agents run as; ``give_away``
        says that a workspace is to be made his, for which we must be root. ``data_on_engine`` is
        where the engine finds the data folder, if not under the same path.
        """
        self._engine = engine
        self._containers = containers
        self._network = network
        self._data = data.resolve()
        self._clock = clock
        self._image = image
        self._environment = {k: v for k, v in environment.items() if k in names}
        self._user = user
        self._give_away = give_away
        self._bounds = bounds or Bounds()
        self._pull = pull_policy
        self._data_on_engine = data_on_engine or self._data
        self._grace = grace.total_seconds()
        self._log_limit = log_limit
        self._keeper = Keeper(
            engine,
            containers,
            clock,
            tick=tick.total_seconds(),
            disk_limit=self._bounds.disk,
        )
        self._starting: WeakValueDictionary[RunId, asyncio.Lock] = WeakValueDictionary()
        self._finishing: WeakValueDictionary[RunId, asyncio.Lock] = WeakValueDictionary()
        self._keeping: asyncio.Task[None] | None = None
        self._closed = False

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        """Start the agent unless it was ever started, or stopped before it was."""
        folder = self._folder(run)
        self._begin()
        async with self._starting.setdefault(run, asyncio.Lock()):
            try:
                await self._start(folder, spec)
            except Rejected as refusal:
                await self._settle(folder, Outcome.NOT_STARTED, str(refusal))
                await self._containers.end(self._containers.name(run), 0)
                await self._note_end(folder, await self._containers.find(run))
            except OSError as error:
                raise ToolFailed(f"{run} could not be started: {error}") from error

    async def observe(self, run: RunId) -> Observation:
        """Return how the run stands."""
        folder = self._folder(run)
        self._begin()
        if end := await asyncio.to_thread(folder.end):
            return end.seen()
        if await asyncio.to_thread(folder.forgotten):
            return _lost("it was forgotten")
        found = await self._containers.find(run)
        if found is not None and found.state.alive:
            self._watch(folder, found)
            return Observation(liveness=Liveness.RUNNING, started_at=found.started_at)
        if found is not None and found.state.fresh and not await self._is_settled(folder):
            return Observation(liveness=Liveness.WAITING)
        return await self._note_end(folder, found)

    async def stop(self, run: RunId) -> None:
        """End the run within ten seconds, or raise Unavailable; safe to repeat."""
        folder = self._folder(run)
        self._begin()
        if await asyncio.to_thread(lambda: folder.end() is not None or folder.forgotten()):
            return
        found = await self._containers.find(run)
        ended = found is not None and not found.state.fresh and not found.state.alive
        if not ended:
            await self._settle(folder, Outcome.STOPPED)
        await self._end(folder)

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
        if ended:
            await self._finish_log(folder)
        return await asyncio.to_thread(self._kept(folder).read, cursor, ended=ended)

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
            await self._finish_log(folder)
            await asyncio.to_thread(folder.forget)
            await self._containers.remove(self._containers.name(run))

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
        return RunFolder(self._data / "runs", run)

    def _kept(self, folder: RunFolder) -> KeptLog:
        return KeptLog(folder.path, self._log_limit)

    # ── starting ─────────────────────────────────────────────────────────────────────────────────

    async def _start(self, folder: RunFolder, spec: AgentSpec) -> None:
        name = self._containers.name(folder.run)
        if await self._is_settled(folder):
            return
        found = await self._containers.look(name)
        if found is None and not await asyncio.to_thread(folder.claimed):
            await self._create(name, folder, spec)
        elif found is None or not found.state.fresh:
            return
        if await self._is_settled(folder):  # stopped meanwhile
            await self._containers.remove(name)
            return
        await asyncio.to_thread(folder.claim)
        try:
            await self._containers.start(name)
        except NotFound:
            if not await self._is_settled(folder):
                raise
            return
        if (begun := await self._containers.look(name)) is not None:
            self._watch(folder, begun)

    async def _create(self, name: str, folder: RunFolder, spec: AgentSpec) -> None:
        if not await asyncio.to_thread(spec.workspace.is_dir):
            raise NotFound(f"no workspace at {spec.workspace}")
        if not spec.command:
            raise NotFound("no command was given")
        await asyncio.to_thread(folder.write_brief, spec.brief)
        if self._give_away:
            await asyncio.to_thread(give, spec.workspace, *self._user)
        image = spec.image or self._image
        async with self._network.place(folder.run) as place:
            body = blueprint(
                folder.run,
                spec,
                image=image,
                user=self._user,
                bounds=self._bounds,
                place=self._seen_by_engine(place),
                environment=self._environment,
                labels=self._containers.labels(folder.run),
                workspace=self._on_engine(spec.workspace),
                brief=self._on_engine(folder.brief),
            )
            try:
                await self._containers.create(name, body)
            except NotFound:
                if self._pull is Pull.NEVER or await find(self._engine, image):
                    raise
                await pull(self._engine, image)
                await self._containers.create(name, body)

    def _on_engine(self, path: Path) -> Path:
        """Return where the engine finds what lies there for us."""
        path = path.absolute()
        if path.is_relative_to(self._data):
            return self._data_on_engine / path.relative_to(self._data)
        return path

    def _seen_by_engine(self, place: Place) -> Place:
        return replace(place, authority=place.authority and self._on_engine(place.authority))

    # ── ending ───────────────────────────────────────────────────────────────────────────────────

    async def _is_settled(self, folder: RunFolder) -> bool:
        def look() -> bool:
            return folder.settled()[0] is not None or folder.end() is not None or folder.forgotten()

        return await asyncio.to_thread(look)

    async def _settle(self, folder: RunFolder, outcome: Outcome, detail: str = "") -> None:
        await asyncio.to_thread(folder.settle, outcome, detail)

    async def _end(self, folder: RunFolder) -> None:
        await self._containers.end(self._containers.name(folder.run), self._grace)
        await self._note_end(folder, await self._containers.find(folder.run))

    async def _enforce(self, run: RunId, outcome: Outcome, detail: str) -> None:
        folder = self._folder(run)
        await self._settle(folder, outcome, detail)
        await self._end(folder)

    async def _note_end(self, folder: RunFolder, found: Container | None) -> Observation:
        """Write down how it ended, if it did; return how it stands."""
        if found is not None and found.state.alive:
            return Observation(liveness=Liveness.RUNNING, started_at=found.started_at)
        outcome, detail = await asyncio.to_thread(folder.settled)
        claimed = await asyncio.to_thread(folder.claimed)
        if outcome is None and found is None and not claimed:
            return _lost("it was never started")
        if found is None or found.state.fresh:
            end = End(
                outcome=outcome or Outcome.LOST,
                ended_at=self._clock.now(),
                detail=detail or ("" if outcome else "its container is no longer there"),
            )
        else:
            end = await self._end_of(folder, found, outcome, detail)
        if await asyncio.to_thread(folder.write_end, end):
            self._keeper.drop(folder.run)
            self._keeper.hint(folder.run)
        return (await asyncio.to_thread(folder.end) or end).seen()

    async def _end_of(
        self, folder: RunFolder, found: Container, outcome: Outcome | None, detail: str
    ) -> End:
        code: int | None = found.state.exit_code
        if outcome is None and code in (126, 127):
            await self._finish_log(folder)
            said = (await asyncio.to_thread(self._kept(folder).tail, 2000)).decode(
                "utf-8", "replace"
            )
            reason, mark, rest = said.rpartition(NOT_STARTED)
            if mark and not rest.strip():
                outcome, detail = Outcome.NOT_STARTED, reason.strip().rpartition("\n")[2][:200]
            elif said.startswith("[FATAL tini"):
                outcome, detail = Outcome.NOT_STARTED, f"no /bin/sh in the image: {said.strip()}"
        elif outcome is None and found.state.oom_killed:
            most = self._bounds.memory // (1024 * 1024)
            detail = f"it wanted more than {most} MB of memory (agents.docker.memory_mb)"
        elif outcome is None:
            detail = found.state.error
        outcome = outcome or Outcome.EXITED
        return End(
            outcome=outcome,
            exit_code=code if outcome is Outcome.EXITED else None,
            started_at=found.started_at,
            ended_at=found.ended_at,
            detail=detail,
        )

    async def _finish_log(self, folder: RunFolder) -> None:
        """Have all of an ended run's output on our disk."""
        async with self._finishing.setdefault(folder.run, asyncio.Lock()):
            if await asyncio.to_thread((folder.path / "log.done").exists):
                return
            try:
                async with asyncio.timeout(_COPY_PATIENCE):
                    if (follower := self._keeper.followers.get(folder.run)) is not None:
                        await follower.done.wait()
                    else:
                        await self._follower(folder, self._containers.name(folder.run)).finish()
            except TimeoutError:
                raise Unavailable(
                    f"the engine does not hand out the output of {folder.run}"
                ) from None
            await asyncio.to_thread((folder.path / "log.done").touch)

    # ── watching ─────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        """Start watching, on first use: before that there is no event loop to do it in."""
        if not self._closed and (self._keeping is None or self._keeping.done()):
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
        await (follower or self._follower(folder, self._containers.name(run))).note(text)

    def _watch(self, folder: RunFolder, found: Container) -> None:
        limits = limits_of(found.labels)
        if limits and found.started_at and found.state.alive:
            follower = self._follower(folder, found.id)
            self._keeper.watch(folder.run, limits, found.started_at, follower)

    def _follower(self, folder: RunFolder, container: str) -> Follower:
        return Follower(self._engine, container, self._kept(folder))

    async def _ended(self, run: RunId) -> None:
        """Note the end, have the output on our disk, and remove the container."""
        folder = self._folder(run)
        if not await asyncio.to_thread(folder.forgotten):
            if (await self.observe(run)).liveness is not Liveness.GONE:
                return
            await self._finish_log(folder)
        await self._containers.remove(self._containers.name(run))

    async def _sync(self) -> None:
        """Adopt what lives, and see to the ends that we were not told of."""
        for run, found in (await self._containers.runs()).items():
            folder = self._folder(run)
            if found.alive and run not in self._keeper.watched:
                await self.observe(run)
                await self._go_on_ending(folder)
            elif not found.alive and not found.fresh:
                await self._ended(run)

    async def _go_on_ending(self, folder: RunFolder) -> None:
        """End what was being ended when we died."""
        outcome, detail = await asyncio.to_thread(folder.settled)
        if outcome is not None:
            _log.info("%s is still to be ended (%s)", folder.run, outcome)
            await self._enforce(folder.run, outcome, detail)


def _lost(detail: str) -> Observation:
    return Observation(liveness=Liveness.GONE, outcome=Outcome.LOST, detail=detail)
