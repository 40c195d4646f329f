"""The forge itself: writes branches by git and pull requests by REST, and reads what git lacks."""

import re
from collections.abc import Mapping
from typing import Protocol

from adapters.gitea.checks import combined
from adapters.gitea.client import GiteaClient, repo_path
from adapters.gitea.merging import Merging
from adapters.gitea.pages import GiteaPages
from adapters.gitea.payloads import Pull, Status
from adapters.gitea.proposals import Proposals
from domain.errors import Conflict, NotAllowed, NotFound
from domain.evidence import Checks, Proposal, PullRequest
from domain.identifiers import Branch, CommitId, Repo

_THERE_ALREADY = re.compile(r"issue_id: (\d+)")


class Branches(Protocol):
    """Branches of the forge, by git."""

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch, or return the head of the one that is there."""
        ...

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to ``commit``."""
        ...

    async def heads(self, repo: Repo, *branches: Branch) -> list[CommitId | None]:
        """Return the branches' heads as the forge has them now."""
        ...

    async def check(self) -> None:
        """Return if git can do all this."""
        ...


class GiteaForge:
    """A CodeForge; also the ForgeReader of the inspector of its mirrors."""

    def __init__(
        self,
        client: GiteaClient,
        branches: Branches,
        proposals: Proposals,
        merging: Merging,
        pages: GiteaPages,
        *,
        ci_required: bool = False,
    ) -> None:
        """With ``ci_required`` a commit without a single check is one whose checks are awaited."""
        self._client = client
        self._branches = branches
        self._proposals = proposals
        self._merging = merging
        self._pages = pages
        self._ci_required = ci_required

    # ── CodeForge ────────────────────────────────────────────────────────────────────────────────

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch with one commit on ``base``, unless it is there."""
        return await self._branches.prepare_branch(
            repo, branch, base=base, files=files, message=message
        )

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to its descendant ``commit``, or leave it as it is."""
        await self._branches.publish(repo, branch, commit=commit, expected=expected)

    async def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRequest:
        """Return the branch's open pull request, made if there is none."""
        head, onto = await self._branches.heads(repo, branch, base)
        if head is None or onto is None:
            raise NotFound(f"{repo} has no branch {branch if head is None else base!r}")
        if opened := await self._proposals.open_of(repo, branch):
            return self._proposals.shown(repo, opened)
        asked = {"head": branch, "base": base, "title": title, "body": body}
        path = repo_path(repo, "pulls")
        try:
            made = await self._client.post(path, asked, Pull)
        except Conflict as there:  # an earlier order arrived after all, or a person was faster
            made = await self._there_already(repo, branch, there)
        return self._proposals.shown(repo, made)

    async def merge(self, repo: Repo, pull_request: int, *, commit: CommitId) -> None:
        """Merge the pull request, whose head must be ``commit``."""
        await self._merging(repo, pull_request, commit)

    def branch_url(self, repo: Repo, branch: Branch) -> str | None:
        """Return the branch's page."""
        return self._pages.branch(repo, branch)

    def file_url(self, repo: Repo, commit: CommitId, path: str) -> str | None:
        """Return the file's page."""
        return self._pages.file(repo, commit, path)

    async def ping(self) -> None:
        """Return if the forge answers us by name, and git can talk to it."""
        await self._branches.check()
        await self._client.version()
        await self._client.bot()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # ── ForgeReader ──────────────────────────────────────────────────────────────────────────────

    async def proposal(self, repo: Repo, branch: Branch, *, known: int | None) -> Proposal:
        """Return the branch's open pull request, or how the known one ended."""
        return await self._proposals.of(repo, branch, known=known)

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return a mark for each branch with an open pull request."""
        return await self._proposals.marks(repo)

    async def checks(self, repo: Repo, commit: CommitId) -> Checks:
        """Return how the commit's checks stand: the last word of each of them."""
        path = repo_path(repo, "commits", commit, "status")
        statuses: list[Status] = await self._client.statuses(path)
        checks = combined(statuses)
        return Checks.PENDING if checks is Checks.NONE and self._ci_required else checks

    async def _there_already(self, repo: Repo, branch: Branch, conflict: Conflict) -> Pull:
        number = _THERE_ALREADY.search(str(conflict))
        pull = await self._proposals.known(repo, branch, int(number[1])) if number else None
        if pull is None or pull.state != "open":
            pull = await self._proposals.open_of(repo, branch)
        if pull is None:
            raise NotAllowed(f"the pull request of {branch} cannot be opened: {conflict}")
        return pull
