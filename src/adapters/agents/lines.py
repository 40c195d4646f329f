"""Cuts an agent's output into the lines of its JSON stream, in bounded memory."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

LINE_LIMIT = 4_000_000
"""Characters; a longer line is dropped, and told as such."""
TEXT_LIMIT = 2_000
"""Characters of a step's text: steps are for following a run, the raw log has the rest."""
COUNT_LIMIT = 10**10
"""No model reads or writes so much: what is added up stays within what a database can hold."""

Json = Mapping[str, Any]
_decoder = msgspec.json.Decoder()


class Lines:
    """Puts the pieces together and takes them apart where lines end."""

    def __init__(self) -> None:
        """Begin with an empty line."""
        self._parts: list[str] = []
        self._length = 0
        self._dropping = False

    def feed(self, text: str) -> Iterator[str]:
        """Yield each line that is complete with this piece."""
        *ended, rest = text.split("\n")
        for part in ended:
            self._keep(part)
            if (line := self._taken()) is not None:
                yield line
        self._keep(rest)

    def close(self) -> Iterator[str]:
        """Yield the last line, if it has no end."""
        if line := self._taken():
            yield line

    def _keep(self, part: str) -> None:
        self._length += len(part)
        if self._length > LINE_LIMIT:
            self._parts, self._dropping = [], True
        elif part:
            self._parts.append(part)

    def _taken(self) -> str | None:
        line = None if self._dropping else "".join(self._parts)
        self._parts, self._length, self._dropping = [], 0, False
        return line


def as_json(line: str) -> Json | None:
    """Return the line as a JSON object, None where it is none."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def table(value: object) -> Json:
    """Return the value if it is an object, else an empty one: fields come and go."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Json]:
    """Return the objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return the value if it is text."""
    return value if isinstance(value, str) else ""


def count(value: object) -> int:
    """Return the value if it is a count: whole, not below nothing, and not beyond all reason."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(0, value), COUNT_LIMIT)


def number(value: object) -> float | None:
    """Return the value if it is a number that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e9 else None


def short(value: str, most: int = TEXT_LIMIT) -> str:
    """Return the text, cut."""
    return value if len(value) <= most else value[: most - 1] + "…"


def plainly(value: object, most: int = 300) -> str:
    """Return a tool's input in one line, nothing where it has none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return short(value, most)
    try:
        return short(msgspec.json.encode(value).decode(), most)
    except (TypeError, UnicodeError):
        return ""
