"""A Gitea with one repository, and our adapter before it."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from domain.identifiers import CommitId
from tests.contracts.code_forge import BRANCH, FOLDER, MAIN
from tests.integration.gitea.server import Server, address
from tests.integration.gitea.world import REPO, GiteaWorld
from tests.integration.gitea_fake.flavour import (
    FORGEJO_15,
    GITEA_1_20,
    GITEA_1_24,
    GITEA_1_27,
    Flavour,
)
from tests.integration.gitea_fake.gitea import Gitea, running

EVERY_VERSION = pytest.mark.parametrize(
    "flavour",
    [pytest.param(each, id=each.version) for each in (GITEA_1_20, GITEA_1_24, FORGEJO_15)]
    if address() is None
    else [pytest.param(GITEA_1_27, id="the server's")],
)


@pytest.fixture
def flavour() -> Flavour:
    """Today's Gitea, unless a test names others."""
    return GITEA_1_27


@pytest.fixture
def gitea(request: pytest.FixtureRequest, tmp_path: Path, flavour: Flavour) -> Generator[Gitea]:
    """A server that is asked only for what it is described to answer."""
    there = address()
    if there is not None:
        if there.reused and request.path.stem not in {"test_contract", "test_heard"}:
            pytest.skip("counts pull requests from one: needs a repository of its own")
        server = Server(there, tmp_path)
        with server.opened():
            yield server
        return
    with running(tmp_path, flavour, allowed_hosts="loopback") as gitea:
        owner, name = REPO.split("/")
        gitea.repository(owner, name, {"README.md": "# Shop\n"})
        yield gitea
        described = flavour is GITEA_1_27  # older ones answer what is described for the newest only
        judged = gitea.conformance
        assert (gitea.violations if described or judged is None else judged.requests) == []


@pytest.fixture
async def world(gitea: Gitea, tmp_path: Path) -> AsyncGenerator[GiteaWorld]:
    """Everything of ours, and a person."""
    made = GiteaWorld(gitea, tmp_path / "data")
    yield made
    await made.close()


@pytest.fixture
async def head(world: GiteaWorld) -> CommitId:
    """The item's branch is there; this is its head."""
    return await world.gitea_forge.prepare_branch(
        REPO, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x\n"}, message="open"
    )
