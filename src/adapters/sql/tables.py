"""The tables. Seen by this adapter alone; the port speaks of domain values.

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


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as a whole number; a naive one raises TypeError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds since 1970."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else moment_of(value)


def moment_of(microseconds: int) -> datetime:
    """Return the moment in UTC, so long after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _where(condition: str) -> dict[str, Any]:
    """Make an index partial, in both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class EntryRow(SQLModel, table=True):
    """Something in a queue: open, closed because it is done, or closed as a dead letter."""

    __tablename__ = "queue_entry"
    __table_args__ = (
        UniqueConstraint("queue", "key", name="uq_queue_entry_key"),
        Index("ix_queue_entry_open", "queue", "lane", "id", **_where("closed_at IS NULL")),
        Index("ix_queue_entry_item", "queue", "item", "kind", **_where("closed_at IS NULL")),
        Index("ix_queue_entry_dead", "queue", "id", **_where("dead_since IS NOT NULL")),
    )

    id: int | None = Field(default=None, primary_key=True)
    queue: str
    key: str
    lane: str
    item: str | None
    kind: str
    payload: str = Field(sa_type=Text)
    attempts: int
    put_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(sa_type=Moment)
    dead_since: datetime | None = Field(sa_type=Moment)
    error: str = Field(sa_type=Text)


class WorkRow(SQLModel, table=True):
    """A lane: when it is due, and whose it is. Idle lanes have no ``due``."""

    __tablename__ = "work"
    __table_args__ = (Index("ix_work_due", "queue", "due", "lane", **_where("due IS NOT NULL")),)

    queue: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    due: datetime | None = Field(sa_type=Moment)
    generation: int
    """Counts claims: what tells a late owner from the present one of the same name."""
    owner: str | None
    lease_until: datetime | None = Field(sa_type=Moment)
    stirred: bool
    """Something was put here since the last claim: a postponed lane must not sleep over it."""
    idle_since: datetime | None = Field(sa_type=Moment)


class TaskRow(SQLModel, table=True):
    """A task as JSON, with what it is looked up by."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("item", name="uq_task_item"),
        Index("ix_task_key", "key"),
        Index("ix_task_deadline", "deadline", **_where("deadline IS NOT NULL")),
        Index("ix_task_under_way", "created_at", **_where("NOT ended")),
        Index("ix_task_ended", "created_at", **_where("ended")),
        Index("ix_task_created", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item: str
    key: str
    version: int
    created_at: datetime = Field(sa_type=Moment)
    deadline: datetime | None = Field(sa_type=Moment)
    """When the present turn is looked into; taken away when that has been done."""
    ended: bool
    data: str = Field(sa_type=Text)


class RunRow(SQLModel, table=True):
    """A launch of an agent."""

    __tablename__ = "agent_run"
    __table_args__ = (
        UniqueConstraint("run", name="uq_agent_run_run"),
        Index("ix_agent_run_item", "item"),
        Index("ix_agent_run_live", "item", unique=True, **_where("ended_at IS NULL")),
        Index(
            "ix_agent_run_remembered",
            "ended_at",
            **_where("ended_at IS NOT NULL AND NOT forgotten"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    run: str
    stage: str
    role: str
    number: int
    attempt: int
    base: str
    item: str
    key: str
    priority: str
    asked_at: datetime = Field(sa_type=Moment)
    waiting_since: datetime | None = Field(sa_type=Moment)
    started_at: datetime | None = Field(sa_type=Moment)
    ended_at: datetime | None = Field(sa_type=Moment)
    outcome: str | None
    exit_code: int | None
    forgotten: bool
    """Its runner keeps no more of it than its log."""
    detail: str | None = Field(sa_type=Text)
    refusals: str | None = Field(sa_type=Text)
    """One a line."""
    tools: int | None
    runtime: str
    """The kind of agent that was started; empty before."""
    model: str


class SpendingRow(SQLModel, table=True):
    """What a run has cost on one day, in tokens and millionths of a dollar."""

    __tablename__ = "spending"
    __table_args__ = (
        UniqueConstraint("run", "day", name="uq_spending_run_day"),
        Index("ix_spending_item", "item"),
        Index("ix_spending_project", "project"),
        Index("ix_spending_day", "day"),
        Index("ix_spending_session", "session"),
    )

    id: int | None = Field(default=None, primary_key=True)
    run: str
    day: str
    item: str
    project: str
    role: str
    model: str
    session: str
    input: int
    output: int
    cached: int
    written: int
    cost: int = Field(sa_type=BigInteger)
    estimated: bool
    told_input: int
    told_output: int
    told_cached: int
    told_written: int
    told_cost: int = Field(sa_type=BigInteger)


class HistoryRow(SQLModel, table=True):
    """Who did what, when and why."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_item", "item", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    item: str
    at: datetime = Field(sa_type=Moment)
    who: str
    what: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    event: str


class MarkRow(SQLModel, table=True):
    """A small fact."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


def table(row: type[SQLModel]) -> Table:
    """Return the table of a row class, for statements of SQLAlchemy Core."""
    return SQLModel.metadata.tables[str(row.__tablename__)]
