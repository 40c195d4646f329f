"""What the board says to the database; each function is a step within a transaction.

Items are locked before they are changed: PostgreSQL heeds it, SQLite has one writer anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal, select, text, update

from adapters.board.tables import CommentRow, ItemRow, WriteRow, table
from domain.errors import NotFound
from domain.identifiers import TaskKey
from domain.item import TrackerState


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item as it is kept. A plain value: a model's instance costs ten times as much to make."""

    id: int
    key: str
    title: str
    html: str
    priority: str
    state: str
    author: str
    made_at: datetime
    changed_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment as it is kept."""

    id: int
    item: str
    author: str
    html: str
    made_at: datetime


_items, _comments, _writes = table(ItemRow), table(CommentRow), table(WriteRow)
_ITEM_COLUMNS = [_items.c[field.name] for field in fields(ItemRecord)]
_COMMENT_COLUMNS = [_comments.c[field.name] for field in fields(CommentRecord)]
_here = _items.c.archived_at.is_(None)

_ITEM = select(*_ITEM_COLUMNS).where(_items.c.key == bindparam("item_key"), _here)
_ITEM_LOCKED = _ITEM.with_for_update()
_ITEM_EVEN_ARCHIVED = select(*_ITEM_COLUMNS).where(_items.c.key == bindparam("item_key"))
_ALL = select(*_ITEM_COLUMNS).where(_here).order_by(_items.c.id)
_CHANGED = (
    select(*_ITEM_COLUMNS)
    .where(_here, _items.c.changed_at >= bindparam("moment"))
    .order_by(_items.c.changed_at, _items.c.id)
)
_COMMENT = select(*_COMMENT_COLUMNS).where(
    _comments.c.item == bindparam("item_key"), _comments.c.id == bindparam("comment")
)
_COMMENTS = (
    select(*_COMMENT_COLUMNS)
    .where(_comments.c.item == bindparam("item_key"))
    .order_by(_comments.c.id)
)
_CLAIM = text("INSERT INTO board_write (key, made) VALUES (:key, '') ON CONFLICT (key) DO NOTHING")
_NUMBER = text(
    "INSERT INTO board_sequence (project, last) VALUES (:project, 1)"
    " ON CONFLICT (project) DO UPDATE SET last = board_sequence.last + 1 RETURNING last"
)


def item(connection: Connection, key: str, *, lock: bool = False) -> ItemRecord:
    """Return the item. NotFound: no such key, or archived."""
    row = connection.execute(_ITEM_LOCKED if lock else _ITEM, {"item_key": key}).one_or_none()
    if row is None:
        raise NotFound(f"there is no item {key[:40]!r} on the board")
    return ItemRecord(*row)


def items(connection: Connection) -> Sequence[ItemRecord]:
    """Return all items on the board, the oldest first."""
    return [ItemRecord(*row) for row in connection.execute(_ALL)]


def items_changed_since(connection: Connection, moment: datetime) -> Sequence[ItemRecord]:
    """Return the items changed at or after that moment, oldest change first."""
    return [ItemRecord(*row) for row in connection.execute(_CHANGED, {"moment": moment})]


def add_item(connection: Connection, project: str, row: dict[str, Any], at: datetime) -> ItemRecord:
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
    made = connection.execute(insert(_items).returning(*_ITEM_COLUMNS), whole)
    return ItemRecord(*made.one())


def change(connection: Connection, row: ItemRecord, at: datetime, **values: Any) -> ItemRecord:
    """Write those values, and that the item changed; return it. It must be locked."""
    values["changed_at"] = max(at, row.changed_at + timedelta(microseconds=1))
    connection.execute(update(_items).where(_items.c.key == row.key), values)
    return replace(row, **values)


def comment(connection: Connection, key: str, number: int) -> CommentRecord:
    """Return the item's comment of that id. NotFound: there is none."""
    asked = {"item_key": key, "comment": number}
    row = connection.execute(_COMMENT, asked).one_or_none()
    if row is None:
        raise NotFound(f"there is no comment {number} on {key[:40]!r}")
    return CommentRecord(*row)


def comments(connection: Connection, key: str) -> Sequence[CommentRecord]:
    """Return the item's comments, the oldest first."""
    return [CommentRecord(*row) for row in connection.execute(_COMMENTS, {"item_key": key})]


def add_comment(
    connection: Connection, row: ItemRecord, author: str, html: str, at: datetime
) -> tuple[int, ItemRecord]:
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


def item_made_under(connection: Connection, key: str) -> ItemRecord:
    """Return the item that the write under that key made, even if it was archived since."""
    made = {"item_key": made_under(connection, key)}
    return ItemRecord(*connection.execute(_ITEM_EVEN_ARCHIVED, made).one())


def answer(connection: Connection) -> None:
    """Return if the board's tables can be read."""
    connection.execute(select(literal(1)).select_from(_items).limit(1))
