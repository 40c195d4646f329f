"""Learns from the kernel, at once, that a supervisor has ended.

A pid descriptor becomes readable when its process ends, whoever started it, so runs of ours and
runs that were adopted are watched alike. Where there are none (macOS), ``poll`` looks.
"""

import asyncio
import os
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.process.run_folder import Limits, RunFolder
from domain.identifiers import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A live run, as long as it is watched."""

    folder: RunFolder
    pid: int
    handle: int | None
    """The pid descriptor, where there are such."""
    limits: Limits | None


def watched(folder: RunFolder, pid: int, limits: Limits | None) -> Watched:
    """Return the run as one that can be watched; raise ProcessLookupError if it has ended."""
    try:
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        raise
    except OSError:  # a sandbox that does not know them, or no descriptors left
        handle = None
    return Watched(folder=folder, pid=pid, handle=handle, limits=limits)


def watchable(folders: Sequence[RunFolder]) -> list[Watched]:
    """Return those of the runs whose supervisor is alive."""
    runs = []
    for folder in folders:
        pid = folder.pid()
        if pid is None:
            continue
        try:
            run = watched(folder, pid, folder.limits())
        except ProcessLookupError:
            continue
        # The pid was the supervisor's all the while if it still lives now.
        if folder.held():
            runs.append(run)
        else:
            _close(run)
    return runs


class Watch:
    """The live runs that we know of, and those who want to know of their ends."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.runs: dict[RunId, Watched] = {}
        self.closed = False
        self._listeners: weakref.WeakSet[asyncio.Queue[RunId]] = weakref.WeakSet()

    def add(self, run: Watched) -> None:
        """Watch a run until it ends."""
        name = run.folder.run
        if self.closed or name in self.runs:
            _close(run)
            return
        self.runs[name] = run
        if run.handle is not None:
            asyncio.get_running_loop().add_reader(run.handle, self._ended, name)

    def poll(self) -> None:
        """Find the ends that the kernel does not tell."""
        for name, run in list(self.runs.items()):
            if run.handle is None and not run.folder.held():
                self._ended(name)

    def ends(self) -> AsyncIterator[RunId]:
        """Yield the runs that end from now on."""
        heard: asyncio.Queue[RunId] = asyncio.Queue()
        self._listeners.add(heard)
        return _each(heard)

    def hint(self, run: RunId) -> None:
        """Tell all who listen that the run seems to have ended."""
        for listener in list(self._listeners):
            listener.put_nowait(run)

    def close(self) -> None:
        """Stop watching, for good; what runs, runs on."""
        self.closed = True
        for run in self.runs.values():
            if run.handle is not None:
                asyncio.get_running_loop().remove_reader(run.handle)
            _close(run)
        self.runs.clear()

    def _ended(self, name: RunId) -> None:
        run = self.runs.pop(name)
        if run.handle is not None:
            asyncio.get_running_loop().remove_reader(run.handle)
        _close(run)
        with suppress(ChildProcessError):  # it is no child of ours: it was adopted
            os.waitpid(run.pid, os.WNOHANG)  # or it stays a zombie
        self.hint(name)


async def _each(heard: asyncio.Queue[RunId]) -> AsyncIterator[RunId]:
    while True:
        yield await heard.get()


def _close(run: Watched) -> None:
    if run.handle is not None:
        os.close(run.handle)
