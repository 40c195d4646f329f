"""A reader of made-up deliveries, for tests of the front door.

A delivery is ``{"item": …}`` or ``{"item": …, "comment": …}``, each with an optional ``"actor"``;
``{}`` concerns nobody. The header ``x-signature`` is the hex HMAC-SHA256 of the raw body: ``sign``
makes it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from domain.errors import Forbidden, Invalid
from domain.identifiers import CommentId, ItemId, PersonId
from domain.signals import CommentPosted, ItemChanged
from ports.webhook_reader import Hint

_FIELDS = {"item", "comment", "actor"}


class MemoryWebhookReader:
    """Reads what carries the secret's signature."""

    def __init__(self, secret: str) -> None:
        """Trust whoever knows the secret."""
        self._secret = secret.encode()

    def sign(self, body: bytes) -> dict[str, str]:
        """Return the headers that make a delivery of the body."""
        return {"x-signature": hmac.new(self._secret, body, hashlib.sha256).hexdigest()}

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the body's hash: the same body is the same delivery."""
        given = headers.get("x-signature", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.sign(body)["x-signature"].encode()):
            raise Forbidden("the delivery's signature is missing or wrong")
        _fields(body)
        return hashlib.sha256(body).hexdigest()

    def read(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Return the one thing that the delivery hints at, if any."""
        fields = _fields(body)
        if "item" not in fields:
            return ()
        item = ItemId(fields["item"])
        actor = PersonId(fields["actor"]) if "actor" in fields else None
        name = hashlib.sha256(body).hexdigest()
        if "comment" in fields:
            comment = CommentId(fields["comment"])
            posted = CommentPosted(item=item, comment=comment, actor=actor)
            return (Hint(signal=posted, lane=item, key=name),)
        return (Hint(signal=ItemChanged(item=item, actor=actor), lane=item, key=name),)


def _fields(body: bytes) -> dict[str, str]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("body", "is not JSON") from error
    if not isinstance(read, dict) or not read.keys() <= _FIELDS:
        raise Invalid(
            "body", "is not a delivery", f"give an object of {', '.join(sorted(_FIELDS))}"
        )
    for name, value in read.items():
        if not isinstance(value, str) or not value.isprintable():
            raise Invalid(name, "is not a name")
    return read
