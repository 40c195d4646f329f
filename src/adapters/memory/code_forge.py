"""A forge in memory: see ``repo_inspector`` for what a test says to it.

forge.pages = "https://forge.test"    it has pages; None: it has none
"""

from collections.abc import Mapping

from adapters.memory.repo_inspector import MAIN, MemoryInspector
from domain.errors import Conflict, Invalid, NotAllowed
from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, Repo


class MemoryForge(MemoryInspector):
    """A CodeForge whose repositories its own RepoInspector half shows."""

    def __init__(self) -> None:
        """Begin with no repositories."""
        super().__init__()
        self.pages: str | None = "https://forge.test"

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch with one commit on ``base``, unless it is there."""
        _check_branch(branch)
        async with self.reached():
            heads = self.repository(repo).heads
            if branch not in heads:
                parent = self.head_of(repo, base)
                heads[branch] = self.make_commit((parent,), files)
                self.repository(repo).known.add(heads[branch])
            return heads[branch]

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to its descendant ``commit``, or leave it as it is."""
        async with self.reached():
            self.ancestry(repo, expected)
            if expected not in self.ancestry(repo, commit):
                raise Conflict(f"{commit[:12]} does not descend from {expected[:12]}")
            head = self.head_of(repo, branch)
            if head not in (commit, expected):
                raise Conflict(f"{branch} is at {head[:12]}: somebody else changed it")
            self.repository(repo).heads[branch] = commit

    async def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRequest:
        """Return the branch's open pull request, made if there is none."""
        async with self.reached():
            self.head_of(repo, branch)
            self.head_of(repo, base)
            opened = self.repository(repo).pull_requests
            if branch not in opened:
                number = len(opened) + len(self.repository(repo).closed) + 1
                opened[branch] = PullRequest(number=number, url=self._url(repo, "pulls", number))
            return opened[branch]

    async def merge(self, repo: Repo, pull_request: int, *, commit: CommitId) -> None:
        """Merge the pull request, unless a test has said that it conflicts."""
        async with self.reached():
            there = self.repository(repo)
            if any(
                end.pull_request.merged and end.pull_request.number == pull_request
                for end in there.closed
            ):
                return
            branch = next(
                (b for b, p in there.pull_requests.items() if p.number == pull_request), None
            )
            if branch is None:
                raise NotAllowed(f"#{pull_request} is not open")
            if self.head_of(repo, branch) != commit:
                raise Conflict(f"#{pull_request} is at {self.head_of(repo, branch)[:12]}")
            if there.conflicts.get(branch):
                raise NotAllowed(f"#{pull_request} is in conflict with its base branch")
            self.merge_in(repo, MAIN, commit)
            self.end_pull_request(repo, branch, by="bot", merged=True)

    def branch_url(self, repo: Repo, branch: Branch) -> str | None:
        """Return where the branch would be shown."""
        return self._url(repo, "branch", branch) or None

    def file_url(self, repo: Repo, commit: CommitId, path: str) -> str | None:
        """Return where the file would be shown."""
        return self._url(repo, "commit", commit, path) or None

    async def ping(self) -> None:
        """Return, unless told to fail."""
        async with self.reached():
            pass

    async def close(self) -> None:
        """Hold nothing open."""

    def _url(self, *parts: object) -> str:
        return "/".join(map(str, (self.pages, *parts))) if self.pages else ""


def _check_branch(branch: Branch) -> None:
    if not branch or ".." in branch or branch.startswith(("-", "/")) or " " in branch:
        raise Invalid("branch", f"{branch[:60]!r} is not a branch name", "use one like feature/x")
