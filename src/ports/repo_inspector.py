"""What git and the forge can show: reading only."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.evidence import BranchState, Evidence
from domain.identifiers import Branch, CommitId, Repo


class RepoInspector(Protocol):
    """Reads commits, files and pull requests; checks nothing out and changes nothing.

    NotFound: no such repository, branch or commit. Unavailable: it cannot be asked now.
    """

    async def head(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head as the forge has it now."""
        ...

    async def evidence(
        self, repo: Repo, *, base: CommitId, head: CommitId, folder: str, files: Sequence[str]
    ) -> Evidence:
        """Return the folder's named files at ``head`` and what the commits ``base..head`` touched.

        Files that are not there, not regular files or not text are left out.
        """
        ...

    async def branch_state(
        self,
        repo: Repo,
        branch: Branch,
        *,
        base: Branch | None = None,
        pull_request: int | None = None,
    ) -> BranchState:
        """Return the branch's head, its open pull request (this branch's!) and its checks.

        With ``base``, also what of it cannot be merged there. With the number of a pull request
        that is known, also how that one ended; if it was merged, the branch may be gone.
        """
        ...

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return a mark for each branch with an open pull request, in one look.

        The mark is another one as soon as anything about the pull request is, its head included.
        """
        ...
