"""A Gitea for each test of the fake itself, with one repository and two people."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.gitea_fake.asking import Asking
from tests.integration.gitea_fake.gitea import Gitea, running
from tests.integration.gitea_fake.people import Person

SHOP = "team/shop"


@pytest.fixture
def gitea(tmp_path: Path) -> Generator[Gitea]:
    """Today's Gitea, allowed to call this machine."""
    with running(tmp_path, allowed_hosts="loopback") as gitea:
        gitea.repository("team", "shop", {"README.md": "# Shop\n"})
        yield gitea
        assert gitea.violations == []


@pytest.fixture
def alice(gitea: Gitea) -> Person:
    return gitea.person("alice", "admin")


@pytest.fixture
def bob(gitea: Gitea) -> Person:
    return gitea.person("bob", "write")


@pytest.fixture
def ask(gitea: Gitea) -> Asking:
    return Asking(gitea)
