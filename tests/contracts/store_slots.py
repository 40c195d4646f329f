"""The store's contract for slots: who has one, who waits for one, and how pressing it is."""

from dataclasses import replace

import pytest

from domain.errors import NotAllowed, NotFound
from domain.identifiers import ItemId, Role, RunId, TaskKey
from domain.item import Priority
from domain.slots import Contender
from ports.store import Store
from tests.contracts.store_steps import a_run, add, after, end, kept, occupy, wait


class SlotContract:
    """Every run has asked for a slot, waits for one, has one, or has ended."""

    async def test_a_run_that_was_only_added_neither_waits_nor_works(self, store: Store) -> None:
        await add(store, a_run())
        assert await store.transact(lambda tx: tx.runs.waiting()) == []
        assert await store.transact(lambda tx: tx.runs.at_work()) == []
        assert await store.transact(lambda tx: tx.runs.occupied()) == 0

    async def test_a_run_waits_since_it_first_asked(self, store: Store) -> None:
        await add(store, a_run())
        for seconds in (1, 2):
            await wait(store, a_run(), at=after(seconds))
        assert (await kept(store, a_run())).waiting_since == after(1)
        assert await store.transact(lambda tx: tx.runs.waiting()) == [
            Contender(
                run=RunId("ET-item-1"),
                item=ItemId("item"),
                project="ET",
                role=Role("analyst"),
                priority=Priority.NONE,
                asked_at=after(1),
            )
        ]

    async def test_a_run_that_has_a_slot_waits_no_longer(self, store: Store) -> None:
        await add(store, a_run())
        await wait(store, a_run(), at=after(1))
        await occupy(store, a_run(), at=after(2))
        assert await store.transact(lambda tx: tx.runs.waiting()) == []
        [working] = await store.transact(lambda tx: tx.runs.at_work())
        assert working.run == "ET-item-1"
        record = await kept(store, a_run())
        assert (record.waiting_since, record.started_at) == (after(1), after(2))

    async def test_a_run_keeps_its_slot_and_its_start(self, store: Store) -> None:
        await add(store, a_run())
        for seconds in (1, 2):
            await occupy(store, a_run(), at=after(seconds))
        assert (await kept(store, a_run())).started_at == after(1)
        assert await store.transact(lambda tx: tx.runs.occupied()) == 1

    async def test_the_end_of_a_run_frees_its_slot(self, store: Store) -> None:
        for item in ("a", "b"):
            await add(store, a_run(1, item))
            await occupy(store, a_run(1, item))
        await end(store, a_run(1, "a"))
        assert await store.transact(lambda tx: tx.runs.occupied()) == 1
        assert [each.item for each in await store.transact(lambda tx: tx.runs.at_work())] == ["b"]

    async def test_a_run_that_ended_waits_no_longer(self, store: Store) -> None:
        await add(store, a_run())
        await wait(store, a_run())
        await end(store, a_run())
        assert await store.transact(lambda tx: tx.runs.waiting()) == []

    async def test_a_run_that_ended_or_is_unknown_gets_no_slot(self, store: Store) -> None:
        await add(store, a_run())
        await end(store, a_run())
        with pytest.raises(NotAllowed):
            await occupy(store, a_run())
        with pytest.raises(NotFound):
            await occupy(store, a_run(2))

    async def test_of_a_project_and_role_those_come_that_are_first(self, store: Store) -> None:
        for number, (item, priority, seconds) in enumerate(
            (
                ("late", Priority.HIGH, 3),
                ("early", Priority.HIGH, 2),
                ("patient", Priority.LOW, 1),
                ("urgent", Priority.URGENT, 9),
            ),
            start=9,
        ):
            key = TaskKey(f"ET-{number}")
            record = replace(a_run(1, item), key=key, priority=priority)
            await add(store, record)
            await wait(store, record, at=after(seconds))
        tester = a_run(1, "tested")
        tester = replace(tester, key=TaskKey("ET-20"), run=replace(tester.run, role=Role("tester")))
        other = replace(a_run(1, "other"), key=TaskKey("ET2-10"))
        for record in (tester, other):
            await add(store, record)
            await wait(store, record, at=after(20))

        async def waiting(most: int | None) -> set[str]:
            found = await store.transact(lambda tx: tx.runs.waiting(most=most))
            return {each.item for each in found}

        always = {"tested", "other"}
        assert await waiting(1) == always | {"urgent"}
        assert await waiting(2) == always | {"urgent", "early"}
        assert await waiting(None) == always | {"urgent", "early", "late", "patient"}

    async def test_a_run_is_as_pressing_as_its_item_became(self, store: Store) -> None:
        record = replace(a_run(), priority=Priority.LOW)
        await add(store, record)
        await wait(store, record)
        for priority in (Priority.LOW, Priority.URGENT):
            await store.transact(lambda tx, p=priority: tx.runs.prioritise(record.run.id, p))  # type: ignore[misc]
            [waiting] = await store.transact(lambda tx: tx.runs.waiting())
            assert waiting.priority is priority
        assert (await kept(store, record)).priority is Priority.URGENT
