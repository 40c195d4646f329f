"""Tells what a container printed anew from what the engine gave before.

Asked for all since the last moment, it gives the frames of that very moment again: where it does
not, what was in between is gone. And while it turns its files round, it may read one of them twice
in the middle of an answer, without a word.
"""

from collections.abc import Iterator

from adapters.docker.frames import Frame
from adapters.docker.kept_log import Mark

_REMEMBERED = 20_000
"""Frames: about as many as are in the file that is read twice where much is printed."""


class Fresh:
    """What is new in one answer of the engine's."""

    def __init__(self, mark: Mark, gap: bytes) -> None:
        """Take everything up to the mark for known; ``gap`` is put where something is missing."""
        self.mark = mark
        """How far we are by now."""
        self._from = mark.printed
        self._again = mark.same
        self._gap = gap
        self._latest: dict[int, Mark] = {}
        """Of each stream: between the two, one may overtake the other by some microseconds."""
        self._seen: dict[tuple[int, str], None] = {}
        self._repeating: dict[int, int] = {}
        """How many frames of a stream's latest moment are still to be given twice."""

    def of(self, frame: Frame) -> Iterator[Frame]:
        """Yield the frame if it is new, and before it what says that there is a gap."""
        gap, self._gap = self._gap, b""
        if self._again and frame.printed <= self._from:
            self._again -= frame.printed == self._from
            return
        self._again = 0
        if self._is_repeated(frame):
            return
        if gap and frame.printed > self._from:
            yield Frame(frame.printed, gap)
        self.mark = _moved(self.mark, frame)
        yield frame

    def _is_repeated(self, frame: Frame) -> bool:
        stream, latest = frame.stream, self._latest.get(frame.stream, Mark())
        if frame.printed < latest.printed and (stream, frame.printed) in self._seen:
            self._repeating[stream] = latest.same
            return True
        if frame.printed == latest.printed and self._repeating.get(stream):
            self._repeating[stream] -= 1
            return True
        self._repeating[stream] = 0
        self._latest[stream] = _moved(latest, frame)
        self._seen[stream, frame.printed] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return False


def _moved(mark: Mark, frame: Frame) -> Mark:
    if frame.printed > mark.printed:
        return Mark(printed=frame.printed, same=1)
    return Mark(printed=mark.printed, same=mark.same + (frame.printed == mark.printed))
