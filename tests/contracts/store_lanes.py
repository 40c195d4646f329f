"""Lanes, keys and counts: what every store's queues keep to."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.events import Ask
from domain.identifiers import ItemId
from domain.item import TrackerState
from domain.signals import CommandGiven, ForgeChanged
from ports.store import (
    Store,
    Transaction,
)
from tests.contracts.store_steps import (
    EFFECT,
    ITEM,
    LEASE,
    NOW,
    Unwanted,
    after,
    bury,
    claim,
    drained,
    postpone,
    put,
    put_effect,
    replay,
    settle,
    taken,
    there,
    write_everywhere,
)


class OrderContract:
    """Lanes: order within, independence between."""

    async def test_an_entry_comes_back_as_it_was_put(self, store: Store) -> None:
        signal = CommandGiven(item=ITEM, who="Ann", ask=Ask.MOVE, state=TrackerState.IN_PROGRESS)
        assert await put(store, "key", lane="somewhere", at=NOW, payload=signal)
        held = await taken(store, owner="me", at=after(3))
        assert (held.lane, held.owner) == ("somewhere", "me")
        entry = held.entry
        assert (entry.key, entry.payload, entry.put_at) == ("key", signal, NOW)
        assert entry.put_at.utcoffset() == timedelta(0)
        assert entry.attempts == 1

    async def test_entries_of_a_lane_come_in_the_order_they_were_put(self, store: Store) -> None:
        keys = [str(number) for number in range(20)]
        for key in keys:
            await put(store, key, at=NOW)
        assert await drained(store) == keys

    async def test_a_lane_is_taken_by_one_at_a_time(self, store: Store) -> None:
        await put(store, "first")
        await put(store, "second")
        await taken(store, owner="one")
        assert await claim(store, owner="two") is None

    async def test_lanes_do_not_wait_for_each_other(self, store: Store) -> None:
        for lane in ("a", "b", "c"):
            await put(store, f"{lane}1", lane=lane)
            await put(store, f"{lane}2", lane=lane)
        await postpone(store, await taken(store), until=after(60))
        keys = {(await taken(store)).entry.key, (await taken(store)).entry.key}
        assert keys == {"b1", "c1"}
        assert await claim(store) is None

    async def test_workers_that_come_together_get_different_lanes(self, store: Store) -> None:
        for lane in range(10):
            await put(store, str(lane), lane=str(lane))
        claims = await asyncio.gather(*(claim(store, owner=str(n)) for n in range(12)))
        lanes = [held.lane for held in claims if held]
        assert sorted(lanes) == [str(lane) for lane in range(10)]

    async def test_the_lane_that_has_been_due_longest_comes_first(self, store: Store) -> None:
        for lane, seconds in (("b", 2), ("a", 1), ("c", 3)):
            await put(store, lane, lane=lane, at=after(seconds))
        assert [(await taken(store, at=after(9))).lane for _ in range(3)] == ["a", "b", "c"]

    async def test_what_is_not_due_yet_is_not_taken(self, store: Store) -> None:
        await put(store, "key", at=after(1))
        assert await claim(store, at=NOW) is None
        assert await claim(store, at=after(1))

    async def test_settling_goes_on_with_the_next_of_the_lane(self, store: Store) -> None:
        await put(store, "first")
        await put(store, "second")
        held = there(await settle(store, await taken(store, owner="me")))
        assert (held.entry.key, held.owner, held.entry.attempts) == ("second", "me", 1)
        assert await settle(store, held) is None
        assert await claim(store) is None

    async def test_without_more_the_lane_is_given_back_behind_the_others(
        self, store: Store
    ) -> None:
        for key, lane in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            await put(store, key, lane=lane)
        held = await taken(store)
        assert held.entry.key == "a1"
        assert await settle(store, held, at=after(1), more=False) is None
        keys = [(await taken(store, at=after(1))).entry.key for _ in range(2)]
        assert keys == ["b1", "a2"]

    async def test_what_is_put_while_the_lane_is_worked_on_is_not_lost(self, store: Store) -> None:
        await put(store, "first")
        held = await taken(store)
        await put(store, "second")
        assert there(await settle(store, held)).entry.key == "second"

    async def test_nor_is_it_when_the_lane_is_given_back(self, store: Store) -> None:
        await put(store, "first")
        held = await taken(store)
        await put(store, "second")
        await settle(store, held, more=False)
        assert (await taken(store)).entry.key == "second"

    async def test_nor_what_is_put_just_after(self, store: Store) -> None:
        await put(store, "first")
        assert await settle(store, await taken(store)) is None
        await put(store, "second")
        assert (await taken(store)).entry.key == "second"

    async def test_nor_what_is_put_at_the_same_moment(self, store: Store) -> None:
        """The lane is given back and put into by two who wait together, in either order."""
        for number in range(20):
            await put(store, f"{number}-first")
            held = await taken(store)
            calls = [settle(store, held, more=False), put(store, f"{number}-second")]
            await asyncio.gather(*(calls if number % 2 else reversed(calls)))
            assert await drained(store) == [f"{number}-second"]

    async def test_the_queues_are_apart(self, store: Store) -> None:
        await store.transact(lambda tx: put_effect(tx, "key"))
        assert await claim(store) is None
        assert await put(store, "key")
        held = await store.transact(
            lambda tx: tx.outbox.claim(owner="worker", at=NOW, lease=LEASE)
        )  # fmt: skip
        assert there(held).entry.payload == EFFECT


class KeyContract:
    """A key is put once and never again."""

    async def test_a_key_is_put_once(self, store: Store) -> None:
        assert await put(store, "key")
        assert not await put(store, "key")
        assert await drained(store) == ["key"]

    async def test_of_many_at_once_one_puts_it(self, store: Store) -> None:
        assert sum(await asyncio.gather(*(put(store, "key") for _ in range(30)))) == 1

    async def test_a_key_is_known_after_its_entry_is_done(self, store: Store) -> None:
        await put(store, "key")
        await drained(store)
        assert not await put(store, "key")
        assert await claim(store) is None

    async def test_a_key_is_known_after_its_entry_was_buried(self, store: Store) -> None:
        await put(store, "key")
        await bury(store, await taken(store))
        assert not await put(store, "key")

    async def test_a_key_holds_for_all_lanes_of_its_queue(self, store: Store) -> None:
        await put(store, "key", lane="a")
        assert not await put(store, "key", lane="b")

    async def test_a_key_that_was_undone_may_be_put(self, store: Store) -> None:
        def do(tx: Transaction) -> None:
            write_everywhere(tx)
            raise Unwanted

        with pytest.raises(Unwanted):
            await store.transact(do)
        await store.transact(write_everywhere)

    async def test_a_repetition_wakes_no_lane(self, store: Store) -> None:
        await put(store, "key")
        await postpone(store, await taken(store), until=after(60))
        assert not await put(store, "key", at=after(1))
        assert await claim(store, at=after(1)) is None


class CountContract:
    """How much there is to do, and when."""

    async def test_depth_counts_what_is_not_done(self, store: Store) -> None:
        for key in ("done", "dead", "claimed", "waiting"):
            await put(store, key)
        held = there(await settle(store, await taken(store)))
        await bury(store, held)
        assert await store.transact(lambda tx: tx.inbox.depth()) == 2
        assert await store.transact(lambda tx: tx.outbox.depth()) == 0

    async def test_the_oldest_is_what_is_not_done_or_was_given_up(self, store: Store) -> None:
        for number, key in enumerate(("done", "dead", "claimed", "waiting")):
            await put(store, key, at=after(number))

        async def oldest() -> datetime | None:
            return await store.transact(lambda tx: tx.inbox.oldest())

        assert await oldest() == after(0)
        held = there(await settle(store, await taken(store, at=after(9)), at=after(9)))
        await bury(store, held, at=after(9))
        assert await oldest() == after(1)
        (letter,) = await store.transact(lambda tx: tx.inbox.dead())
        await replay(store, letter.id, at=after(99))
        assert await oldest() == after(1)
        await drained(store, at=after(99))
        assert await oldest() is None

    async def test_waiting_counts_what_an_item_has_of_a_kind(self, store: Store) -> None:
        for key in ("done", "dead", "claimed", "waiting"):
            await put(store, key)
        await put(store, "another item's", item=ItemId("another"))
        await put(store, "nobody's", item=None)
        await put(store, "another kind", payload=ForgeChanged(item=ITEM))
        await bury(store, there(await settle(store, await taken(store))))
        counts = await store.transact(
            lambda tx: [
                tx.inbox.waiting(ITEM, "ItemChanged"),
                tx.inbox.waiting(ITEM, "ForgeChanged"),
                tx.inbox.waiting(ItemId("another"), "ItemChanged"),
                tx.outbox.waiting(ITEM, "ItemChanged"),
            ]
        )
        assert counts == [2, 1, 1, 0]

    async def test_nothing_is_due_in_an_empty_queue(self, store: Store) -> None:
        assert await store.transact(lambda tx: tx.inbox.next_due()) is None

    async def test_next_due_is_the_earliest_lane_that_is_not_claimed(self, store: Store) -> None:
        await put(store, "a", lane="a", at=after(1))
        await put(store, "b", lane="b", at=after(2))
        assert await store.transact(lambda tx: tx.inbox.next_due()) == after(1)
        held = await taken(store, at=after(1))
        assert await store.transact(lambda tx: tx.inbox.next_due()) == after(2)
        await postpone(store, held, until=after(1.5))
        assert await store.transact(lambda tx: tx.inbox.next_due()) == after(1.5)
        await drained(store, at=after(2))
        assert await store.transact(lambda tx: tx.inbox.next_due()) is None
