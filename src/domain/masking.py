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
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

from domain.broken_lines import BrokenLine, beginnings, begun, ends

_LEAST = 6
"""Shorter values are words as well: to mask them would spoil every log, and hide nothing."""
_STAR = ord("*")
_LEAST_BROKEN = 16
"""Of shorter base64 either half is a word as well."""
_AS_GO_WRITES_IT = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


class Mask:
    """What must not be seen. Without secrets it lets everything through."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Mask these, also as JSON, addresses and base64 show them; not those under 6 bytes.

        Of base64 that holds more than it, the few bits that share a character with the rest are
        left; of base64 that is broken into lines, up to five characters before the first break.
        """
        values = _values(secrets)
        forms = {form for value in values for form in _forms(value)}
        lines = {line for value in values for line in _within_base64(value.encode(), b64encode)}
        self._broken = [BrokenLine(line) for line in lines if len(line) >= _LEAST_BROKEN]
        self._secrets = sorted((form for form in forms if len(form) >= _LEAST), key=len)

    def __repr__(self) -> str:
        """Show how many there are, and none of them."""
        return f"Mask({len(self._secrets)})"

    @property
    def reach(self) -> int:
        """Return how many bytes before and after a byte decide whether it is masked."""
        longest = [len(self._secrets[-1])] if self._secrets else [1]
        return max(longest + [line.longest for line in self._broken]) - 1

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
            if cut_after and (tail := begun(secret, data)) >= _LEAST:
                spans.append((len(data) - tail, len(data)))
        broken = self._broken_up(data, cut_before=cut_before, cut_after=cut_after)
        if not spans and not broken:
            return data
        hidden = bytearray(data)
        for begin, end in spans:
            hidden[begin:end] = b"*" * (end - begin)
        for place in broken:
            hidden[place] = _STAR
        return bytes(hidden)

    def pending(self, data: bytes) -> int:
        """Return how many of the last bytes may be the beginning of a secret."""
        whole = max((begun(secret, data) for secret in self._secrets), default=0)
        broken = [each for each in beginnings(self._broken, data) if len(each) >= _LEAST]
        return max([whole, *(len(data) - places[0] for places in broken)])

    def _broken_up(self, data: bytes, *, cut_before: bool, cut_after: bool) -> list[int]:
        """Return the places of base64 that is broken into lines; the breaks stay, and are seen."""
        found = [places for line in self._broken for places in line.places(data)]
        parts = ends(self._broken, data) if cut_before else []
        parts += beginnings(self._broken, data) if cut_after else []
        found += [places for places in parts if len(places) >= _LEAST]
        return [place for places in found for place in _without_fringe(places)]


def _values(secrets: Iterable[str]) -> list[str]:
    # One in a file often ends with a line break, which nobody prints with it.
    values = (secret.strip() for secret in secrets)
    return [value for value in values if len(value.encode()) >= _LEAST]


def _forms(value: str) -> Iterator[bytes]:
    data = value.encode()
    yield data
    yield from _as_json(value)
    yield from _in_addresses(value)
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).rstrip(b"=")
        yield from _within_base64(data, encode)


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


def _within_base64(data: bytes, encode: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Return it as base64 of anything it stands in, such as ``user:secret``.

    What stands around it has a part in the first and the last characters; these are left out.
    """
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        length = before + len(data)
        yield encode(bytes(before) + data)[mixed : length * 8 // 6]


def _without_fringe(places: Sequence[int]) -> Sequence[int]:
    """Return the places without the first few before a break.

    To keep these back until it is known what follows the break would keep back the end of every
    other line.
    """
    breaks = (n for n in range(1, _LEAST) if n < len(places) and places[n] != places[n - 1] + 1)
    return places[next(breaks, 0) :]


def _found(secret: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(secret)
    while at >= 0:
        yield at, at + len(secret)
        at = data.find(secret, at + 1)
