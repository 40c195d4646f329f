"""Plane's background worker: it logs a change a moment later, and sends webhooks after that."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.integration.plane_mock import history
from tests.integration.plane_mock.changes import Change
from tests.integration.plane_mock.faults import Trouble
from tests.integration.plane_mock.tables import Plane
from tests.integration.plane_mock.webhooks import Webhooks


class Worker(Protocol):
    """Whoever is told of changes."""

    async def tell(self, change: Change) -> None:
        """Hear of a change."""
        ...


@dataclass(kw_only=True)
class BackgroundWorker:
    """Hears of a change and deals with it by and by; changes overtake each other."""

    plane: Plane
    webhooks: Webhooks
    trouble: Trouble
    group: asyncio.TaskGroup
    random: Random
    lag: float
    waiting: int = 0

    async def tell(self, change: Change) -> None:
        """Deal with the change: later, or at once where there is no lag and nothing is wrong."""
        self.waiting += 1
        if self.lag or self.trouble.faults.worker_down or self.trouble.outage_left:
            self.group.create_task(self._log(change))
        else:
            await self._log(change)

    async def _log(self, change: Change) -> None:
        await self._pause()
        history.log(self.plane, change)
        due = self.webhooks.due(change)
        self.waiting += len(due) - 1
        for about in due:
            if self.lag:
                self.group.create_task(self._send(change, about))
            else:
                await self._send(change, about)

    async def _send(self, change: Change, about: tuple[str | None, object, object]) -> None:
        await self._pause()
        await self.webhooks.send(change, about)
        self.waiting -= 1

    async def _pause(self) -> None:
        await asyncio.sleep(self.lag * self.random.uniform(0.5, 1.5) / 2)
        await self.trouble.worker_up()


class DeafWorker:
    """Stands for a worker that is not reached: what it is told is lost for good."""

    async def tell(self, change: Change) -> None:
        """Do nothing."""
