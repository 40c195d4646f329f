"""Finds what is broken into lines, as ``base64`` prints it: of 76, 64 or 60 characters.

A break may also be one within a JSON text, or within one that stands in another.
"""

import re
from collections.abc import Iterator, Sequence

_NARROWEST = 60
_LONGEST_BREAK = 6
_BREAK = re.compile(rb"\r?\n|\\{1,2}(?:r\\{1,2})?n")
_HALF_A_BREAK = re.compile(rb"(?:\r|\\{1,2}(?:r\\{0,2})?)\Z")


class BrokenLine:
    """A line that may have been broken."""

    def __init__(self, line: bytes) -> None:
        """Look for this one."""
        self.line = line
        # No two breaks are so near to each other that neither of these is whole.
        half = min(len(line), _NARROWEST) // 2
        self._parts = ((0, line[:half]), (half, line[half : 2 * half]))
        self.longest = len(line) + (len(line) // _NARROWEST + 1) * _LONGEST_BREAK

    def places(self, data: bytes) -> Iterator[Sequence[int]]:
        """Yield where its bytes are wherever it is broken; one place may be yielded twice."""
        for offset, part in self._parts:
            at = data.find(part)
            while at >= 0:
                following = at + 1
                if at < offset or not data.startswith(self.line, at - offset):
                    yield from self._around(data, at)
                    following = at + self.longest  # or one that repeats itself takes for ever
                at = data.find(part, following)

    def _around(self, data: bytes, at: int) -> Iterator[Sequence[int]]:
        joined, places = _joined(data, at - self.longest, at + 2 * self.longest)
        begin = joined.find(self.line)
        while begin >= 0:
            end = begin + len(self.line)
            if places[end - 1] - places[begin] < self.longest:
                yield places[begin:end]
            begin = joined.find(self.line, begin + 1)


def ends(lines: Sequence[BrokenLine], data: bytes) -> list[Sequence[int]]:
    """Return of each line where the end of it is that the data begins with."""
    joined, places = _joined(data, 0, _longest(lines))
    return [places[: begun(joined, each.line)] for each in lines]


def beginnings(lines: Sequence[BrokenLine], data: bytes) -> list[Sequence[int]]:
    """Return of each line where the beginning of it is that the data ends with."""
    cut = _HALF_A_BREAK.search(data, max(0, len(data) - _LONGEST_BREAK))
    end = cut.start() if cut else len(data)
    joined, places = _joined(data, end - _longest(lines), end)
    return [places[len(places) - begun(each.line, joined) :] for each in lines]


def begun(line: bytes, data: bytes) -> int:
    """Return how many of the last bytes are the beginning of the line, and not all of it."""
    at = data.find(line[:1], max(0, len(data) - len(line) + 1))
    while at >= 0:
        if line.startswith(data[at:]):
            return len(data) - at
        at = data.find(line[:1], at + 1)
    return 0


def _longest(lines: Sequence[BrokenLine]) -> int:
    return max((each.longest for each in lines), default=0)


def _joined(data: bytes, begin: int, end: int) -> tuple[bytes, Sequence[int]]:
    """Return that part of the data without breaks, and where each of its bytes was."""
    at, end = max(0, begin), min(end, len(data))
    places: list[int] = []
    for found in _BREAK.finditer(data, at, end):
        places += range(at, found.start())
        at = found.end()
    places += range(at, end)
    return bytes(data[place] for place in places), places
