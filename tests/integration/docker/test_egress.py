"""Agents reach what is listed, with keys that they never see, and nothing else."""

import json
from functools import partial

import pytest

from adapters.docker.egress import PROXY
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from tests.contracts.agent_runner import ONE, TWO, ended, started, until
from tests.integration.docker.outside import KEY, Outside
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = pytest.mark.docker


def proxies(theatre: DockerTheatre) -> list[str]:
    """The proxies that are there."""
    return theatre.left(PROXY)


async def asked(theatre: DockerTheatre, url: str, run: RunId = ONE, *more: str) -> str:
    """What an agent prints that asks for that."""
    seen = await theatre.perform(run, "ask.py", url, *more)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0), await theatre.printed(run)
    return await theatre.printed(run)


async def test_the_key_is_put_into_requests_to_its_host(confined: DockerTheatre) -> None:
    told = json.loads(await asked(confined, "https://model.test/v1/messages"))
    assert told["path"] == "/v1/messages"
    assert told["headers"]["x-api-key"] == KEY
    assert "proxy-authorization" not in told["headers"]


async def test_another_host_that_is_listed_does_not_get_the_key(confined: DockerTheatre) -> None:
    told = json.loads(await asked(confined, "https://a.docs.test/"))
    assert told["headers"]["x-api-key"] == "held-by-the-egress-proxy"


async def test_a_host_that_is_not_listed_is_refused_and_the_log_says_so(
    confined: DockerTheatre,
) -> None:
    assert "Tunnel connection failed: 403" in await asked(confined, "https://evil.test/")

    async def told() -> bool:
        return "[egress] refused: evil.test:443" in await confined.printed(ONE)

    await until(told)


async def test_a_host_in_front_of_which_another_is_named_is_refused(
    confined: DockerTheatre,
) -> None:
    await confined.perform(ONE, "front.py", "model.test", "evil.test")
    assert "403" in (await confined.printed(ONE)).splitlines()


@pytest.mark.parametrize("login", ["", "ET-9-9:guessed@"])
async def test_who_does_not_say_whose_agent_he_is_gets_nowhere(
    confined: DockerTheatre, login: str
) -> None:
    assert "407" in await asked(confined, "https://model.test/", ONE, login)


async def test_agents_do_not_reach_each_other(confined: DockerTheatre) -> None:
    await started(confined, TWO)
    there = docker(
        *("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"),
        confined.container(TWO),
    )
    script = (
        "import socket\n"
        f"try: socket.create_connection(({there!r}, 1), 3)\n"
        "except ConnectionRefusedError: print('reached')\n"
        "except OSError as error: print('not reached:', error)\n"
    )
    await confined.play(ONE, "python3", "-c", script)
    assert "not reached" in await confined.printed(ONE)


async def test_the_proxy_is_one_and_outlives_runs_and_restarts_of_ours(
    confined: DockerTheatre,
) -> None:
    await asked(confined, "https://model.test/")
    (proxy,) = proxies(confined)
    await confined.restarted()
    await asked(confined, "https://model.test/", TWO)
    assert proxies(confined) == [proxy]


async def test_a_proxy_that_was_killed_is_there_again_for_the_next_run(
    confined: DockerTheatre,
) -> None:
    await asked(confined, "https://model.test/")
    (proxy,) = proxies(confined)
    docker("rm", "--force", "--volumes", proxy)
    assert KEY in await asked(confined, "https://model.test/", TWO)
    assert proxies(confined) != [proxy]


async def test_with_another_policy_runs_get_another_proxy_and_live_ones_keep_theirs(
    confined: DockerTheatre, world: Outside
) -> None:
    await started(confined, ONE)
    (first,) = proxies(confined)
    confined.network = partial(world.reached_by, allow=("evil.test",))
    await confined.restarted()
    assert KEY not in await asked(confined, "https://evil.test/", TWO)
    assert first in proxies(confined)
    assert (await confined.runner.observe(ONE)).liveness is Liveness.RUNNING
    confined.finish(ONE, 0)
    await ended(confined, ONE)

    async def replaced() -> bool:
        return first not in proxies(confined)

    await until(replaced)
    assert len(proxies(confined)) == 1


async def test_without_its_image_a_run_does_not_start_and_says_why(
    confined: DockerTheatre, world: Outside
) -> None:
    confined.network = Outside(
        network=world.network, authority="", egress_image="no-such-image"
    ).reached_by
    await confined.restarted()
    seen = await confined.play(ONE, "true")
    assert seen.outcome is Outcome.NOT_STARTED
    assert "no-such-image" in seen.detail
