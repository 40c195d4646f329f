"""What every store keeps to. Subclasses give the fixture ``store``, open and empty."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.signals import ItemChanged
from ports.store import (
    QueueName,
    Store,
    Transaction,
)
from tests.contracts.store_claims import DeadLetterContract, LeaseContract, PostponeContract
from tests.contracts.store_lanes import CountContract, KeyContract, OrderContract
from tests.contracts.store_money import SpendingContract
from tests.contracts.store_records import RecordContract, RunContract, TaskContract
from tests.contracts.store_slots import SlotContract
from tests.contracts.store_steps import (
    ITEM,
    NOW,
    Unwanted,
    after,
    bury,
    claim,
    drained,
    look_everywhere,
    postpone,
    put,
    put_signal,
    taken,
    there,
    write_everywhere,
)


class TransactionContract:
    """One function is one transaction."""

    async def test_what_the_function_returns_is_handed_back(self, store: Store) -> None:
        assert await store.transact(lambda tx: tx.inbox.depth() + 41) == 41

    async def test_what_was_written_is_there_afterwards(self, store: Store) -> None:
        await store.transact(lambda tx: tx.marks.put("read-to", "7"))
        assert await store.transact(lambda tx: tx.marks.get("read-to")) == "7"

    async def test_a_function_sees_what_it_wrote_itself(self, store: Store) -> None:
        def do(tx: Transaction) -> str | None:
            tx.marks.put("read-to", "8")
            return tx.marks.get("read-to")

        assert await store.transact(do) == "8"

    async def test_an_exception_undoes_everything_and_comes_out_as_it_is(
        self, store: Store
    ) -> None:
        def do(tx: Transaction) -> None:
            write_everywhere(tx)
            raise Unwanted

        with pytest.raises(Unwanted):
            await store.transact(do)
        assert await store.transact(look_everywhere) == (0, 0, None, None, [], None)

    async def test_without_an_exception_everything_is_there(self, store: Store) -> None:
        await store.transact(write_everywhere)
        inbox, outbox, task, run, history, mark = await store.transact(look_everywhere)
        assert (inbox, outbox, mark) == (1, 1, "1")
        assert None not in (task, run)
        assert history

    async def test_functions_that_wait_together_lose_no_change(self, store: Store) -> None:
        def count(tx: Transaction) -> None:
            tx.marks.put("count", str(int(tx.marks.get("count") or 0) + 1))

        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(store.transact(count))
        assert await store.transact(lambda tx: tx.marks.get("count")) == "100"

    async def test_of_functions_that_wait_together_a_failing_one_undoes_itself_alone(
        self, store: Store
    ) -> None:
        def do(number: int) -> Callable[[Transaction], int]:
            def write(tx: Transaction) -> int:
                signal = ItemChanged(item=ITEM, actor=None)
                tx.inbox.put(signal, lane=str(number), key=str(number), at=NOW, item=ITEM)
                if number % 3 == 0:
                    raise Unwanted(number)
                return number

            return write

        numbers = range(60)
        results = await asyncio.gather(
            *(store.transact(do(number)) for number in numbers), return_exceptions=True
        )
        good = [number for number in numbers if number % 3]
        assert [result for result in results if isinstance(result, int)] == good
        assert sum(isinstance(result, Unwanted) for result in results) == 20
        assert sorted(await drained(store)) == sorted(str(number) for number in good)

    async def test_the_database_can_be_pinged(self, store: Store) -> None:
        await store.ping()
        await store.ping()


class WaitContract:
    """Whoever waits hears of new work."""

    @pytest.mark.parametrize("queue", list(QueueName))
    async def test_a_put_ends_the_wait(self, store: Store, queue: QueueName) -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(store.wait(queue, at_most=timedelta(hours=1)))
            await store.ping()
            await store.transact(write_everywhere)

    async def test_what_came_before_the_wait_is_not_missed(self, store: Store) -> None:
        await put(store, "key")
        async with asyncio.timeout(60):
            await store.wait(QueueName.INBOX, at_most=timedelta(hours=1))

    async def test_the_wait_ends_in_time(self, store: Store) -> None:
        for _ in range(3):
            async with asyncio.timeout(60):
                await store.wait(QueueName.INBOX, at_most=timedelta(milliseconds=1))

    async def test_what_one_hears_of_and_leaves_to_others_they_hear_of(self, store: Store) -> None:
        """Two lanes are put between the vain look of one worker and his wait."""
        assert await claim(store, owner="one") is None
        await store.transact(lambda tx: [put_signal(tx, lane) for lane in ("a", "b")])
        async with asyncio.timeout(60):
            await store.wait(QueueName.INBOX, at_most=timedelta(hours=1))
            assert there(await claim(store, owner="two")).lane == "a"
            await store.wait(QueueName.INBOX, at_most=timedelta(hours=1))
            assert there(await claim(store, owner="one")).lane == "b"

    @pytest.mark.parametrize("cause", ["postpone", "replay", "hasten", "settle"])
    async def test_a_lane_that_becomes_due_again_ends_the_wait(
        self, store: Store, cause: str
    ) -> None:
        await put(store, "first")
        held = await taken(store)
        if cause == "settle":
            await put(store, "second")
        if cause == "replay":
            await bury(store, held)
        if cause == "hasten":
            await postpone(store, held, until=after(60))
        causes: dict[str, Callable[[Transaction], object]] = {
            "postpone": lambda tx: tx.inbox.postpone(held, until=after(5), error=""),
            "replay": lambda tx: tx.inbox.replay(held.entry.id, at=NOW),
            "hasten": lambda tx: tx.inbox.hasten("lane", at=NOW),
            "settle": lambda tx: tx.inbox.settle(held, at=NOW, more=False),
        }
        await store.wait(QueueName.INBOX, at_most=timedelta(milliseconds=1))
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(store.wait(QueueName.INBOX, at_most=timedelta(hours=1)))
            await store.ping()
            await store.transact(causes[cause])


class StoreContract(
    TransactionContract,
    OrderContract,
    KeyContract,
    LeaseContract,
    PostponeContract,
    DeadLetterContract,
    CountContract,
    WaitContract,
    TaskContract,
    RunContract,
    SlotContract,
    RecordContract,
    SpendingContract,
):
    """All of it."""
