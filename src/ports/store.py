"""The one place where anything is written down.

``transact`` runs one synchronous function as one atomic transaction; inside it there is no I/O
but the store's own. What is written in one transaction is there wholly or not at all, after a
kill at any moment.

Inbox and outbox are queues of the same make. A queue has *lanes*: entries of one lane are taken in
order and one at a time, lanes don't wait for each other. Taking an entry claims its lane under a
lease; every later word about it is fenced: who has lost the lease can change nothing.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from domain.effects import Effect
from domain.errors import Failure
from domain.events import SILENCE, Outcome, Statement
from domain.identifiers import ItemId, Role, RunId, TaskKey
from domain.item import Priority
from domain.money import NO_TOKENS, NOTHING, Money, Spent, Usage
from domain.signals import Signal
from domain.slots import Contender
from domain.task import Run, Task

T = TypeVar("T")
Payload = TypeVar("Payload")


class LeaseLost(Failure):
    """The lane is no longer ours: somebody else goes on with it, we must not."""


class QueueName(StrEnum):
    """The two queues."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[Payload]):
    """Something in a queue."""

    id: int
    key: str
    payload: Payload
    attempts: int
    """How often it was taken, this time included: above 1 it may have been done already."""
    put_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Generic[Payload]):
    """A lane that is ours for now, and its first entry."""

    lane: str
    owner: str
    generation: int
    entry: Entry[Payload]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An entry given up for good, for people to look at and replay."""

    id: int
    queue: QueueName
    lane: str
    kind: str
    item: ItemId | None
    error: str
    attempts: int
    put_at: datetime


class Queue(Protocol[Payload]):
    """One of the two queues, within a transaction."""

    def put(
        self, payload: Payload, *, lane: str, key: str, at: datetime, item: ItemId | None
    ) -> bool:
        """Add to the end of the lane; False, and nothing else, if the key was ever put before."""
        ...

    def put_at(self, key: str) -> datetime | None:
        """Return when that key was put; None if it never was, or so long ago that we forgot."""
        ...

    def claim(self, *, owner: str, at: datetime, lease: timedelta) -> Claim[Payload] | None:
        """Take the lane that has been due longest, and its first entry; None if none is due."""
        ...

    def renew(self, claim: Claim[Payload], *, at: datetime, lease: timedelta) -> None:
        """Keep the lane for another lease. LeaseLost: too late."""
        ...

    def settle(
        self, claim: Claim[Payload], *, at: datetime, more: bool = True
    ) -> Claim[Payload] | None:
        """Mark the entry done and go on with the lane's next, or give the lane back.

        LeaseLost: nothing is changed. With ``more=False`` the lane is given back in any case.
        """
        ...

    def postpone(
        self, claim: Claim[Payload], *, until: datetime, error: str, attempt: bool = True
    ) -> None:
        """Give the lane back until then, its first entry still to be done.

        With ``attempt=False`` this attempt does not count. LeaseLost: nothing is changed.
        """
        ...

    def bury(self, claim: Claim[Payload], *, at: datetime, error: str) -> Claim[Payload] | None:
        """Make the entry a dead letter and go on with the lane's next. LeaseLost as above."""
        ...

    def hasten(self, lane: str, *, at: datetime) -> None:
        """Make the lane due now if it was postponed; one that somebody works on is left alone."""
        ...

    def waiting(self, item: ItemId, kind: str) -> int:
        """Return how many entries of that kind the item has that are not done, dead ones apart."""
        ...

    def dead(self) -> Sequence[DeadLetter]:
        """Return all dead letters, oldest first."""
        ...

    def replay(self, entry: int, *, at: datetime) -> None:
        """Make a dead letter due again, its attempts forgotten. NotFound: no such dead letter."""
        ...

    def oldest(self) -> datetime | None:
        """Return when the oldest entry that is not done was put, dead ones too; None: all are."""
        ...

    def depth(self) -> int:
        """Return how many entries are not done, dead ones apart."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the next lane not claimed is due, None if none is waiting."""
        ...


class Tasks(Protocol):
    """The tasks, by their item."""

    def of(self, item: ItemId) -> Task | None:
        """Return the item's task."""
        ...

    def keyed(self, key: TaskKey) -> Task | None:
        """Return the task that people call by that key."""
        ...

    def page(self, *, after: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return tasks, the oldest first: from the first one on, or those after that item's.

        NotFound: no such item.
        """
        ...

    def under_way(self) -> Sequence[Task]:
        """Return every task that has not ended, the oldest first.

        What it costs grows with these alone, not with all that was ever done.
        """
        ...

    def ended(self, *, before: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return tasks that have ended, the newest first: all, or those older than that item's.

        NotFound: no such item.
        """
        ...

    def ended_count(self) -> int:
        """Return how many tasks have ended."""
        ...

    def save(self, task: Task) -> Task:
        """Write the task and its deadline; return it with its new version.

        Conflict: it was saved by somebody else since it was read.
        """
        ...

    def fire_due(self, at: datetime) -> Sequence[tuple[ItemId, datetime]]:
        """Take the deadlines that have come: each is returned once and then no longer set."""
        ...

    def next_deadline(self) -> datetime | None:
        """Return the earliest deadline still set."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The agent that was started for a run: what its output is read and its tokens priced by."""

    runtime: str = ""
    """Its kind; empty before it is started."""
    model: str = ""
    """What it was given; empty where it chooses itself."""


UNASSIGNED = Assigned()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What is known of a run."""

    run: Run
    item: ItemId
    key: TaskKey
    asked_at: datetime
    priority: Priority = Priority.NONE
    """The item's, as it is now: what decides who gets the next slot."""
    waiting_since: datetime | None = None
    """When it first asked for a slot: as long as it has none, it waits for one since then."""
    started_at: datetime | None = None
    """When a slot was taken for it."""
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None
    statement: Statement = SILENCE
    agent: Assigned = UNASSIGNED
    """Who does the work, whatever the configuration says by now."""


class Runs(Protocol):
    """Every launch of an agent. At most one of an item is not ended; a second one is a bug."""

    def add(self, record: RunRecord) -> None:
        """Write a new run down. Conflict: the item has one that has not ended."""
        ...

    def get(self, run: RunId) -> RunRecord | None:
        """Return what is known of the run."""
        ...

    def prioritise(self, run: RunId, priority: Priority) -> None:
        """Note what the run's item has become in priority."""
        ...

    def wait(self, run: RunId, *, at: datetime) -> None:
        """Note that the run waits for a slot; since when it does was noted the first time."""
        ...

    def occupy(self, run: RunId, *, at: datetime) -> None:
        """Give the run a slot; one that has a slot keeps it, and the time of its start.

        NotFound: no such run. NotAllowed: it has ended.
        """
        ...

    def assign(self, run: RunId, agent: Assigned) -> None:
        """Note which agent does the run's work."""
        ...

    def occupied(self) -> int:
        """Return how many slots are taken."""
        ...

    def at_work(self) -> Sequence[Contender]:
        """Return the runs that have a slot."""
        ...

    def waiting(self, *, most: int | None = None) -> Sequence[Contender]:
        """Return the runs that wait for a slot.

        With ``most`` no more than so many of the same project and role: the most pressing ones,
        and of these the ones that have waited longest.
        """
        ...

    def end(
        self,
        run: RunId,
        *,
        at: datetime,
        outcome: Outcome,
        exit_code: int | None,
        statement: Statement = SILENCE,
    ) -> None:
        """Write down how it ended, and free its slot; what was written first stays."""
        ...

    def of(self, item: ItemId) -> Sequence[RunRecord]:
        """Return the item's runs, the first one first."""
        ...

    def live(self) -> Sequence[RunRecord]:
        """Return the runs that have not ended."""
        ...

    def remembered(self, *, before: datetime) -> Sequence[RunRecord]:
        """Return the runs that ended before then and were not forgotten, the first end first."""
        ...

    def forget(self, run: RunId) -> None:
        """Note that the runner has forgotten the run; what is written here of it stays."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent has said of what it used, earlier runs of its session included."""

    usage: Usage = NO_TOKENS
    reckoned: Money = NOTHING


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """All that a run has cost so far."""

    run: RunId
    item: ItemId
    project: str
    role: Role
    model: str
    session: str
    spent: Spent
    told: Told = NOTHING_TOLD


class Spending(Protocol):
    """What has been spent: by run and day, so that a run that lasts over midnight counts in both.

    A day is one of UTC.
    """

    def book(self, booking: Booking, *, at: datetime) -> None:
        """Write down what the run has cost so far. What is new since the last time is of today."""
        ...

    def of_run(self, run: RunId) -> Spent:
        """Return what the run has cost."""
        ...

    def of_item(self, item: ItemId) -> Spent:
        """Return what all runs of the item have cost."""
        ...

    def of_project(self, project: str) -> Spent:
        """Return what all items of the project have cost."""
        ...

    def of_day(self, at: datetime) -> Spent:
        """Return what everything together has cost on the day of that moment."""
        ...

    def told_before(self, session: str, *, besides: RunId) -> Told:
        """Return what other runs of the session have said of it at most."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """Who did what, when and why. Never changed, never removed."""

    at: datetime
    who: str
    what: str
    why: str
    event: str


class History(Protocol):
    """The record of each task."""

    def add(self, item: ItemId, entries: Sequence[HistoryEntry]) -> None:
        """Append."""
        ...

    def of(self, item: ItemId) -> Sequence[HistoryEntry]:
        """Return all of it, the first entry first."""
        ...


class Marks(Protocol):
    """Small facts that must survive a restart, such as how far a tool has been read."""

    def get(self, name: str) -> str | None:
        """Return the mark."""
        ...

    def put(self, name: str, value: str) -> None:
        """Set the mark."""
        ...


class Transaction(Protocol):
    """What a function given to ``transact`` may touch."""

    @property
    def inbox(self) -> Queue[Signal]: ...
    @property
    def outbox(self) -> Queue[Effect]: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def spending(self) -> Spending: ...
    @property
    def history(self) -> History: ...
    @property
    def marks(self) -> Marks: ...


class Store(Protocol):
    """The database. Opened before anything else, closed at the end."""

    async def open(self) -> None:
        """Make or migrate what is not there, and take back what a killed process had claimed.

        NotAllowed: another process serves from it. Invalid: it cannot be used, and why.
        """
        ...

    async def close(self) -> None:
        """Do what is still waiting, then let go of everything."""
        ...

    async def transact(self, do: Callable[[Transaction], T]) -> T:
        """Run the function as one transaction: committed on return, undone on an exception.

        When this returns, what was written survives a kill and a power cut. ``do`` may be run
        more than once before that; only its last run counts. Unavailable: nothing was written.
        """
        ...

    async def wait(self, queue: QueueName, *, at_most: timedelta) -> None:
        """Return when the queue may have got something to do since the last wait, or in time."""
        ...

    async def prune(
        self, *, at: datetime, older_than: timedelta, keep: Collection[ItemId] = ()
    ) -> None:
        """Drop the contents of entries done longer ago than that, and after 30 days their keys.

        Until then a repetition of what was put is known as such; for the items in ``keep`` it is
        always. Dead letters stay. Nobody waits long for it; after a kill some of it is done.
        """
        ...

    async def ping(self) -> None:
        """Return if the database can be written to."""
        ...
