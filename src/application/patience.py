"""How long we go on with what does not work."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Backoff with jitter, and the point of giving up."""

    first: timedelta = timedelta(milliseconds=500)
    longest: timedelta = timedelta(minutes=5)
    give_up_after: timedelta = timedelta(days=3)
    """A tool that is down for a weekend changes only the delay."""
    bug_attempts: int = 4
    """How often something is tried that fails by a fault of ours: it will hardly mend itself."""

    def pause(self, attempts: int, random: Random) -> timedelta:
        """Return how long to wait after that many attempts: twice as long each, less up to half."""
        doubled: timedelta = self.first * (1 << min(attempts - 1, 20))
        return min(doubled, self.longest) * random.uniform(0.5, 1.0)
