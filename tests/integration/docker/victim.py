"""An orchestrator that is killed at a step of an agent's start. A program of its own.

Called with the data folder, the workspace, the image, the run, what the run's network is reached by
(JSON of ``Outside``, or nothing) and a step: a call of the engine as ``before POST /containers/…``
or ``after …``, or what is done with the run's files: ``before claim``, ``after mark`` …
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import httpx

from adapters.docker.engine import Engine
from adapters.docker.kept_log import KeptLog
from adapters.docker.run_folder import RunFolder
from domain.identifiers import RunId
from tests.integration.docker.outside import Outside
from tests.integration.docker.theatre import DockerTheatre

TALKER = 'echo $$ >>"starts.$1"; echo "first words"; exec sleep 1000'
FILES: dict[str, tuple[type, str]] = {
    "claim": (RunFolder, "claim"),
    "write": (KeptLog, "_write"),
    "mark": (KeptLog, "_save"),
}


def die() -> None:
    """As if by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def doom(when: str, what: str) -> None:
    """Have us die then."""
    asked = Engine._asked  # each call passes there

    @asynccontextmanager
    async def doomed(
        engine: Engine, method: str, path: str, *more: Any, **others: Any
    ) -> AsyncGenerator[httpx.Response, None]:
        here = re.fullmatch(what, f"{method} {path}")
        if here and when == "before":
            die()
        async with asked(engine, method, path, *more, **others) as answer:
            if here and when == "after":
                die()
            yield answer

    def fatal(deed: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(deed)
        def done(*arguments: Any) -> Any:
            if when == "before":
                die()
            came = deed(*arguments)
            die()
            return came

        return done

    if what in FILES:
        place, name = FILES[what]
        setattr(place, name, fatal(getattr(place, name)))
    else:
        setattr(Engine, "_asked", doomed)  # noqa: B010 # mypy minds methods that are assigned


async def main() -> None:
    """Ensures the run, and looks after it until it dies of it."""
    data, workspace, image, run, outside, step = sys.argv[1:]
    network = Outside(**json.loads(outside)).reached_by if outside else None
    theatre = DockerTheatre(Path(data).parent, image, network=network)
    theatre.workspace = Path(workspace)
    doom(*step.split(" ", 1))
    await theatre.runner.ensure(RunId(run), theatre.spec("sh", "-c", TALKER, "agent", run))
    await asyncio.sleep(120)  # its output is being copied: that is a step, too


if __name__ == "__main__":
    asyncio.run(main())
