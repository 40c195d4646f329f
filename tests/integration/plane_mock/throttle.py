"""A token's budget: so many requests in a window that slides."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil

from tests.integration.plane_mock.people import SERVICE_LIMIT, Token


@dataclass(kw_only=True)
class Throttle:
    """Counts what is let through; what is turned away does not count."""

    limit: int
    window: float
    _passed: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admit(self, token: Token, at: float) -> int | None:
        """Return how many more requests the token has now, None for one too many."""
        limit = SERVICE_LIMIT if token.service else self.limit
        passed = self._since(token, at)
        if len(passed) >= limit:
            return None
        passed.append(at)
        return limit - len(passed)

    def retry_after(self, token: Token, at: float) -> int:
        """Return in how many seconds the token has a request again."""
        passed = self._since(token, at)
        return max(1, ceil(passed[0] + self.window - at)) if passed else 1

    def forget(self) -> None:
        """Let everybody have the whole budget again, as if a window had passed."""
        self._passed.clear()

    def _since(self, token: Token, at: float) -> deque[float]:
        passed = self._passed[token.key]
        while passed and passed[0] <= at - self.window:
            passed.popleft()
        return passed
