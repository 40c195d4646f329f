"""Who we are among all orchestrators that use one engine."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from domain.errors import ToolFailed

LABEL, RUN = "orchestrator.installation", "orchestrator.run"


def installation(data: Path, new_id: Callable[[], str]) -> str:
    """Return the id of the installation whose data these are; made at the first call, and kept.

    Containers carry it: what bears another's id is left alone.
    """
    file = data / "installation"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            new = data / f"installation.{os.getpid()}.new"
            new.write_text(f"{new_id()}\n", "ascii")
            with suppress(FileExistsError):  # of two who make one, the first has
                os.link(new, file)
            new.unlink()
        return file.read_text("ascii").strip()
    except OSError as error:
        raise ToolFailed(f"the installation's id cannot be kept: {error}") from error
