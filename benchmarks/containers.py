"""How much of the delay before an agent's first process is ours, where agents are containers.

Each agent prints the time as its first and last deed. Beside the whole delay stands the engine's
own part, measured in the same run: such a container made and started by two bare calls, and the
next one as soon as the engine tells of its end. What is left is ours.
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

ITEMS, HOPS = 12, 4
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
        starts, hops, bare_starts, bare_hops, commands = await measured(container, image)
    for what, figures in (
        ("comment stored -> first process", starts),
        ("agent's end -> next first process", hops),
        ("the engine alone, made and started", bare_starts),
        ("the engine alone, an end -> next first process", bare_hops),
        ("docker run of the same image", commands),
    ):
        print(f"{what} (n={len(figures)}): {shown(figures)}")
    for what, whole, bare in (("start", starts, bare_starts), ("hop", hops, bare_hops)):
        ours = statistics.median(whole) - statistics.median(bare)
        print(f"ours of a {what}, at the median: {ours:.1f} ms")
    return 0


async def measured(container: Container, image: str) -> Sequence[list[float]]:
    """Return the delays after comments, those between agents, and the floors of them, in ms.

    By turns: whatever else the machine does slows all of them down alike.
    """
    engine = Engine()
    lists: list[list[float]] = [[] for _ in range(5)]
    starts, hops, bare_starts, bare_hops, commands = lists
    async with working(container):
        for number in range(ITEMS):
            key, stored = await one_item(container, number)
            runs = [record.run.id for record in (await container.look_up().story(key)).runs]
            printed = [await moment(container, run) for run in runs]
            starts.append((printed[1] - stored) * 1000)
            hops += [(begin - end) * 1000 for end, begin in pairwise(printed[1:])]
            begun, printed = await by_the_engine(engine, str(number), recipe(image, PRINT))
            bare_starts.append((printed[0] - begun) * 1000)
            bare_hops += [(begin - end) * 1000 for end, begin in pairwise(printed)]
            commands += [await asyncio.to_thread(by_command, image) for _ in range(2)]
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


async def by_the_engine(engine: Engine, what: str, body: Body) -> tuple[float, list[float]]:
    """Start a few, each as soon as the engine tells of the end of the one before, and no sooner.

    Return when the first was asked for, and when each printed.
    """
    names = [f"orchestrator-floor-{os.getpid()}-{what}-{turn}" for turn in range(HOPS + 1)]
    query = {"filters": filtered({"event": ["die"], "container": names})}
    async with engine.stream("/events", query) as events:
        lines = events.aiter_lines()
        begun = time.time()
        for name in names:
            made = await engine.post("/containers/create", Created, body, {"name": name})
            await engine.call("POST", f"/containers/{made.id}/start")
            assert msgspec.json.decode(await anext(lines), type=Event).action == "die"
    printed = []
    for name in names:
        logs = await engine.call("GET", f"/containers/{name}/logs", {"stdout": 1})
        printed.append(int(logs[8:]) / 1e9)
        await engine.call("DELETE", f"/containers/{name}", {"force": 1})
    return begun, printed


def by_command(image: str) -> float:
    """Return how long ``docker run`` takes until the first process, in milliseconds."""
    begin = time.time()
    command = ["docker", "run", "--rm", "--network", "none", image, *PRINT]
    done = subprocess.run(command, check=True, capture_output=True)
    return (int(done.stdout) / 1e9 - begin) * 1000


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
