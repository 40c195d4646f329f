"""What was asked of the mock: every request with its token, so that they can be counted."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that was answered."""

    at: datetime
    token: str
    method: str
    route: str
    path: str
    status: int


@dataclass(kw_only=True)
class Requests:
    """All of them, the first one first."""

    log: list[Asked] = field(default_factory=list)

    def summary(self) -> list[dict[str, object]]:
        """Return how often each token asked what, and what was answered."""
        counted = Counter((a.token, a.method, a.route, a.status) for a in self.log)
        names = ("token", "method", "route", "status")
        return [dict(zip(names, what, strict=True), count=n) for what, n in counted.most_common()]
