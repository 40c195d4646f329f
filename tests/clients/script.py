"""Running a script with other people's clients, in the environment that has them.

A script gets its arguments as words, prints one JSON value, and ends. It cannot import anything of
ours: what it knows of us it knows by the wire.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).parents[2] / ".venv-clients/bin/python"
TIME_LIMIT = 60.0
"""Seconds; importing a large client alone may take several on a busy machine."""


async def run_script(script: Path, *arguments: str) -> Any:
    """Return what the script printed; what it said on standard error is told where it fails."""
    # -I: neither PYTHONPATH, which leads to us, nor the folder that the script lies in.
    process = await asyncio.create_subprocess_exec(
        *(str(PYTHON), "-I", "-W", "ignore", str(script), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode("utf-8", "replace")
    return json.loads(out)
