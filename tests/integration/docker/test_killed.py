"""We are killed at a step of an agent's start: whoever comes next finds one container, one run."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from adapters.docker.egress import PROXY
from adapters.docker.installation import RUN
from domain.events import Liveness
from tests.contracts.agent_runner import ONE, until
from tests.integration.docker.outside import Outside
from tests.integration.docker.theatre import DockerTheatre
from tests.integration.docker.victim import TALKER

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[3]
VICTIM = Path(__file__).with_name("victim.py")
CREATE, START = "POST /containers/create", "POST /containers/.*ET-1-1/start"
FOLLOW = "GET /containers/.*/logs"


async def killed(theatre: DockerTheatre, step: str, outside: Outside | None = None) -> None:
    """Has another process of ours start the run, and die of it."""
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        *(VICTIM, theatre.data, theatre.workspace, theatre.image, ONE),
        *(json.dumps(asdict(outside)) if outside else "", step),
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": os.environ["PATH"]},
    )
    assert await victim.wait() == -signal.SIGKILL


async def expect_one(theatre: DockerTheatre) -> None:
    """Goes on where the other left off: one container, one run, and its output once."""
    spec = theatre.spec("sh", "-c", TALKER, "agent", ONE)
    await theatre.runner.ensure(ONE, spec)

    async def heard() -> bool:
        return (await theatre.runner.logs(ONE)).text == "first words\n"

    await until(heard)
    assert (await theatre.runner.observe(ONE)).liveness is Liveness.RUNNING
    assert len(theatre.left(RUN)) == 1
    await theatre.runner.stop(ONE)
    await theatre.runner.ensure(ONE, spec)
    assert await theatre.printed(ONE) == "first words\n"
    assert theatre.starts(ONE) == 1
    assert await theatre.runner.live() == []


@pytest.mark.parametrize(
    "step",
    [
        *(f"before {CREATE}", f"after {CREATE}"),
        *("before claim", "after claim"),
        *(f"before {START}", f"after {START}"),
        *(f"before {FOLLOW}", f"after {FOLLOW}"),
        *("before write", "after write", "after mark"),
    ],
)
async def test_killed_at_a_step_of_a_start_we_find_one_agent(
    theatre: DockerTheatre, step: str
) -> None:
    await killed(theatre, step)
    await expect_one(theatre)


@pytest.mark.parametrize(
    "step",
    [
        f"after {CREATE}",  # the proxy's
        "after GET /containers/.*/archive",
        "after POST /networks/create",
        "after POST /networks/.*/connect",
    ],
)
async def test_killed_while_the_way_out_is_made_ready_we_find_one_proxy(
    confined: DockerTheatre, world: Outside, step: str
) -> None:
    await killed(confined, step, world)
    await expect_one(confined)
    assert len(confined.left(PROXY)) == 1
