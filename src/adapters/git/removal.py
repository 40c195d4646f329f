"""Removes what killed git processes left in our repositories."""

import os
import shutil
import tempfile
from pathlib import Path

_AN_HOUR = 3600.0
_LEFT_BEHIND = ("pack/tmp_*", "tmp_objdir-*")


def sweep(repository: Path) -> None:
    """Remove what git leaves when it is killed in the middle of taking objects in.

    Nothing else would: we never have git look for what can be dropped.
    """
    objects = repository / "objects"
    for pattern in _LEFT_BEHIND:
        for path in objects.glob(pattern):
            if age_of(path) < _AN_HOUR:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def age_of(path: Path) -> float:
    """Return the seconds since it was written to, by the disk's own clock; 0 if it is gone."""
    with tempfile.TemporaryFile(dir=path.parent) as new:
        try:
            return os.fstat(new.fileno()).st_mtime - path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
