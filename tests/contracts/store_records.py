"""Tasks, runs, history and marks: what every store keeps to."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from domain.errors import Conflict, NotFound
from domain.events import Outcome, Statement
from domain.identifiers import ItemId, RunId, TaskKey
from domain.task import Actor, Status, Turn
from ports.store import (
    Assigned,
    HistoryEntry,
    RunRecord,
    Store,
    Transaction,
)
from tests.contracts.store_steps import (
    ITEM,
    NOW,
    Unwanted,
    a_run,
    a_task,
    add,
    after,
    end,
    kept,
    mark,
    occupy,
    save,
    there,
)


def assign(record: RunRecord, agent: Assigned, tx: Transaction) -> None:
    """Note who does the run's work."""
    tx.runs.assign(record.run.id, agent)


async def _under_way(store: Store) -> list[ItemId]:
    tasks = await store.transact(lambda tx: tx.tasks.under_way())
    return [task.item for task in tasks]


def _after(tx: Transaction, *, item: ItemId) -> list[ItemId]:
    return [task.item for task in tx.tasks.page(after=item, most=2)]


def _ended_before(tx: Transaction, *, item: ItemId | None) -> list[ItemId]:
    return [task.item for task in tx.tasks.ended(before=item, most=2)]


async def _become(store: Store, item: str, status: Status) -> None:
    task = await store.transact(lambda tx: tx.tasks.of(ItemId(item)))
    assert task is not None
    await save(store, replace(task, status=status))


class TaskContract:
    """Tasks, and the deadlines of their turns."""

    async def test_a_task_comes_back_as_it_was_saved(self, store: Store) -> None:
        task = a_task(until=after(60))
        saved = await save(store, task)
        assert saved == replace(task, version=1)
        assert await store.transact(lambda tx: tx.tasks.of(task.item)) == saved
        assert await store.transact(lambda tx: tx.tasks.keyed(task.key)) == saved

    async def test_there_is_no_task_that_was_never_saved(self, store: Store) -> None:
        assert await store.transact(lambda tx: tx.tasks.of(ITEM)) is None
        assert await store.transact(lambda tx: tx.tasks.keyed(TaskKey("ET-1"))) is None
        assert await store.transact(lambda tx: tx.tasks.page(most=100)) == []

    async def test_tasks_are_listed_the_oldest_first(self, store: Store) -> None:
        for item, seconds in (("b", 2), ("a", 1), ("c", 3)):
            task = a_task(item, created=after(seconds))
            await save(store, task)
        tasks = await store.transact(lambda tx: tx.tasks.page(most=100))
        assert [task.item for task in tasks] == ["a", "b", "c"]

    async def test_tasks_are_read_a_page_at_a_time(self, store: Store) -> None:
        for number, item in enumerate("fbdace"):
            await save(store, a_task(item, created=after(number // 2)))  # two of each moment
        everything = [task.item for task in await store.transact(lambda tx: tx.tasks.page(most=9))]
        assert everything == list("fbdace")
        for place, item in enumerate(everything, start=1):
            found = await store.transact(partial(_after, item=item))
            assert found == everything[place : place + 2]
        with pytest.raises(NotFound):
            await store.transact(partial(_after, item=ItemId("nobody")))

    async def test_ended_tasks_are_read_the_newest_first_a_page_at_a_time(
        self, store: Store
    ) -> None:
        for number, item in enumerate("abcdef"):
            await save(store, a_task(item, created=after(number // 2)))
            if item not in "bf":
                await _become(store, item, Status.DONE if number % 2 else Status.CANCELLED)
        assert await store.transact(partial(_ended_before, item=None)) == ["e", "d"]
        assert await store.transact(partial(_ended_before, item=ItemId("d"))) == ["c", "a"]
        assert await store.transact(partial(_ended_before, item=ItemId("f"))) == ["e", "d"]
        assert await store.transact(partial(_ended_before, item=ItemId("a"))) == []
        assert await store.transact(lambda tx: tx.tasks.ended_count()) == 4
        with pytest.raises(NotFound):
            await store.transact(partial(_ended_before, item=ItemId("nobody")))

    async def test_those_under_way_are_listed_the_oldest_first(self, store: Store) -> None:
        for item, seconds in (("b", 2), ("a", 1), ("c", 3), ("d", 4)):
            await save(store, a_task(item, created=after(seconds)))
        for item, status in (("a", Status.DONE), ("c", Status.CANCELLED), ("d", Status.PAUSED)):
            await _become(store, item, status)
        assert await _under_way(store) == ["b", "d"]
        await _become(store, "a", Status.BLOCKED)
        assert await _under_way(store) == ["a", "b", "d"]

    async def test_every_save_has_its_version(self, store: Store) -> None:
        task = a_task()
        for version in range(1, 4):
            task = await save(store, task)
            assert task.version == version

    async def test_a_change_in_between_is_not_written_over(self, store: Store) -> None:
        first = await save(store, a_task(until=after(1)))
        second = await save(store, replace(first, title="Theirs", turn=None))
        with pytest.raises(Conflict):
            await save(store, replace(first, title="Ours"))
        assert await store.transact(lambda tx: tx.tasks.of(ITEM)) == second
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) is None

    async def test_a_task_is_made_once(self, store: Store) -> None:
        saved = await save(store, a_task())
        with pytest.raises(Conflict):
            await save(store, a_task(created=after(1)))
        assert await store.transact(lambda tx: tx.tasks.page(most=100)) == [saved]

    async def test_a_deadline_fires_once_and_not_before_its_time(self, store: Store) -> None:
        await save(store, a_task(until=after(60)))
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) == after(60)
        assert await store.transact(lambda tx: tx.tasks.fire_due(after(59))) == []
        fired = await store.transact(lambda tx: tx.tasks.fire_due(after(60)))
        assert fired == [(ITEM, after(60))]
        assert await store.transact(lambda tx: tx.tasks.fire_due(after(61))) == []
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) is None

    async def test_a_deadline_taken_by_what_failed_is_still_set(self, store: Store) -> None:
        await save(store, a_task(until=after(60)))

        def do(tx: Transaction) -> None:
            assert tx.tasks.fire_due(after(60))
            raise Unwanted

        with pytest.raises(Unwanted):
            await store.transact(do)
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) == after(60)

    async def test_a_new_turn_has_a_new_deadline(self, store: Store) -> None:
        task = await save(store, a_task(until=after(60)))
        later = Turn(actor=Actor.PERSON, since=NOW, until=after(90))
        task = await save(store, replace(task, turn=later))
        assert await store.transact(lambda tx: tx.tasks.fire_due(after(60))) == []
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) == after(90)
        await save(store, replace(task, turn=None))
        assert await store.transact(lambda tx: tx.tasks.next_deadline()) is None

    async def test_deadlines_fire_together_the_earliest_first(self, store: Store) -> None:
        for item, seconds in (("b", 2), ("a", 1), ("c", 3)):
            task = a_task(item, until=after(seconds))
            await save(store, task)
        fired = await store.transact(lambda tx: tx.tasks.fire_due(after(2)))
        assert fired == [("a", after(1)), ("b", after(2))]


class RunContract:
    """Launches of agents, never two at once for an item."""

    async def test_a_run_comes_back_as_it_was_added(self, store: Store) -> None:
        record = a_run()
        await add(store, record)
        assert await store.transact(lambda tx: tx.runs.get(record.run.id)) == record
        assert await store.transact(lambda tx: tx.runs.get(RunId("ET-9-9"))) is None

    async def test_the_agent_of_a_run_is_the_one_last_assigned(self, store: Store) -> None:
        record = a_run()
        await add(store, record)
        for agent in (Assigned(runtime="codex", model="m"), Assigned(runtime="command")):
            await store.transact(partial(assign, record, agent))
            assert (await kept(store, record)).agent == agent
        another = replace(a_run(2, "another"), agent=Assigned(runtime="acp"))
        await add(store, another)
        assert await kept(store, another) == another

    async def test_an_item_has_one_run_that_has_not_ended(self, store: Store) -> None:
        await add(store, a_run(1))
        with pytest.raises(Conflict):
            await add(store, a_run(2))
        await end(store, a_run(1))
        await add(store, a_run(2))
        await add(store, a_run(1, "another"))

    async def test_a_run_is_added_once(self, store: Store) -> None:
        await add(store, a_run(1))
        await end(store, a_run(1))
        with pytest.raises(Conflict):
            await add(store, a_run(1))

    async def test_what_was_first_said_of_its_end_stays(self, store: Store) -> None:
        record = a_run()
        await add(store, record)
        await occupy(store, record, at=after(1))
        for seconds, outcome, code in ((2, Outcome.EXITED, 3), (9, Outcome.LOST, None)):
            await end(store, record, at=after(seconds), outcome=outcome, code=code)
        ended = replace(
            record,
            started_at=after(1),
            ended_at=after(2),
            outcome=Outcome.EXITED,
            exit_code=3,
        )
        assert await store.transact(lambda tx: tx.runs.get(record.run.id)) == ended

    async def test_what_a_run_said_of_its_end_is_kept(self, store: Store) -> None:
        record = a_run()
        await add(store, record)
        said = Statement(detail="401 no", refusals=("Bash: rm", "Write: x"), tools=0)
        await store.transact(
            lambda tx: tx.runs.end(
                record.run.id,
                at=after(1),
                outcome=Outcome.REFUSED,
                exit_code=0,
                statement=said,
            )
        )
        kept = there(await store.transact(lambda tx: tx.runs.get(record.run.id)))
        assert (kept.outcome, kept.statement) == (Outcome.REFUSED, said)

    async def test_runs_are_listed_by_item_and_by_being_alive(self, store: Store) -> None:
        await add(store, a_run(1))
        await end(store, a_run(1))
        await add(store, a_run(2))
        await add(store, a_run(1, "another"))
        runs = await store.transact(lambda tx: tx.runs.of(ITEM))
        assert [record.run.id for record in runs] == ["ET-item-1", "ET-item-2"]
        live = await store.transact(lambda tx: tx.runs.live())
        assert {record.run.id for record in live} == {"ET-item-2", "ET-another-1"}

    async def test_ended_runs_are_remembered_until_they_are_forgotten(self, store: Store) -> None:
        async def remembered(before: datetime) -> list[str]:
            found = await store.transact(lambda tx: tx.runs.remembered(before=before))
            return [record.run.id for record in found]

        for item, seconds in (("late", 3), ("early", 1), ("never", None)):
            await add(store, a_run(1, item))
            if seconds is not None:
                await end(store, a_run(1, item), at=after(seconds))
        assert await remembered(after(3)) == ["ET-early-1"]
        assert await remembered(after(4)) == ["ET-early-1", "ET-late-1"]
        await store.transact(lambda tx: tx.runs.forget(RunId("ET-early-1")))
        assert await remembered(after(4)) == ["ET-late-1"]
        assert await store.transact(lambda tx: tx.runs.get(RunId("ET-early-1"))) is not None


class RecordContract:
    """History and marks."""

    async def test_history_is_kept_in_order_and_by_item(self, store: Store) -> None:
        entries = [
            HistoryEntry(at=after(-number), who="Ann", what=f"did {number}", why="", event="e")
            for number in range(5)
        ]
        await store.transact(lambda tx: tx.history.add(ITEM, entries[:3]))
        await store.transact(lambda tx: tx.history.add(ItemId("another"), entries[:1]))
        await store.transact(lambda tx: tx.history.add(ITEM, []))
        await store.transact(lambda tx: tx.history.add(ITEM, entries[3:]))
        assert await store.transact(lambda tx: tx.history.of(ITEM)) == entries
        assert await store.transact(lambda tx: tx.history.of(ItemId("none"))) == []

    async def test_a_mark_is_what_was_put_last(self, store: Store) -> None:
        assert await store.transact(lambda tx: tx.marks.get("read-to")) is None
        for value in ("1", "2", ""):
            await mark(store, value)
            assert await store.transact(lambda tx: tx.marks.get("read-to")) == value
        assert await store.transact(lambda tx: tx.marks.get("another")) is None
