"""How much memory the service takes when it has nothing to do."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

SETTLING = 3.0


async def main() -> int:
    """Print the resident memory of an idle ``orchestrator serve``."""
    command = str(Path(sys.executable).parent / "orchestrator")
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
            [command, "serve"],
            cwd=folder,
            env={**os.environ, "ORCHESTRATOR_SERVER__PORT": "0"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().rpartition(" ")[2].strip()
            async with httpx.AsyncClient() as client:
                (await client.get(f"{address}/health")).raise_for_status()
            time.sleep(SETTLING)  # noqa: ASYNC251 - the same
            memory = psutil.Process(process.pid).memory_info().rss
        finally:
            process.terminate()
            process.wait()
    print(f"idle: {memory / 1_000_000:.0f} MB resident")
    return 0
