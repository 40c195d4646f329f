"""What the board says to the database; each function is a step within a transaction.

Items are locked before they are changed: PostgreSQL heeds it, SQLite has one writer anyway.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal, select, text, update

from adapters.board.tables import CommentRow, ItemRow, WriteRow, table
from domain.errors import NotFound
from domain.identifiers import TaskKey
from domain.item import TrackerState

_items, _comments, _writes = table(ItemRow), table(CommentRow), table(WriteRow)
_here = _items.c.archived_at.is_(None)

_ITEM = select(_items).where(_items.c.key == bindparam("item_key"), _here)
_ITEM_LOCKED = _ITEM.with_for_update()
_ITEM_EVEN_ARCHIVED = select(_items).where(_items.c.key == bindparam("item_key"))
_ALL = select(_items).where(_here).order_by(_items.c.id)
_CHANGED = (
    select(_items)
    .where(_here, _items.c.changed_at >= bindparam("moment"))
    .order_by(_items.c.changed_at, _items.c.id)
)
_COMMENT = select(_comments).where(
    _comments.c.item == bindparam("item_key"), _comments.c.id == bindparam("comment")
)
_COMMENTS = (
    select(_comments).where(_comments.c.item == bindparam("item_key")).order_by(_comments.c.id)
)
_CLAIM = text("INSERT INTO board_write (key, made) VALUES (:key, '') ON CONFLICT (key) DO NOTHING")
_NUMBER = text(
    "INSERT INTO board_sequence (project, last) VALUES (:project, 1)"
    " ON CONFLICT (project) DO UPDATE SET last = board_sequence.last + 1 RETURNING last"
)


def item(connection: Connection, key: str, *, lock: bool = False) -> ItemRow:
    """Return the item. NotFound: no such key, or archived."""
    found = connection.execute(_ITEM_LOCKED if lock else _ITEM, {"item_key": key}).mappings()
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"there is no item {key[:40]!r} on the board")
    return ItemRow(**row)


def items(connection: Connection) -> Sequence[ItemRow]:
    """Return all items on the board, the oldest first."""
    return [ItemRow(**row) for row in connection.execute(_ALL).mappings()]


def items_changed_since(connection: Connection, moment: datetime) -> Sequence[ItemRow]:
    """Return the items changed at or after that moment, oldest change first."""
    return [ItemRow(**row) for row in connection.execute(_CHANGED, {"moment": moment}).mappings()]


def add_item(connection: Connection, project: str, row: dict[str, Any], at: datetime) -> ItemRow:
    """Make an item under the project's next key and return it."""
    number: int = connection.execute(_NUMBER, {"project": project}).scalar_one()
    whole = {
        **row,
        "key": TaskKey(f"{project}-{number}"),
        "state": TrackerState.TODO,
        "made_at": at,
        "changed_at": at,
        "archived_at": None,
    }
    connection.execute(insert(_items), whole)
    return ItemRow(**whole)


def change(connection: Connection, row: ItemRow, at: datetime, **values: Any) -> ItemRow:
    """Write those values, and that the item changed; return it. It must be locked."""
    values["changed_at"] = max(at, row.changed_at + timedelta(microseconds=1))
    connection.execute(update(_items).where(_items.c.key == row.key), values)
    return ItemRow(**{**row.model_dump(), **values})


def comment(connection: Connection, key: str, number: int) -> CommentRow:
    """Return the item's comment of that id. NotFound: there is none."""
    asked = {"item_key": key, "comment": number}
    row = connection.execute(_COMMENT, asked).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no comment {number} on {key[:40]!r}")
    return CommentRow(**row)


def comments(connection: Connection, key: str) -> Sequence[CommentRow]:
    """Return the item's comments, the oldest first."""
    return [CommentRow(**r) for r in connection.execute(_COMMENTS, {"item_key": key}).mappings()]


def add_comment(
    connection: Connection, row: ItemRow, author: str, html: str, at: datetime
) -> tuple[int, ItemRow]:
    """Add a comment to a locked item; return its id, and the item as it is now."""
    values = {"item": row.key, "author": author, "html": html, "made_at": at}
    made = connection.execute(insert(_comments).returning(_comments.c.id), values).scalar_one()
    return int(made), change(connection, row, at)


def claim(connection: Connection, key: str) -> bool:
    """Return whether this is the first write under that key, and remember it."""
    return connection.execute(_CLAIM, {"key": key}).rowcount == 1


def fulfil(connection: Connection, key: str, made: str) -> None:
    """Remember what the write under that key made."""
    connection.execute(update(_writes).where(_writes.c.key == key), {"made": made})


def made_under(connection: Connection, key: str) -> str:
    """Return what the write under that key made."""
    made: str = connection.execute(select(_writes.c.made).where(_writes.c.key == key)).scalar_one()
    return made


def item_made_under(connection: Connection, key: str) -> ItemRow:
    """Return the item that the write under that key made, even if it was archived since."""
    made = {"item_key": made_under(connection, key)}
    return ItemRow(**connection.execute(_ITEM_EVEN_ARCHIVED, made).mappings().one())


def answer(connection: Connection) -> None:
    """Return if the board's tables can be read."""
    connection.execute(select(literal(1)).select_from(_items).limit(1))
