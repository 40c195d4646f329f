"""Removes what an agent had in its hands, whatever the agent has thought of.

The one adapter that others may import: it reaches no tool of its own, and each place where agents
leave something has to be cleared the same way.
"""

import os
import subprocess
from datetime import datetime
from pathlib import Path

from domain.errors import ToolFailed

_RM = ("/bin/rm", "-rf", "--")
_OPEN_UP = ("/bin/chmod", "-R", "u+rwx", "--")
_GOING = ".going."


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


def remove_marked(folder: Path, mark: str, *, before: datetime) -> None:
    """Remove the folders in there that hold such a file, written before then.

    A kill leaves none of them half: they go out of sight first. ToolFailed: one is still there; all
    others are gone.
    """
    failed: ToolFailed | None = None
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        try:
            if path.name.startswith(_GOING):
                remove_tree(path)
            elif _written_before(path / mark, before):
                going = path.with_name(f"{_GOING}{path.name}")
                remove_tree(going)
                path.rename(going)
                remove_tree(going)
        except (ToolFailed, OSError) as error:
            failed = ToolFailed(str(error))
    if failed:
        raise failed


def remove_all_but(folder: Path, *patterns: str) -> None:
    """Remove what is in the folder but names like these. ToolFailed: some of it is still there."""
    for path in folder.iterdir():
        if any(path.match(pattern) for pattern in patterns):
            continue
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)


def _written_before(file: Path, moment: datetime) -> bool:
    try:
        return file.stat().st_mtime < moment.timestamp()
    except (FileNotFoundError, NotADirectoryError):
        return False
