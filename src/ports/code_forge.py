"""The forge that holds the repositories: what we write to it."""

from collections.abc import Mapping
from typing import Protocol

from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, Repo


class CodeForge(Protocol):
    """Writes branches and pull requests. Safe to repeat: each call first looks at what is there.

    NotFound: no such repository or branch. Unavailable: the forge cannot be asked now.
    """

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch from ``base``'s head with one commit that adds the files.

        Return its head. A branch that is there already is left as it is and its head returned.
        """
        ...

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to ``commit``, a descendant of it.

        Nothing happens where it is at ``commit`` already. Conflict: it is at neither, somebody
        else changed it; it is left as it is.
        """
        ...

    async def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRequest:
        """Return the branch's open pull request, made if there is none."""
        ...

    async def merge(self, repo: Repo, pull_request: int, *, commit: CommitId) -> None:
        """Merge the pull request, whose head is ``commit``, into its base branch.

        Nothing happens where it is merged already, by whomever. Conflict: its head is another
        commit. NotAllowed, with the forge's reason: closed, in conflict, not approved enough …
        """
        ...

    def branch_url(self, repo: Repo, branch: Branch) -> str | None:
        """Return where a person can look at the branch, None where there is no such page."""
        ...

    def file_url(self, repo: Repo, commit: CommitId, path: str) -> str | None:
        """Return where a person can read the file at that commit, None where there is no page."""
        ...

    async def ping(self) -> None:
        """Return if the forge answers."""
        ...

    async def close(self) -> None:
        """Let go of what is held open."""
        ...
