"""What has been spent: one row for a run and a day."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text

from adapters.sql.prepared import Prepared
from adapters.sql.tables import SpendingRow, table
from domain.identifiers import ItemId, RunId
from domain.money import Cost, Money, Spent, Usage
from ports.store import Booking, Told

_spending = table(SpendingRow)
_s = _spending.c

_NAMES = (
    *("run", "day", "item", "project", "role", "model", "session"),
    *("input", "output", "cached", "written", "cost", "estimated"),
    *("told_input", "told_output", "told_cached", "told_written", "told_cost"),
)
_PUT = Prepared(
    text(
        f"INSERT INTO spending ({', '.join(_NAMES)})"  # noqa: S608 - names of ours
        f" VALUES ({', '.join(f':{name}' for name in _NAMES)})"
        " ON CONFLICT (run, day) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in _NAMES[4:])
    )
)


def _sum(condition: ColumnElement[bool]) -> Prepared:
    return Prepared(
        select(
            func.coalesce(func.sum(_s.input), 0).label("input"),
            func.coalesce(func.sum(_s.output), 0).label("output"),
            func.coalesce(func.sum(_s.cached), 0).label("cached"),
            func.coalesce(func.sum(_s.written), 0).label("written"),
            func.coalesce(func.sum(_s.cost), 0).label("cost"),
            func.coalesce(func.max(_s.estimated), 0).label("estimated"),
        ).where(condition)
    )


_OF_RUN = _sum(_s.run == bindparam("of"))
_OF_ITEM = _sum(_s.item == bindparam("of"))
_OF_PROJECT = _sum(_s.project == bindparam("of"))
_OF_DAY = _sum(_s.day == bindparam("of"))
_ON_OTHER_DAYS = _sum((_s.run == bindparam("of")) & (_s.day != bindparam("besides")))
_TOLD = Prepared(
    select(
        func.coalesce(func.max(_s.told_input), 0).label("input"),
        func.coalesce(func.max(_s.told_output), 0).label("output"),
        func.coalesce(func.max(_s.told_cached), 0).label("cached"),
        func.coalesce(func.max(_s.told_written), 0).label("written"),
        func.coalesce(func.max(_s.told_cost), 0).label("cost"),
    ).where(_s.session == bindparam("of"), _s.run != bindparam("besides"))
)


class SqlSpending:
    """What has been spent, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on that connection."""
        self._connection = connection

    def book(self, booking: Booking, *, at: datetime) -> None:
        """Write down what the run has cost so far. What is new since the last time is of today."""
        day = _day(at)
        before = _spent(_ON_OTHER_DAYS.read(self._connection, {"of": booking.run, "besides": day}))
        usage = booking.spent.usage.minus(before.usage)
        told = booking.told
        values = {
            "run": booking.run,
            "day": day,
            "item": booking.item,
            "project": booking.project,
            "role": booking.role,
            "model": booking.model,
            "session": booking.session,
            "input": usage.input,
            "output": usage.output,
            "cached": usage.cached,
            "written": usage.written,
            "cost": max(0, booking.spent.cost.amount - before.cost.amount),
            "estimated": booking.spent.cost.estimated,
            "told_input": told.usage.input,
            "told_output": told.usage.output,
            "told_cached": told.usage.cached,
            "told_written": told.usage.written,
            "told_cost": told.reckoned,
        }
        _PUT.change(self._connection, values)

    def of_run(self, run: RunId) -> Spent:
        """Return what the run has cost."""
        return _spent(_OF_RUN.read(self._connection, {"of": run}))

    def of_item(self, item: ItemId) -> Spent:
        """Return what all runs of the item have cost."""
        return _spent(_OF_ITEM.read(self._connection, {"of": item}))

    def of_project(self, project: str) -> Spent:
        """Return what all items of the project have cost."""
        return _spent(_OF_PROJECT.read(self._connection, {"of": project}))

    def of_day(self, at: datetime) -> Spent:
        """Return what everything together has cost on the day of that moment."""
        return _spent(_OF_DAY.read(self._connection, {"of": _day(at)}))

    def told_before(self, session: str, *, besides: RunId) -> Told:
        """Return what other runs of the session have said of it at most."""
        (row,) = _TOLD.read(self._connection, {"of": session, "besides": besides})
        return Told(usage=_usage(row), reckoned=Money(row.cost))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _spent(rows: list[Any]) -> Spent:
    (row,) = rows
    cost = Cost(amount=Money(row.cost), estimated=bool(row.estimated))
    return Spent(usage=_usage(row), cost=cost)


def _usage(row: Any) -> Usage:
    return Usage(input=row.input, output=row.output, cached=row.cached, written=row.written)
