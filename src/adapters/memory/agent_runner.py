"""A runner whose agents do what a test says.

    runner.started                   the runs that were started, in order
    runner.specs[run]                what was started
    runner.missing                   commands that cannot be started
    runner.say(run, "…")             the agent prints
    runner.finish(run, 0)            it exits
    runner.lose(run)                 its machine goes down
    runner.fail_next(error)          the next call fails and does nothing
    runner.fail_next(error, late=True)  … or does it, and fails nevertheless
    runner.hints = False             ends are not told

Limits are kept by the clock, but looked at only when somebody asks. A second runner made with
the first one's ``place`` is another process of ours.
"""

import asyncio
import codecs
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import Invalid, NotAllowed, NotFound
from domain.events import Liveness, Outcome
from domain.identifiers import RunId, safe_run_name
from domain.masking import Mask
from ports.agent_runner import AgentSpec, LogChunk, Observation
from ports.clock import Clock

CHUNK = 65_536
_NO_SECRETS = Mask()
_UNKNOWN = Observation(liveness=Liveness.GONE, outcome=Outcome.LOST, detail="it was never started")


@dataclass(slots=True)
class _Run:
    seen: Observation
    spec: AgentSpec | None = None
    spoke_at: datetime | None = None
    output: bytearray = field(default_factory=bytearray)
    forgotten_at: datetime | None = None


@dataclass(slots=True)
class Place:
    """Where runs are, whichever runner looks at them."""

    runs: dict[RunId, _Run] = field(default_factory=dict)
    started: list[RunId] = field(default_factory=list)
    specs: dict[RunId, AgentSpec] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    listeners: weakref.WeakSet[asyncio.Queue[RunId]] = field(default_factory=weakref.WeakSet)


class MemoryRunner:
    """An AgentRunner without processes."""

    def __init__(
        self, clock: Clock, place: Place | None = None, *, mask: Mask = _NO_SECRETS
    ) -> None:
        """Begin with no runs, or with those of that place."""
        self._mask = mask
        self._clock = clock
        self.place = place or Place()
        self._failures: list[tuple[Exception, bool]] = []
        self.started = self.place.started
        self.specs = self.place.specs
        self.missing = self.place.missing
        self.hints = True

    # ── what a test says ─────────────────────────────────────────────────────────────────────────

    def say(self, run: RunId, text: str) -> None:
        """Let the agent print."""
        of = self._alive(run)
        of.output += text.encode()
        of.spoke_at = self._clock.now()

    def finish(self, run: RunId, exit_code: int = 0) -> None:
        """Let the agent exit."""
        self._alive(run)
        self._ended(run, Outcome.EXITED, exit_code)

    def lose(self, run: RunId) -> None:
        """Let the agent be gone without an exit code."""
        self._alive(run)
        self._ended(run, Outcome.LOST)

    def fail_next(self, error: Exception, *, late: bool = False) -> None:
        """Let the next call fail, before or after it has done what it was asked for."""
        self._failures.append((error, late))

    # ── what the port says ───────────────────────────────────────────────────────────────────────

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        """Start the agent unless it was ever started, or stopped before it was."""
        async with self._reached(run):
            if run in self.place.runs:
                return
            for name in spec.home:
                if name.startswith("/") or ".." in name.split("/"):
                    raise Invalid("home", f"{name[:60]!r} is no path within it")
            now = self._clock.now()
            seen = Observation(liveness=Liveness.RUNNING, started_at=now)
            self.place.runs[run] = _Run(seen=seen, spec=spec, spoke_at=now)
            if not spec.command or spec.command[0] in self.missing:
                self._ended(run, Outcome.NOT_STARTED, detail=f"{spec.command[:1]}: not found")
                return
            self.started.append(run)
            self.specs[run] = spec

    async def observe(self, run: RunId) -> Observation:
        """Return how the run stands."""
        async with self._reached(run):
            return self._observe(run)

    async def stop(self, run: RunId) -> None:
        """End the run, or keep it from being started."""
        async with self._reached(run):
            if run not in self.place.runs:
                self.place.runs[run] = _Run(seen=_UNKNOWN)
                self._ended(run, Outcome.STOPPED)
            elif self._observe(run).liveness is not Liveness.GONE:
                self._ended(run, Outcome.STOPPED)

    async def live(self) -> Sequence[RunId]:
        """Return the runs that are alive."""
        async with self._reached():
            runs = [run for run in self.place.runs if self._observe(run).liveness != Liveness.GONE]
            return sorted(runs)

    async def logs(self, run: RunId, cursor: int = 0) -> LogChunk:
        """Return the next piece of what the run printed."""
        async with self._reached(run):
            if run not in self.place.runs:
                raise NotFound(f"there is no run {run}")
            gone = self._observe(run).liveness is Liveness.GONE
            printed = bytes(self.place.runs[run].output)
            output = self._mask.hide(printed, cut_after=gone)
            output = output[: len(printed) - (0 if gone else self._mask.pending(printed))]
            cursor = min(max(cursor, 0), len(output))
            data = output[cursor : cursor + CHUNK]
            last = gone and cursor + len(data) == len(output)
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            text = decoder.decode(data, last)
            following = cursor + len(data) - len(decoder.getstate()[0])
            return LogChunk(text=text, next=following, ended=last)

    def ends(self) -> AsyncIterator[RunId]:
        """Yield runs as they end, from this call on."""
        heard: asyncio.Queue[RunId] = asyncio.Queue()
        self.place.listeners.add(heard)
        return _each(heard)

    async def forget(self, run: RunId) -> None:
        """Keep the log and that it was started. NotAllowed: it is alive."""
        async with self._reached(run):
            if self._observe(run).liveness is not Liveness.GONE:
                raise NotAllowed(f"{run} is alive: stop it first")
            if run in self.place.runs:
                self.place.runs[run].forgotten_at = self._clock.now()

    async def drop_logs(self, *, before: datetime) -> None:
        """Drop what is left of runs forgotten before then."""
        async with self._reached():
            old = [r for r, of in self.place.runs.items() if (of.forgotten_at or before) < before]
            for run in old:
                del self.place.runs[run]

    async def ping(self) -> None:
        """Return, unless told to fail."""
        async with self._reached():
            pass

    async def close(self) -> None:
        """Nothing to do: agents go on."""

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _reached(self, run: RunId | None = None) -> AsyncGenerator[None, None]:
        """Let others run first, as every real runner does, and fail where that was asked for."""
        if run is not None:
            safe_run_name(run)
        await asyncio.sleep(0)
        error, late = self._failures.pop(0) if self._failures else (None, False)
        if error and not late:
            raise error
        yield
        await asyncio.sleep(0)
        if error:
            raise error

    def _observe(self, run: RunId) -> Observation:
        of = self.place.runs.get(run)
        if of is None or of.forgotten_at:
            return _UNKNOWN
        if of.spec and of.spoke_at and of.seen.started_at and of.seen.liveness != Liveness.GONE:
            now = self._clock.now()
            if now - of.seen.started_at > of.spec.time_limit:
                self._ended(run, Outcome.TIMED_OUT)
            elif now - of.spoke_at > of.spec.idle_limit:
                self._ended(run, Outcome.STALLED)
        return of.seen

    def _alive(self, run: RunId) -> _Run:
        if run not in self.place.runs or self._observe(run).liveness is Liveness.GONE:
            raise NotFound(f"{run} is not alive")
        return self.place.runs[run]

    def _ended(
        self, run: RunId, outcome: Outcome, exit_code: int | None = None, detail: str = ""
    ) -> None:
        of = self.place.runs[run]
        of.seen = Observation(
            liveness=Liveness.GONE,
            outcome=outcome,
            exit_code=exit_code,
            started_at=None if outcome is Outcome.NOT_STARTED else of.seen.started_at,
            ended_at=self._clock.now(),
            detail=detail,
        )
        if self.hints:
            for listener in list(self.place.listeners):
                listener.put_nowait(run)


async def _each(heard: asyncio.Queue[RunId]) -> AsyncIterator[RunId]:
    while True:
        yield await heard.get()
