"""What we know of items without asking Plane: shared by who reads, writes and hears of them.

A state that we know may be out of date the next moment, because people move items as well. It is
taken for the present one only while webhooks are known to come for the item: Plane has told us of
what we last wrote, or will any moment, and of nobody else's change since we last read it.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.identifiers import ItemId
from ports.clock import Clock

_JUST_NOW = timedelta(seconds=5)
_ON_ITS_WAY = timedelta(seconds=5)
"""How long a delivery may take before webhooks count as silent: Plane's take 2 s in a burst."""
LOGGED_WITHIN = timedelta(seconds=3)
"""How long Plane may take to write a change down in the item's history."""
NEVER_LOGGED = timedelta(minutes=10)
"""What is not written down by then may never be: Plane's queue was away as it happened."""
_REMEMBERED = 5_000


@dataclass(slots=True)
class Sighting:
    """What we know of one item."""

    was_there: bool = False
    """Whether Plane has shown it to us, or taken what we wrote to it."""
    state: str | None = None
    """The id of the state it was in, None where that may have changed since."""
    listed_at: datetime | None = None
    """When a list last showed the item, by our clock."""
    written_at: datetime | None = None
    """When we last wrote to it, by Plane's clock."""
    told: bool = False
    """Whether a webhook has told us of the item."""
    untold_since: datetime | None = None
    """When we wrote the first of that of which none has told us yet, by our clock."""
    put_in: str | None = None
    """The id of the state that we last put it in, None where others may have moved it knowingly."""
    put_over: str | None = None
    """The id of the state that we took it to be in before."""
    put_at: datetime | None = None
    """When that was, by Plane's clock."""
    contested: bool = False
    """Somebody else seems to have moved it, maybe at the same moment as we did."""
    unproven_since: datetime | None = None
    """When we last moved it, by our clock, where nothing tells yet that this undid nobody's."""
    doubted_at: datetime | None = None
    """When it was first seen elsewhere than where we had put it, by our clock."""


class Sightings:
    """Knows the items that were last in use."""

    def __init__(self, clock: Clock) -> None:
        """Know none yet."""
        self._clock = clock
        self._known: OrderedDict[ItemId, Sighting] = OrderedDict()

    def of(self, item: ItemId) -> Sighting | None:
        """Return what is known of the item."""
        return self._known.get(item)

    def state_now(self, item: ItemId) -> str | None:
        """Return the id of the state that the item is in; None: Plane must be asked."""
        seen = self._known.get(item)
        if seen is None or not seen.told:
            return None
        now = self._clock.now()
        silent = seen.untold_since is not None and now - seen.untold_since > _ON_ITS_WAY
        return None if silent else seen.state

    def read(self, item: ItemId, state: str | None) -> None:
        """Take note of the state that the item was read in."""
        seen = self._of(item)
        seen.was_there, seen.state = True, state

    def listed(self, item: ItemId, state: str | None) -> None:
        """Take note that a list shows the item; nobody knows how old it is by now."""
        seen = self._of(item)
        seen.was_there, seen.listed_at = True, self._clock.now()
        if state != seen.state:
            seen.state = None

    def wrote(self, item: ItemId, at: datetime) -> None:
        """Take note that we have written to the item, at that moment of Plane's."""
        seen = self._of(item)
        seen.was_there, seen.written_at = True, at
        seen.untold_since = seen.untold_since or self._clock.now()

    def put(
        self, item: ItemId, state: str, *, over: str | None, found: str | None, at: datetime
    ) -> None:
        """Take note that we put the item in that state; Plane answered with the one it is in."""
        self.wrote(item, at)
        self.read(item, found)
        seen = self._of(item)
        seen.put_in, seen.put_over, seen.put_at = state, over, at
        seen.doubted_at = seen.unproven_since = None

    def suspect(self, item: ItemId) -> None:
        """Take note that our last move was meant to undo nobody's, and may have."""
        self._of(item).unproven_since = self._clock.now()

    def proven(self, item: ItemId) -> None:
        """Take note that our last move has undone nobody's, or does no longer."""
        self._of(item).unproven_since = None

    def is_unproven(self, item: ItemId) -> bool:
        """Tell whether the item's history can say by now whether our last move undid another."""
        seen = self._known.get(item)
        if seen is None or seen.unproven_since is None:
            return False
        return LOGGED_WITHIN <= self._clock.now() - seen.unproven_since <= NEVER_LOGGED

    def unproven(self) -> Sequence[ItemId]:
        """Return the items of which that is so."""
        return [item for item in self._known if self.is_unproven(item)]

    def doubt(self, item: ItemId) -> None:
        """Take note that the state we know need not be the present one."""
        if item in self._known:
            self._known[item].state = None

    def is_contested(self, item: ItemId) -> bool:
        """Tell whether somebody else seems to have moved the item when we did."""
        seen = self._known.get(item)
        return seen is not None and seen.contested

    def told_of_ours(self, item: ItemId, moved: tuple[str, str] | None) -> None:
        """Take note that a webhook has told of our own writing, perhaps a move from, to."""
        seen = self._of(item)
        seen.told, seen.untold_since = True, None
        if moved and moved[1] == seen.put_in:
            if moved[0] != seen.put_over:
                seen.contested = True
            seen.unproven_since = None

    def told_of_others(self, item: ItemId, *, moved: bool) -> None:
        """Take note that a webhook has told of somebody else's change, perhaps a move."""
        seen = self._of(item)
        seen.told, seen.untold_since, seen.state = True, None, None
        seen.contested = seen.contested or moved

    def gone(self, item: ItemId) -> None:
        """Forget the item."""
        self._known.pop(item, None)

    def just_listed(self, item: ItemId) -> bool:
        """Tell whether a list has shown the item a moment ago."""
        seen = self._known.get(item)
        listed_at = seen.listed_at if seen else None
        return listed_at is not None and self._clock.now() - listed_at < _JUST_NOW

    def _of(self, item: ItemId) -> Sighting:
        seen = self._known.setdefault(item, Sighting())
        self._known.move_to_end(item)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return seen
