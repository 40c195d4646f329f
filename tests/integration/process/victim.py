"""An orchestrator that is killed while it starts an agent. A program of its own.

Called with the data folder, the workspace and the agent's script. For each line ``RUN N`` on
standard input it forks one that ensures the run and kills itself (-9) at the N-th thing that Python
reports to audit hooks (an open, a lock, a rename, the spawn …); with N = 0 it lives on until it is
killed from outside. It prints the pid of the forked one, and then how that ended.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from domain.identifiers import RunId
from ports.agent_runner import AgentSpec
from tests.integration.process.theatre import make_runner


async def start(run: RunId, moment: int) -> None:
    """Ensures the run, unless it dies of it."""
    data, workspace, script = sys.argv[1:]
    spec = AgentSpec(
        command=["sh", "-c", script, "agent", run],
        workspace=Path(workspace),
        brief="# do it\n",
        environment={},
        time_limit=timedelta(hours=1),
        idle_limit=timedelta(hours=1),
    )
    runner = make_runner(Path(data))
    left = moment

    def count(event: str, arguments: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if moment:
        sys.addaudithook(count)
    await runner.ensure(run, spec)
    if not moment:
        await asyncio.Event().wait()


def main() -> None:
    """Forks as it is told."""
    for line in sys.stdin:
        run, moment = line.split()
        pid = os.fork()
        if pid == 0:
            asyncio.run(start(RunId(run), int(moment)))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
