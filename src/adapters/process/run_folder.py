"""All that is known of a run, in files: whoever comes after us knows as much as we did.

    claim       can be made once: by the supervisor, which puts its pid there and starts the agent,
                or by whoever keeps the agent from ever being started
    supervisor  locked (flock) exactly as long as the supervisor lives, or somebody prepares a
                start; its first line says how long the run may take, the rest is what the
                supervisor complains of
    brief.md    the task
    home/       the agent's own files: its state, and what it is told of its settings
    log         what the agent and its children print
    exit        the agent's exit code, written by the supervisor
    outcome     how we ended the run: written down before we do it, so that it survives us
    forgotten   only this, the claim and the log are left

Rule 1: a lock dies with its holder. It cannot be mistaken for another's after a reboot or when a
        pid comes round again, as a pid file can; a pid is believed only while the lock is held.
Rule 2: the exit code is written before the lock is let go. Lock free, claimed, no exit code: the
        supervisor was killed or the machine went down, and the run is lost.
"""

import fcntl
import json
import os
import re
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.disk.removal import remove_all_but
from domain.errors import Invalid, TimedOut
from domain.events import Liveness, Outcome
from domain.identifiers import RunId, safe_run_name
from ports.agent_runner import Observation

BRIEF = "brief.md"
_EXIT_CODE = re.compile(r"\d{1,3}\n", re.ASCII)
FORGOTTEN = "forgotten"
_KEPT = ("claim", FORGOTTEN, "log", "log.*")
_LOCK_PATIENCE = 5.0
_MOST_READ = 64 * 1024
"""Of a file about the run: each is a few lines, but anybody's program may write to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a run may take."""

    time: timedelta
    idle: timedelta


class RunFolder:
    """The files of one run. Everything here is quick, but touches the disk: call it in a thread."""

    def __init__(self, runs: Path, run: RunId) -> None:
        """Name the folder without making it; raise Invalid for a name that is no file name."""
        self.run = safe_run_name(run)
        self.path = runs / run
        self.brief = self.path / BRIEF
        self.log = self.path / "log"
        self.home = self.path / "home"
        self._at = f"{self.path}/"  # paths are put together a dozen times for each look

    def make(self) -> None:
        """Make the folder, for our own eyes: briefs and logs may be confidential."""
        try:
            self.path.mkdir(mode=0o700)
        except FileExistsError:
            return
        except FileNotFoundError:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    # ── who lives ────────────────────────────────────────────────────────────────────────────────

    def claimed(self) -> bool:
        """Whether the run was started, or kept from it: either way it starts no more."""
        return os.access(self._at + "claim", os.F_OK)

    def forgotten(self) -> bool:
        """Whether nothing but the log is kept."""
        return os.access(self._at + FORGOTTEN, os.F_OK)

    def pid(self) -> int | None:
        """The supervisor's pid, to be believed only while the run is ``held``."""
        text = self._read("claim")
        return int(text) if text.endswith("\n") and text.strip().isdigit() else None

    def held(self) -> bool:
        """Return whether the supervisor lives, or somebody is about to start it."""
        try:
            lock = os.open(self._at + "supervisor", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared: two who look at once do not take each other for the supervisor.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    @contextmanager
    def locked(self) -> Generator[int | None]:
        """Yield the lock, to be handed to a supervisor; None if the run is claimed meanwhile."""
        lock = os.open(self._at + "supervisor", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            give_up = time.monotonic() + _LOCK_PATIENCE
            while not self.claimed():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:  # another starts it, or only looks
                    if time.monotonic() > give_up:
                        raise TimedOut(
                            f"{self.run} is being started by nobody knows whom"
                        ) from None
                    time.sleep(0.001)
                else:
                    yield None if self.claimed() else lock
                    return
            yield None
        finally:
            os.close(lock)  # a supervisor's copy keeps it locked

    # ── what is known ────────────────────────────────────────────────────────────────────────────

    def observe(self) -> Observation:
        """Return how the run stands by its files. Processes that fled from it are not in them."""
        return self.look()[0]

    def look(self) -> tuple[Observation, bool]:
        """Return how the run stands, and whether its supervisor is gone for good.

        The claim is looked for first: who claims holds the lock, so a lock that is free after that
        has been let go. The other way round, a start in between would look like an end.
        """
        claimed = self.claimed()
        if not self._lives():
            return self._gone(claimed=claimed), claimed
        if not claimed:
            return Observation(liveness=Liveness.WAITING), False
        return Observation(liveness=Liveness.RUNNING, started_at=self._time("claim")), False

    def _gone(self, *, claimed: bool) -> Observation:
        if self.forgotten():
            return _lost("it was forgotten")
        if not claimed:
            return _lost("it was never started")
        code, (outcome, detail) = self._read("exit"), self._outcome()
        exited = outcome is None and _EXIT_CODE.fullmatch(code) is not None
        if outcome is None and not exited:
            outcome, detail = Outcome.LOST, self._complaint() or "its supervisor left no exit code"
        return Observation(
            liveness=Liveness.GONE,
            outcome=outcome or Outcome.EXITED,
            exit_code=int(code) if exited else None,
            started_at=self._time("claim") if self._read("claim") else None,
            ended_at=self._time("exit") or self._time("outcome"),
            detail=detail,
        )

    def _lives(self) -> bool:
        for _ in range(50):
            if not self.held():
                return False
            if not self._read("exit"):
                return True
            time.sleep(0.001)  # written, so the lock is let go any moment
        return True

    def _outcome(self) -> tuple[Outcome | None, str]:
        first, _, detail = self._read("outcome").partition("\n")
        try:
            return (Outcome(first) if first else None), detail.strip()
        except ValueError:
            return Outcome.LOST, f"its outcome reads {first[:40]!r}"

    def _complaint(self) -> str:
        said = self._read("supervisor").partition("\n")[2]
        return said.strip().rpartition("\n")[2][:200]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def settle(self, outcome: Outcome, detail: str = "") -> None:
        """Write down how the run ends, unless it already has; it can be started no more."""
        self.make()
        if self.forgotten() or self._outcome()[0] or self._read("exit"):
            return
        self._write("outcome", f"{outcome}\n{detail}\n")
        with suppress(FileExistsError):
            os.close(os.open(self.path / "claim", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    def keep_limits(self, lock: int, limits: Limits) -> None:
        """Write down how long the run may take, by the lock that was got for its start."""
        values = {"time": limits.time.total_seconds(), "idle": limits.idle.total_seconds()}
        os.ftruncate(lock, 0)
        os.write(lock, f"{json.dumps(values)}\n".encode())

    def furnish(self, files: Mapping[str, str]) -> None:
        """Make the agent's home with these files. Invalid: one would lie outside of it."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        for name, text in files.items():
            file = self.home / name
            if not file.resolve().is_relative_to(self.home.resolve()):
                raise Invalid("home", f"{name[:60]!r} is no path within it")
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(0o600)
            file.write_text(text, "utf-8")

    def limits(self) -> Limits | None:
        """Return how long the run may take, None if that is not known."""
        try:
            values = json.loads(self._read("supervisor").partition("\n")[0])
            return Limits(
                time=timedelta(seconds=values["time"]), idle=timedelta(seconds=values["idle"])
            )
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return None

    def overdue(self, limits: Limits, now: datetime) -> Outcome | None:
        """Return how a live run has to be ended: as begun before, or for what it took."""
        outcome, _ = self._outcome()
        if outcome:
            return outcome
        started = self._time("claim")
        if started is None:
            return None
        if now - started > limits.time:
            return Outcome.TIMED_OUT
        spoke = max(started, self._time("log") or started)
        return Outcome.STALLED if now - spoke > limits.idle else None

    def forget(self) -> None:
        """Remove everything but the log and what says that the run was there."""
        self._write(FORGOTTEN, "")
        remove_all_but(self.path, *_KEPT)

    def _write(self, name: str, text: str) -> None:
        new = self.path / f"{name}.{os.getpid()}.{time.monotonic_ns()}.new"
        new.write_text(text, "utf-8")
        new.replace(self.path / name)

    def _read(self, name: str) -> str:
        try:
            file = os.open(self._at + name, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return ""
        try:
            return os.read(file, _MOST_READ).decode("utf-8", "replace")
        finally:
            os.close(file)

    def _time(self, name: str) -> datetime | None:
        try:
            changed = os.stat(self._at + name).st_mtime  # noqa: PTH116 — see ``_at``
            return datetime.fromtimestamp(changed, UTC)
        except (FileNotFoundError, ValueError, OverflowError):  # any program may set it to anything
            return None


def _lost(detail: str) -> Observation:
    return Observation(liveness=Liveness.GONE, outcome=Outcome.LOST, detail=detail)
