"""What everything costs: what every store keeps to."""

from dataclasses import replace
from datetime import timedelta

from domain.identifiers import ItemId, Role, RunId
from domain.money import Cost, Money, Spent, Usage, money
from ports.store import Booking, Store, Told
from tests.contracts.store_steps import ITEM, NOW

RUN, NEXT = RunId("ET-1-1"), RunId("ET-1-2")
TOMORROW = NOW + timedelta(days=1)
USAGE = Usage(input=100, output=20, cached=3000, written=7)


def spent(dollars: float, usage: Usage = USAGE, *, estimated: bool = False) -> Spent:
    """So much."""
    return Spent(usage=usage, cost=Cost(amount=money(dollars), estimated=estimated))


BOOKING = Booking(
    run=RUN,
    item=ITEM,
    project="ET",
    role=Role("analyst"),
    model="m",
    session="s",
    spent=spent(1),
    told=Told(usage=USAGE, reckoned=money(1)),
)


class SpendingContract:
    """What runs have cost, by run, item, project and day."""

    async def book(self, store: Store, booking: Booking, *, days: int = 0) -> None:
        """Book it that many days later."""
        at = NOW + timedelta(days=days)
        await store.transact(lambda tx: tx.spending.book(booking, at=at))

    async def test_what_nobody_booked_cost_nothing(self, store: Store) -> None:
        assert await store.transact(lambda tx: tx.spending.of_run(RUN)) == Spent()
        assert await store.transact(lambda tx: tx.spending.of_day(NOW)) == Spent()
        told = await store.transact(lambda tx: tx.spending.told_before("s", besides=RUN))
        assert told == Told()

    async def test_a_booking_counts_for_run_item_project_and_day(self, store: Store) -> None:
        await self.book(store, BOOKING)
        for read in (
            lambda tx: tx.spending.of_run(RUN),
            lambda tx: tx.spending.of_item(ITEM),
            lambda tx: tx.spending.of_project("ET"),
            lambda tx: tx.spending.of_day(NOW),
        ):
            assert await store.transact(read) == spent(1)

    async def test_booked_again_a_run_has_cost_what_was_said_last(self, store: Store) -> None:
        await self.book(store, BOOKING)
        await self.book(store, BOOKING)
        more = replace(BOOKING, spent=spent(1.5, USAGE.plus(USAGE), estimated=True))
        await self.book(store, more)
        assert await store.transact(lambda tx: tx.spending.of_item(ITEM)) == more.spent

    async def test_a_run_that_lasts_over_midnight_counts_in_both_days(self, store: Store) -> None:
        await self.book(store, BOOKING)
        await self.book(store, replace(BOOKING, spent=spent(1.5, USAGE.plus(USAGE))), days=1)
        days = await store.transact(
            lambda tx: [tx.spending.of_day(at).cost.amount for at in (NOW, TOMORROW)]
        )
        assert days == [money(1), money(0.5)]
        whole = await store.transact(lambda tx: tx.spending.of_run(RUN))
        assert whole == spent(1.5, USAGE.plus(USAGE))

    async def test_items_projects_and_days_are_told_apart(self, store: Store) -> None:
        await self.book(store, BOOKING)
        await self.book(store, replace(BOOKING, run=NEXT, spent=spent(2)))
        other = replace(BOOKING, run=RunId("XY-1-1"), item=ItemId("other"), project="XY")
        await self.book(store, replace(other, spent=spent(4)), days=1)
        read = await store.transact(
            lambda tx: [
                tx.spending.of_item(ITEM).cost.amount,
                tx.spending.of_item(ItemId("other")).cost.amount,
                tx.spending.of_project("ET").cost.amount,
                tx.spending.of_project("XY").cost.amount,
                tx.spending.of_day(NOW).cost.amount,
                tx.spending.of_day(TOMORROW).cost.amount,
            ]
        )
        assert read == [money(3), money(4), money(3), money(4), money(3), money(4)]

    async def test_what_other_runs_of_a_session_have_told_is_known(self, store: Store) -> None:
        await self.book(store, BOOKING)
        later = Told(usage=USAGE.plus(USAGE), reckoned=money(2))
        await self.book(store, replace(BOOKING, run=NEXT, told=later))
        await self.book(store, replace(BOOKING, run=RunId("ET-1-3"), session="another"))
        told = await store.transact(
            lambda tx: [
                tx.spending.told_before("s", besides=run) for run in (RUN, NEXT, RunId("ET-1-9"))
            ]
        )
        assert told == [later, BOOKING.told, later]

    async def test_a_sum_of_estimates_is_one(self, store: Store) -> None:
        await self.book(store, BOOKING)
        await self.book(store, replace(BOOKING, run=NEXT, spent=spent(1, estimated=True)))
        cost = (await store.transact(lambda tx: tx.spending.of_item(ITEM))).cost
        assert cost == Cost(amount=Money(2_000_000), estimated=True)
