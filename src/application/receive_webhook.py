"""A tool tells us something by itself."""

from collections.abc import Mapping

from domain.errors import NotFound
from domain.signals import DeliveryReceived
from ports.clock import Clock
from ports.store import Store
from ports.webhook_reader import WebhookReader


class ReceiveWebhook:
    """Writes a delivery down as it came, once its signature is known to be good."""

    def __init__(self, store: Store, clock: Clock, readers: Mapping[str, WebhookReader]) -> None:
        """Accept deliveries of the tools that have a reader."""
        self._store = store
        self._clock = clock
        self._readers = readers

    async def __call__(self, tool: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Return once the delivery is durably stored; False where it was before.

        NotFound: no such tool. Forbidden, Invalid: as its reader says. Unavailable: not stored,
        so it must not be acknowledged.
        """
        reader = self._readers.get(tool)
        if reader is None:
            raise NotFound(f"no webhooks of {tool} are expected here")
        name = reader.verify(headers, body)
        now = self._clock.now()
        delivery = DeliveryReceived(tool=tool, headers=dict(headers), body=body)
        return await self._store.transact(
            lambda tx: tx.inbox.put(
                delivery, lane=f"webhook:{tool}", key=f"webhook:{tool}:{name}", at=now, item=None
            )
        )
