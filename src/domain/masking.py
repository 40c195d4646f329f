"""Keeps secrets out of what people and programs get to see of an agent's output.

Rule 1: a masked byte is a ``*`` in its place, so that nothing moves and a reader's cursor stays
        good.
Rule 2: whether a byte is masked depends on what stands around it, never on where a piece of the
        output begins: a secret that comes in two pieces is masked as one.
Rule 3: what may be the beginning of a secret is kept back until what follows is there.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_LEAST = 6
"""Shorter values are words as well: to mask them would spoil every log, and hide nothing."""


class Mask:
    """What must not be seen. Without secrets it lets everything through."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Mask these, also as JSON, addresses and base64 show them; not those under 6 bytes."""
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
            lengths = range(min(len(secret) - 1, len(data)), _LEAST - 1, -1)
            if cut_before:
                spans += [(0, n) for n in lengths if data.startswith(secret[-n:])][:1]
            if cut_after:
                end = len(data)
                spans += [(end - n, end) for n in lengths if data.endswith(secret[:n])][:1]
        if not spans:
            return data
        hidden = bytearray(data)
        for begin, end in spans:
            hidden[begin:end] = b"*" * (end - begin)
        return bytes(hidden)

    def pending(self, data: bytes) -> int:
        """Return how many of the last bytes may be the beginning of a secret."""
        longest = 0
        for secret in self._secrets:
            for length in range(min(len(secret) - 1, len(data)), longest, -1):
                if data.endswith(secret[:length]):
                    longest = length
                    break
        return longest


def _forms(secret: str) -> Iterator[bytes]:
    # One in a file often ends with a line break, which nobody prints with it.
    value = secret.strip()
    if len(value.encode()) < _LEAST:
        return
    yield value.encode()
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield quote(value, safe="").encode()
    yield b64encode(value.encode()).rstrip(b"=")


def _found(secret: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(secret)
    while at >= 0:
        yield at, at + len(secret)
        at = data.find(secret, at + 1)
