"""How fast one chat may be written to, so that a burst of notices is not refused."""

from collections import deque
from datetime import UTC, datetime, timedelta

GAP = timedelta(seconds=1)
"""Between two messages to one chat."""
WINDOW = timedelta(minutes=1)
MOST_IN_WINDOW = 20
"""Messages to a group within the window; a person's own chat has no such limit."""
SLACK = timedelta(milliseconds=250)
"""How late one may come to a place without being in the way of the next."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Pace:
    """Gives each notice its place in the queue for the chat.

    Nobody waits here: whoever comes too early is told when to come back, and keeps that place. The
    places live in memory; after a restart, or with several processes, Telegram's own refusals
    remain, and are obeyed.
    """

    def __init__(self, *, group: bool) -> None:
        """Begin with a chat that nobody has written to."""
        self._group = group
        self._planned: deque[datetime] = deque(maxlen=MOST_IN_WINDOW)
        self._sent: deque[datetime] = deque(maxlen=MOST_IN_WINDOW)
        self._places: dict[str, datetime] = {}
        self._held = _LONG_AGO

    def turn(self, effect: str, now: datetime) -> timedelta:
        """Return how long this notice must wait; zero, and it counts as sent, if it may go now."""
        place = self._places.pop(effect, None)
        if place is None:
            place = max(now, self._held, self._after(self._planned, SLACK))
            self._planned.append(place)
        due = max(place, self._held, self._after(self._sent))  # somebody may have been too late
        if due > now:
            self._keep(effect, due, now)
            return due - now
        self._sent.append(now)
        return timedelta()

    def hold(self, until: datetime) -> None:
        """Let nobody through before that, and give out all places anew."""
        self._held = until
        self._places.clear()
        self._planned.clear()

    def _after(self, times: deque[datetime], slack: timedelta = timedelta()) -> datetime:
        if not times:
            return _LONG_AGO
        following = times[-1] + GAP
        full = self._group and len(times) == MOST_IN_WINDOW
        return slack + (max(following, times[0] + WINDOW) if full else following)

    def _keep(self, effect: str, due: datetime, now: datetime) -> None:
        # Another process may have sent what never comes back to us.
        self._places = {name: place for name, place in self._places.items() if place > now - WINDOW}
        self._places[effect] = due
