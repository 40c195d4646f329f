"""What keeps the output of programs that have ended."""

from datetime import datetime
from typing import Protocol


class LogKeeper(Protocol):
    """Keeps logs until it is told that nobody needs them any more."""

    async def drop_logs(self, *, before: datetime) -> None:
        """Drop the logs that nothing was added to since then, and nothing that may still be added.

        Twice is as good as once; after a kill some are gone, and the next call goes on.
        Unavailable: some could not be dropped, all others were.
        """
        ...
