"""How long after a comment an agent starts, and how long after an agent's end the next one.

Read from the run folders: the supervisor makes ``claim`` right before the agent and ``exit`` right
after it. File times are as fine as the kernel's tick, a few milliseconds.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.embedded import embedded
from domain.identifiers import TaskKey
from domain.task import Status, Task
from entrypoints.container import Container
from entrypoints.service import working

ITEMS = 20


async def one_item(container: Container, number: int) -> tuple[TaskKey, float]:
    """Take one item through; return its key and when its approval was stored."""
    item = await container.local_board().create(
        f"Item number {number}", "It is there. It is good.", "low", "you"
    )
    await until(container, item.key, Status.IN_REVIEW)
    await container.local_board().comment(item.key, ":approved:", "you")
    stored = time.time()
    await until(container, item.key, Status.DONE)
    return item.key, stored


async def until(container: Container, key: TaskKey, status: Status) -> Task:
    """Wait until the task is in that status, and return it."""
    while True:
        task = await container.store().transact(lambda tx: tx.tasks.keyed(key))
        if task is not None:
            assert task.status is not Status.BLOCKED, task
            if task.status is status:
                return task
        await asyncio.sleep(0.02)


async def delays(folder: Path, *, git: bool) -> tuple[list[float], list[float]]:
    """Return the delays after comments, and those between agents, in milliseconds."""
    container = await embedded(folder, git=git)
    comments: list[float] = []
    hops: list[float] = []
    async with working(container):
        for number in range(ITEMS):
            key, stored = await one_item(container, number)
            runs = [record.run.id for record in (await container.look_up().story(key)).runs]
            began = [moment(folder / "runs" / run / "claim") for run in runs]
            ended = [moment(folder / "runs" / run / "exit") for run in runs]
            comments.append((began[1] - stored) * 1000)
            hops += [(start - end) * 1000 for end, start in zip(ended[1:], began[2:], strict=False)]
    return comments, hops


def moment(file: Path) -> float:
    """Return when the file was written."""
    return file.stat().st_mtime


def shown(figures: list[float]) -> str:
    """Return median and 95th percentile."""
    hundredths = statistics.quantiles(figures, n=20)
    return f"median {statistics.median(figures):.1f} ms, p95 {hundredths[18]:.1f} ms"


async def main() -> int:
    """Print all figures, with and without git."""
    for git, what in ((False, "no clone"), (True, "real clones and commits")):
        with tempfile.TemporaryDirectory() as name:
            comments, hops = await delays(Path(name), git=git)
        print(f"comment stored -> agent started ({what}, n={len(comments)}): {shown(comments)}")
        print(f"agent's end -> next agent started ({what}, n={len(hops)}): {shown(hops)}")
    return 0
