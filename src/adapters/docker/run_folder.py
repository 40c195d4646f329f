"""What we know of a run that its container cannot tell, in files.

    brief.md    the task
    home/       the agent's own files: its state, and what it is told of its settings
    claim       made right before the container is started, so that it is never started again
    outcome     how we end the run: written down before we do it, so that it survives us
    end         how it ended, once that is known: the container may be removed after that
    forgotten   only this, the claim and the log are left
    log, log.*  see ``kept_log``

Whether it lives, since when, and with what code it exited is the engine's to say.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from adapters.disk.removal import remove_all_but
from domain.errors import Invalid, ToolFailed
from domain.events import Liveness, Outcome
from domain.identifiers import RunId, safe_run_name
from ports.agent_runner import Observation

FORGOTTEN = "forgotten"
_KEPT = ("claim", FORGOTTEN, "log", "log.*")


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    outcome: Outcome
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""

    def seen(self) -> Observation:
        """Return it as an observation."""
        return Observation(
            liveness=Liveness.GONE,
            outcome=self.outcome,
            exit_code=self.exit_code,
            started_at=self.started_at,
            ended_at=self.ended_at,
            detail=self.detail,
        )


class RunFolder:
    """The files of one run. Everything here is quick, but touches the disk: call it in a thread."""

    def __init__(self, runs: Path, run: RunId) -> None:
        """Name the folder without making it; raise Invalid for a name that is no file name."""
        self.run = safe_run_name(run)
        self.path = runs / run
        self.brief = self.path / "brief.md"
        self.home = self.path / "home"

    def make(self) -> None:
        """Make the folder, for our own eyes: briefs and logs may be confidential."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write_brief(self, text: str) -> None:
        """Write the task down. Its folder keeps others out; the agent's user must read the file."""
        self.make()
        self._write("brief.md", text.encode())
        self.brief.chmod(0o444)

    def furnish(self, files: Mapping[str, str]) -> None:
        """Make the agent's home with these files. Invalid: one would lie outside of it."""
        self.make()
        self.home.mkdir(mode=0o700, exist_ok=True)
        for name, text in files.items():
            file = self.home / name
            if not file.resolve().is_relative_to(self.home.resolve()):
                raise Invalid("home", f"{name[:60]!r} is no path within it")
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(0o600)
            file.write_text(text, "utf-8")

    def claim(self) -> bool:
        """Note that the container is started now, unless it must not be; return whether it may."""
        if self.is_settled():
            return False
        with suppress(FileExistsError):
            os.close(os.open(self.path / "claim", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return True

    def claimed(self) -> bool:
        """Whether the container was, or was about to be, started."""
        return (self.path / "claim").exists()

    def forgotten(self) -> bool:
        """Whether nothing but the log is kept."""
        return (self.path / FORGOTTEN).exists()

    def settled(self) -> tuple[Outcome | None, str]:
        """Return how we end the run, and why; None where we don't."""
        first, _, detail = self._read("outcome").decode("utf-8", "replace").partition("\n")
        try:
            return (Outcome(first) if first else None), detail
        except ValueError:
            raise self._damaged("outcome") from None

    def is_settled(self) -> bool:
        """Whether the run has ended, or is to: it must not be started any more."""
        return self.settled()[0] is not None or self.end() is not None or self.forgotten()

    def settle(self, outcome: Outcome, detail: str = "") -> None:
        """Write down how we end the run, unless it has ended or was settled before."""
        self.make()
        if not (self.forgotten() or self.end()):
            self._write_once("outcome", f"{outcome}\n{detail}".encode())

    def end(self) -> End | None:
        """Return how it ended, as far as that was written down."""
        data = self._read("end")
        try:
            return msgspec.json.decode(data, type=End) if data else None
        except ValueError:
            raise self._damaged("end") from None

    def known(self) -> Observation | None:
        """Return how the run stands if that can change no more."""
        if end := self.end():
            return end.seen()
        return lost("it was forgotten") if self.forgotten() else None

    def write_end(self, end: End) -> bool:
        """Write down how it ended; return whether that is news."""
        if self.forgotten():
            return False
        self.make()
        return self._write_once("end", msgspec.json.encode(end))

    def forget(self) -> None:
        """Remove everything but the log and what says that the run was there."""
        self._write(FORGOTTEN, b"")
        remove_all_but(self.path, *_KEPT)

    def _write(self, name: str, data: bytes) -> None:
        new = self.path / f"{name}.{os.getpid()}.{time.monotonic_ns()}.new"
        new.write_bytes(data)
        new.replace(self.path / name)

    def _write_once(self, name: str, data: bytes) -> bool:
        """Write a file, in whole or not at all, unless it is there; return whether it was not."""
        new = self.path / f"{name}.{os.getpid()}.{time.monotonic_ns()}.new"
        new.write_bytes(data)
        try:
            os.link(new, self.path / name)
        except FileExistsError:
            return False
        finally:
            new.unlink()
        return True

    def _damaged(self, name: str) -> ToolFailed:
        return ToolFailed(f"{self.path / name} is damaged: restore it from a backup, or remove it")

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return b""


def lost(detail: str) -> Observation:
    """Return how a run stands of which nothing is known."""
    return Observation(liveness=Liveness.GONE, outcome=Outcome.LOST, detail=detail)
