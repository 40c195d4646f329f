"""Starts an agent under a supervisor that outlives us.

The supervisor is a few lines of POSIX shell: nothing else is there within a millisecond, on any
machine, and survives both our death and an upgrade of our files. It uses no variables and runs the
agent by its absolute path, so nothing in the agent's environment or name can change what it does.

    The name is claimed with O_EXCL (set -C): of two supervisors one ends without a word.
    The agent's end is written down. O_EXCL again, one write: there in whole or not at all.
    What the agent left behind in its process group dies with the supervisor, by one signal.

Its standard error is the lock that its life is told by (see ``run_folder``), and takes what it has
to complain of. The agent does not inherit it. Signals to the group reach the agent only: a trap is
undone in a child, while an ignored signal would not be.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SHELL = "/bin/sh"

_SCRIPT = """\
trap : HUP INT QUIT TERM
set -C
echo $$ >"$0/claim" || exit
"$@" 2>&1
echo $? >"$0/exit"
kill -KILL 0
"""


def find(command: Sequence[str], workspace: Path, environment: Mapping[str, str]) -> str:
    """Return the command's absolute path; raise OSError, in words, if it cannot be started."""
    if not workspace.is_dir():
        raise FileNotFoundError(f"no workspace at {workspace}")
    if not command or not command[0]:
        raise FileNotFoundError("no command was given")
    name = command[0]
    if "/" in name:
        path = workspace / name
        if not path.is_file():
            raise FileNotFoundError(f"{name}: no such file")
        if not os.access(path, os.X_OK):
            raise PermissionError(f"{name}: not executable")
        found = str(path.absolute())
    else:
        at = shutil.which(name, path=environment.get("PATH", os.defpath))
        if at is None:
            raise FileNotFoundError(f"{name}: not found on PATH")
        found = str(Path(at).absolute())
    _check_interpreter(found)
    return found


def start(
    folder: Path,
    command: Sequence[str],
    workspace: Path,
    environment: Mapping[str, str],
    *,
    brief: int,
    log: int,
    lock: int,
) -> int:
    """Start the supervisor and return its pid, which is also its session and process group.

    OSError or ValueError: nothing was started.
    """
    process = subprocess.Popen(
        [SHELL, "-c", _SCRIPT, str(folder), *command],
        stdin=brief,
        stdout=log,
        stderr=lock,
        cwd=workspace,
        env=environment,
        start_new_session=True,
    )
    # Its end is learned from the kernel, also by those who did not start it; Popen is not to wait
    # for it, nor to complain that nobody did.
    process.returncode = 0
    return process.pid


def _check_interpreter(path: str) -> None:
    """A script is only as executable as the program its first line names."""
    with Path(path).open("rb") as file:
        first = file.readline(256)
    if not first.startswith(b"#!"):
        return
    words = first[2:].split()
    if words and not os.access(words[0], os.X_OK):
        raise FileNotFoundError(f"{path}: its interpreter {os.fsdecode(words[0])} is not there")
