"""Ends a run and all that it started, and returns when that is proven."""

import asyncio
import os
import signal
from contextlib import suppress

from adapters.process.census import Census
from adapters.process.run_folder import RunFolder
from domain.errors import Unavailable

_PATIENCE = 4.5
"""How long after SIGKILL a process may take, in seconds: the kernel may be writing for it."""


async def end(folder: RunFolder, census: Census, *, looks: int, grace: float) -> None:
    """Signal the run until it was found dead that many times, one right after another.

    SIGTERM once, to the group and to whoever left it; SIGKILL after ``grace`` seconds, at once if
    there are none. Unavailable: something does not even die of that.
    """
    loop = asyncio.get_running_loop()
    begun, pause, found_dead = loop.time(), 0.002, 0
    number: signal.Signals | None = signal.SIGTERM if grace else signal.SIGKILL
    while found_dead < looks:
        if not await _strike(folder, census, number):
            found_dead += 1
            continue
        found_dead = 0
        waited = loop.time() - begun
        if waited > grace + _PATIENCE:
            raise Unavailable(f"{folder.run} does not die")
        # Asked once, politely: to some programs a second SIGTERM means "now".
        number = signal.SIGKILL if waited >= grace else None
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.1)


async def _strike(folder: RunFolder, census: Census, number: signal.Signals | None) -> bool:
    """Signal all of the run that is alive; return whether anything was."""
    held, group = await asyncio.to_thread(_strike_group, folder, number)
    if held and number is None:
        return True
    alive = (await census.taken()).get(folder.run, ())
    for pid in alive:
        if number is not None and not (held and _group_of(pid) == group):
            census.send(folder.run, pid, number)
    return held or bool(alive)


def _strike_group(folder: RunFolder, number: signal.Signals | None) -> tuple[bool, int | None]:
    """Signal the supervisor's group if it lives; return whether it does, and its number."""
    group = folder.pid()
    # The pid first: it was the supervisor's if that still lives afterwards.
    held = folder.held()
    if held and group is not None and number is not None:
        with suppress(ProcessLookupError):
            os.killpg(group, number)
    return held, group


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
