"""What a run prints: a file the kernel writes, read in pieces, and kept from filling the disk.

The agent writes to the file itself, so nothing it prints depends on us being there. Beyond the
limit the *middle* is cut out, by giving its blocks back to the disk: the beginning and the latest
are what people read, the agent notices nothing, and no byte changes its place, so that a reader's
cursor stays good. Where the file system cannot make holes, the beginning is kept and what followed
is dropped.

Secrets are masked when it is read, since it is not we who write it, and in the file when nobody
writes to it any more.
"""

import codecs
import ctypes
import os
from pathlib import Path
from typing import BinaryIO

from domain.masking import Mask
from ports.agent_runner import LogChunk

CHUNK = 65_536
GAP = "log.gap"
"""The file beside the log that says where it was cut."""

_BLOCK = 4096
_KEEP_SIZE, _PUNCH_HOLE = 1, 2


NO_SECRETS = Mask()


def read(log: Path, cursor: int, *, ended: bool, mask: Mask = NO_SECRETS) -> LogChunk:
    """Return the piece that begins at the cursor; ``ended`` says that nothing more is written.

    A character that is not yet there in whole, or what may become a secret, waits for the next
    piece.
    """
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return LogChunk(text="", next=0, ended=ended)
    with file:
        size = os.fstat(file.fileno()).st_size
        begin, end = _gap(log)
        cursor = min(max(cursor, 0), size)
        if begin <= cursor < end:
            return LogChunk(text=f"\n[{end - cursor} bytes cut out]\n", next=end, ended=False)
        first, bound = (0, begin) if cursor < begin else (end, size)
        data = _visible(
            file, cursor, mask, first=first, bound=bound, grows=bound == size and not ended
        )
    last = cursor + len(data) >= size
    # A cut goes through characters, too: what it halved is shown as such, not waited for.
    final = (ended and last) or cursor + len(data) == begin
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data, final)
    following = cursor + len(data) - len(decoder.getstate()[0])
    return LogChunk(text=text, next=following, ended=ended and last)


def scrub(log: Path, mask: Mask) -> None:
    """Mask the secrets in the file itself: no byte changes its place, so readers notice nothing."""
    try:
        file = log.open("r+b")
    except FileNotFoundError:
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        begin, end = _gap(log)
        for first, bound in [(0, begin), (end, size)] if end else [(0, size)]:
            for at in range(first, bound, CHUNK):
                file.seek(at)
                data = file.read(min(CHUNK + mask.reach, bound - at))
                hidden = mask.hide(
                    data, cut_before=0 < at == first, cut_after=at + len(data) == bound
                )
                if hidden != data:
                    file.seek(at)
                    file.write(hidden)


def _visible(
    file: BinaryIO, cursor: int, mask: Mask, *, first: int, bound: int, grows: bool
) -> bytes:
    """Return what is shown of the bytes from the cursor on; the part is ``first`` to ``bound``."""
    before = min(mask.reach, cursor - first)
    file.seek(cursor - before)
    data = file.read(min(before + CHUNK + mask.reach, bound - cursor + before))
    at_end = cursor - before + len(data) >= bound
    hidden = mask.hide(
        data,
        cut_before=first > 0 and cursor - before == first,
        cut_after=at_end and not grows,
    )
    end = len(data) - (mask.pending(data) if at_end and grows else 0)
    return hidden[before : min(before + CHUNK, end)]


def trim(log: Path, limit: int) -> bool:
    """Cut out the middle of a log that takes more of the disk than it may; return if it did."""
    try:
        status = log.stat()
    except FileNotFoundError:
        return False
    if status.st_blocks * 512 <= limit:
        return False
    # Less is kept than allowed, or the next line would have to be cut, too.
    begin = limit // 2 // _BLOCK * _BLOCK
    end = (status.st_size - limit // 4) // _BLOCK * _BLOCK
    if begin >= end:
        return False
    with log.open("r+b") as file:
        # Noted before it is cut, so that nobody reads zeros.
        new = log.with_name(f"{GAP}.new")
        new.write_text(f"{begin} {end}\n", "ascii")
        new.replace(_note(log))
        if not _punch(file.fileno(), begin, end - begin):
            _note(log).unlink()
            os.ftruncate(file.fileno(), begin)
    return True


def _gap(log: Path) -> tuple[int, int]:
    """Return where the cut-out part begins and ends; two zeros where there is none."""
    try:
        begin, end = _note(log).read_text("ascii").split()
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(begin), int(end)


def _note(log: Path) -> Path:
    return log.with_name(GAP)


def _punch(file: int, begin: int, length: int) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    fallocate = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if fallocate is None:
        return False
    offset, size = ctypes.c_int64(begin), ctypes.c_int64(length)
    return bool(fallocate(file, _PUNCH_HOLE | _KEEP_SIZE, offset, size) == 0)
