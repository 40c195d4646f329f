"""What must be right before anything is started; each fault is one clear line with its remedy."""

import errno
import os
import shutil
import socket
from pathlib import Path

from domain.errors import Invalid, NotAllowed, ToolFailed
from entrypoints.secrets import required_secret, telegram_token
from entrypoints.settings import Server, Settings

_REMEDY = "name a folder that this user may write to"
_LISTEN_REMEDIES = {
    errno.EADDRINUSE: "stop the other program, or set server.port"
    " (ORCHESTRATOR_SERVER__PORT) to a free one",
    errno.EACCES: "set server.port (ORCHESTRATOR_SERVER__PORT) to one above 1023",
}


def check_machine(settings: Settings) -> None:
    """Raise a Failure where git or a secret is missing or a folder can't be written to."""
    check_git()
    if settings.notifier.kind == "telegram":
        telegram_token()
    if settings.agents.runner == "docker":
        for key in settings.agents.docker.egress.keys.values():
            required_secret(key.secret)
    data = settings.data_folder
    for name, folder in (("data", data), ("database.url", settings.database_file.parent)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"cannot make {folder}: {error.strerror}"
            raise Invalid(name, problem, _REMEDY) from None
        _check_folder(name, folder)
    for ours in ("repositories", "runs", "workspaces"):
        _check_folder("data", data / ours)  # made by whoever fills it, and for whose eyes he wants


def check_git() -> None:
    """Raise ToolFailed where there is no git."""
    if shutil.which("git") is None:
        raise ToolFailed("git is not installed or not on PATH; install git 2.30 or newer")


def _check_folder(name: str, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Invalid(name, f"{folder} is no folder", _REMEDY)
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        raise Invalid(name, f"{folder} cannot be written to", _REMEDY)


def listen(server: Server) -> socket.socket:
    """Return a socket that listens where we should; NotAllowed where somebody else does."""
    try:
        return socket.create_server((server.host, server.port), backlog=2048)
    except OSError as error:
        problem = (error.strerror or str(error)).partition(" (while ")[0]  # it says the rest twice
        remedy = _LISTEN_REMEDIES.get(
            error.errno or 0, "set server.host to a name or address of this machine"
        )
        raise NotAllowed(
            f"cannot listen on {server.host}:{server.port}: {problem}; {remedy}"
        ) from None
