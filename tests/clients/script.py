"""Running a script with other people's clients, in the environment that has them.

A script gets its arguments as words, prints one JSON value, and ends. It cannot import anything of
ours: what it knows of us it knows by the wire.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parents[2] / ".venv-clients"
PYTHON = CLIENTS / "bin/python"
NODE_MODULES = CLIENTS / "node/node_modules"
TIME_LIMIT = 60.0
"""Seconds; importing a large client alone may take several on a busy machine."""


async def run_script(script: Path, *arguments: str) -> Any:
    """Return what the script printed; what it said on standard error is told where it fails."""
    # -I: neither PYTHONPATH, which leads to us, nor the folder that the script lies in.
    return await _printed(str(PYTHON), "-I", "-W", "ignore", str(script), *arguments)


async def run_node(script: Path, *arguments: str) -> Any:
    """The same for a script in JavaScript."""
    return await _printed("node", str(script), *arguments, NODE_PATH=str(NODE_MODULES))


async def _printed(*command: str, **more: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **more},
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
