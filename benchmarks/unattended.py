"""How long the unattended demo takes, from its command to its exit code."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PASSES = 3


async def main() -> int:
    """Print the whole command's wall time, set-up and end included."""
    command = str(Path(sys.executable).parent / "orchestrator")
    figures: list[float] = []
    for _ in range(PASSES):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run(  # noqa: ASYNC221 - nothing else runs here
                [command, "demo", "--unattended"],
                cwd=folder,
                env={**os.environ, "ORCHESTRATOR_SERVER__PORT": "0"},
                stdout=subprocess.DEVNULL,
                check=True,
            )
            figures.append(time.perf_counter() - began)
    print(f"unattended demo, 10 agents: median {statistics.median(figures):.1f} s of {PASSES}")
    return 0
