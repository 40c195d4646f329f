"""The machine's time."""

import threading
from datetime import UTC, datetime


class SystemClock:
    """Tells the time in UTC; never an earlier one than it told before."""

    def __init__(self) -> None:
        """Start from now."""
        self._lock = threading.Lock()
        self._told = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time in UTC; where the machine's clock is set back, it stands still."""
        with self._lock:
            self._told = max(self._told, datetime.now(UTC))
            return self._told
