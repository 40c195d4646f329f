"""An orchestrator that is killed while it starts an agent. A program of its own.

Called with the data folder, the workspace, the image, the run and a number N: it ensures the run,
and kills itself (-9) at the N-th thing that Python reports to audit hooks (an open, a rename, a
connection …), counted from where it begins to.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from domain.identifiers import RunId
from tests.integration.docker.theatre import DockerTheatre


async def main() -> None:
    """Ensures the run, unless it dies of it."""
    data, workspace, image, run, moment = sys.argv[1:]
    theatre = DockerTheatre(Path(data).parent, image)
    theatre.workspace = Path(workspace)
    left = int(moment)

    def count(event: str, arguments: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    name = RunId(run)
    await theatre.runner.ensure(name, theatre.spec(*theatre.command(name)))


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
