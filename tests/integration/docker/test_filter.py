"""A filter before the engine's socket lets through what the documentation lists: that is enough."""

import http.client
import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import httpx
import pytest

from adapters.docker.engine import Engine
from adapters.docker.examiner import DockerExaminer
from adapters.docker.images import Pull
from adapters.docker.network import PlainNetwork
from domain.errors import ToolFailed
from domain.events import Liveness, Outcome
from domain.identifiers import RunId
from ports.examination import Verdict
from tests.contracts.agent_runner import ONE, PATIENCE, TWO, ended, started
from tests.integration.docker.gate import ENGINE
from tests.integration.docker.outside import KEY, Outside
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[3]
FILTER = ROOT / "docker" / "socket-proxy" / "haproxy.cfg"
IMAGE = """
FROM {base}
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends haproxy
"""
THREE = RunId("ET-3-1")


@dataclass(frozen=True)
class Filter:
    """HAProxy in a container, as we ship its configuration."""

    name: str
    host: str

    def passed(self) -> set[str]:
        """The calls that it let through, as METHOD /path."""
        lines = docker("logs", self.name).splitlines()
        answered = [line.split() for line in lines if re.match(r"[0-9]{3} [A-Z]+ /", line)]
        return {
            f"{method} {re.sub('^/v1[.][0-9]+', '', path)}"
            for status, method, path in answered
            if status != "403"
        }


@pytest.fixture(scope="module")
def filtered(base_image: str) -> Generator[Filter, None, None]:
    """The filter, ready."""
    image, name = "orchestrator-test-socket-proxy", f"orchestrator-test-{token_hex(4)}"
    docker("build", "--quiet", "--tag", image, "-", given=IMAGE.format(base=base_image).encode())
    docker(
        *("run", "--detach", "--init", "--name", name, "--publish", "127.0.0.1::2375"),
        *("--volume", f"{FILTER}:/haproxy.cfg:ro", "--volume", f"{ENGINE}:{ENGINE}"),
        *(image, "haproxy", "-f", "/haproxy.cfg"),
    )
    try:
        there = Filter(name, f"tcp://{docker('port', name, '2375').splitlines()[0]}")
        _await(there)
        yield there
    finally:
        docker("rm", "--force", "--volumes", name)


def _await(there: Filter) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(there.host.replace("tcp", "http") + "/_ping").raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < give_up, docker("logs", there.name)
            time.sleep(0.05)
        else:
            return


def listed() -> list[str]:
    """The calls of the table in the documentation, ``*`` standing for a name."""
    page = (ROOT / "docs" / "containers.md").read_text()
    rows = re.findall(r"^[|] (GET|POST|DELETE) [|] (.*) [|]$", page, re.MULTILINE)
    return [f"{method} {path}" for method, cell in rows for path in re.findall(r"`(/[^`]*)`", cell)]


def fits(call: str, row: str) -> bool:
    """Whether the call is one of that row."""
    name = ".+" if "/images/" in row else "[^/]+"
    return bool(re.fullmatch(re.escape(row).replace(r"\*", name), call))


async def test_agents_live_and_end_behind_it_with_no_call_but_those_that_are_listed(
    tmp_path: Path, agent_image: str, world: Outside, filtered: Filter
) -> None:
    stage = DockerTheatre(
        tmp_path,
        agent_image,
        host=filtered.host,
        command_host=f"unix://{ENGINE}",
        network=world.reached_by,
    )
    try:
        await _live(stage, world)
        engine = Engine(filtered.host)
        examiner = DockerExaminer(
            engine, PlainNetwork("none"), images=[agent_image], pull_policy=Pull.NEVER
        )
        assert Verdict.FAILED not in {found.verdict for found in await examiner.examine()}
        await engine.close()
    finally:
        await stage.clear()
    rows, passed = listed(), filtered.passed()
    assert len(rows) > 12
    assert [call for call in passed if not any(fits(call, row) for row in rows)] == []
    assert [row for row in rows if not any(fits(call, row) for call in passed)] == []


async def _live(stage: DockerTheatre, world: Outside) -> None:
    """All that can become of runs."""
    stage.runner = stage.make_runner(pull=Pull.MISSING)
    await stage.runner.ping()
    seen = await stage.perform(ONE, "ask.py", "https://model.test/v1/messages")
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0)
    assert KEY in await stage.printed(ONE)
    with pytest.raises(ToolFailed):
        await stage.runner.ensure(TWO, stage.spec("true", image="127.0.0.1:9/no-such-image"))
    await started(stage, THREE)
    await stage.restarted()
    assert (await stage.runner.observe(THREE)).liveness is Liveness.RUNNING
    stage.finish(THREE, 7)
    assert (await ended(stage, THREE)).exit_code == 7
    for number, grace in enumerate((1, 0), 4):
        await stage.runner.close()
        stage.runner = stage.make_runner(grace=timedelta(seconds=grace))
        run = RunId(f"ET-{number}-1")
        await started(stage, run)
        await stage.runner.stop(run)
        await stage.runner.forget(run)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.41/secrets"),
        ("GET", "/v1.41/volumes"),
        ("GET", "/v1.41/images/json"),
        ("GET", "/v1.41/networks"),
        ("POST", "/v1.41/build"),
        ("POST", "/v1.41/containers/x/exec"),
        ("PUT", "/v1.41/containers/x/archive"),
        ("DELETE", "/v1.41/networks/x"),
        ("GET", "/v1.41/images/x/../../volumes/x/json"),
        ("GET", "/v1.41/images/%2e%2e/volumes/x/json"),
        ("POST", "//v1.41/build"),
    ],
)
def test_what_is_not_listed_is_refused(filtered: Filter, method: str, path: str) -> None:
    there = http.client.HTTPConnection(filtered.host.removeprefix("tcp://"))  # as it stands
    there.request(method, path)
    assert there.getresponse().status == 403
    there.close()
