"""Removes folders that an agent had in its hands, and what killed git processes left in ours."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from domain.errors import ToolFailed

_AN_HOUR = 3600.0
_LEFT_BEHIND = ("pack/tmp_*", "tmp_objdir-*")
_RM = ("/bin/rm", "-rf")
_OPEN_UP = ("/bin/chmod", "-R", "u+rwx")


def remove_tree(folder: Path) -> None:
    """Remove the folder, also where rights are taken away or folders lie thousands deep.

    By programs that follow no link and know no depth, where Python's own would end in a
    RecursionError. ToolFailed: it is still there.
    """
    said = b""
    for command in (_RM, _OPEN_UP, _RM):
        if not os.path.lexists(folder):
            return
        said = subprocess.run([*command, folder], env={}, check=False, capture_output=True).stderr
    if os.path.lexists(folder):
        told = said.decode("utf-8", "replace").strip()[:200]
        raise ToolFailed(f"the folder {folder} cannot be removed: {told}")


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
