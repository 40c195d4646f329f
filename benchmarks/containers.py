"""How much of the delay before an agent's first process is ours, where agents are containers.

Each agent prints the time as its first and last deed. Beside the whole delay stands the engine's
own part, measured in the same run: such a container made and started by two bare calls, and how
long the engine takes to tell of an end. What is left is ours.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from adapters.docker.engine import Engine, filtered
from adapters.docker.wire import Body, Created, Event
from benchmarks.delays import one_item, shown
from benchmarks.embedded import embedded
from domain.identifiers import RunId
from entrypoints.container import Container
from entrypoints.docker_settings import DockerSettings
from entrypoints.service import working
from entrypoints.settings import AgentSettings

ITEMS, FLOORS = 12, 4
PRINT = ("sh", "-c", "date +%s%N")


async def main() -> int:
    """Print all figures."""
    image = os.environ.get("IMAGE", "")  # of a benchmark, not of the service
    if not image:
        print("left out: set IMAGE to an image with a shell that the engine has")
        return 0
    agents = AgentSettings(
        runner="docker",
        image=image,
        command=PRINT,
        docker=DockerSettings(network="none", pull="never"),
    )
    with tempfile.TemporaryDirectory() as name:
        container = await embedded(Path(name), git=False, agents=agents)
        starts, hops, began, told, floor_runs = await measured(container, image)
    print(f"comment stored -> first process (n={len(starts)}): {shown(starts)}")
    print(f"agent's end -> next first process (n={len(hops)}): {shown(hops)}")
    print(f"the engine alone, made and started (n={len(began)}): {shown(began)}")
    print(f"the engine alone, an end until it is told (n={len(told)}): {shown(told)}")
    floor = statistics.median(began)
    print(f"docker run of the same image (n={len(floor_runs)}): {shown(floor_runs)}")
    print(f"ours of a start, at the median: {statistics.median(starts) - floor:.1f} ms")
    ours = statistics.median(hops) - floor - statistics.median(told)
    print(f"ours of a hop, at the median: {ours:.1f} ms")
    return 0


async def measured(container: Container, image: str) -> Sequence[list[float]]:
    """Return the delays after comments, those between agents, and the floors of them, in ms.

    By turns: whatever else the machine does slows all of them down alike.
    """
    engine = Engine()
    lists: list[list[float]] = [[] for _ in range(5)]
    starts, hops, began, told, commands = lists
    async with working(container):
        for number in range(ITEMS):
            key, stored = await one_item(container, number)
            runs = [record.run.id for record in (await container.look_up().story(key)).runs]
            printed = [await moment(container, run) for run in runs]
            starts.append((printed[1] - stored) * 1000)
            hops += [(begin - end) * 1000 for end, begin in pairwise(printed[1:])]
            for turn in range(FLOORS):
                start, end = await by_the_engine(engine, f"{number}-{turn}", recipe(image, PRINT))
                began.append(start)
                told.append(end)
                commands.append(await asyncio.to_thread(by_command, image))
    await engine.close()
    return lists


async def moment(container: Container, run: RunId) -> float:
    """Return when the agent's first process ran: it printed that, and ended."""
    return int((await container.runner().logs(run)).text) / 1e9


def recipe(image: str, command: Sequence[str]) -> Body:
    """Return a container as ours are, but for what takes the engine no time."""
    return {
        "Image": image,
        "Cmd": list(command),
        "User": "10001:10001",
        "HostConfig": {
            "Init": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "ReadonlyRootfs": True,
            "Memory": 1 << 32,
            "PidsLimit": 512,
            "NetworkMode": "none",
            "Tmpfs": {"/tmp": "", "/home/agent": ""},  # noqa: S108 # the container's own
            "LogConfig": {"Type": "local"},
        },
    }


async def by_the_engine(engine: Engine, what: str, body: Body) -> tuple[float, float]:
    """Return how long the engine takes to start one, and to tell of its end, in milliseconds."""
    name = f"orchestrator-floor-{os.getpid()}-{what}"
    query = {"filters": filtered({"event": ["die"], "container": [name]})}
    async with engine.stream("/events", query) as events:
        begin = time.time()
        made = await engine.post("/containers/create", Created, body, {"name": name})
        await engine.call("POST", f"/containers/{made.id}/start")
        line = await anext(events.aiter_lines())
        heard = time.time()
        assert msgspec.json.decode(line, type=Event).action == "die"
    logs = await engine.call("GET", f"/containers/{made.id}/logs", {"stdout": 1})
    printed = int(logs[8:]) / 1e9
    await engine.call("DELETE", f"/containers/{made.id}", {"force": 1})
    return (printed - begin) * 1000, (heard - printed) * 1000


def by_command(image: str) -> float:
    """Return how long ``docker run`` takes until the first process, in milliseconds."""
    begin = time.time()
    command = ["docker", "run", "--rm", "--network", "none", image, *PRINT]
    done = subprocess.run(command, check=True, capture_output=True)
    return (int(done.stdout) / 1e9 - begin) * 1000


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
