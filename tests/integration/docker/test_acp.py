"""Agents that speak ACP, in containers: our client side runs there, with the image's Python."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.agents.acp import AnyAcpAgent
from adapters.docker.engine import Engine
from domain.errors import NotFound
from domain.events import Liveness, Outcome
from domain.reading import outcome_of
from ports.agent_runner import AgentSpec
from ports.agent_runtime import AgentSetup
from tests.contracts.agent_runner import ONE, PATIENCE, ended
from tests.integration.docker.test_programs import asking
from tests.integration.docker.theatre import DockerTheatre, docker

pytestmark = pytest.mark.docker

TESTS = Path(__file__).parents[2]
REPLAY = TESTS / "integration" / "agents" / "acp_replay.py"
RECORDING = TESTS / "fixtures" / "agents" / "claude-acp.acp.jsonl"
IMAGE = """
FROM {agent_image}
RUN python3 -m venv /opt/acp && /opt/acp/bin/pip install --quiet 'agent-client-protocol>=0.12,<0.13'
ENV PATH=/opt/acp/bin:$PATH
"""
SETUP = AgentSetup(
    runtime="acp", command=["python3", "/workspace/acp_replay.py", "/workspace/recording"]
)


@pytest.fixture(scope="module")
def acp_image(agent_image: str) -> str:
    """An image for agents that speak ACP, built here."""
    name = "orchestrator-test-acp"
    given = IMAGE.format(agent_image=agent_image).encode()
    docker("build", "--quiet", "--tag", name, "-", given=given)
    return name


def acp_spec(theatre: DockerTheatre, image: str) -> AgentSpec:
    """What starts a scripted agent, as the service would."""
    shutil.copy(REPLAY, theatre.workspace)
    shutil.copy(RECORDING, theatre.workspace / "recording")
    called = AnyAcpAgent().invoke(SETUP, budget=None)
    spec = theatre.spec(*called.command, environment=called.environment, image=image)
    return replace(spec, home=called.home)


async def test_an_agent_in_an_image_with_python_and_the_package_does_its_turn(
    theatre: DockerTheatre, acp_image: str
) -> None:
    await theatre.runner.ensure(ONE, acp_spec(theatre, acp_image))
    seen = await ended(theatre, ONE)
    printed = await theatre.printed(ONE)
    assert (seen.outcome, seen.exit_code) == (Outcome.EXITED, 0), printed
    reader = AnyAcpAgent().reader()
    reader.feed(printed)
    reader.close()
    assert outcome_of(Outcome.EXITED, reader.reading) is Outcome.EXITED
    assert reader.reading.usage.total
    assert "prompt # the brief" in printed


@pytest.mark.parametrize("python", ["python3", "none at all"])
async def test_an_image_that_lacks_what_it_needs_is_a_run_that_did_not_start(
    theatre: DockerTheatre, python: str
) -> None:
    spec = acp_spec(theatre, theatre.image)
    if python != "python3":
        spec = replace(spec, environment={**spec.environment, "PATH": "/nowhere"})
        spec = replace(spec, command=["/bin/sh", *spec.command[1:]])
    await theatre.runner.ensure(ONE, spec)
    seen = await ended(theatre, ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
    assert "pip install" in seen.detail
    assert "agent-client-protocol>=" in seen.detail


async def test_doctor_says_so_beforehand(theatre: DockerTheatre, acp_image: str) -> None:
    engine = Engine()
    setup = replace(SETUP, command=["git"])
    try:
        lacking = asking(engine, theatre.id, theatre.image, seconds=PATIENCE)
        with pytest.raises(NotFound, match="agent-client-protocol"):
            await AnyAcpAgent().version(setup, lacking)
        fit = asking(engine, theatre.id, acp_image, seconds=PATIENCE)
        assert (await AnyAcpAgent().version(setup, fit)).startswith("2.")
    finally:
        await engine.close()
