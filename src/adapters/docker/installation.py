"""Who we are among all orchestrators that use one engine."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from domain.errors import ToolFailed

LABEL, RUN, PROBE = "orchestrator.installation", "orchestrator.run", "orchestrator.probe"
"""What containers of ours bear: whatever has another installation's id is left alone."""


def kept_id(file: Path, new_id: Callable[[], str]) -> str:
    """Return the id in the file, which is made at the first call and kept."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            new = file.with_name(f"{file.name}.{os.getpid()}.new")
            new.touch(0o600)
            new.write_text(f"{new_id()}\n", "ascii")
            with suppress(FileExistsError):  # of two who make one, the first has
                os.link(new, file)
            new.unlink()
        return file.read_text("ascii").strip()
    except OSError as error:
        raise ToolFailed(f"{file} cannot be kept: {error}") from error
