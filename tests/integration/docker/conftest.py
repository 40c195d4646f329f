"""A runner of real containers, and nothing of it left behind."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integration.docker.theatre import DockerTheatre, docker

AGENT_IMAGE = """
FROM {base}
RUN useradd --uid 10001 agent
"""


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
