"""Doctor asks programs in the images that they run in, and leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.docker.containers import Containers
from adapters.docker.engine import Engine
from adapters.docker.installation import PROBE
from adapters.docker.programs import ImagePrograms
from domain.errors import NotAllowed
from ports.clock import Clock
from tests.contracts.agent_runner import PATIENCE, until
from tests.contracts.programs import ProgramsContract
from tests.integration.docker.theatre import USER, DockerTheatre, RealTime

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[3]
ASKER = """
import asyncio, sys
from tests.integration.docker.test_programs import asking
from adapters.docker.engine import Engine
installation, image = sys.argv[1:]
asyncio.run(asking(Engine(), installation, image, seconds=60).ask(["sleep", "1000"]))
"""


class Ahead:
    """A clock that is five minutes ahead."""

    def now(self) -> datetime:
        """The time by it."""
        return RealTime().now() + timedelta(minutes=5)


def asking(
    engine: Engine, installation: str, image: str, *, seconds: float, clock: Clock | None = None
) -> ImagePrograms:
    """Programs of that image."""
    return ImagePrograms(
        engine,
        Containers(engine, lambda: installation),
        clock or RealTime(),
        image=image,
        user=USER,
        patience=timedelta(seconds=seconds),
    )


@pytest.fixture
async def engine() -> AsyncGenerator[Engine, None]:
    """This machine's engine."""
    way = Engine()
    yield way
    await way.close()


@pytest.fixture
def programs(theatre: DockerTheatre, engine: Engine) -> ImagePrograms:
    """The programs of an agent's image."""
    return asking(engine, theatre.id, theatre.image, seconds=PATIENCE)


@pytest.fixture
def hasty(theatre: DockerTheatre, engine: Engine) -> ImagePrograms:
    """The same, asked with little patience."""
    return asking(engine, theatre.id, theatre.image, seconds=0.5)


class TestImagePrograms(ProgramsContract):
    """The programs of an image."""

    async def test_an_image_that_is_not_there_is_not_fetched(self, programs: ImagePrograms) -> None:
        with pytest.raises(NotAllowed, match="image no-such-image:7 is not there"):
            await programs.ask(["true"], image="no-such-image:7")

    async def test_they_reach_nothing_and_nothing_is_left_of_them(
        self, programs: ImagePrograms, theatre: DockerTheatre
    ) -> None:
        assert await programs.ask(["ls", "/sys/class/net"]) == "lo"
        assert await programs.ask(["id", "-u"]) == str(USER[0])
        assert theatre.left() == []


@pytest.mark.parametrize("who", ["the service", "doctor"])
async def test_what_is_left_when_we_are_killed_is_removed_later(
    theatre: DockerTheatre, engine: Engine, who: str
) -> None:
    asker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", ASKER, theatre.id, theatre.image),
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": os.environ["PATH"]},
    )

    async def asked() -> bool:
        return theatre.left(PROBE) != []

    await until(asked)
    asker.send_signal(signal.SIGKILL)
    await asker.wait()
    soon = asking(engine, theatre.id, theatre.image, seconds=PATIENCE)
    await soon.ask(["true"])
    assert len(theatre.left(PROBE)) == 1  # it might be another's who still wants it
    if who == "doctor":
        later = asking(engine, theatre.id, theatre.image, seconds=PATIENCE, clock=Ahead())
        await later.ask(["true"])
    else:
        theatre.clock = Ahead()
        await theatre.restarted()
        await theatre.runner.live()

    async def removed() -> bool:
        return theatre.left(PROBE) == []

    await until(removed)
