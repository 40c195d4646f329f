"""Leases, back-off and dead letters: what every store's queues keep to."""

import pytest

from domain.errors import NotFound
from ports.store import (
    DeadLetter,
    LeaseLost,
    QueueName,
    Store,
    Transaction,
)
from tests.contracts.store_steps import (
    ITEM,
    LEASE,
    NOW,
    after,
    bury,
    claim,
    drained,
    postpone,
    put,
    replay,
    say,
    say_in,
    settle,
    taken,
    there,
)


class LeaseContract:
    """Who has lost the lease can change nothing."""

    async def test_a_lease_that_ran_out_lets_somebody_else_go_on(self, store: Store) -> None:
        await put(store, "key")
        await taken(store, owner="one")
        assert await claim(store, owner="two", at=after(29.9)) is None
        held = await taken(store, owner="two", at=after(30))
        assert (held.entry.key, held.entry.attempts) == ("key", 2)

    @pytest.mark.parametrize("owner", ["somebody else", "worker"])
    @pytest.mark.parametrize("word", ["settle", "postpone", "bury", "renew"])
    async def test_who_comes_too_late_changes_nothing(
        self, store: Store, owner: str, word: str
    ) -> None:
        """Also where the new owner bears the old one's name: a worker that lost track of time."""
        await put(store, "first")
        await put(store, "second")
        late = await taken(store)
        now = await taken(store, owner=owner, at=after(31))
        with pytest.raises(LeaseLost):
            await say(store, word, late)
        assert await claim(store, owner="third", at=after(32)) is None
        assert await store.transact(lambda tx: tx.inbox.dead()) == []
        assert there(await settle(store, now, at=after(33))).entry.key == "second"

    @pytest.mark.parametrize("word", ["settle", "postpone", "bury"])
    async def test_a_late_word_undoes_the_transaction_it_is_part_of(
        self, store: Store, word: str
    ) -> None:
        await put(store, "first")
        late = await taken(store)
        await taken(store, owner="two", at=after(31))

        def do(tx: Transaction) -> None:
            tx.marks.put("done", "yes")
            say_in(tx, word, late)

        with pytest.raises(LeaseLost):
            await store.transact(do)
        assert await store.transact(lambda tx: tx.marks.get("done")) is None

    @pytest.mark.parametrize("word", ["settle", "postpone", "bury"])
    @pytest.mark.parametrize("before", ["settle", "postpone", "bury"])
    async def test_an_entry_is_disposed_of_once(self, store: Store, before: str, word: str) -> None:
        await put(store, "first")
        await put(store, "second")
        held = await taken(store)
        await say(store, before, held)
        with pytest.raises(LeaseLost):
            await say(store, word, held)

    async def test_a_late_word_counts_while_nobody_else_took_the_lane(self, store: Store) -> None:
        await put(store, "key")
        assert await settle(store, await taken(store), at=after(31)) is None
        assert await claim(store, at=after(32)) is None

    async def test_renewing_keeps_others_out(self, store: Store) -> None:
        await put(store, "key")
        held = await taken(store)
        await store.transact(lambda tx: tx.inbox.renew(held, at=after(20), lease=LEASE))
        assert await claim(store, owner="two", at=after(49)) is None
        assert await claim(store, owner="two", at=after(50))

    async def test_a_lane_that_was_renewed_can_be_settled(self, store: Store) -> None:
        await put(store, "key")
        held = await taken(store)
        await store.transact(lambda tx: tx.inbox.renew(held, at=after(20), lease=LEASE))
        assert await settle(store, held, at=after(40)) is None

    async def test_a_put_does_not_take_the_lane_away(self, store: Store) -> None:
        await put(store, "first")
        held = await taken(store)
        await put(store, "second")
        await store.transact(lambda tx: tx.inbox.renew(held, at=after(1), lease=LEASE))
        assert await claim(store, owner="two", at=after(2)) is None

    async def test_a_lane_given_back_is_no_longer_renewed(self, store: Store) -> None:
        await put(store, "key")
        held = await taken(store)
        await settle(store, held)
        with pytest.raises(LeaseLost):
            await say(store, "renew", held)


class PostponeContract:
    """Not yet: later, or as soon as something changes."""

    async def test_a_postponed_lane_sleeps_until_then(self, store: Store) -> None:
        await put(store, "key")
        await postpone(store, await taken(store), until=after(60))
        assert await claim(store, at=after(59.999999)) is None
        held = await taken(store, at=after(60))
        assert (held.entry.key, held.entry.attempts) == ("key", 2)

    async def test_an_attempt_that_does_not_count_is_forgotten(self, store: Store) -> None:
        await put(store, "key")
        await postpone(store, await taken(store), until=after(1), attempt=False)
        assert (await taken(store, at=after(1))).entry.attempts == 1

    async def test_a_put_makes_a_postponed_lane_due_and_order_holds(self, store: Store) -> None:
        """The later entry may be what the first one waits for: a stop behind a start, say."""
        await put(store, "first")
        await postpone(store, await taken(store), until=after(60))
        await put(store, "second", at=after(1))
        assert await claim(store, at=NOW) is None
        assert await drained(store, at=after(1)) == ["first", "second"]

    async def test_what_is_put_during_the_attempt_makes_it_due_as_well(self, store: Store) -> None:
        await put(store, "first")
        held = await taken(store)
        await put(store, "second", at=after(1))
        await postpone(store, held, until=after(60))
        assert await drained(store, at=after(1)) == ["first", "second"]

    async def test_but_only_once(self, store: Store) -> None:
        await put(store, "first")
        held = await taken(store)
        await put(store, "second")
        await postpone(store, held, until=after(60))
        await postpone(store, await taken(store), until=after(60))
        assert await claim(store, at=after(1)) is None

    async def test_a_postponed_lane_can_be_made_due(self, store: Store) -> None:
        for lane in ("wanted", "other"):
            await put(store, lane, lane=lane)
        for _ in range(2):
            await postpone(store, await taken(store), until=after(60))
        await store.transact(lambda tx: tx.inbox.hasten("wanted", at=after(1)))
        assert await store.transact(lambda tx: tx.inbox.next_due()) == after(1)
        assert await drained(store, at=after(1)) == ["wanted"]

    async def test_a_lane_that_is_due_or_has_nothing_in_it_stays_as_it_is(
        self, store: Store
    ) -> None:
        await put(store, "due", lane="due")
        await put(store, "done", lane="idle", at=after(-1))
        await settle(store, await taken(store))
        for lane in ("due", "idle", "unknown"):
            await store.transact(lambda tx, lane=lane: tx.inbox.hasten(lane, at=after(1)))  # type: ignore[misc]
        assert await store.transact(lambda tx: tx.inbox.next_due()) == NOW
        assert await drained(store) == ["due"]
        assert await store.transact(lambda tx: tx.inbox.next_due()) is None

    async def test_a_lane_that_somebody_works_on_is_not_hastened(self, store: Store) -> None:
        await put(store, "tried")
        held = await taken(store)
        await store.transact(lambda tx: tx.inbox.hasten("lane", at=after(1)))
        await postpone(store, held, until=after(60))
        assert await claim(store, at=after(1)) is None


class DeadLetterContract:
    """Given up for good, until a person says otherwise."""

    async def test_burying_goes_on_with_the_next_of_the_lane(self, store: Store) -> None:
        await put(store, "first")
        await put(store, "second")
        held = there(await bury(store, await taken(store)))
        assert held.entry.key == "second"
        assert await bury(store, held) is None
        assert await claim(store, at=after(999)) is None

    async def test_a_dead_letter_says_what_it_was_and_why(self, store: Store) -> None:
        await put(store, "other", lane="b")
        await put(store, "key", lane="a", at=after(-1))
        held = await taken(store)
        await bury(store, held, at=after(5))
        assert await store.transact(lambda tx: tx.inbox.dead()) == [
            DeadLetter(
                id=held.entry.id,
                queue=QueueName.INBOX,
                lane="a",
                kind="ItemChanged",
                item=ITEM,
                error="hopeless",
                attempts=1,
                put_at=after(-1),
            )
        ]
        assert await store.transact(lambda tx: tx.outbox.dead()) == []

    async def test_a_replayed_entry_takes_its_old_place(self, store: Store) -> None:
        for key in ("first", "second", "third"):
            await put(store, key)
        held = await taken(store)
        dead = held.entry.id
        second = there(await bury(store, held))
        await settle(store, second, more=False)
        await replay(store, dead, at=after(1))
        again = await taken(store, at=after(1))
        assert (again.entry.key, again.entry.id, again.entry.attempts) == ("first", dead, 1)
        assert there(await settle(store, again)).entry.key == "third"
        assert await store.transact(lambda tx: tx.inbox.dead()) == []

    @pytest.mark.parametrize("number", [-1, 0, 2**63, 10**30])
    async def test_no_number_is_too_large_to_be_unknown(self, store: Store, number: int) -> None:
        with pytest.raises(NotFound):
            await replay(store, number, at=NOW)

    async def test_a_replayed_entry_wakes_a_lane_that_was_done(self, store: Store) -> None:
        await put(store, "key")
        held = await taken(store)
        await bury(store, held)
        await replay(store, held.entry.id, at=after(1))
        assert await claim(store, at=NOW) is None
        assert await drained(store, at=after(1)) == ["key"]

    async def test_what_is_replayed_while_the_lane_is_worked_on_comes_next(
        self, store: Store
    ) -> None:
        for key in ("first", "second", "third"):
            await put(store, key)
        held = await taken(store)
        second = there(await bury(store, held))
        await replay(store, held.entry.id)
        assert there(await settle(store, second)).entry.key == "first"

    async def test_only_dead_letters_are_replayed(self, store: Store) -> None:
        await put(store, "key")
        held = await taken(store)
        for missing in (held.entry.id, held.entry.id + 999):
            with pytest.raises(NotFound):
                await replay(store, missing)
        await bury(store, held)
        await replay(store, held.entry.id)
        with pytest.raises(NotFound):
            await replay(store, held.entry.id)
