"""The contracts, by REST and by git over HTTP, on several versions."""

import pytest

from tests.contracts.code_forge import CodeForgeContract
from tests.contracts.repo_inspector import RepoInspectorContract
from tests.contracts.workspaces import WorkspacesContract
from tests.integration.gitea.conftest import EVERY_VERSION


class TestGiteaForge(CodeForgeContract):
    """On today's Gitea."""


class TestMirrors(RepoInspectorContract):
    """Evidence from what was fetched."""


class TestWorkspaces(WorkspacesContract):
    """Clones of mirrors."""


@pytest.mark.slow
@EVERY_VERSION
class TestGiteaForgeOfEveryVersion(CodeForgeContract):
    """On older ones, and on Forgejo."""
