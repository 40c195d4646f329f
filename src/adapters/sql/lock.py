"""The lock file beside a database: one process serves from it, whatever happens to that process.

The operating system lets go of the lock when its holder dies, so there is nothing to clean up.
"""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from domain.errors import NotAllowed


class FileLock:
    """A lock that is ours until it is released, or this process ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock of that database. NotAllowed: another process has it."""
        path = database.with_name(f"{database.name}.lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 20).decode(errors="replace").strip() or "unknown"
            since = datetime.fromtimestamp(os.fstat(self._file).st_mtime, UTC)
            os.close(self._file)
            if not isinstance(error, BlockingIOError):
                raise
            raise NotAllowed(
                f"{database} is in use by process {holder} (started {since:%Y-%m-%d %H:%M:%S} UTC);"
                " stop it first, or name another database"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have it. The file stays: removing it would let two take it at once."""
        os.close(self._file)

    def __enter__(self) -> Self:
        """Keep the lock for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have it."""
        self.release()
