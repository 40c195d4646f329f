"""What must be right before anything is started; each fault is one clear line with its remedy."""

import os
import shutil
import socket
from pathlib import Path

from domain.errors import Invalid, NotAllowed, ToolFailed
from entrypoints.settings import Server, Settings


def check_machine(settings: Settings) -> None:
    """Raise a Failure where git is missing or a folder of ours can't be written to."""
    if shutil.which("git") is None:
        raise ToolFailed("git is not installed or not on PATH; install git 2.30 or newer")
    for name, folder in (
        ("data", settings.data_folder),
        ("database.url", settings.database_file.parent),
    ):
        _check_folder(name, folder)


def _check_folder(name: str, folder: Path) -> None:
    remedy = "name a folder that this user may write to"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(name, f"cannot make {folder}: {error.strerror}", remedy) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Invalid(name, f"{folder} cannot be written to", remedy)


def listen(server: Server) -> socket.socket:
    """Return a socket that listens where we should; NotAllowed where somebody else does."""
    try:
        return socket.create_server((server.host, server.port), backlog=2048)
    except OSError as error:
        where = f"{server.host}:{server.port}"
        raise NotAllowed(
            f"cannot listen on {where}: {error.strerror or error}; stop the other program or set"
            " server.port (ORCHESTRATOR_SERVER__PORT) to a free one"
        ) from None
