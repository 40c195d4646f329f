"""A hundred items at once, six agents each: how long it takes, and what of it is git's."""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.embedded import embedded, without_approvals
from domain.task import Status
from entrypoints.service import working

ITEMS = 100
RUNS = 6
SLOTS = 8
PASSES = 3
"""Of the figure that has a goal; with git, one pass takes ten times as long."""


@dataclass(frozen=True)
class Measured:
    """One pass."""

    wall: float
    ours: float
    """CPU seconds of our own process."""


async def hundred(folder: Path, *, git: bool) -> Measured:
    """Take all items to done, from the first one's creation to the last one's end."""
    container = await embedded(folder, git=git, slots=SLOTS, pipeline=without_approvals())
    async with working(container):
        board = container.local_board()
        wall, cpu = time.perf_counter(), time.process_time()
        for number in range(ITEMS):
            await board.create(f"Item number {number}", "It is there. It is good.", "low", "you")
        while True:
            tasks = await container.look_up().tasks(most=ITEMS)
            stuck = [task for task in tasks if task.status in {Status.BLOCKED, Status.CANCELLED}]
            assert not stuck, stuck[0]
            if sum(task.status is Status.DONE for task in tasks) == ITEMS:
                break
            await asyncio.sleep(0.25)
        return Measured(time.perf_counter() - wall, time.process_time() - cpu)


async def main() -> int:
    """Print both figures, one above the other."""
    for git, passes, what in (
        (False, PASSES, "agents that do nothing, workspaces that need no clone"),
        (True, 1, "rehearsal agents, real clones and commits"),
    ):
        # One folder for all passes: what a file system has just removed slows down what is made.
        with tempfile.TemporaryDirectory() as name:
            seen = [await hundred(_new(Path(name), number), git=git) for number in range(passes)]
        wall = statistics.median(each.wall for each in seen)
        ours = statistics.median(each.ours for each in seen)
        print(
            f"{ITEMS} items x {RUNS} runs, {what}: {wall:.2f} s wall,"
            f" {wall / (ITEMS * RUNS) * 1000:.1f} ms a run, our own CPU {ours:.2f} s"
            f" (median of {passes})"
        )
    return 0


def _new(folder: Path, number: int) -> Path:
    place = folder / str(number)
    place.mkdir()
    return place
