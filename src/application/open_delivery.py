"""A stored delivery of a webhook is to be read."""

from collections.abc import Mapping

from application.receive_webhook import again_of
from application.watch_webhooks import heard
from domain.signals import DeliveryReceived, Signal
from ports.clock import Clock
from ports.store import Claim, Store, Transaction
from ports.webhook_reader import WebhookReader


class OpenDelivery:
    """Puts what a delivery hints at into the lanes of the items it is about."""

    def __init__(self, store: Store, clock: Clock, readers: Mapping[str, WebhookReader]) -> None:
        """Read with the same readers that accepted the deliveries."""
        self._store = store
        self._clock = clock
        self._readers = readers

    async def __call__(
        self, claim: Claim[Signal], signal: DeliveryReceived
    ) -> Claim[Signal] | None:
        """Pass the hints on; a delivery of a tool no longer configured is dropped.

        Those of a delivery that was taken again after its window are told again as well.
        """
        reader = self._readers.get(signal.tool)
        hints = reader.read(signal.headers, signal.body) if reader else ()
        now = self._clock.now()
        again = again_of(claim.entry.key)

        def write(tx: Transaction) -> Claim[Signal] | None:
            for hint in hints:
                item = getattr(hint.signal, "item", None)
                key = f"{hint.key}{again}"
                tx.inbox.put(hint.signal, lane=hint.lane, key=key, at=now, item=item)
            heard(tx, signal.tool, now)
            return tx.inbox.settle(claim, at=now)

        return await self._store.transact(write)
