"""The loops that make the service go: queues, timers, ends of runs, the reconciler, tidying up.

Nothing here needs an orderly end. A loop that is cancelled or killed in the middle leaves rows that
the next start goes on from; so stopping is cancelling.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from application.fire_timers import FireTimers
from application.queue_worker import QueueWorker
from application.reconcile import Reconcile
from application.tidy import Tidy
from application.watch_runs import WatchRuns
from application.watch_spending import WatchSpending
from domain.errors import Failure
from ports.clock import Clock
from ports.store import Claim, QueueName, Store

log = logging.getLogger(__name__)

POLL = timedelta(milliseconds=500)
"""How long another process's writes may go unnoticed: the command line tool puts signals too."""
_AFTER_FAILURE = 1.0
_TOLD_AGAIN = 60.0
"""Seconds after which the same failure is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """What is to be kept going."""

    store: Store
    clock: Clock
    read_inbox: QueueWorker[Any]
    carry_out: QueueWorker[Any]
    fire_timers: FireTimers
    watch_runs: WatchRuns
    watch_spending: WatchSpending
    reconcile: Reconcile
    reconcile_every: timedelta
    tidy: Tidy
    tidy_every: timedelta = timedelta(hours=1)
    inbox_hands: int = 16
    outbox_hands: int = 32
    services: Sequence[Callable[[asyncio.Event], Awaitable[None]]] = ()
    """Loops that adapters bring along; they would stop at an event that we never set."""
    _told: dict[str, float] = field(default_factory=dict)
    """When which failure was told: of a full disk, every hand hears every second."""

    async def run(self) -> None:
        """Keep all of it going until cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue, worker, hands in (
                (QueueName.INBOX, self.read_inbox, self.inbox_hands),
                (QueueName.OUTBOX, self.carry_out, self.outbox_hands),
            ):
                desk = _Desk(self.store, self.clock, worker, queue)
                for _ in range(hands):
                    group.create_task(self._keep(desk.serve_one))
            group.create_task(self._keep(self.watch_runs))
            group.create_task(self._keep(self._fire))
            group.create_task(self._keep(self._reconcile))
            group.create_task(self._keep(self._tidy))
            group.create_task(self._keep(self._watch_spending))
            for service in self.services:
                group.create_task(self._keep(partial(service, asyncio.Event())))

    async def _keep(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop for ever; one that fails is started again after a pause."""
        while True:
            try:
                await loop()
            except Failure as failure:
                self._tell(str(failure))
                await asyncio.sleep(_AFTER_FAILURE)
            except Exception:
                log.exception("a loop failed and is started again")
                await asyncio.sleep(_AFTER_FAILURE)

    def _tell(self, failure: str) -> None:
        now = asyncio.get_running_loop().time()
        for text in [text for text, at in self._told.items() if now - at >= _TOLD_AGAIN]:
            del self._told[text]
        if failure not in self._told:
            self._told[failure] = now
            log.warning("%s; trying again", failure)

    async def _fire(self) -> None:
        pause = pause_until(await self.fire_timers(), self.clock)
        await asyncio.sleep(pause.total_seconds())

    async def _watch_spending(self) -> None:
        await self.watch_spending()
        await asyncio.sleep(self.watch_spending.EVERY.total_seconds())

    async def _reconcile(self) -> None:
        await self.reconcile()
        await asyncio.sleep(self.reconcile_every.total_seconds())

    async def _tidy(self) -> None:
        await self.tidy()
        await asyncio.sleep(self.tidy_every.total_seconds())


class _Desk:
    """Where the hands of one queue get their work: one of them looks for all that are idle."""

    def __init__(
        self, store: Store, clock: Clock, worker: QueueWorker[Any], queue: QueueName
    ) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker
        self._queue = queue
        self._lead = asyncio.Lock()
        self._idle = 0
        self._taken: deque[Claim[Any]] = deque()

    async def serve_one(self) -> None:
        """Get one lane and work it."""
        self._idle += 1
        try:
            async with self._lead:
                claim = await self._next()
        finally:
            self._idle -= 1
        await self._worker.work(claim)

    async def _next(self) -> Claim[Any]:
        while not self._taken:
            claims, due = await self._worker.take_up_to(self._idle)
            self._taken.extend(claims)
            if not claims:
                await self._store.wait(self._queue, at_most=pause_until(due, self._clock))
        return self._taken.popleft()


def pause_until(due: datetime | None, clock: Clock) -> timedelta:
    """Return how long to wait for what is due then, at most POLL."""
    if due is None:
        return POLL
    return min(POLL, max(due - clock.now(), timedelta(milliseconds=1)))
