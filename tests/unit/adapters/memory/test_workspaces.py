"""The contract, in memory."""

import pytest

from adapters.memory import repo_inspector
from adapters.memory.code_forge import MemoryForge
from adapters.memory.workspaces import MemoryWorkspaces
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId, RunId
from tests.contracts.code_forge import REPO, Files, Link
from tests.contracts.workspaces import MAX_COMMITS, WorkspacesContract


class MemoryWorld:
    """Workspaces in memory beside a forge, a person and agents."""

    def __init__(self) -> None:
        self.repo = REPO
        self.forge = self.inspector = MemoryForge()
        self.forge.add(REPO, {"README.md": "# Shop\n"})
        self.workspaces = MemoryWorkspaces(self.forge)
        self.workspaces.max_commits = MAX_COMMITS

    async def person_commits(self, branch: Branch, files: Files) -> CommitId:
        """A person commits and pushes."""
        return self.forge.commit(REPO, branch, memory_files(files))

    async def person_merges(self, branch: Branch, other: CommitId) -> CommitId:
        """A person merges and pushes."""
        return self.forge.merge_in(REPO, branch, other)

    async def checks_end(self, commit: CommitId, checks: Checks) -> None:
        """The checks end like this."""
        self.forge.checks_of[commit] = checks

    async def person_removes(self, branch: Branch) -> None:
        """A person removes the branch."""
        self.forge.remove_branch(REPO, branch)

    async def restarted(self) -> MemoryForge:
        """Memory does not outlive a restart; the forge does."""
        return self.forge

    async def agent_commits(
        self, run: RunId, files: Files, *, branch: Branch | None = None
    ) -> CommitId:
        """The agent commits."""
        return self.workspaces.commit(run, memory_files(files), branch=branch)

    async def agent_rewrites(self, run: RunId) -> CommitId:
        """The agent begins anew."""
        return self.workspaces.rewrite(run)

    async def agent_removes_its_branch(self, run: RunId) -> None:
        """The agent removes the branch that it is on."""
        self.workspaces.remove_branch(run)


def memory_files(files: Files) -> dict[str, repo_inspector.File | None]:
    """The same files in the fake's own words."""
    return {
        path: repo_inspector.Link(file.target) if isinstance(file, Link) else file
        for path, file in files.items()
    }


class TestMemoryWorkspaces(WorkspacesContract):
    """Clones that are dictionaries."""

    @pytest.fixture
    def world(self) -> MemoryWorld:
        """Workspaces in memory."""
        return MemoryWorld()
