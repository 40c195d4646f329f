"""Working a queue: what fails is told apart, and nobody works a lane that is not his."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from application import queue_worker
from application.patience import Patience
from application.queue_worker import QueueWorker
from domain.errors import Failure, NotFound, RateLimited, ToolFailed
from domain.identifiers import ItemId
from domain.signals import ForgeChanged, Signal
from ports.store import Claim, DeadLetter, LeaseLost, Queue, Transaction
from tests.unit.application.conftest import START

SECOND = timedelta(seconds=1)
PATIENCE = Patience(first=SECOND, longest=60 * SECOND, give_up_after=timedelta(hours=1))
LANE = "item-1"


class Hands(QueueWorker[Signal]):
    """A worker that does with each entry what a test says."""

    def __init__(self, store: SqlStore, clock: SteppedClock, owner: str = "us") -> None:
        super().__init__(store, clock, Random(1), owner, PATIENCE)
        self.does: Callable[[Claim[Signal]], Awaitable[None]] | None = None
        self.done: list[str] = []
        self.renewed = asyncio.Event()

    async def _renew(self, claim: Claim[Signal]) -> None:
        await super()._renew(claim)
        self.renewed.set()

    def _queue(self, tx: Transaction) -> Queue[Signal]:
        return tx.inbox

    async def _handle(self, claim: Claim[Signal]) -> Claim[Signal] | None:
        if self.does:
            await self.does(claim)
        self.done.append(claim.entry.key)
        now = self._clock.now()
        return await self._store.transact(lambda tx: tx.inbox.settle(claim, at=now))

    async def step(self) -> None:
        """Work the lane that is due, and there must be one."""
        claim = await self.take()
        assert isinstance(claim, Claim)
        await self.work(claim)


@pytest.fixture
def hands(store: SqlStore, clock: SteppedClock) -> Hands:
    return Hands(store, clock)


async def put(store: SqlStore, *keys: str, lane: str = LANE) -> None:
    def write(tx: Transaction) -> None:
        for key in keys:
            signal = ForgeChanged(item=ItemId(lane))
            tx.inbox.put(signal, lane=lane, key=key, at=START, item=ItemId(lane))

    await store.transact(write)


async def dead(store: SqlStore) -> list[DeadLetter]:
    return list(await store.transact(lambda tx: tx.inbox.dead()))


def failing(*failures: BaseException) -> Callable[[Claim[Signal]], Awaitable[None]]:
    """Fail in these ways, one after another, and then no more."""
    left = list(failures)

    async def fail(_: Claim[Signal]) -> None:
        if left:
            raise left.pop(0)

    return fail


async def test_a_lane_is_worked_in_order_until_it_is_empty(store: SqlStore, hands: Hands) -> None:
    await put(store, "one", "two", "three")
    await hands.step()
    assert hands.done == ["one", "two", "three"]
    assert await hands.take() is None


async def test_without_work_it_says_when_there_will_be_some(store: SqlStore, hands: Hands) -> None:
    assert await hands.take() is None
    await put(store, "one")
    hands.does = failing(RateLimited("slow down", timedelta(seconds=90)))
    await hands.step()
    assert await hands.take() == START + timedelta(seconds=90)


async def test_a_tool_that_is_away_is_tried_again_after_growing_pauses(
    store: SqlStore, clock: SteppedClock, hands: Hands
) -> None:
    await put(store, "one", "two")
    hands.does = failing(*[ToolFailed("away")] * 4)
    pauses = []
    for _ in range(4):
        await hands.step()
        due = await hands.take()
        assert not isinstance(due, Claim)
        assert due is not None
        pauses.append(due - clock.now())
        clock.advance(pauses[-1])
    assert [0.5 * 2**n <= p.total_seconds() <= 2**n for n, p in enumerate(pauses)] == [True] * 4
    await hands.step()
    assert hands.done == ["one", "two"]


async def test_a_tool_that_stays_away_too_long_is_given_up_and_the_lane_goes_on(
    store: SqlStore, clock: SteppedClock, hands: Hands
) -> None:
    await put(store, "one", "two")
    clock.advance(timedelta(hours=1))
    hands.does = failing(ToolFailed("away"))
    await hands.step()
    assert hands.done == ["two"]
    (letter,) = await dead(store)
    assert (letter.error, letter.kind, letter.lane) == ("away", "ForgeChanged", LANE)


async def test_being_asked_to_wait_does_not_count_as_an_attempt(
    store: SqlStore, clock: SteppedClock, hands: Hands
) -> None:
    await put(store, "one")
    limited = RateLimited("slow down", 30 * SECOND)
    hands.does = failing(*[limited] * 50)
    for _ in range(50):
        await hands.step()
        clock.advance(30 * SECOND)
    seen: list[int] = []

    async def look(claim: Claim[Signal]) -> None:
        seen.append(claim.entry.attempts)

    hands.does = look
    await hands.step()
    assert seen == [1]
    assert hands.done == ["one"]


async def test_what_is_refused_is_a_dead_letter_at_once(store: SqlStore, hands: Hands) -> None:
    await put(store, "one", "two")
    hands.does = failing(NotFound("there is no such thing"))
    await hands.step()
    assert hands.done == ["two"]
    assert [letter.error for letter in await dead(store)] == ["there is no such thing"]


async def test_a_fault_of_ours_is_tried_a_few_times_and_then_a_dead_letter(
    store: SqlStore, clock: SteppedClock, hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    await put(store, "one", "two")
    hands.does = failing(*[KeyError("oops")] * PATIENCE.bug_attempts)
    for _ in range(PATIENCE.bug_attempts):
        assert await dead(store) == []
        await hands.step()
        clock.advance(timedelta(minutes=1))
    (letter,) = await dead(store)
    assert letter.error == "KeyError: 'oops'"
    assert letter.attempts == PATIENCE.bug_attempts
    assert hands.done == ["two"]
    assert "Traceback" in caplog.text


async def test_a_fault_that_mends_itself_leaves_no_dead_letter(
    store: SqlStore, clock: SteppedClock, hands: Hands
) -> None:
    await put(store, "one")
    hands.does = failing(KeyError("oops"))
    await hands.step()
    clock.advance(timedelta(minutes=1))
    await hands.step()
    assert hands.done == ["one"]
    assert await dead(store) == []


@pytest.mark.parametrize("failure", [None, ToolFailed("away"), NotFound("gone"), KeyError("oops")])
async def test_whoever_has_lost_the_lane_changes_nothing(
    store: SqlStore, clock: SteppedClock, hands: Hands, failure: Exception | None
) -> None:
    await put(store, "one", "two")
    other = Hands(store, clock, "other")

    async def overtaken(_: Claim[Signal]) -> None:
        hands.does = None
        clock.advance(queue_worker.LEASE + SECOND)
        await other.step()
        if failure:
            raise failure

    hands.does = overtaken
    await hands.step()
    assert other.done == ["one", "two"]
    assert "two" not in hands.done
    assert await dead(store) == []
    assert await hands.take() is None


async def test_a_lost_lease_is_not_taken_for_a_failure_of_the_entry(
    store: SqlStore, hands: Hands
) -> None:
    await put(store, "one")
    hands.does = failing(LeaseLost("somebody else has it"))
    await hands.step()
    assert await dead(store) == []
    assert hands.done == []


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_worker, "LEASE", timedelta(seconds=0.03))


async def test_the_lease_of_long_work_is_renewed_so_nobody_else_takes_the_lane(
    store: SqlStore, clock: SteppedClock, hands: Hands, short_lease: None
) -> None:
    other = Hands(store, clock, "other")
    await put(store, "one")

    async def long(_: Claim[Signal]) -> None:
        for _turn in range(4):
            hands.renewed.clear()
            await hands.renewed.wait()
            clock.advance(timedelta(seconds=0.02))
            assert not isinstance(await other.take(), Claim)

    hands.does = long
    async with asyncio.timeout(60):
        await hands.step()
    assert hands.done == ["one"]


async def test_work_on_a_lane_that_was_taken_over_is_broken_off(
    store: SqlStore, clock: SteppedClock, hands: Hands, short_lease: None
) -> None:
    other = Hands(store, clock, "other")
    await put(store, "one")
    begun, broken_off = asyncio.Event(), asyncio.Event()

    async def endless(_: Claim[Signal]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()

    hands.does = endless
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(hands.step())
        await begun.wait()
        theirs = None
        while not isinstance(theirs, Claim):  # our own renewal may come first
            clock.advance(timedelta(minutes=1))
            theirs = await other.take()
        await other.work(theirs)
    assert broken_off.is_set()
    assert (hands.done, other.done) == ([], ["one"])


async def test_work_that_is_cancelled_is_broken_off_and_can_be_taken_again(
    store: SqlStore, clock: SteppedClock, hands: Hands
) -> None:
    await put(store, "one")
    begun, broken_off = asyncio.Event(), asyncio.Event()

    async def endless(_: Claim[Signal]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()

    hands.does = endless
    work = asyncio.ensure_future(hands.step())
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert broken_off.is_set()
    clock.advance(queue_worker.LEASE + SECOND)
    hands.does = None
    await hands.step()
    assert hands.done == ["one"]


def test_every_failure_is_of_one_of_the_kinds_that_are_told_apart() -> None:
    kinds = {kind.__name__ for kind in Failure.__subclasses__()}
    assert kinds == {"Rejected", "Unavailable", "LeaseLost"}
