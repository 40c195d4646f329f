"""A container's output as the engine sends it: frames, each with the time it was printed.

Between them the engine may speak for itself, in a stream of its own and without a time: it does
when it cannot read on in its files, as may happen while it turns them round.
"""

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.docker.wire import moment
from domain.errors import ToolFailed

_HEAD = struct.Struct(">B3xI")
_ENGINE = 3
"""The stream in which the engine speaks for itself."""
_LONGEST = 1 << 20
"""The engine cuts lines at 16 KiB; more than this is no frame."""
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_FRACTION = re.compile(r"\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Frame:
    """A line, or a part of a long one."""

    printed: str
    """When, as the engine writes it: to the nanosecond, so that texts compare as times do."""
    text: bytes
    stream: int = 1
    """1 or 2: what programs call their output, and their errors."""


class Frames:
    """Takes a stream apart, in whatever pieces it comes."""

    def __init__(self) -> None:
        """Begin at the beginning of a stream."""
        self._rest = b""
        self.complaint = ""
        """What the engine last said for itself."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete now; raise ToolFailed for what is no frame."""
        data, at = self._rest + data, 0
        while at + _HEAD.size <= len(data):
            stream, length = _HEAD.unpack_from(data, at)
            if stream > _ENGINE or length > _LONGEST:
                raise ToolFailed("what the engine sends is no output of a container")
            end = at + _HEAD.size + length
            if end > len(data):
                break
            content, at = data[at + _HEAD.size : end], end
            if stream == _ENGINE:
                self.complaint = content.decode("utf-8", "replace").strip()
                continue
            printed, _, text = content.partition(b" ")
            if not _TIME.fullmatch(printed):
                raise ToolFailed("what the engine sends has no time")
            frame = Frame(printed.decode("ascii"), text, stream)
            moment(frame.printed)  # what is no time must not be kept as one: see ``since``
            yield frame
        self._rest = data[at:]


def since(printed: str) -> str:
    """Return a time of the engine's as it wants it in a query: seconds and nanoseconds.

    ToolFailed: it is no time.
    """
    told, fraction = moment(printed), _FRACTION.search(printed)
    digits = fraction[1] if fraction else ""
    return f"{math.floor(told.timestamp()) if told else 0}.{digits.ljust(9, '0')}"
