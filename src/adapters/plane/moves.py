"""Our moves of items, and those of people at the same moment.

Plane has no compare-and-set, and a PATCH writes back all columns as they were when it was read. So

- a move is made over the state that it was decided on; where the item is in another one by now, a
  person's word is the newer fact, and nothing is written;
- between our look and our PATCH a person may move the item all the same. We hear of it and find it
  where we put it: the history tells, and the person's move is made again. Where no webhook tells
  what ours was made over, the history is asked once;
- a person's PATCH of another field may undo our move. That is no move of his: the history tells,
  and ours is made again.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from weakref import WeakValueDictionary

from adapters.plane.budget import Urgency
from adapters.plane.client import PlaneClient
from adapters.plane.history import is_last, is_written, overwritten
from adapters.plane.item_ids import parts_of
from adapters.plane.people import People
from adapters.plane.sightings import LOGGED_WITHIN, NEVER_LOGGED, Sighting, Sightings
from adapters.plane.states import States
from adapters.plane.wire import ActivityWire, ItemWire, utc
from domain.errors import Conflict, Failure, Invalid, NotFound, RateLimited
from domain.identifiers import ItemId
from domain.item import TrackerState
from ports.clock import Clock

_log = logging.getLogger(__name__)
_AT_ONCE = timedelta(seconds=10)
"""How long after our write an item may have been changed by a PATCH that began before it."""
_PROVEN_AT_ONCE = 10
"""Of how many moves in one look: what people have said and done waits for budget, too."""


class Moves:
    """Reads items and moves them."""

    def __init__(
        self,
        client: PlaneClient,
        states: States,
        people: People,
        sightings: Sightings,
        clock: Clock,
    ) -> None:
        """Write down in ``sightings`` what is seen and done."""
        self._client = client
        self._states = states
        self._people = people
        self._sightings = sightings
        self._clock = clock
        self._writing: WeakValueDictionary[ItemId, asyncio.Lock] = WeakValueDictionary()

    def alone(self, item: ItemId) -> asyncio.Lock:
        """Return the lock under which we write to the item."""
        return self._writing.setdefault(item, asyncio.Lock())

    async def read(self, item: ItemId) -> ItemWire:
        """Return the item as Plane shows it."""
        project, own = parts_of(item)
        try:
            row = await self._client.item(project, own)
        except NotFound:
            self._sightings.gone(item)
            raise NotFound(f"{item} is not in Plane, or no longer") from None
        self._sightings.read(item, row.state)
        return row

    async def settled(self, item: ItemId) -> ItemWire:
        """Return the item as whoever moved it last meant it, which Plane shows from now on.

        RateLimited: it changed just now, and its history may not say yet by whose hand.
        """
        async with self.alone(item):
            row = await self.read(item)
            seen = self._sightings.of(item)
            if seen is None or seen.put_in is None:
                return row
            if await self._is_undone(item, row):
                return await self._put(item, seen.put_in, over=row.state)
            theirs = await self._overwritten(item, row, seen)
            if theirs is not None:
                row = await self._put(item, theirs, over=row.state)
            if row.state != seen.put_in or theirs is not None:
                seen.put_in = None  # it is where somebody else has put it
            seen.contested, seen.doubted_at = False, None
            return row

    async def undone_by_ours(self, project: str) -> Sequence[ItemWire]:
        """Make those moves of people in the project again that ours have undone; return the items.

        Only of our moves that no webhook has told of. What cannot be asked now is asked next time.
        """
        found: list[ItemWire] = []
        of_project = [item for item in self._sightings.unproven() if parts_of(item)[0] == project]
        for item in of_project[:_PROVEN_AT_ONCE]:
            async with self.alone(item):
                try:
                    row = await self._undone_by_ours(item, Urgency.BACKGROUND)
                except NotFound:
                    self._sightings.gone(item)
                    continue
                except RateLimited:
                    return found
                except Failure as failure:
                    _log.warning("whether our move of %s undid somebody's: %s", item, failure)
                    continue
            if row is not None:
                found.append(row)
        return found

    async def make(self, item: ItemId, state: TrackerState, over: TrackerState | None) -> None:
        """Put the item in that state. Conflict: somebody has moved it from ``over`` elsewhere."""
        project, _ = parts_of(item)
        async with self.alone(item):
            wanted = await self._states.id_of(project, state)
            if over is not None and await self._undone_by_ours(item, Urgency.PEOPLE):
                raise Conflict(f"somebody has moved {item} meanwhile")
            known = self._known(item, over)
            if known in {None, wanted} or not await self._is_over(project, known, over):
                row = await self.read(item)
                known = row.state
                if known == wanted:
                    return
                if not (
                    await self._is_over(project, known, over) or await self._is_undone(item, row)
                ):
                    raise Conflict(f"somebody has moved {item} meanwhile")
            try:
                await self._set(item, state, wanted, known)
            except Failure:
                self._sightings.doubt(item)
                raise
            if over is not None:
                self._sightings.suspect(item)

    def _known(self, item: ItemId, over: TrackerState | None) -> str | None:
        """Return the state that we need not look at; wherever it is, the last one known will do."""
        if over is not None:
            return self._sightings.state_now(item)
        seen = self._sightings.of(item)
        return seen.state if seen else None

    async def _is_over(self, project: str, known: str | None, over: TrackerState | None) -> bool:
        return over is None or await self._states.state_of(project, known) is over

    async def _set(self, item: ItemId, state: TrackerState, wanted: str, known: str | None) -> None:
        try:
            await self._put(item, wanted, over=known)
        except Invalid as refusal:
            if refusal.field != "state":
                raise
            project, _ = parts_of(item)
            self._states.forget(project)  # somebody removed it and made another one, perhaps
            await self._put(item, await self._states.id_of(project, state), over=known)

    async def _put(self, item: ItemId, state: str, *, over: str | None) -> ItemWire:
        project, own = parts_of(item)
        row = await self._client.set_state(project, own, state)
        self._sightings.put(item, state, over=over, found=row.state, at=utc(row.updated_at))
        return row

    async def _is_undone(self, item: ItemId, row: ItemWire) -> bool:
        """Tell whether a PATCH of another field, made as we moved the item, has undone that."""
        seen = self._sightings.of(item)
        if seen is None or seen.put_in in {None, row.state} or row.state != seen.put_over:
            return False
        if seen.written_at is None or utc(row.updated_at) - seen.written_at > _AT_ONCE:
            return False
        moves = await self._moves(item, row, seen)
        return is_last(moves, seen.put_in, bot=await self._people.bot())

    async def _overwritten(self, item: ItemId, row: ItemWire, seen: Sighting) -> str | None:
        """Return the state in which somebody has put the item when we moved it."""
        if not seen.contested or seen.put_in is None or row.state != seen.put_in:
            return None
        moves = await self._moves(item, row, seen)
        bot = await self._people.bot()
        return overwritten(moves, seen.put_in, seen.put_over, bot=bot)

    async def _undone_by_ours(self, item: ItemId, urgency: Urgency) -> ItemWire | None:
        """Make a person's move again that our last one has undone; None where it undid none."""
        seen = self._sightings.of(item)
        if seen is None or seen.put_in is None or not self._sightings.is_unproven(item):
            return None
        moves, bot = await self._history(item, urgency), await self._people.bot()
        if not _knows_ours(moves, seen, bot):
            return None
        theirs = overwritten(moves, seen.put_in, seen.put_over, bot=bot)
        row = None if theirs is None else await self.read(item)
        self._sightings.proven(item)
        if theirs is None or row is None or row.state != seen.put_in:
            return None
        row = await self._put(item, theirs, over=row.state)
        seen.put_in = None  # it is where somebody else has put it
        return row

    async def _moves(self, item: ItemId, row: ItemWire, seen: Sighting) -> Sequence[ActivityWire]:
        """Return who has moved the item, once that can be expected to be written down."""
        now = self._clock.now()
        seen.doubted_at = seen.doubted_at or now  # our clock and Plane's may differ by much
        if now - min(seen.doubted_at, utc(row.updated_at)) < LOGGED_WITHIN:
            raise RateLimited("the item's history may not be written yet", LOGGED_WITHIN)
        found = await self._history(item, Urgency.PEOPLE)
        late = now - seen.doubted_at < NEVER_LOGGED
        if late and not _knows_ours(found, seen, await self._people.bot()):
            raise RateLimited("the item's history is not written yet", LOGGED_WITHIN)
        seen.doubted_at = None
        return found

    async def _history(self, item: ItemId, urgency: Urgency) -> Sequence[ActivityWire]:
        """Return who has moved the item, the last move first."""
        project, own = parts_of(item)
        found = await self._client.newest_activities(project, own, urgency)
        return [each for each in found if each.field == "state"]


def _knows_ours(moves: Sequence[ActivityWire], seen: Sighting, bot: str) -> bool:
    """Tell whether our last move is written down by now."""
    if seen.put_in is None or seen.put_at is None:
        return False
    return is_written(moves, seen.put_in, seen.put_at, bot=bot)
