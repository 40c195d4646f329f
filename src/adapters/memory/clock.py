"""A clock that stands still until it is told to go on."""

from datetime import datetime, timedelta


class SteppedClock:
    """Tells the time it was set to."""

    def __init__(self, now: datetime) -> None:
        """Start at that time, which must be aware."""
        if now.tzinfo is None:
            raise ValueError("a clock tells aware times")
        self._now = now

    def now(self) -> datetime:
        """Return the time."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Go on by that much and return the time."""
        self._now += by
        return self._now
