"""Asks a program for its version."""

import re
from collections.abc import Sequence

from domain.errors import ToolFailed
from ports.agent_runtime import Programs

_VERSION = re.compile(r"\d+\.\d+[0-9A-Za-z.+-]*")


async def version_of(programs: Programs, command: Sequence[str], image: str = "") -> str:
    """Return the version that ``command --version`` prints.

    NotFound: it is not there. ToolFailed: it fails, says nothing, or takes too long.
    """
    said = await programs.ask([*command, "--version"], image=image)
    found = _VERSION.search(said)
    if found is None:
        raise ToolFailed(f"{command[0]} --version says {said[:100]!r}")
    return found.group()
