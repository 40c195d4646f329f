"""What people and programs may want to see of it all."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotFound
from domain.identifiers import ItemId, RunId, TaskKey
from domain.task import Task
from ports.clock import Clock
from ports.store import DeadLetter, HistoryEntry, RunRecord, Store, Transaction

_STEP = 500
"""Tasks read at once: some 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStory:
    """A task with all that happened to it."""

    task: Task
    history: Sequence[HistoryEntry]
    runs: Sequence[RunRecord]

    @property
    def waiting_since(self) -> datetime | None:
        """Return since when the live run waits for a slot; None if it doesn't."""
        live = [record for record in self.runs if not record.started_at and not record.ended_at]
        return live[0].waiting_since if live else None


class LookUp:
    """Reads tasks and dead letters; replays the latter."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Read from this store."""
        self._store = store
        self._clock = clock

    async def tasks(self, *, after: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return so many tasks, the oldest first, after that item's. NotFound: no such item."""
        return await self._store.transact(lambda tx: tx.tasks.page(after=after, most=most))

    async def every_task(self) -> AsyncGenerator[Sequence[Task]]:
        """Yield all tasks, the oldest first, some at a time so that nobody waits long for us."""
        last: ItemId | None = None
        while step := await self.tasks(after=last, most=_STEP):
            yield step
            last = step[-1].item

    async def under_way(self) -> Sequence[Task]:
        """Return the tasks that have not ended, the oldest first."""
        return await self._store.transact(lambda tx: tx.tasks.under_way())

    async def ended(self, *, before: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return so many ended tasks, the newest first, before that item's. NotFound: no such."""
        return await self._store.transact(lambda tx: tx.tasks.ended(before=before, most=most))

    async def ended_count(self) -> int:
        """Return how many tasks have ended."""
        return await self._store.transact(lambda tx: tx.tasks.ended_count())

    async def of(self, items: Iterable[ItemId]) -> Mapping[ItemId, Task]:
        """Return the tasks of these items, as far as they have one."""

        def read(tx: Transaction) -> dict[ItemId, Task]:
            found = (tx.tasks.of(item) for item in items)
            return {task.item: task for task in found if task}

        return await self._store.transact(read)

    async def waiting(self) -> Mapping[RunId, datetime]:
        """Return the runs that wait for a slot, and since when."""

        def read(tx: Transaction) -> dict[RunId, datetime]:
            return {each.run: each.asked_at for each in tx.runs.waiting()}

        return await self._store.transact(read)

    async def run(self, run: RunId) -> RunRecord | None:
        """Return what is known of the run; None if nothing is."""
        return await self._store.transact(lambda tx: tx.runs.get(run))

    async def story(self, key: TaskKey) -> TaskStory:
        """Return the task with its history and runs. NotFound: there is none of that key."""

        def read(tx: Transaction) -> TaskStory:
            task = tx.tasks.keyed(key)
            if task is None:
                raise NotFound(f"there is no task {key}")
            return TaskStory(
                task=task, history=tx.history.of(task.item), runs=tx.runs.of(task.item)
            )

        return await self._store.transact(read)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """Return what was given up, oldest first."""

        def read(tx: Transaction) -> list[DeadLetter]:
            return sorted([*tx.inbox.dead(), *tx.outbox.dead()], key=lambda d: (d.put_at, d.id))

        return await self._store.transact(read)

    async def replay(self, entry: int) -> None:
        """Have a dead letter tried again. NotFound: there is no such dead letter."""
        now = self._clock.now()

        def write(tx: Transaction) -> None:
            in_inbox = any(letter.id == entry for letter in tx.inbox.dead())
            if in_inbox:
                tx.inbox.replay(entry, at=now)
            else:
                tx.outbox.replay(entry, at=now)

        await self._store.transact(write)
