"""What the board says to the database; each method is a step within a transaction.

Items are locked before they are changed: PostgreSQL heeds it, SQLite has one writer anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from adapters.board.database import Database
from adapters.board.input import TextForm
from adapters.board.tables import OPEN, OVER, BoardMoment, CommentRow, ItemRow, WriteRow, table
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
    text: str
    form: str
    made_at: datetime


_FORGOTTEN_AT_ONCE = 500
_NEWEST = 1 << 62
"""No id comes after it."""
_items, _comments, _writes = table(ItemRow), table(CommentRow), table(WriteRow)
_ITEM_COLUMNS = [_items.c[field.name] for field in fields(ItemRecord)]
_COMMENT_COLUMNS = [_comments.c[field.name] for field in fields(CommentRecord)]
_GIVEN = ("title", "html", "priority", "state", "author", "made_at", "changed_at", "archived_at")
_CHANGING = ("title", "html", "priority", "state", "changed_at", "archived_at")
_key: BindParameter[str] = bindparam("item_key")
_here = _items.c.archived_at.is_(None)

_ITEM = select(*_ITEM_COLUMNS).where(_items.c.key == _key, _here)
_ITEM_EVEN_ARCHIVED = select(*_ITEM_COLUMNS).where(_items.c.key == _key)
_OPEN = select(*_ITEM_COLUMNS).where(OPEN).order_by(_items.c.id)
_ENDED = (
    select(*_ITEM_COLUMNS)
    .where(OVER, _items.c.id < bindparam("before"))
    .order_by(_items.c.id.desc())
    .limit(bindparam("most"))
)
_ENDED_COUNT = select(func.count()).select_from(_items).where(OVER)
_CHANGED = (
    select(*_ITEM_COLUMNS)
    .where(_here, _items.c.changed_at >= bindparam("moment"))
    .order_by(_items.c.changed_at, _items.c.id)
)
_ADD = (
    insert(_items)
    .values({name: bindparam(name) for name in ("key", *_GIVEN)})
    .returning(*_ITEM_COLUMNS)
)
_CHANGE = (
    update(_items).where(_items.c.key == _key).values({name: bindparam(name) for name in _CHANGING})
)
_TOUCH = text(
    "UPDATE board_item"
    " SET changed_at = CASE WHEN changed_at >= :moment THEN changed_at + 1 ELSE :moment END"
    " WHERE key = :item_key AND archived_at IS NULL"
).bindparams(bindparam("moment", type_=BoardMoment()))
_COMMENT = select(*_COMMENT_COLUMNS).where(
    _comments.c.item == _key, _comments.c.id == bindparam("comment")
)
_COMMENTS_SINCE = (
    select(*_COMMENT_COLUMNS)
    .where(_comments.c.item == _key, _comments.c.made_at >= bindparam("moment"))
    .order_by(_comments.c.id)
)
_COMMENTS = select(*_COMMENT_COLUMNS).where(_comments.c.item == _key).order_by(_comments.c.id)
_ADD_COMMENT = insert(_comments).values(
    {name: bindparam(name) for name in ("item", "author", "text", "form", "made_at")}
)
_CLAIM = text(
    "INSERT INTO board_write (key, made, at) VALUES (:key, '', :at) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("at", type_=BoardMoment()))
_FULFIL = update(_writes).where(_writes.c.key == bindparam("of")).values(made=bindparam("made"))
_MADE = select(_writes.c.made).where(_writes.c.key == bindparam("of"))
_FORGET_WRITES = delete(_writes).where(
    _writes.c.key.in_(
        select(_writes.c.key).where(_writes.c.at < bindparam("before")).limit(_FORGOTTEN_AT_ONCE)
    )
)
_NUMBER = text(
    "INSERT INTO board_sequence (project, last) VALUES (:project, 1)"
    " ON CONFLICT (project) DO UPDATE SET last = board_sequence.last + 1 RETURNING last"
)
_ANSWER = select(literal(1)).select_from(_items).limit(1)


class Records:
    """Items, comments, and writes that are not to be repeated."""

    def __init__(self, database: Database) -> None:
        """Say everything as that database wants it said."""
        prepare = database.prepare
        self._item = prepare(_ITEM)
        self._item_locked = prepare(_ITEM.with_for_update())
        self._item_even_archived = prepare(_ITEM_EVEN_ARCHIVED)
        self._open = prepare(_OPEN)
        self._ended = prepare(_ENDED)
        self._ended_count = prepare(_ENDED_COUNT)
        self._changed = prepare(_CHANGED)
        self._add = prepare(_ADD)
        self._change = prepare(_CHANGE)
        self._touch = prepare(_TOUCH)
        self._comment = prepare(_COMMENT)
        self._comments = prepare(_COMMENTS)
        self._comments_since = prepare(_COMMENTS_SINCE)
        self._add_comment = prepare(_ADD_COMMENT)
        self._claim = prepare(_CLAIM)
        self._fulfil = prepare(_FULFIL)
        self._made = prepare(_MADE)
        self._forget_writes = prepare(_FORGET_WRITES)
        self._number = prepare(_NUMBER)
        self._answer = prepare(_ANSWER)

    def item(self, connection: Connection, key: str, *, lock: bool = False) -> ItemRecord:
        """Return the item. NotFound: no such key, or archived."""
        statement = self._item_locked if lock else self._item
        rows = statement.read(connection, {"item_key": key})
        if not rows:
            raise _no_item(key)
        return ItemRecord(*rows[0])

    def open_items(self, connection: Connection) -> Sequence[ItemRecord]:
        """Return the items that are neither done nor cancelled, the oldest first."""
        return [ItemRecord(*row) for row in self._open.read(connection)]

    def ended_items(
        self, connection: Connection, before: str | None, most: int
    ) -> Sequence[ItemRecord]:
        """Return items done or cancelled, the newest first. NotFound: ``before`` never was."""
        place = _NEWEST
        if before is not None:
            rows = self._item_even_archived.read(connection, {"item_key": before})
            if not rows:
                raise _no_item(before)
            place = rows[0].id
        asked = {"before": place, "most": most}
        return [ItemRecord(*row) for row in self._ended.read(connection, asked)]

    def ended_count(self, connection: Connection) -> int:
        """Return how many items are done or cancelled."""
        return int(self._ended_count.value(connection))

    def items_changed_since(self, connection: Connection, moment: datetime) -> Sequence[ItemRecord]:
        """Return the items changed at or after that moment, oldest change first."""
        return [ItemRecord(*row) for row in self._changed.read(connection, {"moment": moment})]

    def add_item(
        self, connection: Connection, project: str, row: dict[str, Any], at: datetime
    ) -> ItemRecord:
        """Make an item under the project's next key and return it."""
        number: int = self._number.value(connection, {"project": project})
        whole = {
            **row,
            "key": TaskKey(f"{project}-{number}"),
            "state": TrackerState.TODO.value,
            "made_at": at,
            "changed_at": at,
            "archived_at": None,
        }
        return ItemRecord(*self._add.read(connection, whole)[0])

    def change(
        self, connection: Connection, row: ItemRecord, at: datetime, **values: Any
    ) -> ItemRecord:
        """Write those values, and that the item changed; return it. It must be locked."""
        # No two changes of an item have the same moment.
        moment = max(at, row.changed_at + timedelta(microseconds=1))
        changed = replace(row, **values, changed_at=moment)
        written = {name: getattr(changed, name) for name in _CHANGING}
        self._change.change(connection, {"item_key": row.key, **written})
        return changed

    def comment(self, connection: Connection, key: str, number: int) -> CommentRecord:
        """Return the item's comment of that id. NotFound: there is none."""
        rows = self._comment.read(connection, {"item_key": key, "comment": number})
        if not rows:
            raise NotFound(f"there is no comment {number} on {key[:40]!r}")
        return CommentRecord(*rows[0])

    def comments(self, connection: Connection, key: str) -> Sequence[CommentRecord]:
        """Return the item's comments, the oldest first."""
        return [CommentRecord(*row) for row in self._comments.read(connection, {"item_key": key})]

    def comments_since(
        self, connection: Connection, key: str, moment: datetime
    ) -> Sequence[CommentRecord]:
        """Return the item's comments made at or after that moment, the oldest first."""
        asked = {"item_key": key, "moment": moment}
        return [CommentRecord(*row) for row in self._comments_since.read(connection, asked)]

    def add_comment(
        self,
        connection: Connection,
        key: str,
        *,
        author: str,
        text: str,
        form: TextForm,
        at: datetime,
    ) -> int:
        """Add a comment, which changes the item, and return its id. NotFound as with ``item``."""
        if not self._touch.change(connection, {"item_key": key, "moment": at}):
            raise _no_item(key)
        values = {"item": key, "author": author, "text": text, "form": form.value, "made_at": at}
        return self._add_comment.add(connection, values)

    def claim(self, connection: Connection, key: str, at: datetime) -> bool:
        """Return whether this is the first write under that key, and remember it."""
        return self._claim.change(connection, {"key": key, "at": at}) == 1

    def fulfil(self, connection: Connection, key: str, made: str) -> None:
        """Remember what the write under that key made."""
        self._fulfil.change(connection, {"of": key, "made": made})

    def made_under(self, connection: Connection, key: str) -> str:
        """Return what the write under that key made."""
        made: str = self._made.value(connection, {"of": key})
        return made

    def item_made_under(self, connection: Connection, key: str) -> ItemRecord:
        """Return the item that the write under that key made, even if it was archived since."""
        made = {"item_key": self.made_under(connection, key)}
        return ItemRecord(*self._item_even_archived.read(connection, made)[0])

    def forget_writes(self, connection: Connection, before: datetime) -> bool:
        """Forget some writes made before then; return whether that may not have been all."""
        forgotten = self._forget_writes.change(connection, {"before": before})
        return forgotten == _FORGOTTEN_AT_ONCE

    def answer(self, connection: Connection) -> None:
        """Return if the board's tables can be read."""
        self._answer.read(connection)


def _no_item(key: str) -> NotFound:
    return NotFound(f"there is no item {key[:40]!r} on the board")
