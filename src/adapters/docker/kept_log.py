"""What a run printed, on our disk: its beginning and its latest, and never more than a limit.

    log               the beginning, up to half of the limit
    log.<offset>      what follows, in pieces that begin at that byte; the oldest are dropped
    log.at            how far we have copied, and up to which moment of the engine's

No byte changes its place, so a reader's cursor stays good. What was written after ``log.at`` was
last saved is cut off and copied again: a kill in between neither loses nor repeats a line.

Secrets are masked before anything is written. What may be the beginning of one is kept back, and
until it is written ``log.at`` stays as it was: after a kill that part is copied again, too.
"""

import codecs
import json
from dataclasses import dataclass
from pathlib import Path

from domain.masking import Mask
from ports.agent_runner import LogChunk

CHUNK = 65_536
NO_SECRETS = Mask()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a container's output was copied."""

    printed: str = ""
    """When the last frame was printed, by the engine's clock."""
    same: int = 0
    """How many frames of that very moment there were."""


class KeptLog:
    """One run's output. Everything here touches the disk: call it in a thread."""

    def __init__(self, folder: Path, limit: int, mask: Mask = NO_SECRETS) -> None:
        """Keep at most about ``limit`` bytes in that folder, without what is to be masked."""
        self._folder = folder
        self._head = limit // 2
        self._piece = max(limit // 8, 1)
        self._limit = limit
        self._mask = mask
        self._kept_back = b""

    def resume(self) -> Mark:
        """Cut off what was not marked; return how far the output was copied."""
        self._kept_back = b""
        try:
            kept = json.loads((self._folder / "log.at").read_bytes())
        except (FileNotFoundError, ValueError):
            kept = {"size": 0, "printed": "", "same": 0}
        for offset, path in self._pieces():
            if offset >= kept["size"] and offset:
                path.unlink(missing_ok=True)
            elif offset + path.stat().st_size > kept["size"]:
                with path.open("r+b") as file:
                    file.truncate(kept["size"] - offset)
        return Mark(printed=kept["printed"], same=kept["same"])

    def append(self, data: bytes, mark: Mark) -> None:
        """Write it down, and that everything up to that mark is."""
        data = self._kept_back + data
        shown = len(data) - self._mask.pending(data)
        self._kept_back = data[shown:]
        size = self._write(self._mask.hide(data)[:shown])
        if not self._kept_back:
            self._save(size, mark)

    def finish(self, mark: Mark) -> None:
        """Write down what was kept back: nothing follows."""
        data, self._kept_back = self._kept_back, b""
        if data:
            self._save(self._write(self._mask.hide(data, cut_after=True)), mark)

    def _write(self, data: bytes) -> int:
        """Write it behind what there is; return how much there is now."""
        pieces = self._pieces()
        offset, path = pieces[-1] if pieces else (0, self._folder / "log")
        size = path.stat().st_size if pieces else 0
        while data:
            room = (self._piece if offset else self._head) - size
            if room <= 0:
                offset, size = offset + size, 0
                path = self._folder / f"log.{offset}"
                self._drop_oldest()
                continue
            with path.open("ab") as file:
                file.write(data[:room])
            size += min(room, len(data))
            data = data[room:]
        return offset + size

    def _save(self, size: int, mark: Mark) -> None:
        at = {"size": size, "printed": mark.printed, "same": mark.same}
        new = self._folder / "log.at.new"
        new.write_text(json.dumps(at), "ascii")
        new.replace(self._folder / "log.at")

    def read(self, cursor: int, *, ended: bool) -> LogChunk:
        """Return the piece that begins at the cursor; ``ended`` says that nothing more comes.

        A character that is not yet there in whole waits for the next piece.
        """
        pieces = self._pieces()
        if not pieces:
            return LogChunk(text="", next=0, ended=ended)
        latest, last = pieces[-1]
        size = latest + last.stat().st_size
        cursor = min(max(cursor, 0), size)
        offset, path = next(piece for piece in reversed(pieces) if piece[0] <= cursor)
        try:
            with path.open("rb") as file:
                file.seek(cursor - offset)
                data = file.read(CHUNK)
        except FileNotFoundError:  # dropped this very moment
            data = b""
        if not data and cursor < size:
            following = min(start for start, _ in pieces if start > cursor)
            text = f"\n[{following - cursor} bytes cut out]\n" if following > cursor else ""
            return LogChunk(text=text, next=following, ended=False)
        final = cursor + len(data) >= size and ended
        # A cut goes through characters, too: what it halved is shown as such, not waited for.
        cut = len(data) < CHUNK and path != last
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(data, final or cut)
        following = cursor + len(data) - len(decoder.getstate()[0])
        return LogChunk(text=text, next=following, ended=final)

    def tail(self, most: int) -> bytes:
        """Return the last bytes."""
        pieces = self._pieces()
        if not pieces:
            return b""
        with pieces[-1][1].open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - most))
            return file.read()

    def _pieces(self) -> list[tuple[int, Path]]:
        """Return the files and where they begin, in order; the beginning may be there alone."""
        found = [(0, self._folder / "log")] if (self._folder / "log").exists() else []
        for path in self._folder.glob("log.*"):
            offset = path.name.removeprefix("log.")
            if offset.isdigit():
                found.append((int(offset), path))
        return sorted(found)

    def _drop_oldest(self) -> None:
        pieces = self._pieces()[1:]
        # One more is about to be begun.
        for _, path in pieces[: max(0, len(pieces) - (self._limit // 2 // self._piece - 1))]:
            path.unlink(missing_ok=True)
