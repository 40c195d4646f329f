"""Plane's webhooks: whether they are genuine, and what they hint at."""

import hmac
import logging
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from adapters.plane.delivery import SetAside, judged, parsed
from adapters.plane.people import People
from domain.errors import Forbidden
from ports.webhook_reader import Hint

SIGNATURE = "x-plane-signature"
_log = logging.getLogger(__name__)


class PlaneWebhookReader:
    """Reads deliveries that carry a secret's signature, and sets aside what is not for us."""

    def __init__(
        self, secrets: Sequence[str], people: People, *, projects: Collection[str]
    ) -> None:
        """Trust whoever knows one of the secrets; with none, nobody is trusted."""
        self._secrets = [secret.encode() for secret in secrets]
        self._people = people
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
        self.judge(body)
        return sha256(body).hexdigest()

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Return what the delivery hints at; nothing where it is set aside: the log says why."""
        found = self.judge(body)
        if isinstance(found, SetAside):
            _log.info("a delivery of Plane is set aside: %s", found.why)
            return ()
        return (found,)

    def judge(self, body: bytes) -> Hint | SetAside:
        """Return what the delivery hints at, or why nothing follows from it."""
        return judged(
            parsed(body),
            projects=self._projects,
            bot=self._people.known_bot,
            name=sha256(body).hexdigest(),
        )
