"""Stand-ins for git and forge whose every gate is open: what is left to measure is ours."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.evidence import BranchState, Checks, Evidence, PullRequest
from domain.gates import SUCCEEDED
from domain.identifiers import Branch, CommitId, Repo, RunId
from ports.brief_writer import ROLES_FOLDER
from ports.workspaces import Harvest

_SAYS = (("review", "APPROVED"), ("test-report", "PASS"), ("deploy", SUCCEEDED))
_numbers = itertools.count(1)


def _commit() -> CommitId:
    return CommitId(f"{next(_numbers):040x}")


class OpenGates:
    """CodeForge, RepoInspector and Workspaces in one: no process, no file, nothing missing."""

    def __init__(self, workspace: Path) -> None:
        """Have all agents work in one folder."""
        self._workspace = workspace
        self._heads: dict[Branch, CommitId] = {}

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Return a head."""
        return self._heads.setdefault(branch, _commit())

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch."""
        self._heads[branch] = commit

    async def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRequest:
        """Return one."""
        return PullRequest(number=1, url="http://localhost/pulls/1")

    def branch_url(self, repo: Repo, branch: Branch) -> str | None:
        """Return none."""
        return None

    def file_url(self, repo: Repo, commit: CommitId, path: str) -> str | None:
        """Return none."""
        return None

    async def head(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head."""
        return self._heads.setdefault(branch, _commit())

    async def evidence(
        self, repo: Repo, *, base: CommitId, head: CommitId, folder: str, files: Sequence[str]
    ) -> Evidence:
        """Return that every file is there, new, and says yes; nobody asks, nothing conflicts."""
        texts = {
            name: next(
                (f"verdict: {word}\n" for part, word in _SAYS if part in name), "It is there.\n"
            )
            for name in files
            if folder != ROLES_FOLDER and "questions" not in name and "conflict" not in name
        }
        return Evidence(base=base, head=head, commits=1, touched=frozenset(texts), texts=texts)

    async def branch_state(
        self,
        repo: Repo,
        branch: Branch,
        *,
        base: Branch | None = None,
        pull_request: int | None = None,
    ) -> BranchState:
        """Return that the pull request is open and unchecked."""
        pull = PullRequest(number=1, url="http://localhost/pulls/1")
        return BranchState(
            branch=branch, head=self._heads[branch], pull_request=pull, checks=Checks.NONE
        )

    async def prepare(self, run: RunId, repo: Repo, branch: Branch, base: CommitId) -> Path:
        """Return the one folder."""
        return self._workspace

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return none: nobody does anything on the forge."""
        return {}

    async def merge(self, repo: Repo, pull_request: int, *, commit: CommitId) -> None:
        """Merge nothing."""

    async def harvest(
        self,
        run: RunId,
        repo: Repo,
        branch: Branch,
        base: CommitId,
        *,
        within: Sequence[str] = (),
    ) -> Harvest:
        """Return one new commit."""
        return Harvest(base=base, head=_commit(), commits=1)

    async def discard(self, run: RunId) -> None:
        """Keep the folder."""

    async def kept(self) -> Sequence[RunId]:
        """Return none."""
        return ()

    async def run_checks(self, stop: object) -> None:
        """Check nothing; never returns."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close nothing."""

    async def ping(self) -> None:
        """Return."""
