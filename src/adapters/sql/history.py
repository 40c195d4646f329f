"""The record of each task: only ever added to."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select

from adapters.sql.prepared import Prepared
from adapters.sql.tables import HistoryRow, table
from domain.identifiers import ItemId
from ports.store import HistoryEntry

_history = table(HistoryRow)
_h = _history.c

_ADD = Prepared(
    insert(_history).values(
        {name: bindparam(name) for name in ("item", "at", "who", "what", "why", "event")}
    )
)
_OF = Prepared(
    select(_h.at, _h.who, _h.what, _h.why, _h.event)
    .where(_h.item == bindparam("item"))
    .order_by(_h.id)
)


class SqlHistory:
    """The history, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on that connection."""
        self._connection = connection

    def add(self, item: ItemId, entries: Sequence[HistoryEntry]) -> None:
        """Append."""
        if entries:
            _ADD.change_each(self._connection, [_values(item, entry) for entry in entries])

    def of(self, item: ItemId) -> Sequence[HistoryEntry]:
        """Return all of it, the first entry first."""
        return [
            HistoryEntry(at=row.at, who=row.who, what=row.what, why=row.why, event=row.event)
            for row in _OF.read(self._connection, {"item": item})
        ]


def _values(item: ItemId, entry: HistoryEntry) -> dict[str, object]:
    return {
        "item": item,
        "at": entry.at,
        "who": entry.who,
        "what": entry.what,
        "why": entry.why,
        "event": entry.event,
    }
