"""A notifier that keeps its notices.

Features: ``notices`` in order of sending; ``fail_next(error)`` makes the next call fail, and the
one after it when called twice; a failed ``notify`` sends nothing.
"""

from collections import deque
from dataclasses import dataclass

from domain.errors import Failure
from domain.evidence import PullRequest
from domain.identifiers import TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it was sent."""

    key: TaskKey
    text: str
    url: str | None
    pull_request: PullRequest | None
    effect: str


class MemoryNotifier:
    """Keeps what it is given to send."""

    def __init__(self) -> None:
        """Start with nothing sent."""
        self.notices: list[Notice] = []
        self._failures: deque[Failure] = deque()

    def fail_next(self, error: Failure) -> None:
        """Make the next call that has no failure yet raise this."""
        self._failures.append(error)

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        """Keep the notice."""
        self._fail_if_told()
        self.notices.append(
            Notice(key=key, text=text, url=url, pull_request=pull_request, effect=effect)
        )

    async def ping(self) -> None:
        """Return unless told to fail."""
        self._fail_if_told()

    async def close(self) -> None:
        """Return: nothing is held."""

    def _fail_if_told(self) -> None:
        if self._failures:
            raise self._failures.popleft()
