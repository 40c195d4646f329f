"""How much of the disk a workspace takes, and whose it is.

A bind mount has no quota of its own on most file systems. The kernel stops any single file at the
limit (see ``blueprint``); for the sum of them the folder is measured, the sooner the quicker the
disk fills up.
"""

import errno
import os
import subprocess
from pathlib import Path

ENDLESS = 1 << 62
"""What a folder counts as that lies too deep to be looked into: no tool but a trap makes such."""


def taken(folder: Path) -> int:
    """Return the bytes that the folder takes; what vanishes meanwhile is not counted."""
    total, folders = 0, [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    total += status.st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except (FileNotFoundError, PermissionError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return ENDLESS
            raise
    return total


def free(folder: Path) -> int:
    """Return the bytes that are free where the folder is."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def give(folder: Path, uid: int, gid: int) -> None:
    """Make that user the owner of the folder and all in it, following no link, however deep."""
    command = ["/bin/chown", "-hR", f"{uid}:{gid}", "--", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        raise OSError(done.stderr.decode("utf-8", "replace").strip()[:200])
