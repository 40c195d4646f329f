"""A tool tells us something by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.errors import NotFound
from domain.signals import DeliveryReceived
from ports.clock import Clock
from ports.store import Store, Transaction
from ports.webhook_reader import WebhookReader

_AGAIN = "#"


class ReceiveWebhook:
    """Writes a delivery down as it came, once its signature is known to be good."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        readers: Mapping[str, WebhookReader],
        windows: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Accept deliveries of the tools that have a reader.

        Some tools give equal deliveries one name: theirs are repetitions only within a window.
        """
        self._store = store
        self._clock = clock
        self._readers = readers
        self._windows = windows or {}

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
        delivery = DeliveryReceived(tool=tool, headers=headers, body=body)
        window = self._windows.get(tool)

        def write(tx: Transaction) -> bool:
            key = f"webhook:{tool}:{name}"
            if window is not None:
                key = _unless_within(tx, key, now - window)
            return tx.inbox.put(delivery, lane=f"webhook:{tool}", key=key, at=now, item=None)

        return await self._store.transact(write)


def again_of(key: str) -> str:
    """Return what tells a delivery's key from that of an equal one before it."""
    _, mark, number = key.partition(_AGAIN)
    return mark + number


def _unless_within(tx: Transaction, key: str, start: datetime) -> str:
    """Return the key of the last equal delivery since then, else one that nobody has used."""
    name, number = key, 1
    while (put_at := tx.inbox.put_at(name)) is not None and put_at <= start:
        number += 1
        name = f"{key}{_AGAIN}{number}"
    return name
