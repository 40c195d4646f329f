"""Agents as processes of this machine.

    ours ── sh (supervisor) ── agent ── its children
             │ locks, claims, writes the exit code        all in one session and process group
             └ <data>/runs/<run>/                          all carry the run's name (see ``census``)

Nothing about a run is kept in our memory that is not in its folder or in the kernel, so it does
not matter who started it: whatever can be done to a run of ours can be done to one that was there
before us. Where we die, moment by moment:

    before the spawn              nothing is claimed: the next ``ensure`` starts it
    after it, before the claim    the supervisor holds the lock and claims: the next one finds it
    while it runs                 it runs on, and is adopted; its limits count from its own start
    while we end it               the outcome was written down first: whoever adopts it goes on
    the machine goes down         the lock is gone and there is no exit code: LOST
"""

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from adapters.disk.removal import remove_marked
from adapters.process import output, supervisor
from adapters.process.census import MARKER, Census
from adapters.process.ending import end
from adapters.process.run_folder import FORGOTTEN, Limits, RunFolder
from adapters.process.watch import Watch, Watched, watchable, watched
from domain.errors import NotAllowed, NotFound, ToolFailed, Unavailable
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from domain.masking import Mask
from ports.agent_runner import AgentSpec, LogChunk, Observation
from ports.clock import Clock

PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ"),
        *("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
        *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"),
    }
)
"""What an agent gets of our environment. No proxies: their addresses may hold a password."""

_ADOPTION = 30.0
_log = logging.getLogger(__name__)


class ProcessRunner:
    """Runs agents as processes that outlive us.

    Limits are kept while any runner on the same folder lives. A log beyond ``log_limit`` loses its
    middle (see ``output``). An end by ourselves is SIGTERM and, after ``grace``, SIGKILL.
    """

    def __init__(
        self,
        data: Path,
        clock: Clock,
        environment: Mapping[str, str],
        *,
        names: Collection[str] = (),
        grace: timedelta = timedelta(seconds=5),
        log_limit: int = 50_000_000,
        tick: timedelta = timedelta(seconds=1),
        mask: Mask = output.NO_SECRETS,
        watches: bool = True,
    ) -> None:
        """Keep runs in ``data/runs``; hand on what ``environment`` holds under the allowed names.

        ``names`` are allowed in addition; ``tick`` is how often limits are looked at; ``mask``
        hides what logs must not show. One that does not watch only looks, beside one that does.
        """
        self._runs = data.resolve() / "runs"
        self._clock = clock
        allowed = PASSED_ON.union(names)
        self._environment = {k: v for k, v in environment.items() if k in allowed}
        self._grace = grace.total_seconds()
        self._log_limit = log_limit
        self._tick = tick.total_seconds()
        self._mask = mask
        self._watches = watches
        self._census = Census(self._runs)
        self._watch = Watch()
        self._clean: set[RunId] = set()
        self._ended: set[RunId] = set()
        """Runs that ended by themselves and may have left something behind in another session."""
        self._keeper: asyncio.Task[None] | None = None

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        """Start the agent unless it was ever started, or stopped before it was."""
        folder = self._folder(run)
        self._begin()
        try:
            # To the loop by itself: our caller may be cancelled while the thread goes on.
            await asyncio.to_thread(self._start, folder, spec, asyncio.get_running_loop())
        except OSError as error:
            raise ToolFailed(f"{run} could not be started: {error}") from error

    async def observe(self, run: RunId) -> Observation:
        """Return how the run stands.

        One that is LOST has lost its supervisor: its agent is looked for and killed first. What
        fled from a run that ended by itself is killed soon.
        """
        folder = self._folder(run)
        self._begin()
        seen, over = await asyncio.to_thread(folder.look)
        if not self._watches:
            return seen
        if seen.liveness is not Liveness.GONE:
            await self._adopt([run])
        elif over and run not in self._clean:
            if seen.outcome is Outcome.LOST:
                await end(folder, self._census, looks=1, grace=0)
                self._clean.add(run)
            else:
                self._ended.add(run)
        return seen

    async def stop(self, run: RunId) -> None:
        """End the run within ten seconds, or raise Unavailable; safe to repeat."""
        folder = self._folder(run)
        self._begin()
        await asyncio.to_thread(folder.settle, Outcome.STOPPED)
        if run not in self._clean:
            await self._end(folder)

    async def live(self) -> Sequence[RunId]:
        """Return the runs of which anything is alive, whoever started them."""
        self._begin()
        held = [name for name, run in self._watch.runs.items() if run.folder.held()]
        return sorted({*held, *await self._census.taken()})

    async def logs(self, run: RunId, cursor: int = 0) -> LogChunk:
        """Return the next piece of what the run printed."""
        folder = self._folder(run)
        if not await asyncio.to_thread(folder.path.exists):
            raise NotFound(f"there is no run {run}")
        # Asked before reading, or what is printed in between would be missed.
        ended = (await asyncio.to_thread(folder.observe)).liveness is Liveness.GONE
        return await asyncio.to_thread(
            output.read, folder.log, cursor, ended=ended, mask=self._mask
        )

    def ends(self) -> AsyncIterator[RunId]:
        """Yield runs as they end, from this call on."""
        self._begin()
        return self._watch.ends()

    async def forget(self, run: RunId) -> None:
        """Keep the log and that it was started. NotAllowed: it is alive."""
        folder = self._folder(run)
        seen = await self.observe(run)
        if seen.liveness is not Liveness.GONE:
            raise NotAllowed(f"{run} is alive: stop it first")
        if await asyncio.to_thread(folder.path.exists):
            await asyncio.to_thread(output.scrub, folder.log, self._mask)
            await asyncio.to_thread(folder.forget)
        self._clean.discard(run)

    async def drop_logs(self, *, before: datetime) -> None:
        """Remove the folders of runs forgotten before then. ToolFailed: some are still there."""
        await asyncio.to_thread(remove_marked, self._runs, FORGOTTEN, before=before)

    async def ping(self) -> None:
        """Raise Unavailable if no run can be written down or nothing could start it."""
        try:
            await asyncio.to_thread(self._runs.mkdir, 0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ToolFailed(f"no folder for runs: {error}") from error
        if not os.access(self._runs, os.W_OK) or not os.access(supervisor.SHELL, os.X_OK):
            raise Unavailable(f"{self._runs} must be writable and {supervisor.SHELL} be there")

    async def close(self) -> None:
        """Stop watching. Agents run on, for whoever comes next."""
        self._watch.close()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    def _folder(self, run: RunId) -> RunFolder:
        return RunFolder(self._runs, run)

    async def _end(self, folder: RunFolder) -> None:
        # Twice is proof: what forks while it is looked for can hide from one look.
        await end(folder, self._census, looks=2, grace=self._grace)
        self._clean.add(folder.run)

    # ── starting ─────────────────────────────────────────────────────────────────────────────────

    def _start(self, folder: RunFolder, spec: AgentSpec, loop: asyncio.AbstractEventLoop) -> None:
        folder.make()
        with folder.locked() as lock:
            if lock is None:
                return
            started = self._try_start(folder, spec, lock)
        # Our copy of the lock is closed by now, or the run would seem to outlive its end.
        if started is None:
            loop.call_soon_threadsafe(self._watch.hint, folder.run)
        else:
            loop.call_soon_threadsafe(self._watch.add, started)

    def _try_start(self, folder: RunFolder, spec: AgentSpec, lock: int) -> Watched | None:
        """Start the agent and return it, None if it has ended or cannot be started at all."""
        home = str(folder.home)
        command = [part.replace("{home}", home) for part in spec.command]
        environment = {
            **self._environment,
            **{name: value.replace("{home}", home) for name, value in spec.environment.items()},
            "ORCHESTRATOR_RUN": folder.run,
            MARKER: str(folder.brief),
        }
        limits = Limits(time=spec.time_limit, idle=spec.idle_limit)
        folder.keep_limits(lock, limits)
        folder.brief.write_text(spec.brief, "utf-8")
        folder.furnish(spec.home)
        try:
            path = supervisor.find(command, spec.workspace, environment)
            pid = self._spawn(folder, [path, *command[1:]], spec, environment, lock)
        except (FileNotFoundError, PermissionError, ValueError) as error:
            problem = str(error)
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            problem = "arguments and environment are too long"
        else:
            try:
                return watched(folder, pid, limits)
            except ProcessLookupError:  # our keeper found it first, and saw its end as well
                return None
        folder.settle(Outcome.NOT_STARTED, problem)
        return None

    def _spawn(
        self,
        folder: RunFolder,
        command: Sequence[str],
        spec: AgentSpec,
        environment: Mapping[str, str],
        lock: int,
    ) -> int:
        appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        log = os.open(folder.log, appending, 0o600)
        try:
            with folder.brief.open("rb") as brief:
                return supervisor.start(
                    folder.path,
                    command,
                    spec.workspace,
                    environment,
                    brief=brief.fileno(),
                    log=log,
                    lock=lock,
                )
        finally:
            os.close(log)

    # ── keeping limits ───────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        """Start keeping limits, on first use: before that there is no event loop to do it in."""
        idle = self._keeper is None or self._keeper.done()
        if self._watches and not self._watch.closed and idle:
            self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def _keep(self) -> None:
        """Adopt what runs, end what ran too long, trim what printed too much, for ever."""
        loop = asyncio.get_running_loop()
        ending: dict[RunId, asyncio.Task[None]] = {}
        adopted = -_ADOPTION
        async with asyncio.TaskGroup() as group:
            while True:
                pause = self._tick
                try:
                    if loop.time() - adopted >= _ADOPTION:
                        # Again and again: another worker's runs are ours when it is gone.
                        adopted = loop.time()
                        await self._adopt(list(await self._census.taken()))
                    self._watch.poll()
                    await self._sweep()
                    overdue, trimmed = await asyncio.to_thread(self._look)
                except OSError as error:
                    _log.warning("limits of runs could not be kept: %s", error)
                else:
                    pause = self._tick / 10 if trimmed else self._tick
                    for folder, outcome in overdue:
                        if folder.run not in ending or ending[folder.run].done():
                            ending[folder.run] = group.create_task(self._enforce(folder, outcome))
                await asyncio.sleep(pause)

    async def _adopt(self, runs: Sequence[RunId]) -> None:
        new = [self._folder(run) for run in runs if run not in self._watch.runs]
        if new:
            for run in await asyncio.to_thread(watchable, new):
                self._watch.add(run)

    def _look(self) -> tuple[list[tuple[RunFolder, Outcome]], bool]:
        now, trimmed = self._clock.now(), False
        overdue: list[tuple[RunFolder, Outcome]] = []
        for run in list(self._watch.runs.values()):
            trimmed |= output.trim(run.folder.log, self._log_limit)
            outcome = run.folder.overdue(run.limits, now) if run.limits else None
            if outcome:
                overdue.append((run.folder, outcome))
        return overdue, trimmed

    async def _sweep(self) -> None:
        """Kill what fled from runs that ended: one look at all processes serves all such runs."""
        ended, self._ended = self._ended, set()
        alive = await self._census.taken() if ended else {}
        for run in ended:
            # What it printed since the last look is still there in whole.
            log = self._folder(run).log
            await asyncio.to_thread(output.trim, log, self._log_limit)
            await asyncio.to_thread(output.scrub, log, self._mask)
            if run in alive:
                try:
                    await end(self._folder(run), self._census, looks=1, grace=0)
                except Unavailable as error:
                    _log.warning("what %s left behind lives on: %s", run, error)
                    self._ended.add(run)
                    continue
            self._clean.add(run)

    async def _enforce(self, folder: RunFolder, outcome: Outcome) -> None:
        try:
            await asyncio.to_thread(folder.settle, outcome)
            await self._end(folder)
        except (OSError, Unavailable) as error:
            _log.warning("%s should have ended (%s): %s", folder.run, outcome, error)
