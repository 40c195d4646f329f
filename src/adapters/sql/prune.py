"""Forgets what has been done, a little at a time so that nobody waits long for the database."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from adapters.sql.database import Database
from adapters.sql.tables import EntryRow, WorkRow, table
from domain.identifiers import ItemId

_KEYS_ARE_KEPT = timedelta(days=30)
"""How late a tool may repeat itself and still be recognised."""

_ROWS_AT_ONCE = 500

_entry = table(EntryRow)
_work = table(WorkRow)
_e, _w = _entry.c, _work.c

_BOUNDS = select(func.min(_e.id), func.max(_e.id))
_done = and_(
    _e.id.between(bindparam("first"), bindparam("last")),
    _e.closed_at < bindparam("before"),
    _e.dead_since.is_(None),
)
_EMPTY = update(_entry).where(_done, _e.payload != "").values(payload="")
_REMOVABLE = select(_e.id, _e.item).where(_done)
_REMOVE = delete(_entry).where(_e.id == bindparam("entry"))
_REMOVE_LANES = delete(_work).where(_w.due.is_(None), _w.idle_since < bindparam("before"))


async def prune(
    database: Database, *, at: datetime, older_than: timedelta, keep: frozenset[ItemId]
) -> None:
    """Empty what was done longer ago than that; remove it when its key need not be known either.

    The newest entry stays as it is, so that no id is ever used again: order in a lane is by id.
    """
    forgotten = at - max(older_than, _KEYS_ARE_KEPT)
    first, last = await database.run(_bounds)
    for start in range(first, last, _ROWS_AT_ONCE):
        window = {"first": start, "last": min(start + _ROWS_AT_ONCE, last) - 1}
        forget = partial(_forget, window, before=at - older_than, forgotten=forgotten, keep=keep)
        await database.run(forget)
    await database.run(partial(_forget_lanes, forgotten))


def _bounds(connection: Connection) -> tuple[int, int]:
    first, last = connection.execute(_BOUNDS).one()
    return (first or 0, last or 0)


def _forget(
    window: dict[str, int],
    connection: Connection,
    *,
    before: datetime,
    forgotten: datetime,
    keep: frozenset[ItemId],
) -> None:
    old = connection.execute(_REMOVABLE, {**window, "before": forgotten})
    removed = [{"entry": row.id} for row in old if row.item not in keep]
    if removed:
        connection.execute(_REMOVE, removed)
    connection.execute(_EMPTY, {**window, "before": before})


def _forget_lanes(forgotten: datetime, connection: Connection) -> None:
    connection.execute(_REMOVE_LANES, {"before": forgotten})
