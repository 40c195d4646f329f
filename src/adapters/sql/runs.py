"""Every launch of an agent. An index holds that no item has two that have not ended."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    case,
    func,
    select,
    text,
    true,
    type_coerce,
    update,
)

from adapters.sql.prepared import Prepared
from adapters.sql.tables import Moment, RunRow, moment_of, table
from domain.errors import Conflict, NotAllowed, NotFound
from domain.events import SILENCE, Outcome, Statement
from domain.identifiers import ItemId, RunId
from domain.item import Priority
from domain.slots import Contender
from domain.task import Run
from ports.store import Assigned, RunRecord

_run = table(RunRow)
_r = _run.c

_ADD = Prepared(
    text(
        "INSERT INTO agent_run (run, stage, role, number, attempt, base, item, key,"
        " priority, asked_at, waiting_since, started_at, ended_at, outcome, exit_code, forgotten,"
        " detail, refusals, tools, runtime, model)"
        " VALUES (:run, :stage, :role, :number, :attempt, :base, :item, :key,"
        " :priority, :asked_at, :waiting_since, :started_at, :ended_at, :outcome, :exit_code,"
        " FALSE, :detail, :refusals, :tools, :runtime, :model)"
        " ON CONFLICT DO NOTHING"
    ).bindparams(
        *(
            bindparam(name, type_=Moment())
            for name in ("asked_at", "waiting_since", "started_at", "ended_at")
        )
    )
)
_GET = Prepared(select(_run).where(_r.run == bindparam("of")))
_OF = Prepared(select(_run).where(_r.item == bindparam("of")).order_by(_r.id))
# Unsorted: to have them in order SQLite would go through all runs there ever were.
_LIVE = Prepared(select(_run).where(_r.ended_at.is_(None)))
_REMEMBERED = Prepared(
    select(_run)
    .where(_r.ended_at.is_not(None), text("NOT forgotten"), _r.ended_at < bindparam("moment"))
    .order_by(_r.ended_at, _r.id)
)
_FORGET = Prepared(update(_run).where(_r.run == bindparam("of")).values(forgotten=true()))
_has_slot = _r.started_at.is_not(None) & _r.ended_at.is_(None)
_has_none = _r.waiting_since.is_not(None) & _r.started_at.is_(None) & _r.ended_at.is_(None)
_CONTENDER = (_r.run, _r.item, _r.key, _r.role, _r.priority)
_OCCUPIED = Prepared(select(func.count()).select_from(_run).where(_has_slot))
_AT_WORK = Prepared(select(*_CONTENDER, _r.started_at).where(_has_slot))
# The moment stays the number that it is: a long queue is read at the end of each run.
_WAITING = Prepared(
    select(
        case({each.value: place for place, each in enumerate(Priority)}, value=_r.priority),
        type_coerce(_r.waiting_since, BigInteger).label("since"),
        *_CONTENDER,
    ).where(_has_none)
)
_WAIT = Prepared(
    update(_run)
    .where(_r.run == bindparam("of"), _r.waiting_since.is_(None))
    .values(waiting_since=bindparam("at"))
)
_PRIORITISE = Prepared(
    update(_run).where(_r.run == bindparam("of")).values(priority=bindparam("rank"))
)
_ASSIGN = Prepared(
    update(_run)
    .where(_r.run == bindparam("of"))
    .values(runtime=bindparam("kind"), model=bindparam("given"))
)
_START = Prepared(update(_run).where(_r.run == bindparam("of")).values(started_at=bindparam("at")))
_END = Prepared(
    update(_run)
    .where(_r.run == bindparam("of"), _r.ended_at.is_(None))
    .values(
        ended_at=bindparam("at"),
        outcome=bindparam("how"),
        exit_code=bindparam("code"),
        detail=bindparam("detail"),
        refusals=bindparam("refusals"),
        tools=bindparam("tools"),
    )
)


class SqlRuns:
    """The runs, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on that connection."""
        self._connection = connection

    def add(self, record: RunRecord) -> None:
        """Write a new run down. Conflict: the item has one that has not ended, or this one."""
        run = record.run
        values = {
            "run": run.id,
            "stage": run.stage,
            "role": run.role,
            "number": run.number,
            "attempt": run.attempt,
            "base": run.base,
            "item": record.item,
            "key": record.key,
            "priority": record.priority.value,
            "asked_at": record.asked_at,
            "waiting_since": record.waiting_since,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "outcome": record.outcome and record.outcome.value,
            "exit_code": record.exit_code,
            "runtime": record.agent.runtime,
            "model": record.agent.model,
            **_said(record.statement),
        }
        if not _ADD.change(self._connection, values):
            raise Conflict(f"{run.id} cannot be added: {record.key} has a run that has not ended")

    def get(self, run: RunId) -> RunRecord | None:
        """Return what is known of the run."""
        rows = _GET.read(self._connection, {"of": run})
        return _record(rows[0]) if rows else None

    def prioritise(self, run: RunId, priority: Priority) -> None:
        """Note what the run's item has become in priority."""
        _PRIORITISE.change(self._connection, {"of": run, "rank": priority.value})

    def wait(self, run: RunId, *, at: datetime) -> None:
        """Note that the run waits for a slot; since when it does was noted the first time."""
        _WAIT.change(self._connection, {"of": run, "at": at})

    def occupy(self, run: RunId, *, at: datetime) -> None:
        """Give the run a slot; one that has a slot keeps it, and the time of its start.

        NotFound: no such run. NotAllowed: it has ended.
        """
        record = self._known(run)
        if record.ended_at is not None:
            raise NotAllowed(f"{run} has ended and cannot take a slot")
        if record.started_at is None:
            _START.change(self._connection, {"of": run, "at": at})

    def assign(self, run: RunId, agent: Assigned) -> None:
        """Note which agent does the run's work."""
        values = {"of": run, "kind": agent.runtime, "given": agent.model}
        _ASSIGN.change(self._connection, values)

    def occupied(self) -> int:
        """Return how many slots are taken."""
        return int(_OCCUPIED.value(self._connection))

    def at_work(self) -> Sequence[Contender]:
        """Return the runs that have a slot."""
        return [_contender(row, row.started_at) for row in _AT_WORK.read(self._connection)]

    def waiting(self, *, most: int | None = None) -> Sequence[Contender]:
        """Return the runs that wait for a slot; of a project and role the first ``most``."""
        rows = sorted(_WAITING.read(self._connection))
        if most is not None:
            rows = _first(rows, most)
        return [_contender(row, moment_of(row.since)) for row in rows]

    def end(
        self,
        run: RunId,
        *,
        at: datetime,
        outcome: Outcome,
        exit_code: int | None,
        statement: Statement = SILENCE,
    ) -> None:
        """Write down how it ended, and free its slot; what was written first stays.

        NotFound: no such run.
        """
        self._known(run)
        values = {"of": run, "at": at, "how": outcome.value, "code": exit_code}
        _END.change(self._connection, {**values, **_said(statement)})

    def of(self, item: ItemId) -> Sequence[RunRecord]:
        """Return the item's runs, the first one first."""
        return [_record(row) for row in _OF.read(self._connection, {"of": item})]

    def live(self) -> Sequence[RunRecord]:
        """Return the runs that have not ended."""
        rows = sorted(_LIVE.read(self._connection), key=attrgetter("id"))
        return [_record(row) for row in rows]

    def remembered(self, *, before: datetime) -> Sequence[RunRecord]:
        """Return the runs that ended before then and were not forgotten, the first end first."""
        return [_record(row) for row in _REMEMBERED.read(self._connection, {"moment": before})]

    def forget(self, run: RunId) -> None:
        """Note that the runner has forgotten the run."""
        _FORGET.change(self._connection, {"of": run})

    def _known(self, run: RunId) -> RunRecord:
        record = self.get(run)
        if record is None:
            raise NotFound(f"{run} was never written down")
        return record


def _said(statement: Statement) -> dict[str, object]:
    refusals = "\n".join(" ".join(what.split()) for what in statement.refusals)
    return {"detail": statement.detail, "refusals": refusals, "tools": statement.tools}


def _first(rows: Sequence[Any], most: int) -> list[Any]:
    """Return of each project and role so many of the sorted rows."""
    left: defaultdict[tuple[str, str], int] = defaultdict(lambda: most)
    first = []
    for row in rows:
        kind = (_project(row.key), row.role)
        if left[kind] > 0:
            left[kind] -= 1
            first.append(row)
    return first


def _project(key: str) -> str:
    return key.rpartition("-")[0]


def _contender(row: Any, asked_at: datetime) -> Contender:
    return Contender(
        run=row.run,
        item=row.item,
        project=_project(row.key),
        role=row.role,
        priority=Priority(row.priority),
        asked_at=asked_at,
    )


def _record(row: Any) -> RunRecord:
    return RunRecord(
        run=Run(
            id=row.run,
            stage=row.stage,
            role=row.role,
            number=row.number,
            attempt=row.attempt,
            base=row.base,
        ),
        item=row.item,
        key=row.key,
        priority=Priority(row.priority),
        asked_at=row.asked_at,
        waiting_since=row.waiting_since,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        exit_code=row.exit_code,
        statement=Statement(
            detail=row.detail or "",
            refusals=tuple(row.refusals.split("\n")) if row.refusals else (),
            tools=row.tools,
        ),
        agent=Assigned(runtime=row.runtime, model=row.model),
    )
