"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the only source of it below the entry points."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...
