"""The engine's own copy of an agent's output is damaged on its disk: no engine may die of us."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from adapters.docker.follower import Gap
from domain.events import Outcome
from tests.contracts.agent_excess import printed
from tests.contracts.agent_runner import ONE, TWO, ended, started, until
from tests.integration.docker.own_engine import IMAGE, OwnEngine, own_engine
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = [pytest.mark.docker, pytest.mark.slow]

LINES = 400
SPOKEN = "\nsay ".join(f"line {number}" for number in range(LINES))


@pytest.fixture
def engine() -> Generator[OwnEngine, None, None]:
    """An engine of our own: some die of damaged logs."""
    with own_engine("--live-restore") as own:
        yield own


@pytest.fixture
async def stage(tmp_path: Path, engine: OwnEngine) -> AsyncGenerator[DockerTheatre, None]:
    """A runner on it."""
    theatre = DockerTheatre(tmp_path, IMAGE, host=engine.host)
    yield theatre
    await theatre.clear()


async def test_what_can_be_read_is_copied_what_cannot_is_said_and_the_engine_lives(
    stage: DockerTheatre, engine: OwnEngine
) -> None:
    await started(stage, TWO)
    await started(stage, ONE)
    await stage.runner.close()  # so that none of it is copied before it is damaged
    stage.say(ONE, f"{SPOKEN}\n")
    log = engine.output_of(
        docker("inspect", "--format", "{{.Id}}", stage.container(ONE), host=engine.host)
    )

    async def written() -> bool:
        return f"line {LINES - 1}".encode() in log.read_bytes()

    await until(written)
    kept = bytearray(log.read_bytes())
    middle = kept.index(f"line {LINES // 2}".encode())
    kept[middle : middle + 100] = b"\xff" * 100
    log.write_bytes(kept)
    await stage.restarted()
    stage.finish(ONE, 3)
    assert (await ended(stage, ONE)).outcome is Outcome.EXITED
    text = await printed(stage, ONE)
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith(f"{Gap.UNREADABLE.value.decode()}line {LINES - 1}\n")
    assert engine.lives()
    stage.say(TWO, "and the other goes on\n")
    stage.finish(TWO, 0)
    assert (await ended(stage, TWO)).exit_code == 0
    assert await printed(stage, TWO) == "and the other goes on\n"
