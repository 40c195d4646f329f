"""Where agents run.

The life of a run: ``ensure`` → ``observe`` until it has ended → ``forget``. The order is the
caller's duty; everything else may happen at any time and twice, also from a process that never
started the run: a runner knows its runs by their names alone, and after a restart of ours it goes
on with those it finds.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from domain.events import Liveness, Outcome
from domain.identifiers import RunId

NOT_STARTED = "orchestrator: the command could not be started"
"""What a command prints last that exits with 126 or 127 because what it needs is not in its image:
its run did not start, and the line before says why. On this machine we look beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """What to start, where, and how long it may take."""

    command: Sequence[str]
    workspace: Path
    brief: str
    """The whole task as Markdown: given on standard input, and as the file ORCHESTRATOR_BRIEF."""
    environment: Mapping[str, str]
    """All it gets beside the runner's own allow-list of names."""
    time_limit: timedelta
    idle_limit: timedelta
    """How long it may go without printing anything."""
    image: str = ""
    """What it runs in where runs are containers; empty: what the runner is set to."""
    home: Mapping[str, str] = field(default_factory=dict)
    """Files in a folder of its own outside the workspace, by their path within it. Where that
    folder lies, ``{home}`` stands for in command and environment. It is there without files, too,
    and goes when the run is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A run as its runner sees it now."""

    liveness: Liveness
    outcome: Outcome | None = None
    """Set when it is gone."""
    exit_code: int | None = None
    """Set when it exited by itself; by a signal N: 128 + N."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk:
    """A piece of a run's output."""

    text: str
    next: int
    """Where to go on reading, in bytes."""
    ended: bool
    """The run is gone and this was the last piece."""


class AgentRunner(Protocol):
    """Starts, watches and ends agents. Unavailable: the place where they run cannot be reached."""

    async def ensure(self, run: RunId, spec: AgentSpec) -> None:
        """Start the agent under that name unless it was ever started: never a second time.

        Returns when it runs or has ended. A command that cannot be started is not an error here
        but a run that ended NOT_STARTED.
        """
        ...

    async def observe(self, run: RunId) -> Observation:
        """Return how the run stands. One never started, or forgotten, is GONE and LOST."""
        ...

    async def stop(self, run: RunId) -> None:
        """End the run and everything it started; return when nothing of it is alive.

        A run stopped before it was started can no longer be started.
        """
        ...

    async def live(self) -> Sequence[RunId]:
        """Return every run of ours that is alive, also those we have no record of."""
        ...

    async def logs(self, run: RunId, cursor: int = 0) -> LogChunk:
        """Return the run's output from that byte on. NotFound: no such run."""
        ...

    def ends(self) -> AsyncIterator[RunId]:
        """Yield runs that seem to have ended, soon after. A hint: some may be missed."""
        ...

    async def forget(self, run: RunId) -> None:
        """Drop what is kept of an ended run, except its log."""
        ...

    async def drop_logs(self, *, before: datetime) -> None:
        """Drop all that is left of runs forgotten before then, that they were started included.

        Unavailable: some could not be dropped, all others were.
        """
        ...

    async def ping(self) -> None:
        """Return if agents can be started."""
        ...

    async def close(self) -> None:
        """Stop watching. Agents go on, and are found again."""
        ...
