"""Can we do our work right now?"""

from collections.abc import Mapping
from typing import Protocol

from application.watch_webhooks import WatchWebhooks
from domain.errors import Failure


class Pingable(Protocol):
    """Anything that can say whether it answers."""

    async def ping(self) -> None:
        """Return if it answers, raise a Failure that says why not."""
        ...


class CheckReadiness:
    """Asks the database and each tool whether it answers."""

    def __init__(
        self, tools: Mapping[str, Pingable], webhooks: WatchWebhooks | None = None
    ) -> None:
        """Ask these, by the names people know them by."""
        self._tools = tools
        self._webhooks = webhooks

    async def __call__(self) -> Mapping[str, str]:
        """Return what is out and why; empty when all is well."""
        out: dict[str, str] = {}
        for name, tool in self._tools.items():
            try:
                await tool.ping()
            except Failure as failure:
                out[name] = str(failure)
        return out

    async def warnings(self) -> Mapping[str, str]:
        """Return what makes our work slower, though all is there."""
        try:
            silence = await self._webhooks.silence() if self._webhooks else None
        except Failure:  # the database: it is out, and told so
            silence = None
        return {"webhooks": silence} if silence else {}
