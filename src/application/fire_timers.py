"""Deadlines that have come become signals like any other."""

from datetime import datetime

from domain.signals import TimerFired
from ports.clock import Clock
from ports.store import Store, Transaction


class FireTimers:
    """Puts every deadline that has come into the inbox, once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Go by this clock."""
        self._store = store
        self._clock = clock

    async def __call__(self) -> datetime | None:
        """Fire what is due; return when the next deadline comes, None if none is set."""
        now = self._clock.now()

        def fire(tx: Transaction) -> datetime | None:
            for item, until in tx.tasks.fire_due(now):
                signal = TimerFired(item=item, until=until)
                key = f"timer:{item}:{until.isoformat()}"
                tx.inbox.put(signal, lane=item, key=key, at=now, item=item)
            return tx.tasks.next_deadline()

        return await self._store.transact(fire)
