"""What can be wrong with the server, on a test's command."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer in place of the right one; ``late`` when what was asked for happened all the same.

    ``status`` None: the connection is cut without an answer.
    """

    status: int | None
    body: bytes = b"<html><body><h1>Bad Gateway</h1></body></html>"
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    late: bool = False


@dataclass(slots=True)
class Trouble:
    """Plain attributes; all that comes in later is treated accordingly."""

    outage: Failure | None = None
    """What everything is answered with, git included, until it is None again."""
    latency: float = 0.0
    """Seconds that pass before anything is looked at."""
    conflict_check_takes: int = 1
    """How often a pull request is seen, or tried to be merged, before its check has ended."""
    refused: int = 0
    """How many requests have met with trouble."""
    _next: list[tuple[str, Failure]] = field(default_factory=list)

    def fail_next(self, failure: Failure | None = None, *, where: str = "", count: int = 1) -> None:
        """Answer the next requests with that; only those with ``where`` in "METHOD /path"."""
        failure = failure or Failure(status=502)
        self._next += [(where, failure)] * count

    def slow_down(self, seconds: int, *, where: str = "", count: int = 1) -> None:
        """Have a proxy in front say that it is too much."""
        answer = Failure(
            status=429, body=b"slow down", content_type="text/plain",
            headers={"Retry-After": str(seconds)},
        )  # fmt: skip
        self.fail_next(answer, where=where, count=count)

    def lose_next_answer(self, *, where: str = "", count: int = 1) -> None:
        """Do what the next requests ask for, and cut the connection instead of saying so."""
        self.fail_next(Failure(status=None, late=True), where=where, count=count)

    def of(self, request: str) -> Failure | None:
        """What is wrong for this request, used up by asking."""
        if self.outage is not None:
            self.refused += 1
            return self.outage
        for number, (where, failure) in enumerate(self._next):
            if where in request:
                del self._next[number]
                self.refused += 1
                return failure
        return None
