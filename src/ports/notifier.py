"""The way to people who are not looking at the tracker."""

from typing import Protocol

from domain.evidence import PullRequest
from domain.identifiers import TaskKey


class Notifier(Protocol):
    """Sends notices. At least once: after a crash or an unclear answer one may come twice."""

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        """Send plain text about the item, with links to it and its pull request where there are.

        RateLimited: nothing was sent, it is not this notice's turn yet.
        """
        ...

    async def ping(self) -> None:
        """Return if notices can be sent."""
        ...

    async def close(self) -> None:
        """Let go of what is held. Safe to call twice."""
        ...
