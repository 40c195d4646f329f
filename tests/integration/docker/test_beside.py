"""A command beside the service reads logs, and keeps its hands off them."""

import pytest

from domain.events import Liveness
from tests.contracts.agent_runner import ONE, SECRET, ended, started, until
from tests.integration.docker.theatre import DockerTheatre

pytestmark = pytest.mark.docker


async def test_who_only_looks_copies_nothing_and_sees_what_the_service_copied(
    theatre: DockerTheatre,
) -> None:
    beside = theatre.make_runner(watches=False)
    await started(theatre, ONE)
    theatre.say(ONE, f"one {SECRET}\n")
    masked = f"one {'*' * len(SECRET)}\n"

    async def copied() -> bool:
        return (await beside.logs(ONE)).text == masked

    await until(copied)
    assert theatre.data.joinpath("runs", ONE, "log").read_text() == masked
    await theatre.runner.close()
    theatre.finish(ONE, 0)

    async def gone() -> bool:
        return (await beside.observe(ONE)).liveness is Liveness.GONE

    await until(gone)
    assert not (await beside.logs(ONE)).ended
    await theatre.restarted()
    await ended(theatre, ONE)
    await theatre.runner.logs(ONE)
    assert (await beside.logs(ONE, len(masked))).ended
    await beside.close()
