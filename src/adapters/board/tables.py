"""The board's tables, beside the store's in one database.

Moments are whole microseconds since 1970, UTC: they sort as numbers and come back exactly.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Index,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

OPEN = text("archived_at IS NULL AND state NOT IN ('done', 'cancelled')")
OVER = text("archived_at IS NULL AND state IN ('done', 'cancelled')")
"""As the indexes say it, word for word: SQLite takes an index for no other condition."""


class BoardMoment(TypeDecorator[datetime]):
    """An aware datetime, kept as a whole number; a naive one raises TypeError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds since 1970."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class ItemRow(SQLModel, table=True):
    """A work item. Never deleted, so its key is never used again."""

    __tablename__ = "board_item"
    __table_args__ = (
        UniqueConstraint("key", name="uq_board_item_key"),
        Index("ix_board_item_changed", "changed_at"),
        Index("ix_board_item_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_board_item_ended", "id", sqlite_where=OVER, postgresql_where=OVER),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    """As people call it, and the item's id for the pipeline as well."""
    title: str
    html: str = Field(sa_type=Text)
    """The description, sanitised."""
    priority: str
    state: str
    author: str
    made_at: datetime = Field(sa_type=BoardMoment)
    changed_at: datetime = Field(sa_type=BoardMoment)
    """Moves on every change, comments included; no two changes of an item have the same."""
    archived_at: datetime | None = Field(sa_type=BoardMoment)


class CommentRow(SQLModel, table=True):
    """A comment: a person's or ours."""

    __tablename__ = "board_comment"
    __table_args__ = (Index("ix_board_comment_item", "item", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    item: str
    author: str
    text: str = Field(sa_type=Text)
    """As it was written."""
    form: str
    """What it is written in."""
    made_at: datetime = Field(sa_type=BoardMoment)


class WriteRow(SQLModel, table=True):
    """A write that was done, under the key by which a repetition is known."""

    __tablename__ = "board_write"

    key: str = Field(primary_key=True)
    made: str
    """The key of the item or the id of the comment that it made, if any."""
    at: datetime = Field(sa_type=BoardMoment)


class SequenceRow(SQLModel, table=True):
    """The number given last in a project."""

    __tablename__ = "board_sequence"

    project: str = Field(primary_key=True)
    last: int


def table(row: type[SQLModel]) -> Table:
    """Return the table of a row class, for statements of SQLAlchemy Core."""
    return SQLModel.metadata.tables[str(row.__tablename__)]
