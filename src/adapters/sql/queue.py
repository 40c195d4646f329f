"""Inbox and outbox: entries in lanes, and the right to work on a lane.

The hardest idea of this adapter: **no wake-up is lost and nobody acts on a lost lease.**

1. A lane's ``work`` row is made by its first ``put`` and then stays, idle without ``due``. Whoever
   changes a lane takes hold of that row before he looks at its entries; so a put is either seen
   by the one who is about to give the lane back, or it comes after him and finds a lane given back.
2. A put makes its lane due at once, even where the first entry was postponed: order holds, so a
   later entry can only be reached by trying the first one again. What is put while somebody is at
   work is remembered (``stirred``), and his ``postpone`` then leaves the lane due.
3. A claim is known by owner and ``generation``, which grows with every claim of the lane; each
   word about the claimed entry also asks that the entry is still open. A lease that has run out
   is lost when somebody else claims the lane, not before.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic

from sqlalchemy import Connection

from adapters.sql import queue_sql as sql
from adapters.sql.codec import Codec, Unreadable
from adapters.sql.prepared import Prepared
from domain.errors import NotFound
from domain.identifiers import ItemId
from ports.store import Claim, DeadLetter, Entry, LeaseLost, Payload, QueueName

_log = logging.getLogger(__name__)


def forget_claims(connection: Connection) -> None:
    """Give all lanes back. For whoever knows that nobody else is at work."""
    sql.FORGET_CLAIMS.change(connection, {})


class SqlQueue(Generic[Payload]):
    """One of the two queues, within a transaction."""

    def __init__(
        self,
        connection: Connection,
        name: QueueName,
        codec: Codec[Payload],
        wake: Callable[[], None],
    ) -> None:
        """Work on that connection; ``wake`` is called whenever a waiting worker should look."""
        self._connection = connection
        self._name = name
        self._key = name.value
        self._codec = codec
        self._wake = wake

    def put(
        self, payload: Payload, *, lane: str, key: str, at: datetime, item: ItemId | None
    ) -> bool:
        """Add to the end of the lane; False, and nothing else, if the key was ever put before."""
        kind, data = self._codec.encode(payload)
        if not self._change(
            sql.PUT, key=key, in_lane=lane, item=item, kind=kind, payload=data, at=at
        ):  # fmt: skip
            return False
        self._change(sql.STIR, in_lane=lane, due=at)
        self._wake()
        return True

    def put_at(self, key: str) -> datetime | None:
        """Return when that key was put, None if it never was."""
        found = self._read(sql.PUT_AT, key=key)
        return found[0][0] if found else None

    def claim(self, *, owner: str, at: datetime, lease: timedelta) -> Claim[Payload] | None:
        """Take the lane that has been due longest, and its first entry; None if none is due."""
        while lanes := self._read(sql.DUE, at=at):
            lane, generation = lanes[0]
            entry = self._head(lane, at)
            if entry is None:
                self._change(sql.GIVE_BACK, in_lane=lane, until=None, at=at)
                continue
            self._change(sql.CLAIM, in_lane=lane, holder=owner, seen=generation, until=at + lease)
            if len(lanes) > 1:
                self._wake()  # of several waiting workers one was first to hear of all that is due
            return self._take(lane, owner, generation + 1, entry)
        return None

    def renew(self, claim: Claim[Payload], *, at: datetime, lease: timedelta) -> None:
        """Keep the lane for another lease. LeaseLost: too late."""
        if not self._change(
            sql.RENEW,
            in_lane=claim.lane,
            holder=claim.owner,
            seen=claim.generation,
            until=at + lease,
        ):
            raise _lost(claim)

    def settle(
        self, claim: Claim[Payload], *, at: datetime, more: bool = True
    ) -> Claim[Payload] | None:
        """Mark the entry done and go on with the lane's next, or give the lane back.

        The lease runs on as it was. LeaseLost: nothing is changed.
        """
        self._hold(claim)
        if not self._change(sql.DONE, entry=claim.entry.id, at=at):
            raise _lost(claim)
        return self._go_on(claim, at, more=more)

    def postpone(
        self, claim: Claim[Payload], *, until: datetime, error: str, attempt: bool = True
    ) -> None:
        """Give the lane back until then, or at once if something was put into it meanwhile."""
        self._hold(claim)
        forgiven = 0 if attempt else 1
        if not self._change(sql.FAILED, entry=claim.entry.id, why=error, forgiven=forgiven):
            raise _lost(claim)
        self._change(sql.POSTPONE, in_lane=claim.lane, until=until)
        self._wake()

    def bury(self, claim: Claim[Payload], *, at: datetime, error: str) -> Claim[Payload] | None:
        """Make the entry a dead letter and go on with the lane's next. LeaseLost as above."""
        self._hold(claim)
        if not self._change(sql.BURY, entry=claim.entry.id, at=at, why=error):
            raise _lost(claim)
        return self._go_on(claim, at, more=True)

    def hasten(self, lane: str, *, at: datetime) -> None:
        """Make the lane due now if it was postponed; one that somebody works on is left alone."""
        if self._change(sql.HASTEN, in_lane=lane, at=at):
            self._wake()

    def waiting(self, item: ItemId, kind: str) -> int:
        """Return how many entries of that kind the item has that are not done, dead ones apart."""
        return int(self._read(sql.WAITING, item=item, kind=kind)[0][0])

    def dead(self) -> Sequence[DeadLetter]:
        """Return all dead letters, oldest first."""
        return [
            DeadLetter(
                id=row.id,
                queue=self._name,
                lane=row.lane,
                kind=row.kind,
                item=row.item,
                error=row.error,
                attempts=row.attempts,
                put_at=row.put_at,
            )
            for row in self._read(sql.DEAD)
        ]

    def replay(self, entry: int, *, at: datetime) -> None:
        """Make a dead letter due again, its attempts forgotten. NotFound: no such dead letter."""
        known = 0 < entry < 1 << 63  # others are no ids, and the driver cannot even ask for them
        rows = self._read(sql.REPLAY, entry=entry) if known else ()
        if not rows:
            raise NotFound(f"there is no dead letter {entry}")
        self._change(sql.STIR, in_lane=rows[0].lane, due=at)
        self._wake()

    def oldest(self) -> datetime | None:
        """Return when the oldest entry that is not done was put, dead ones too; None: all are."""
        oldest: datetime | None = self._read(sql.OLDEST)[0][0]
        return oldest

    def depth(self) -> int:
        """Return how many entries are not done, dead ones apart."""
        return int(self._read(sql.DEPTH)[0][0])

    def next_due(self) -> datetime | None:
        """Return when the next lane not claimed is due, None if none is waiting."""
        due: datetime | None = self._read(sql.NEXT_DUE)[0][0]
        return due

    def _hold(self, claim: Claim[Payload]) -> None:
        if not self._read(
            sql.HOLD, in_lane=claim.lane, holder=claim.owner, seen=claim.generation
        ):  # fmt: skip
            raise _lost(claim)

    def _go_on(self, claim: Claim[Payload], at: datetime, *, more: bool) -> Claim[Payload] | None:
        entry = self._head(claim.lane, at)
        if entry is not None and more:
            return self._take(claim.lane, claim.owner, claim.generation, entry)
        due = None if entry is None else at
        self._change(sql.GIVE_BACK, in_lane=claim.lane, until=due, at=at)
        if due is not None:
            self._wake()
        return None

    def _head(self, lane: str, at: datetime) -> Entry[Payload] | None:
        """Return the lane's first entry that can be read; those before it become dead letters."""
        while rows := self._read(sql.HEAD, in_lane=lane):
            row = rows[0]
            try:
                payload = self._codec.decode(row.kind, row.payload)
            except Unreadable as error:
                _log.error("entry %d of the %s is a dead letter: %s", row.id, self._name, error)
                self._change(sql.BURY, entry=row.id, at=at, why=str(error))
                continue
            return Entry(
                id=row.id,
                key=row.key,
                payload=payload,
                attempts=row.attempts + 1,
                put_at=row.put_at,
            )
        return None

    def _take(
        self, lane: str, owner: str, generation: int, entry: Entry[Payload]
    ) -> Claim[Payload]:
        self._change(sql.TRY, entry=entry.id)
        return Claim(lane=lane, owner=owner, generation=generation, entry=entry)

    def _read(self, statement: Prepared, **values: object) -> Sequence[Any]:
        return statement.read(self._connection, {"in_queue": self._key, **values})

    def _change(self, statement: Prepared, **values: object) -> int:
        return statement.change(self._connection, {"in_queue": self._key, **values})


def _lost(claim: Claim[Any]) -> LeaseLost:
    return LeaseLost(f"{claim.owner} no longer has lane {claim.lane}")
