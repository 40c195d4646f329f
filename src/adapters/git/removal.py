"""Removes folders that an agent had in its hands, and what killed git processes left in ours."""

import os
import shutil
import tempfile
from pathlib import Path

from adapters.git.process import Leash
from domain.errors import ToolFailed

_AN_HOUR = 3600.0
_LEFT_BEHIND = ("pack/tmp_*", "tmp_objdir-*")


def remove_tree(leash: Leash, folder: Path) -> None:
    """Remove the folder, also where rights are taken away or folders lie thousands deep.

    ToolFailed: it is still there.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:  # it is gone, or somebody else is removing it as well
        shutil.rmtree(folder, ignore_errors=True)
    except (OSError, RecursionError) as error:
        # These two follow no links, and know no depth.
        for command in (["/bin/chmod", "-R", "u+rwx"], ["/bin/rm", "-rf"]):
            process = leash.start([*command, str(folder)], {})
            process.communicate()
        if folder.exists():
            raise ToolFailed(f"the folder {folder} cannot be removed: {error}") from error


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
