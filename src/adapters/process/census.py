"""Finds the processes of our runs wherever they fled.

A child may leave its process group and session, and be adopted by init; it still carries the
environment it was born with, where ORCHESTRATOR_BRIEF names the run's own file. Out of reach is
only what a program does to hide: a new session *and* a wiped environment. Containers are for those.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from adapters.process.run_folder import BRIEF
from domain.identifiers import RunId

MARKER = "ORCHESTRATOR_BRIEF"

_PROC = Path("/proc/self/environ").exists()
_KERNEL_THREAD = 0x00200000  # PF_KTHREAD


class Census:
    """Who is alive of all runs whose folders are in one place."""

    def __init__(self, runs: Path) -> None:
        """Look for processes of the runs in that folder."""
        self._mark = f"\0{MARKER}={runs}/".encode()
        self._end = f"/{BRIEF}\0".encode()
        self._turn = asyncio.Lock()
        self._last: tuple[float, Mapping[RunId, Sequence[int]]] = (-1.0, {})

    async def taken(self) -> Mapping[RunId, Sequence[int]]:
        """Return the pids of each run that has any, as they were after this was called.

        All who ask while one is being taken share the next.
        """
        asked = time.monotonic()
        async with self._turn:
            begun, found = self._last
            if begun < asked:
                begun = time.monotonic()
                found = await asyncio.to_thread(self.take)
                self._last = begun, found
            return found

    def take(self) -> Mapping[RunId, Sequence[int]]:
        """Return the pids of each run that has any, now."""
        found: dict[RunId, list[int]] = {}
        for pid, environment in _environments():
            if (run := self._run(environment)) is not None:
                found.setdefault(run, []).append(pid)
        return found

    def send(self, run: RunId, pid: int, number: signal.Signals) -> None:
        """Signal that process if it still is one of the run, whatever its pid may name by now."""
        with suppress(ProcessLookupError):  # it has ended by itself
            try:
                handle = os.pidfd_open(pid)
            except ProcessLookupError:
                return
            except (AttributeError, OSError):  # not on this system, or not in this sandbox
                os.kill(pid, number)
                return
            try:
                if self._run(_environment(pid)) == run:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)

    def _run(self, environment: bytes) -> RunId | None:
        _, mark, rest = (b"\0" + environment).partition(self._mark)
        name, end, _ = rest.partition(self._end)
        return RunId(os.fsdecode(name)) if mark and end and b"/" not in name else None


def _environments() -> Iterator[tuple[int, bytes]]:
    """Yield every process that we may look into. Reading /proc ourselves is ten times quicker."""
    if not _PROC:
        for process in psutil.process_iter():
            try:
                pairs = process.environ().items()
            except psutil.Error:
                continue
            yield process.pid, "".join(f"{name}={value}\0" for name, value in pairs).encode()
        return
    again = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    for attempt in range(4):
        pids, again = again, []
        for pid in pids:
            environment = _environment(pid)
            if environment:
                yield pid, environment
            elif _seems_bare(pid):
                again.append(pid)
        if not again:
            return
        time.sleep(0.001 * attempt)


def _environment(pid: int) -> bytes:
    if not _PROC:
        return b""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def _seems_bare(pid: int) -> bool:
    """Whether a program without any environment runs there: it may be just about to begin."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123
            fields = file.read().rpartition(b") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] not in b"ZX" and not int(fields[6]) & _KERNEL_THREAD
