"""An effect is carried out."""

from domain.effects import Effect
from domain.signals import Signal
from ports.clock import Clock
from ports.store import Claim, Store, Transaction


class Settle:
    """Marks an effect done, in one transaction with the signal that tells what came of it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Write it down in this store."""
        self._store = store
        self._clock = clock

    async def __call__(
        self, claim: Claim[Effect], signal: Signal | None = None, *, key: str | None = None
    ) -> Claim[Effect] | None:
        """Return the next effect of the lane. LeaseLost: the lane is somebody else's by now."""
        now = self._clock.now()
        item = claim.entry.payload.item
        name = key or f"done:{claim.entry.key}"

        def write(tx: Transaction) -> Claim[Effect] | None:
            following = tx.outbox.settle(claim, at=now)
            if signal is not None:
                tx.inbox.put(signal, lane=item, key=name, at=now, item=item)
            return following

        return await self._store.transact(write)
