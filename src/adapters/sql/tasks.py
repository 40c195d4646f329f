"""The tasks, each one row of JSON under its version, and their deadlines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text, tuple_, update

from adapters.sql.codec import TASKS
from adapters.sql.prepared import Prepared
from adapters.sql.tables import Moment, TaskRow, table
from domain.errors import Conflict, NotFound
from domain.identifiers import ItemId, TaskKey
from domain.task import ENDED, Task

_task = table(TaskRow)
_t = _task.c

_OF = Prepared(select(_t.data).where(_t.item == bindparam("item")))
_KEYED = Prepared(
    select(_t.data)
    .where(_t.key == bindparam("key"))
    .order_by(_t.created_at.desc(), _t.id.desc())
    .limit(1)
)
_PLACE = Prepared(select(_t.created_at, _t.id).where(_t.item == bindparam("item")))
_age = tuple_(_t.created_at, _t.id)
_place = tuple_(bindparam("created_at", type_=Moment()), bindparam("id"))
_FIRST = Prepared(select(_t.data).order_by(_t.created_at, _t.id).limit(bindparam("most")))
_NEXT_ONES = Prepared(
    select(_t.data).where(_age > _place).order_by(_t.created_at, _t.id).limit(bindparam("most"))
)
_latest_ended = (
    select(_t.data)
    .where(text("ended"))
    .order_by(_t.created_at.desc(), _t.id.desc())
    .limit(bindparam("most"))
)
_ENDED = Prepared(_latest_ended)
_ENDED_BEFORE = Prepared(_latest_ended.where(_age < _place))
_ENDED_COUNT = Prepared(select(func.count()).select_from(_task).where(text("ended")))
_UNDER_WAY = Prepared(select(_t.data).where(text("NOT ended")).order_by(_t.created_at, _t.id))
_ADD = Prepared(
    text(
        "INSERT INTO task (item, key, version, created_at, deadline, ended, data)"
        " VALUES (:item, :key, :version, :created_at, :deadline, :ended, :data)"
        " ON CONFLICT (item) DO NOTHING"
    ).bindparams(bindparam("created_at", type_=Moment()), bindparam("deadline", type_=Moment()))
)
_REPLACE = Prepared(
    update(_task)
    .where(_t.item == bindparam("of"), _t.version == bindparam("seen"))
    .values(
        key=bindparam("key"),
        version=bindparam("version"),
        created_at=bindparam("created_at"),
        deadline=bindparam("deadline"),
        ended=bindparam("ended"),
        data=bindparam("data"),
    )
)
_DUE = Prepared(
    select(_t.item, _t.deadline)
    .where(_t.deadline <= bindparam("at"))
    .order_by(_t.deadline, _t.id)
    .with_for_update()
)
_FIRED = Prepared(update(_task).where(_t.item == bindparam("of")).values(deadline=None))
_NEXT = Prepared(select(func.min(_t.deadline)).where(_t.deadline.is_not(None)))


class SqlTasks:
    """The tasks, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on that connection."""
        self._connection = connection

    def of(self, item: ItemId) -> Task | None:
        """Return the item's task."""
        data = _OF.value(self._connection, {"item": item})
        return None if data is None else TASKS.decode(Task.__name__, data)

    def keyed(self, key: TaskKey) -> Task | None:
        """Return the task that people call by that key, the newest if it was given twice."""
        data = _KEYED.value(self._connection, {"key": key})
        return None if data is None else TASKS.decode(Task.__name__, data)

    def page(self, *, after: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return tasks, the oldest first, from the first one or after that one."""
        if after is None:
            return self._read(_FIRST, {"most": most})
        return self._read(_NEXT_ONES, {"most": most, **self._place(after)})

    def under_way(self) -> Sequence[Task]:
        """Return every task that has not ended, the oldest first."""
        return self._read(_UNDER_WAY, {})

    def ended(self, *, before: ItemId | None = None, most: int) -> Sequence[Task]:
        """Return tasks that have ended, the newest first, or those older than that one."""
        if before is None:
            return self._read(_ENDED, {"most": most})
        return self._read(_ENDED_BEFORE, {"most": most, **self._place(before)})

    def ended_count(self) -> int:
        """Return how many tasks have ended."""
        return int(_ENDED_COUNT.value(self._connection))

    def save(self, task: Task) -> Task:
        """Write the task and its deadline; return it with its new version. Conflict: too late."""
        saved = replace(task, version=task.version + 1)
        values = {
            "key": saved.key,
            "version": saved.version,
            "created_at": saved.created_at,
            "deadline": saved.turn.until if saved.turn else None,
            "ended": saved.status in ENDED,
            "data": TASKS.encode(saved)[1],
        }
        if task.version:
            values |= {"of": task.item, "seen": task.version}
            written = _REPLACE.change(self._connection, values)
        else:
            written = _ADD.change(self._connection, {"item": task.item, **values})
        if not written:
            raise Conflict(f"{task.key} has changed since version {task.version}")
        return saved

    def fire_due(self, at: datetime) -> Sequence[tuple[ItemId, datetime]]:
        """Take the deadlines that have come: each is returned once and then no longer set."""
        due = [(row.item, row.deadline) for row in _DUE.read(self._connection, {"at": at})]
        if due:
            _FIRED.change_each(self._connection, [{"of": item} for item, _ in due])
        return due

    def next_deadline(self) -> datetime | None:
        """Return the earliest deadline still set."""
        deadline: datetime | None = _NEXT.value(self._connection)
        return deadline

    def _read(self, statement: Prepared, values: Mapping[str, object]) -> Sequence[Task]:
        rows = statement.read(self._connection, values)
        return [TASKS.decode(Task.__name__, row.data) for row in rows]

    def _place(self, item: ItemId) -> Mapping[str, object]:
        rows = _PLACE.read(self._connection, {"item": item})
        if not rows:
            raise NotFound(f"there is no task {item[:40]!r}")
        return rows[0]._asdict()  # type: ignore[no-any-return]  # a named tuple of these columns
