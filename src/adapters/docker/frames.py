"""A container's output as the engine sends it: frames, each with the time it was printed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_HEAD = struct.Struct(">B3xI")
_LONGEST = 1 << 20
"""The engine cuts lines at 16 KiB; more than this is no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A line, or a part of a long one."""

    printed: str
    """When, as the engine writes it: to the nanosecond, so that texts compare as times do."""
    text: bytes


class Frames:
    """Takes a stream apart, in whatever pieces it comes."""

    def __init__(self) -> None:
        """Begin at the beginning of a stream."""
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete now; raise ValueError for what is no frame."""
        data, at = self._rest + data, 0
        while at + _HEAD.size <= len(data):
            _, length = _HEAD.unpack_from(data, at)
            if length > _LONGEST:
                raise ValueError("no output of a container")
            end = at + _HEAD.size + length
            if end > len(data):
                break
            printed, _, text = data[at + _HEAD.size : end].partition(b" ")
            yield Frame(printed.decode("ascii", "replace"), text)
            at = end
        self._rest = data[at:]


def since(printed: str) -> str:
    """Return a frame's time as the engine wants it in a query: seconds and nanoseconds."""
    seconds, _, fraction = printed.removesuffix("Z").partition(".")
    whole = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    return f"{int(whole.timestamp())}.{fraction.ljust(9, '0')}"
