"""The way to people who are not looking at the tracker."""

from typing import Protocol

from domain.identifiers import TaskKey


class Notifier(Protocol):
    """Sends notices. At least once: after a crash or an unclear answer one may come twice."""

    async def notify(self, key: TaskKey, text: str, *, url: str | None, effect: str) -> None:
        """Send plain text about the item, with a link to it where there is one."""
        ...

    async def ping(self) -> None:
        """Return if notices can be sent."""
        ...
