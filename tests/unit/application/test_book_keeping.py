"""What a run costs is booked once, however it is told."""

from dataclasses import replace

import pytest

from adapters.sql.store import SqlStore
from application.book_keeping import BookKeeping
from domain.identifiers import RunId, TaskKey
from domain.money import Cost, Limits, Money, Price, Prices, Usage, money
from domain.reading import Reading
from domain.task import Task
from ports.store import Assigned, RunRecord, Transaction
from tests.contracts.store_steps import NOW, a_run, a_task

USAGE = Usage(input=1000, output=100)
FIRST = Reading(
    session="s",
    model="m",
    usage=USAGE,
    usage_of_session=True,
    reckoned=money(0.5),
    reckoned_of_session=True,
)
SECOND = replace(FIRST, usage=USAGE.plus(USAGE).plus(USAGE), reckoned=money(0.75))
BOOKS = BookKeeping(Prices(), Limits())


def named(run: str) -> RunRecord:
    """A run of that name."""
    record = a_run()
    return replace(record, run=replace(record.run, id=RunId(run)), key=TaskKey("ET-1"))


@pytest.mark.parametrize(
    ("books", "costs"),
    [
        (BOOKS, [money(0.5), money(0.25)]),
        (
            BookKeeping(Prices(own={"m": Price(input=1, output=10)}), Limits()),
            [Money(2000), Money(4000)],
        ),
    ],
)
async def test_a_resumed_session_is_booked_without_what_was_booked_before(
    store: SqlStore, books: BookKeeping, costs: list[Money]
) -> None:
    one, two = named("ET-1-1"), named("ET-1-2")

    def write(tx: Transaction) -> list[Money]:
        books.book(tx, one, FIRST, NOW)
        books.book(tx, two, SECOND, NOW)
        books.book(tx, two, SECOND, NOW)
        return [tx.spending.of_run(each.run.id).cost.amount for each in (one, two)]

    assert await store.transact(write) == costs


async def test_an_agent_that_does_not_name_its_model_costs_what_the_one_it_was_given_does(
    store: SqlStore,
) -> None:
    books = BookKeeping(Prices(own={"given": Price(input=1, output=10)}), Limits())
    record = replace(named("ET-1-1"), agent=Assigned(runtime="codex", model="given"))

    def write(tx: Transaction) -> Cost:
        books.book(tx, record, Reading(usage=USAGE), NOW)
        return tx.spending.of_run(record.run.id).cost

    assert await store.transact(write) == Cost(amount=Money(2000))


async def test_an_agent_that_counts_nothing_is_not_booked(store: SqlStore) -> None:
    def write(tx: Transaction) -> Money:
        BOOKS.book(tx, named("ET-1-1"), Reading(session="s"), NOW)
        return tx.spending.of_day(NOW).cost.amount

    assert await store.transact(write) == 0


async def test_an_account_shows_run_item_and_day(store: SqlStore) -> None:
    task: Task = replace(a_task(), budget=money(7))
    record = named("ET-1-1")

    def write(tx: Transaction) -> None:
        BOOKS.book(tx, record, FIRST, NOW)
        account = BOOKS.account(tx, task, record.run.id, NOW)
        assert (account.run, account.item, account.day) == (money(0.5),) * 3
        assert (account.granted, account.estimated) == (money(7), True)

    await store.transact(write)
