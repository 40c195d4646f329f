"""Can we do our work right now?"""

from collections.abc import Mapping
from typing import Protocol

from domain.errors import Failure


class Pingable(Protocol):
    """Anything that can say whether it answers."""

    async def ping(self) -> None:
        """Return if it answers, raise a Failure that says why not."""
        ...


class CheckReadiness:
    """Asks the database and each tool whether it answers."""

    def __init__(self, tools: Mapping[str, Pingable]) -> None:
        """Ask these, by the names people know them by."""
        self._tools = tools

    async def __call__(self) -> Mapping[str, str]:
        """Return what is out and why; empty when all is well."""
        out: dict[str, str] = {}
        for name, tool in self._tools.items():
            try:
                await tool.ping()
            except Failure as failure:
                out[name] = str(failure)
        return out
