"""What the queues say to the database; ``queue`` says why."""

from sqlalchemy import (
    BindParameter,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    text,
    update,
)

from adapters.sql.prepared import Prepared
from adapters.sql.tables import EntryRow, Moment, WorkRow, table

_entry = table(EntryRow)
_work = table(WorkRow)
_e, _w = _entry.c, _work.c
_queue: BindParameter[str] = bindparam("in_queue")
_lane: BindParameter[str] = bindparam("in_lane")
_id: BindParameter[int] = bindparam("entry")

_PUT = text(
    "INSERT INTO queue_entry (queue, key, lane, item, kind, payload, attempts, put_at, error)"
    " VALUES (:in_queue, :key, :in_lane, :item, :kind, :payload, 0, :at, '')"
    " ON CONFLICT (queue, key) DO NOTHING"
).bindparams(bindparam("at", type_=Moment()))
_STIR = text(
    "INSERT INTO work (queue, lane, due, generation, stirred)"
    " VALUES (:in_queue, :in_lane, :due, 0, TRUE)"
    " ON CONFLICT (queue, lane) DO UPDATE SET stirred = TRUE,"
    " due = CASE WHEN work.due <= excluded.due THEN work.due ELSE excluded.due END"
    # A lane that knows already is only taken hold of: not to write is cheaper.
    " WHERE NOT work.stirred OR work.due IS NULL OR work.due > excluded.due"
).bindparams(bindparam("due", type_=Moment()))

_of_lane = (_w.queue == _queue) & (_w.lane == _lane)
_is_open = (_e.queue == _queue) & _e.closed_at.is_(None)

_DUE = (
    select(_w.lane, _w.generation)
    .where(
        _w.queue == _queue,
        _w.due <= bindparam("at"),
        or_(_w.owner.is_(None), _w.lease_until <= bindparam("at")),
    )
    .order_by(_w.due, _w.lane)
    .limit(2)
    .with_for_update(skip_locked=True)
)
_HEAD = (
    select(_e.id, _e.key, _e.kind, _e.payload, _e.attempts, _e.put_at)
    .where(_is_open, _e.lane == _lane)
    .order_by(_e.id)
    .limit(1)
)
_HOLD = (
    select(_w.generation)
    .where(_of_lane, _w.owner == bindparam("holder"), _w.generation == bindparam("seen"))
    .with_for_update()
)
_CLAIM = (
    update(_work)
    .where(_of_lane)
    .values(
        owner=bindparam("holder"),
        generation=bindparam("seen") + 1,
        lease_until=bindparam("until"),
        stirred=false(),
    )
)
_RENEW = (
    update(_work)
    .where(_of_lane, _w.owner == bindparam("holder"), _w.generation == bindparam("seen"))
    .values(lease_until=bindparam("until"))
)
_GIVE_BACK = (
    update(_work)
    .where(_of_lane)
    .values(owner=None, lease_until=None, due=bindparam("until"), idle_since=bindparam("at"))
)
_POSTPONE = (
    update(_work)
    .where(_of_lane)
    .values(
        owner=None,
        lease_until=None,
        due=case((_w.stirred, _w.due), else_=bindparam("until", type_=Moment())),
    )
)
_HASTEN = (
    update(_work)
    .where(_of_lane, _w.owner.is_(None), _w.due > bindparam("at"))
    .values(due=bindparam("at"))
)
_FORGET_CLAIMS = (
    update(_work).where(_w.owner.is_not(None)).values(owner=None, lease_until=None)
)  # fmt: skip

_open_entry = _is_open & (_e.id == _id)
_TRY = update(_entry).where(_open_entry).values(attempts=_e.attempts + 1)
_DONE = update(_entry).where(_open_entry).values(closed_at=bindparam("at"), error="")
_BURY = (
    update(_entry)
    .where(_open_entry)
    .values(closed_at=bindparam("at"), dead_since=bindparam("at"), error=bindparam("why"))
)
_FAILED = (
    update(_entry)
    .where(_open_entry)
    .values(attempts=_e.attempts - bindparam("forgiven"), error=bindparam("why"))
)
_REPLAY = (
    update(_entry)
    .where(_e.queue == _queue, _e.id == _id, _e.dead_since.is_not(None))
    .values(closed_at=None, dead_since=None, error="", attempts=0)
    .returning(_e.lane)
)

_WAITING = (
    select(func.count())
    .select_from(_entry)
    .where(_is_open, _e.item == bindparam("item"), _e.kind == bindparam("kind"))
)
_PUT_AT = select(_e.put_at).where(_e.queue == _queue, _e.key == bindparam("key"))
_OLDEST = select(func.min(_e.put_at)).where(
    _e.queue == _queue, or_(_e.closed_at.is_(None), _e.dead_since.is_not(None))
)
_DEPTH = select(func.count()).select_from(_entry).where(_is_open)
_NEXT_DUE = select(func.min(_w.due)).where(
    _w.queue == _queue, _w.owner.is_(None), _w.due.is_not(None)
)
_DEAD = (
    select(_e.id, _e.lane, _e.kind, _e.item, _e.error, _e.attempts, _e.put_at)
    .where(_e.queue == _queue, _e.dead_since.is_not(None))
    .order_by(_e.id)
)

PUT = Prepared(_PUT)
STIR = Prepared(_STIR)
DUE = Prepared(_DUE)
HEAD = Prepared(_HEAD)
HOLD = Prepared(_HOLD)
CLAIM = Prepared(_CLAIM)
RENEW = Prepared(_RENEW)
GIVE_BACK = Prepared(_GIVE_BACK)
POSTPONE = Prepared(_POSTPONE)
FORGET_CLAIMS = Prepared(_FORGET_CLAIMS)
TRY = Prepared(_TRY)
DONE = Prepared(_DONE)
BURY = Prepared(_BURY)
FAILED = Prepared(_FAILED)
REPLAY = Prepared(_REPLAY)
HASTEN = Prepared(_HASTEN)
WAITING = Prepared(_WAITING)
PUT_AT = Prepared(_PUT_AT)
OLDEST = Prepared(_OLDEST)
DEPTH = Prepared(_DEPTH)
NEXT_DUE = Prepared(_NEXT_DUE)
DEAD = Prepared(_DEAD)
