"""We are killed while we start an agent; whoever comes next finds it running, exactly once."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from domain.events import Liveness
from domain.identifiers import RunId
from tests.contracts.agent_runner import spec_for, started
from tests.integration.process.theatre import AGENT, ProcessTheatre

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def victim(theatre: ProcessTheatre) -> AsyncGenerator[Process, None]:
    """An orchestrator that forks one to be killed for each line it is told."""
    program = Path(__file__).with_name("victim.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(program, theatre.data, theatre.workspace, AGENT),
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": os.environ["PATH"]},
        stdin=PIPE,
        stdout=PIPE,
    )
    yield process
    assert process.stdin
    process.stdin.close()
    await process.wait()


async def told(victim: Process) -> int:
    """The next number it prints."""
    assert victim.stdout
    return int(await victim.stdout.readline())


async def order(victim: Process, run: RunId, moment: int) -> int:
    """Lets one be forked, and returns its pid."""
    assert victim.stdin
    victim.stdin.write(f"{run} {moment}\n".encode())
    return await told(victim)


async def expect_one_agent(theatre: ProcessTheatre, run: RunId) -> None:
    """Starts it once more, as the next orchestrator would, and counts the agents."""
    await theatre.restarted()
    await started(theatre, run)
    seen = await theatre.runner.observe(run)
    assert seen.liveness is Liveness.RUNNING, seen
    await theatre.runner.ensure(run, spec_for(theatre, run))
    await theatre.runner.stop(run)
    assert theatre.starts(run) == 1


@pytest.mark.slow
async def test_killed_at_any_step_of_a_start_the_agent_runs_once(
    theatre: ProcessTheatre, victim: Process
) -> None:
    for moment in range(1, 1000):
        run = RunId(f"ET-1-{moment}")
        await order(victim, run, moment)
        ending = await told(victim)
        await expect_one_agent(theatre, run)
        if ending == 0:  # it got through without dying: there were no more steps
            assert moment > 30
            return
        assert ending == -signal.SIGKILL


async def test_killed_at_any_time_around_a_start_the_agent_runs_once(
    theatre: ProcessTheatre, victim: Process
) -> None:
    chance = random.Random(7)
    for number in range(1, 41):
        run = RunId(f"ET-2-{number}")
        pid = await order(victim, run, 0)
        await asyncio.sleep(chance.uniform(0, 0.025))
        os.kill(pid, signal.SIGKILL)
        assert await told(victim) == -signal.SIGKILL
        await expect_one_agent(theatre, run)
