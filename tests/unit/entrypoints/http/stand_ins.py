"""A store and a board that are just dictionaries, for tests of the front door.

store.down = True            every transaction fails, and nothing is written
board.items_, board.said     what was made, what was commented
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from markupsafe import escape

from domain.errors import Invalid, NotFound, Unavailable
from domain.identifiers import CommentId, ItemId, PersonId, RunId, TaskKey, parse_task_key
from domain.item import Item, Person, Priority, Standing, TrackerState
from domain.prose import Block, BlockKind, Prose
from domain.signals import Signal
from domain.slots import Contender
from domain.task import ENDED, Task
from ports.board import ShownComment, Thread
from ports.clock import Clock
from ports.store import DeadLetter, HistoryEntry, QueueName, RunRecord, Transaction

T = TypeVar("T")

ANN = Person(id=PersonId("ann"), name="Ann", standing=Standing.MEMBER, approver=True)
GUEST = Person(id=PersonId("guest"), name="Guest", standing=Standing.GUEST, approver=False)
OVER = {TrackerState.DONE, TrackerState.CANCELLED}
BOT = Person(id=PersonId("bot"), name="Orchestrator", standing=Standing.BOT, approver=False)


@dataclass
class StandInQueue:
    """What was put, and what is dead."""

    entries: dict[str, Signal] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)

    def put(
        self, payload: Signal, *, lane: str, key: str, at: datetime, item: ItemId | None
    ) -> bool:
        """Add, unless the key is known."""
        if key in self.entries:
            return False
        self.entries[key] = payload
        return True

    def dead(self) -> Sequence[DeadLetter]:
        """Return the dead letters."""
        return self.letters

    def replay(self, entry: int, *, at: datetime) -> None:
        """Take the letter off the list."""
        if all(letter.id != entry for letter in self.letters):
            raise NotFound(f"there is no dead letter {entry}")
        self.letters = [letter for letter in self.letters if letter.id != entry]
        self.replayed.append(entry)


@dataclass
class StandInStore:
    """A store without queues' claims: the front door only puts and reads."""

    inbox: StandInQueue = field(default_factory=StandInQueue)
    outbox: StandInQueue = field(default_factory=StandInQueue)
    tasks_: list[Task] = field(default_factory=list)
    histories: dict[ItemId, list[HistoryEntry]] = field(default_factory=dict)
    records: dict[ItemId, list[RunRecord]] = field(default_factory=dict)
    down: bool = False

    async def open(self) -> None:
        """Return: there is nothing to open."""

    async def close(self) -> None:
        """Return: there is nothing to close."""

    async def transact(self, do: Callable[[Transaction], T]) -> T:
        """Run the function on the dictionaries."""
        if self.down:
            raise Unavailable("the database cannot be written to: disk full")
        return do(cast("Transaction", _Tx(self)))

    async def wait(self, queue: QueueName, *, at_most: timedelta) -> None:
        """Return: nobody waits here."""

    async def prune(
        self, *, at: datetime, older_than: timedelta, keep: Collection[ItemId] = ()
    ) -> None:
        """Return: nothing here grows."""

    async def ping(self) -> None:
        """Return unless it is down."""
        if self.down:
            raise Unavailable("the database cannot be written to: disk full")


class _Tx:
    def __init__(self, store: StandInStore) -> None:
        self.inbox, self.outbox = store.inbox, store.outbox
        self.tasks = _Tasks(store.tasks_)
        self.history = _Of(store.histories)
        self.runs = _Runs(store.records)


class _Tasks:
    def __init__(self, tasks: list[Task]) -> None:
        self._tasks = tasks

    def of(self, item: ItemId) -> Task | None:
        return next((task for task in self._tasks if task.item == item), None)

    def page(self, *, after: ItemId | None = None, most: int) -> Sequence[Task]:
        return self._beyond(self._tasks, after)[:most]

    def under_way(self) -> Sequence[Task]:
        return [task for task in self._tasks if task.status not in ENDED]

    def ended(self, *, before: ItemId | None = None, most: int) -> Sequence[Task]:
        latest = self._beyond(self._tasks[::-1], before)
        return [task for task in latest if task.status in ENDED][:most]

    def ended_count(self) -> int:
        return len(self.ended(most=len(self._tasks)))

    def _beyond(self, tasks: list[Task], item: ItemId | None) -> list[Task]:
        if item is None:
            return tasks
        place = next((n for n, task in enumerate(tasks) if task.item == item), None)
        if place is None:
            raise NotFound(f"there is no task {item!r}")
        return tasks[place + 1 :]

    def keyed(self, key: TaskKey) -> Task | None:
        return next((task for task in self._tasks if task.key == key), None)


class _Of:
    def __init__(self, lists: dict[ItemId, Any]) -> None:
        self._lists = lists

    def of(self, item: ItemId) -> Any:
        return self._lists.get(item, [])


class _Runs(_Of):
    def get(self, run: RunId) -> RunRecord | None:
        return next((record for record in self._records if record.run.id == run), None)

    def waiting(self, *, most: int | None = None) -> Sequence[Contender]:
        return [
            Contender(
                run=each.run.id,
                item=each.item,
                project=each.key.rpartition("-")[0],
                role=each.run.role,
                priority=each.priority,
                asked_at=each.waiting_since,
            )
            for each in self._records
            if each.waiting_since and not each.started_at and not each.ended_at
        ]

    @property
    def _records(self) -> Iterator[RunRecord]:
        return (record for records in self._lists.values() for record in records)


class StandInBoard:
    """A board whose HTML is the escaped text."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing."""
        self._clock = clock
        self.items_: dict[str, Item] = {}
        self.said: dict[str, list[ShownComment]] = {}
        self._made: dict[str, str] = {}

    async def create(
        self,
        title: str,
        description: str,
        priority: str,
        author: str,
        *,
        request_key: str | None = None,
    ) -> Item:
        """Make an item."""
        self.person(author)
        if request_key in self._made:
            return self.items_[self._made[request_key]]
        if not title.strip():
            raise Invalid("title", "is empty", "say in a few words what is to be done")
        key = TaskKey(f"ET-{len(self.items_) + 1}")
        item = Item(
            id=ItemId(key),
            key=key,
            title=title,
            description=prose(description),
            priority=Priority(priority),
            state=TrackerState.TODO,
            changed_at=self._clock.now(),
        )
        self.items_[key] = item
        if request_key is not None:
            self._made[request_key] = key
        return item

    async def edit(
        self,
        key: str,
        author: str,
        *,
        title: str | None = None,
        description: str | None = None,
        priority: str | None = None,
    ) -> Item:
        """Change an item."""
        self.person(author)
        item = self._item(key)
        item = replace(
            item,
            title=item.title if title is None else title,
            description=item.description if description is None else prose(description),
            priority=item.priority if priority is None else Priority(priority),
        )
        self.items_[key] = item
        return item

    async def comment(
        self, key: str, text: str, author: str, *, request_key: str | None = None
    ) -> CommentId:
        """Add a comment."""
        who, item = self.person(author), self._item(key)
        if request_key in self._made:
            return CommentId(self._made[request_key])
        if not text.strip():
            raise Invalid("text", "is empty", "write something")
        thread = self.said.setdefault(item.key, [])
        made = CommentId(str(len(thread) + 1))
        if request_key is not None:
            self._made[request_key] = made
        html = f"<p>{escape(text)}</p>"
        thread.append(ShownComment(id=made, author=who, made_at=self._clock.now(), html=html))
        return made

    async def move(self, key: str, state: str, author: str) -> Item:
        """Show the item in that state."""
        self.person(author)
        self.items_[key] = replace(self._item(key), state=TrackerState(state))
        return self.items_[key]

    async def archive(self, key: str, author: str) -> None:
        """Forget the item."""
        self.person(author)
        del self.items_[self._item(key).key]

    async def open_items(self) -> Sequence[Item]:
        """Return the items that have not ended."""
        return [item for item in self.items_.values() if item.state not in OVER]

    async def ended_items(self, *, before: str | None = None, most: int) -> Sequence[Item]:
        """Return items that have ended, the newest first."""
        latest = list(self.items_.values())[::-1]
        if before is not None:
            latest = latest[latest.index(self._item(before)) + 1 :]
        return [item for item in latest if item.state in OVER][:most]

    async def ended_count(self) -> int:
        """Return how many have ended."""
        return len(await self.ended_items(most=len(self.items_)))

    async def thread(self, key: str) -> Thread:
        """Return the item and its comments."""
        item = self._item(key)
        html = f"<p>{escape(item.description.whole)}</p>"
        comments = tuple(self.said.get(item.key, ()))
        return Thread(item=item, description_html=html, comments=comments)

    async def forget_writes(self, *, before: datetime) -> None:
        """Return: nothing here grows."""

    def people(self) -> Sequence[Person]:
        """Return those who may write."""
        return (ANN, GUEST)

    def person(self, name: str) -> Person:
        """Return who that is."""
        for person in self.people():
            if name in (person.id, person.name):
                return person
        raise Invalid("author", f"{name!r} is nobody here", "use one of: ann, guest")

    def _item(self, key: str) -> Item:
        item = self.items_.get(parse_task_key(key))
        if item is None:
            raise NotFound(f"there is no item {key}")
        return item


def prose(text: str) -> Prose:
    """Return the text as one block, as it is."""
    return Prose((Block(kind=BlockKind.SAID, text=text),)) if text else Prose()
