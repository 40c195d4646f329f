"""Steps of the store's contract: what its tests do, by name."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from domain.effects import StopRun
from domain.events import Outcome
from domain.identifiers import CommitId, ItemId, Role, RunId, StageName, TaskKey
from domain.item import Priority, TrackerState
from domain.signals import ItemChanged, Signal
from domain.task import Actor, Run, Status, Task, Turn
from ports.store import (
    Claim,
    HistoryEntry,
    RunRecord,
    Store,
    Transaction,
)

T = TypeVar("T")

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ITEM = ItemId("item")
EFFECT = StopRun(item=ITEM, run=RunId("ET-1-1"))


def after(seconds: float) -> datetime:
    """Return a moment later than NOW."""
    return NOW + timedelta(seconds=seconds)


async def put(
    store: Store,
    key: str,
    *,
    lane: str = "lane",
    at: datetime = NOW,
    payload: Signal | None = None,
    item: ItemId | None = ITEM,
) -> bool:
    """Put a signal into the inbox."""
    signal = payload or ItemChanged(item=ITEM, actor=None)
    return await store.transact(
        lambda tx: tx.inbox.put(signal, lane=lane, key=key, at=at, item=item)
    )


async def claim(
    store: Store, *, owner: str = "worker", at: datetime = NOW, lease: timedelta = LEASE
) -> Claim[Signal] | None:
    """Claim a lane of the inbox."""
    return await store.transact(lambda tx: tx.inbox.claim(owner=owner, at=at, lease=lease))


async def taken(store: Store, *, owner: str = "worker", at: datetime = NOW) -> Claim[Signal]:
    """Claim a lane of the inbox that is there."""
    return there(await claim(store, owner=owner, at=at))


def there(found: T | None) -> T:
    """Return what must not be missing."""
    assert found is not None
    return found


async def settle(
    store: Store, held: Claim[Signal], *, at: datetime = NOW, more: bool = True
) -> Claim[Signal] | None:
    """Settle an entry of the inbox."""
    return await store.transact(lambda tx: tx.inbox.settle(held, at=at, more=more))


async def postpone(
    store: Store, held: Claim[Signal], *, until: datetime, attempt: bool = True
) -> None:
    """Postpone an entry of the inbox."""
    await store.transact(
        lambda tx: tx.inbox.postpone(held, until=until, error="not yet", attempt=attempt)
    )


async def bury(store: Store, held: Claim[Signal], *, at: datetime = NOW) -> Claim[Signal] | None:
    """Bury an entry of the inbox."""
    return await store.transact(lambda tx: tx.inbox.bury(held, at=at, error="hopeless"))


async def drained(store: Store, *, at: datetime = NOW) -> list[str]:
    """Settle all that is due in the inbox; return the keys in the order of their coming."""
    keys: list[str] = []
    held = await claim(store, at=at)
    while held:
        keys.append(held.entry.key)
        held = await settle(store, held, at=at) or await claim(store, at=at)
    return keys


def a_task(item: str = "item", *, until: datetime | None = None, created: datetime = NOW) -> Task:
    """Return a task that was never saved."""
    return Task(
        item=ItemId(item),
        key=TaskKey(f"ET-{item}"),
        title="A title",
        description="It is said. It is said twice.",
        priority=Priority.HIGH,
        stage=StageName("analysis"),
        status=Status.WORKING,
        turn=Turn(actor=Actor.AGENT, since=NOW, until=until) if until else None,
        shown=TrackerState.IN_PROGRESS,
        created_at=created,
        attempts={StageName("analysis"): 2},
    )


def a_run(number: int = 1, item: str = "item") -> RunRecord:
    """Return a run that was asked for."""
    run = Run(
        id=RunId(f"ET-{item}-{number}"),
        stage=StageName("analysis"),
        role=Role("analyst"),
        number=number,
        attempt=1,
        base=CommitId("c0ffee"),
    )
    return RunRecord(run=run, item=ItemId(item), key=TaskKey(f"ET-{item}"), asked_at=NOW)


class Unwanted(Exception):
    """Raised by tests inside a transaction."""


def put_signal(tx: Transaction, name: str) -> bool:
    """Put a signal into a lane of its own."""
    return tx.inbox.put(ItemChanged(item=ITEM, actor=None), lane=name, key=name, at=NOW, item=ITEM)


def put_effect(tx: Transaction, name: str) -> bool:
    """Put an effect into a lane of its own."""
    return tx.outbox.put(EFFECT, lane=name, key=name, at=NOW, item=ITEM)


def write_everywhere(tx: Transaction) -> None:
    """Leave a trace in every part of the store."""
    assert put_signal(tx, "trace")
    assert put_effect(tx, "trace")
    tx.tasks.save(a_task(until=NOW))
    tx.runs.add(a_run())
    tx.history.add(ITEM, [HistoryEntry(at=NOW, who="Ann", what="wrote", why="", event="e")])
    tx.marks.put("trace", "1")


def look_everywhere(
    tx: Transaction,
) -> tuple[int, int, Task | None, RunRecord | None, list[HistoryEntry], str | None]:
    """Return the traces."""
    return (
        tx.inbox.depth(),
        tx.outbox.depth(),
        tx.tasks.of(ITEM),
        tx.runs.get(a_run().run.id),
        list(tx.history.of(ITEM)),
        tx.marks.get("trace"),
    )


def say_in(tx: Transaction, word: str, held: Claim[Signal]) -> None:
    """Say something about a claim."""
    match word:
        case "settle":
            tx.inbox.settle(held, at=after(32))
        case "postpone":
            tx.inbox.postpone(held, until=after(32), error="late")
        case "bury":
            tx.inbox.bury(held, at=after(32), error="late")
        case "renew":
            tx.inbox.renew(held, at=after(32), lease=LEASE)
        case _:
            raise AssertionError(word)


async def say(store: Store, word: str, held: Claim[Signal]) -> None:
    """Say something about a claim, in a transaction of its own."""
    await store.transact(lambda tx: say_in(tx, word, held))


async def occupy(store: Store, record: RunRecord, *, at: datetime = NOW) -> None:
    """Give a run a slot."""
    await store.transact(lambda tx: tx.runs.occupy(record.run.id, at=at))


async def wait(store: Store, record: RunRecord, *, at: datetime = NOW) -> None:
    """Have a run wait for a slot."""
    await store.transact(lambda tx: tx.runs.wait(record.run.id, at=at))


async def kept(store: Store, record: RunRecord) -> RunRecord:
    """Return what is written down of a run."""
    return there(await store.transact(lambda tx: tx.runs.get(record.run.id)))


async def end(
    store: Store,
    record: RunRecord,
    *,
    at: datetime = NOW,
    outcome: Outcome = Outcome.EXITED,
    code: int | None = 0,
) -> None:
    """Write down a run's end."""
    await store.transact(
        lambda tx: tx.runs.end(record.run.id, at=at, outcome=outcome, exit_code=code)
    )


async def replay(store: Store, entry: int, *, at: datetime = NOW) -> None:
    """Replay a dead letter of the inbox."""
    await store.transact(lambda tx: tx.inbox.replay(entry, at=at))


async def save(store: Store, task: Task) -> Task:
    """Save a task."""
    return await store.transact(lambda tx: tx.tasks.save(task))


async def add(store: Store, record: RunRecord) -> None:
    """Write a run down."""
    await store.transact(lambda tx: tx.runs.add(record))


async def mark(store: Store, value: str) -> None:
    """Set a mark."""
    await store.transact(lambda tx: tx.marks.put("read-to", value))
