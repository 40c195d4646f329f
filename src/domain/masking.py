"""Keeps secrets out of what people and programs get to see of an agent's output.

Rule 1: a masked byte is a ``*`` in its place, so that nothing moves and a reader's cursor stays
        good.
Rule 2: whether a byte is masked depends on what stands around it, never on where a piece of the
        output begins: a secret that comes in two pieces is masked as one.
Rule 3: what may be the beginning of a secret is kept back until what follows is there.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_LEAST = 6
"""Shorter values are words as well: to mask them would spoil every log, and hide nothing."""
_AS_GO_WRITES_IT = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


class Mask:
    """What must not be seen. Without secrets it lets everything through."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Mask these, also as JSON, addresses and base64 show them; not those under 6 bytes.

        Of base64 that holds more than it, the few bits that share a character with the rest are
        left.
        """
        forms = {form for secret in secrets for form in _forms(secret)}
        self._secrets = sorted((form for form in forms if len(form) >= _LEAST), key=len)

    def __repr__(self) -> str:
        """Show how many there are, and none of them."""
        return f"Mask({len(self._secrets)})"

    @property
    def reach(self) -> int:
        """Return how many bytes before and after a byte decide whether it is masked."""
        return len(self._secrets[-1]) - 1 if self._secrets else 0

    def hide(self, data: bytes, *, cut_before: bool = False, cut_after: bool = False) -> bytes:
        """Return the data, as long as it was, without secrets.

        What stood before or after it may have been cut away: then a part of a secret that is left
        over there goes as well.
        """
        spans = [span for secret in self._secrets for span in _found(secret, data)]
        for secret in self._secrets:
            if cut_before:
                lengths = range(min(len(secret) - 1, len(data)), _LEAST - 1, -1)
                spans += [(0, n) for n in lengths if data.startswith(secret[-n:])][:1]
            if cut_after and (begun := _begun(secret, data)) >= _LEAST:
                spans.append((len(data) - begun, len(data)))
        if not spans:
            return data
        hidden = bytearray(data)
        for begin, end in spans:
            hidden[begin:end] = b"*" * (end - begin)
        return bytes(hidden)

    def pending(self, data: bytes) -> int:
        """Return how many of the last bytes may be the beginning of a secret."""
        return max((_begun(secret, data) for secret in self._secrets), default=0)


def _forms(secret: str) -> Iterator[bytes]:
    # One in a file often ends with a line break, which nobody prints with it.
    value = secret.strip()
    data = value.encode()
    if len(data) < _LEAST:
        return
    yield data
    yield from _as_json(value)
    yield from _in_addresses(value)
    yield from _as_base64(data)


def _as_json(value: str) -> Iterator[bytes]:
    """Return it as it stands in a JSON text, and in one that stands in another."""
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        for form in (once, once.replace("/", r"\/"), once.translate(_AS_GO_WRITES_IT)):
            yield form.encode()
            yield json.dumps(form, ensure_ascii=ascii_only)[1:-1].encode()


def _in_addresses(value: str) -> Iterator[bytes]:
    """Return it as programs write it into addresses and forms, which differ in what they leave."""
    for left in ("", "/", "!'()*", "!'()*/"):
        form = quote(value, safe=left)
        yield form.encode()
        yield form.replace("%20", "+").encode()
        yield re.sub("%..", lambda code: code.group().lower(), form).encode()


def _as_base64(data: bytes) -> Iterator[bytes]:
    """Return it as base64 of it alone, and of anything it stands in, such as ``user:secret``.

    What stands around it has a part in the first and the last characters; these are left out.
    """
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).rstrip(b"=")
        for before, mixed in ((0, 0), (1, 2), (2, 3)):
            length = before + len(data)
            yield encode(bytes(before) + data)[mixed : length * 8 // 6]


def _found(secret: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(secret)
    while at >= 0:
        yield at, at + len(secret)
        at = data.find(secret, at + 1)


def _begun(secret: bytes, data: bytes) -> int:
    """Return how many of the last bytes are the beginning of the secret, and not all of it."""
    at = data.find(secret[:1], max(0, len(data) - len(secret) + 1))
    while at >= 0:
        if secret.startswith(data[at:]):
            return len(data) - at
        at = data.find(secret[:1], at + 1)
    return 0
