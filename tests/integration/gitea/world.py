"""Our adapter, mirrors and workspaces before a Gitea, with a person who uses it."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import httpx

from adapters.git.command import Git
from adapters.git.inspector import GitInspector
from adapters.git.mirrors import Mirrors
from adapters.git.remote_branches import RemoteBranches
from adapters.git.workspaces import GitWorkspaces
from adapters.gitea.client import GiteaClient
from adapters.gitea.forge import GiteaForge
from adapters.gitea.merging import Merging
from adapters.gitea.pages import GiteaPages
from adapters.gitea.proposals import Proposals
from domain.evidence import Checks
from domain.identifiers import Branch, CommitId
from entrypoints.choices import git_login
from tests.contracts.code_forge import MAIN, Files
from tests.integration.git.world import GitWorld
from tests.integration.gitea.server import address, repository
from tests.integration.gitea_fake.gitea import Gitea

REPO = repository()
OWNER, _, NAME = REPO.partition("/")
RENAMED = f"{REPO}-renamed"
STATES = {Checks.PASSED: "success", Checks.FAILED: "failure", Checks.PENDING: "pending"}


async def a_moment(seconds: float) -> None:
    """Waits for a server, not as long as we do; and not for the fake, which needs only looks."""
    await asyncio.sleep(min(seconds, 0.5) if address() else 0)


class GiteaWorld(GitWorld):
    """As the container wires it."""

    def __init__(
        self,
        gitea: Gitea,
        data: Path,
        *,
        approvers: Sequence[str] = (),
        ci_required: bool = False,
        style: str = "merge",
        timeout: float = 5.0,
    ) -> None:
        """Work on the repository that the Gitea has."""
        self.repo = REPO
        self.gitea = gitea
        self.data = data
        self.git = Git(os.environ)
        self.client = GiteaClient(
            gitea.url, gitea.token, timeout=timeout, transport=httpx.AsyncHTTPTransport()
        )
        self.repositories = self.mirrors = Mirrors(
            self.git, data, url=gitea.url, header=git_login(gitea.token), bases={REPO: MAIN}
        )
        pages = GiteaPages("https://git.example.org")
        proposals = Proposals(self.client, pages, bases={REPO: MAIN}, approvers=approvers)
        self.gitea_forge = GiteaForge(
            self.client,
            RemoteBranches(self.git, self.mirrors),
            proposals,
            Merging(self.client, proposals, style=style, pause=a_moment),
            pages,
            ci_required=ci_required,
        )
        self.forge = self.gitea_forge  # type: ignore[assignment]  # another forge, the same promises
        self.inspector = GitInspector(self.git, self.mirrors, self.gitea_forge)
        self.workspaces = GitWorkspaces(self.git, self.mirrors, data, limits=self.limits)
        self.bare = self.mirrors.path(REPO)
        self.alice = gitea.person("alice", "admin")
        self._settled: list[GiteaWorld] = []

    async def person_commits(self, branch: Branch, files: Files) -> CommitId:
        """A person commits and pushes."""
        return self.alice.push(REPO, branch, files)

    async def person_merges(self, branch: Branch, other: CommitId) -> CommitId:
        """A person merges and pushes."""
        return self.alice.merge_commit_into(REPO, branch, other)

    async def person_removes(self, branch: Branch) -> None:
        """A person removes the branch."""
        self.alice.delete_branch(REPO, branch)

    async def person_begins_anew(self, branch: Branch) -> CommitId:
        """A person replaces the branch by one without a past."""
        return self.alice.push_orphan(REPO, branch, {"README.md": "# Anew\n"})

    async def checks_end(self, commit: CommitId, checks: Checks) -> None:
        """The CI says how they ended."""
        self.alice.set_status(REPO, commit, STATES[checks])

    async def restarted(self) -> GiteaForge:  # type: ignore[override]  # another forge, the same promises
        """Another one on the same data directory."""
        self._settled.append(GiteaWorld(self.gitea, self.data))
        return self._settled[-1].gitea_forge

    async def close(self) -> None:
        """Let go of all connections."""
        for world in (self, *self._settled):
            await world.client.close()
