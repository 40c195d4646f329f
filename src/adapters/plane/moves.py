"""Our moves of items, and those of people at the same moment.

Plane has no compare-and-set, and a PATCH writes back all columns as they were when it was read. So

- a move is made over the state that it was decided on; where the item is in another one by now, a
  person's word is the newer fact, and nothing is written;
- between our look and our PATCH a person may move the item all the same. We hear of it and find it
  where we put it: the history tells, and the person's move is made again;
- a person's PATCH of another field may undo our move. That is no move of his: the history tells,
  and ours is made again.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from weakref import WeakValueDictionary

from adapters.plane.client import PlaneClient
from adapters.plane.history import is_last, overwritten
from adapters.plane.item_ids import parts_of
from adapters.plane.people import People
from adapters.plane.sightings import Sighting, Sightings
from adapters.plane.states import States
from adapters.plane.wire import ActivityWire, ItemWire, utc
from domain.errors import Conflict, Failure, Invalid, NotFound, RateLimited
from domain.identifiers import ItemId
from domain.item import TrackerState
from ports.clock import Clock

_AT_ONCE = timedelta(seconds=10)
"""How long after our write an item may have been changed by a PATCH that began before it."""
_LOGGED_WITHIN = timedelta(seconds=3)


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

    async def make(self, item: ItemId, state: TrackerState, over: TrackerState | None) -> None:
        """Put the item in that state. Conflict: somebody has moved it from ``over`` elsewhere."""
        project, _ = parts_of(item)
        async with self.alone(item):
            wanted = await self._states.id_of(project, state)
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

    async def _moves(self, item: ItemId, row: ItemWire, seen: Sighting) -> Sequence[ActivityWire]:
        """Return who has moved the item, once that can be expected to be written down."""
        now = self._clock.now()
        seen.doubted_at = seen.doubted_at or now  # our clock and Plane's may differ by much
        if now - min(seen.doubted_at, utc(row.updated_at)) < _LOGGED_WITHIN:
            raise RateLimited("the item's history may not be written yet", _LOGGED_WITHIN)
        project, own = parts_of(item)
        found = await self._client.newest_activities(project, own)
        seen.doubted_at = None
        return [each for each in found if each.field == "state"]
