"""The contracts, by REST and by git over HTTP, on several versions."""

import pytest

from tests.contracts.code_forge import CodeForgeContract
from tests.contracts.repo_inspector import RepoInspectorContract
from tests.contracts.workspaces import WorkspacesContract
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea.server import address


class TestGiteaForge(CodeForgeContract):
    """On today's Gitea."""


class TestMirrors(RepoInspectorContract):
    """Evidence from what was fetched."""


class TestWorkspaces(WorkspacesContract):
    """Clones of mirrors."""


@pytest.mark.slow
@pytest.mark.skipif(address() is not None, reason="needs the fake: a server is of one version")
@EVERY_VERSION
class TestGiteaForgeOfEveryVersion(CodeForgeContract):
    """On older ones, and on Forgejo."""
