"""Working a queue: take a lane, do what heads it, say what came of it.

The same for inbox and outbox. What fails is told apart here and nowhere else: a tool that is away
is tried again with growing pauses, what is refused or broken becomes a dead letter, and a lane
that has become somebody else's is let go.
"""

import logging
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Generic, TypeVar

from application.lease import Keeping
from application.patience import Patience
from domain.errors import RateLimited, Rejected, Unavailable
from ports.clock import Clock
from ports.store import Claim, LeaseLost, Queue, Store, Transaction

Payload = TypeVar("Payload")
log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)


class QueueWorker(ABC, Generic[Payload]):
    """One pair of hands at a queue."""

    def __init__(
        self, store: Store, clock: Clock, random: Random, owner: str, patience: Patience
    ) -> None:
        """Work under this owner's name."""
        self._store = store
        self._clock = clock
        self._random = random
        self._owner = owner
        self._patience = patience

    @abstractmethod
    def _queue(self, tx: Transaction) -> Queue[Payload]:
        """Return the queue that is worked."""

    @abstractmethod
    async def _handle(self, claim: Claim[Payload]) -> Claim[Payload] | None:
        """Do what the entry asks for, settle it, return the lane's next."""

    def _after_burial(self, tx: Transaction, claim: Claim[Payload], error: str) -> None:
        """Tell somebody, in the transaction that made the entry a dead letter."""

    async def take(self) -> Claim[Payload] | datetime | None:
        """Claim the lane due longest; if none is due, return when the next one will be."""
        claims, due = await self.take_up_to(1)
        return claims[0] if claims else due

    async def take_up_to(self, most: int) -> tuple[list[Claim[Payload]], datetime | None]:
        """Claim that many lanes, those due longest; and return when the next one will be due.

        One transaction for all of them: looking for work must not cost as much as doing it.
        """
        now = self._clock.now()

        def claim(tx: Transaction) -> tuple[list[Claim[Payload]], datetime | None]:
            queue = self._queue(tx)
            claims: list[Claim[Payload]] = []
            while len(claims) < most:
                claimed = queue.claim(owner=self._owner, at=now, lease=LEASE)
                if claimed is None:
                    return claims, queue.next_due()
                claims.append(claimed)
            return claims, None

        return await self._store.transact(claim)

    async def work(self, claim: Claim[Payload]) -> None:
        """Work the lane until it is empty or must wait."""
        following: Claim[Payload] | None = claim
        while following is not None:
            following = await self._keeping(following)

    async def _keeping(self, claim: Claim[Payload]) -> Claim[Payload] | None:
        """Handle the entry while the lease is renewed, however long that takes."""
        every = LEASE.total_seconds() / 3
        try:
            async with Keeping(partial(self._renew, claim), every=every):
                return await self._safely(claim)
        except LeaseLost:
            log.warning("lane %s was taken over while it was worked", claim.lane)
            return None

    async def _renew(self, claim: Claim[Payload]) -> None:
        now = self._clock.now()
        await self._store.transact(lambda tx: self._queue(tx).renew(claim, at=now, lease=LEASE))

    async def _safely(self, claim: Claim[Payload]) -> Claim[Payload] | None:
        try:
            return await self._handle(claim)
        except LeaseLost:
            raise
        except RateLimited as limited:
            await self._postpone(claim, limited.retry_after, str(limited), attempt=False)
            return None
        except Unavailable as failure:
            age = self._clock.now() - claim.entry.put_at
            if age >= self._patience.give_up_after:
                return await self._bury(claim, str(failure))
            pause = self._patience.pause(claim.entry.attempts, self._random)
            await self._postpone(claim, pause, str(failure))
            return None
        except Rejected as refusal:
            return await self._bury(claim, str(refusal))
        except Exception as bug:
            error = f"{type(bug).__name__}: {bug}"
            log.exception("%s failed by a fault of ours", type(claim.entry.payload).__name__)
            if claim.entry.attempts >= self._patience.bug_attempts:
                return await self._bury(claim, error)
            pause = self._patience.pause(claim.entry.attempts, self._random)
            await self._postpone(claim, pause, error)
            return None

    async def _postpone(
        self, claim: Claim[Payload], pause: timedelta, error: str, *, attempt: bool = True
    ) -> None:
        log.info("%s waits %.1f s: %s", claim.lane, pause.total_seconds(), error)
        until = self._clock.now() + pause
        await self._store.transact(
            lambda tx: self._queue(tx).postpone(claim, until=until, error=error, attempt=attempt)
        )

    async def _bury(self, claim: Claim[Payload], error: str) -> Claim[Payload] | None:
        log.error("%s is given up: %s", type(claim.entry.payload).__name__, error)
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Payload] | None:
            following = self._queue(tx).bury(claim, at=now, error=error)
            self._after_burial(tx, claim, error)
            return following

        return await self._store.transact(write)
