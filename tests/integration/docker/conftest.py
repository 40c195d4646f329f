"""A runner of real containers, and nothing of it left behind."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.integration.docker.gate import Gate
from tests.integration.docker.outside import Outside, outside
from tests.integration.docker.theatre import DockerTheatre, docker

AGENT_IMAGE = """
FROM {base}
RUN useradd --uid 10001 agent
"""
EGRESS = Path(__file__).parents[3] / "docker" / "egress"


@pytest.fixture(scope="session")
def agent_image(base_image: str) -> str:
    """An image for agents, built here."""
    name = "orchestrator-test-agent"
    docker(
        "build", "--quiet", "--tag", name, "-", given=AGENT_IMAGE.format(base=base_image).encode()
    )
    return name


@pytest.fixture
async def theatre(tmp_path: Path, agent_image: str) -> AsyncGenerator[DockerTheatre, None]:
    """A runner, a workspace, and agents that do as they are told."""
    stage = DockerTheatre(tmp_path, agent_image)
    yield stage
    await stage.clear()


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncGenerator[Gate, None]:
    """What is between us and the engine."""
    async with Gate(tmp_path / "gate").opened() as there:
        yield there


@pytest.fixture
async def stage(
    tmp_path: Path, agent_image: str, gate: Gate
) -> AsyncGenerator[DockerTheatre, None]:
    """A runner behind it."""
    theatre = DockerTheatre(
        tmp_path, agent_image, host=gate.host, command_host="unix:///var/run/docker.sock"
    )
    yield theatre
    gate.answers.clear()
    await theatre.clear()


@pytest.fixture(scope="session")
def egress_image(base_image: str) -> str:
    """The image of the egress proxy, built here."""
    name = "orchestrator-egress"
    docker(
        "build", "--quiet", "--build-arg", f"BASE_IMAGE={base_image}", "--tag", name, str(EGRESS)
    )
    return name


@pytest.fixture(scope="session")
def world(
    tmp_path_factory: pytest.TempPathFactory, agent_image: str, egress_image: str
) -> Generator[Outside, None]:
    """A world outside with a model in it."""
    folder = tmp_path_factory.mktemp("outside")
    with outside(folder, agent_image=agent_image, egress_image=egress_image) as there:
        yield there


@pytest.fixture
async def confined(
    tmp_path: Path, agent_image: str, world: Outside
) -> AsyncGenerator[DockerTheatre, None]:
    """A runner whose agents reach the world through the proxy alone."""
    stage = DockerTheatre(tmp_path, agent_image, network=world.reached_by)
    yield stage
    await stage.clear()
