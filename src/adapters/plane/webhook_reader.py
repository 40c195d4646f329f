"""Plane's webhooks: whether they are genuine, and what they hint at."""

import hmac
import logging
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from adapters.plane.delivery import DeliveryWire, Echo, SetAside, judged, parsed
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from domain.errors import Forbidden
from domain.signals import ItemChanged
from ports.webhook_reader import Hint

SIGNATURE = "x-plane-signature"
_log = logging.getLogger(__name__)


class PlaneWebhookReader:
    """Reads deliveries that carry a secret's signature, and sets aside what is not for us."""

    def __init__(
        self,
        secrets: Sequence[str],
        people: People,
        sightings: Sightings,
        *,
        projects: Collection[str],
    ) -> None:
        """Trust whoever knows one of the secrets; with none, nobody is trusted.

        What is heard of items is written down in ``sightings`` as soon as it arrives.
        """
        self._secrets = [secret.encode() for secret in secrets]
        self._people = people
        self._sightings = sightings
        self._projects = frozenset(projects)

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the body's hash: Plane gives each attempt of a delivery an id of its own."""
        given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
        good = [
            hmac.compare_digest(given, hmac.new(secret, body, sha256).hexdigest().encode())
            for secret in self._secrets
        ]
        if not any(good):
            raise Forbidden(
                "the delivery's signature is missing or wrong; see PLANE_WEBHOOK_SECRET"
            )
        self._note(body)
        return sha256(body).hexdigest()

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Return what the delivery hints at; nothing where it is set aside: the log says why."""
        found = self.judge(body)
        if isinstance(found, Hint):
            return (found,)
        if isinstance(found, Echo) and self._sightings.is_contested(found.item):
            # Whoever moved it in between was not told of, or will be told of later.
            signal, name = ItemChanged(item=found.item, actor=None), sha256(body).hexdigest()
            return (Hint(signal=signal, lane=found.item, key=f"echo:{name}"),)
        why = "our own doing" if isinstance(found, Echo) else found.why
        _log.info("a delivery of Plane is set aside: %s", why)
        return ()

    def judge(self, body: bytes) -> Hint | Echo | SetAside:
        """Return what the delivery hints at, or why nothing follows from it."""
        return self._judged(parsed(body), body)

    def _judged(self, delivery: DeliveryWire, body: bytes) -> Hint | Echo | SetAside:
        return judged(
            delivery,
            projects=self._projects,
            bot=self._people.known_bot,
            name=sha256(body).hexdigest(),
        )

    def _note(self, body: bytes) -> None:
        delivery = parsed(body)
        match self._judged(delivery, body):
            case Echo(item=item, moved=moved):
                self._sightings.told_of_ours(item, moved)
            case Hint(signal=ItemChanged(item=item)):
                moved = delivery.activity.moved if delivery.activity else None
                self._sightings.told_of_others(item, moved=moved is not None)
