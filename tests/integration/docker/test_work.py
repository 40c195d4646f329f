"""An agent in a container works in a real clone, and what it committed comes back to us."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.docker.engine import Engine
from adapters.docker.examiner import DockerExaminer
from adapters.docker.images import Pull
from adapters.docker.network import PlainNetwork
from ports.examination import Verdict
from tests.contracts.code_forge import BRANCH, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.docker.theatre import DockerTheatre
from tests.integration.git.world import GitWorld

pytestmark = pytest.mark.docker

COMMIT = "echo mine >work.txt && git add --all && git commit --quiet --message work && git log -1"


async def test_what_it_commits_is_harvested_and_its_workspace_removed(
    theatre: DockerTheatre,
) -> None:
    world = GitWorld(theatre.data)
    await world.begin()
    base = await world.forge.prepare_branch(REPO, BRANCH, base=MAIN, files={"a": "b"}, message="m")
    theatre.workspace = await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    seen = await theatre.play(RUN, "sh", "-c", COMMIT)
    assert seen.exit_code == 0, await theatre.printed(RUN)
    assert f"Agent of {RUN}" in await theatre.printed(RUN)
    harvest = await world.workspaces.harvest(RUN, REPO, BRANCH, base)
    assert harvest.commits == 1
    await world.workspaces.discard(RUN)
    assert await world.workspaces.kept() == []


@pytest.fixture
async def engine() -> AsyncGenerator[Engine, None]:
    """This machine's engine."""
    way = Engine()
    yield way
    await way.close()


async def test_doctor_finds_what_is_there_and_what_is_missing(
    engine: Engine, agent_image: str
) -> None:
    images = [agent_image, "no-such-image"]
    network = PlainNetwork("none")
    examiner = DockerExaminer(engine, network, images=images, pull_policy=Pull.NEVER)
    found = {(f.subject, f.verdict): f for f in await examiner.examine()}
    assert "Docker " in found["engine", Verdict.OK].text
    assert agent_image in found["image", Verdict.OK].text
    assert "no-such-image" in found["image", Verdict.FAILED].text
    assert all(f.remedy for f in found.values() if f.verdict is not Verdict.OK)
    assert await examiner.init() == []


async def test_doctor_says_where_no_engine_answers(tmp_path: Path) -> None:
    engine = Engine(f"unix://{tmp_path}/nothing.sock")
    examiner = DockerExaminer(engine, PlainNetwork("none"), images=["x"], pull_policy=Pull.MISSING)
    (only,) = await examiner.examine()
    assert only.verdict is Verdict.FAILED
    assert "agents.docker.host" in only.remedy
    await engine.close()
