"""Asks a program for its version."""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Sequence

from domain.errors import NotFound, ToolFailed

_TIME_LIMIT = 20
_VERSION = re.compile(r"\d+\.\d+[0-9A-Za-z.+-]*")


async def version_of(command: Sequence[str]) -> str:
    """Return the version that ``command --version`` prints.

    NotFound: it cannot be started. ToolFailed: it fails, says nothing, or takes too long.
    """
    name = command[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *command, "--version", stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
    except OSError as error:
        raise NotFound(f"{name} cannot be started: {error.strerror}; install it") from error
    try:
        async with asyncio.timeout(_TIME_LIMIT):
            output, _ = await process.communicate()
    except TimeoutError:
        raise ToolFailed(f"{name} --version takes longer than {_TIME_LIMIT} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = output.decode("utf-8", "replace").strip()
    found = _VERSION.search(said)
    if process.returncode or found is None:
        raise ToolFailed(f"{name} --version says {said[:100]!r}, exit code {process.returncode}")
    return found.group()
