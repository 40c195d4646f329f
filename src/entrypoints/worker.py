"""The loops that make the service go: queues, timers, runs that end, and the reconciler.

Nothing here needs an orderly end. A loop that is cancelled or killed in the middle leaves rows that
the next start goes on from; so stopping is cancelling.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from application.fire_timers import FireTimers
from application.queue_worker import QueueWorker
from application.reconcile import Reconcile
from application.watch_runs import WatchRuns
from ports.clock import Clock
from ports.store import Claim, QueueName, Store

log = logging.getLogger(__name__)

POLL = timedelta(milliseconds=500)
"""How long another process's writes may go unnoticed: the command line tool puts signals too."""
_AFTER_FAILURE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """What is to be kept going."""

    store: Store
    clock: Clock
    read_inbox: QueueWorker[Any]
    carry_out: QueueWorker[Any]
    fire_timers: FireTimers
    watch_runs: WatchRuns
    reconcile: Reconcile
    reconcile_every: timedelta
    inbox_hands: int = 8
    outbox_hands: int = 16
    services: Sequence[Callable[[asyncio.Event], Awaitable[None]]] = ()
    """Loops that adapters bring along; they would stop at an event that we never set."""

    async def run(self) -> None:
        """Keep all of it going until cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue, worker, hands in (
                (QueueName.INBOX, self.read_inbox, self.inbox_hands),
                (QueueName.OUTBOX, self.carry_out, self.outbox_hands),
            ):
                lead = asyncio.Lock()
                for _ in range(hands):
                    hand = partial(self._hand, worker, queue, lead)
                    group.create_task(self._keep(hand))
            group.create_task(self._keep(self.watch_runs))
            group.create_task(self._keep(self._fire))
            group.create_task(self._keep(self._reconcile))
            for service in self.services:
                group.create_task(self._keep(partial(service, asyncio.Event())))

    async def _keep(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop for ever; one that fails is started again after a pause."""
        while True:
            try:
                await loop()
            except Exception:
                log.exception("a loop failed and is started again")
                await asyncio.sleep(_AFTER_FAILURE)

    async def _hand(self, worker: QueueWorker[Any], queue: QueueName, lead: asyncio.Lock) -> None:
        """Take one lane and work it.

        Only the hand that holds the lead looks for work; the others would ask in vain.
        """
        async with lead:
            claim = await self._take(worker, queue)
        await worker.work(claim)

    async def _take(self, worker: QueueWorker[Any], queue: QueueName) -> Claim[Any]:
        while True:
            taken = await worker.take()
            if isinstance(taken, Claim):
                return taken
            await self.store.wait(queue, at_most=self._pause(taken))

    async def _fire(self) -> None:
        pause = self._pause(await self.fire_timers())
        await asyncio.sleep(pause.total_seconds())

    async def _reconcile(self) -> None:
        await self.reconcile()
        await asyncio.sleep(self.reconcile_every.total_seconds())

    def _pause(self, due: datetime | None) -> timedelta:
        if due is None:
            return POLL
        return min(POLL, max(due - self.clock.now(), timedelta(milliseconds=1)))
