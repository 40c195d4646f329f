"""Repositories in memory, and the reading of them.

forge.add(repo, {"README.md": "…"})      a repository whose main branch holds the files
forge.commit(repo, branch, {"a": "…"})   somebody commits and pushes; None removes a file, Link(…)
                                         is a symbolic link; a new branch begins at main
forge.merge_in(repo, branch, commit)     … merges
forge.remove_branch(repo, branch)        … or removes the branch
forge.end_pull_request(repo, branch)     … or closes its pull request; merged=True: merges it
forge.review(repo, branch, review)       … or reviews it
forge.checks_of[commit] = Checks.FAILED  what its checks say; forge.default_checks where nothing
forge.fail_next(error)                   the next call fails and does nothing
forge.fail_next(error, late=True)        … or does it, and fails nevertheless
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from domain.errors import NotFound
from domain.evidence import (
    TEXT_LIMIT,
    BranchState,
    Checks,
    Closed,
    Evidence,
    PersonReview,
    PullRequest,
)
from domain.identifiers import Branch, CommitId, Repo

MAIN = Branch("main")


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link among the files of a commit."""

    target: str


File = str | bytes | Link


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with all its files."""

    parents: tuple[CommitId, ...]
    files: Mapping[str, File]


@dataclass(slots=True)
class Repository:
    """What one repository holds. Commits that it does not know may exist: in a workspace."""

    heads: dict[Branch, CommitId] = field(default_factory=dict)
    known: set[CommitId] = field(default_factory=set)
    pull_requests: dict[Branch, PullRequest] = field(default_factory=dict)
    closed: list[Closed] = field(default_factory=list)
    reviews: dict[Branch, list[PersonReview]] = field(default_factory=dict)
    conflicts: dict[Branch, list[str]] = field(default_factory=dict)


class MemoryInspector:
    """A RepoInspector whose repositories are made by a test."""

    def __init__(self) -> None:
        """Begin with no repositories."""
        self.repositories: dict[Repo, Repository] = {}
        self.commits: dict[CommitId, Commit] = {}
        self.checks_of: dict[CommitId, Checks] = {}
        self.default_checks = Checks.NONE
        self._failures: list[tuple[Exception, bool]] = []

    # ── what a test says ─────────────────────────────────────────────────────────────────────────

    def add(self, repo: Repo, files: Mapping[str, File]) -> CommitId:
        """Make a repository with a first commit."""
        self.repositories[repo] = Repository()
        return self.commit(repo, MAIN, files)

    def commit(self, repo: Repo, branch: Branch, files: Mapping[str, File | None]) -> CommitId:
        """Let somebody commit to the branch and push it."""
        there = self.repository(repo)
        parent = there.heads.get(branch, there.heads.get(MAIN))
        commit = self.make_commit((parent,) if parent else (), files)
        there.known.add(commit)
        there.heads[branch] = commit
        return commit

    def merge_in(self, repo: Repo, branch: Branch, other: CommitId) -> CommitId:
        """Let somebody merge a commit into the branch; its files win."""
        there = self.repository(repo)
        commit = self.make_commit((there.heads[branch], other), self.commits[other].files)
        there.known.add(commit)
        there.heads[branch] = commit
        return commit

    def remove_branch(self, repo: Repo, branch: Branch) -> None:
        """Let somebody remove the branch."""
        del self.repository(repo).heads[branch]

    def end_pull_request(
        self, repo: Repo, branch: Branch, *, by: str = "", merged: bool = False
    ) -> None:
        """Let somebody close the branch's pull request, or merge it."""
        there = self.repository(repo)
        ended = replace(there.pull_requests.pop(branch), merged=merged)
        there.closed.append(Closed(pull_request=ended, by=by, head=there.heads.get(branch)))

    def review(self, repo: Repo, branch: Branch, review: PersonReview) -> None:
        """Let somebody review the branch's pull request."""
        self.repository(repo).reviews.setdefault(branch, []).append(review)

    def fail_next(self, error: Exception, *, late: bool = False) -> None:
        """Let the next call fail, before or after it has done what it was asked for."""
        self._failures.append((error, late))

    # ── what the port says ───────────────────────────────────────────────────────────────────────

    async def head(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head."""
        async with self.reached():
            return self.head_of(repo, branch)

    async def evidence(
        self, repo: Repo, *, base: CommitId, head: CommitId, folder: str, files: Sequence[str]
    ) -> Evidence:
        """Return the folder's named files at ``head`` and what ``base..head`` did to the folder."""
        async with self.reached():
            span = self.ancestry(repo, head) - self.ancestry(repo, base)
            touched = {path for commit in span for path in self._touched(commit)}
            at_head = self.commits[head].files
            texts = {name: _text(at_head.get(f"{folder}/{name}")) for name in files}
            return Evidence(
                base=base,
                head=head,
                commits=len(span),
                touched=frozenset(
                    path.removeprefix(f"{folder}/")
                    for path in touched
                    if path.startswith(f"{folder}/")
                ),
                texts={name: text for name, text in texts.items() if text is not None},
            )

    async def branch_state(
        self,
        repo: Repo,
        branch: Branch,
        *,
        base: Branch | None = None,
        pull_request: int | None = None,
    ) -> BranchState:
        """Return the branch's head, its pull request, its checks and what a test said of them."""
        async with self.reached():
            there = self.repository(repo)
            known = [end for end in there.closed if end.pull_request.number == pull_request]
            opened = there.pull_requests.get(branch)
            closed = known[0] if known and opened is None else None
            merged = closed is not None and closed.pull_request.merged
            gone = branch not in there.heads and merged and closed and closed.head
            head = gone or self.head_of(repo, branch)
            return BranchState(
                branch=branch,
                head=head,
                pull_request=opened,
                checks=self.checks_of.get(head, self.default_checks),
                closed=closed,
                reviews=tuple(r for r in there.reviews.get(branch, ()) if r.commit == head),
                conflicts=tuple(there.conflicts.get(branch, ())) if base else (),
            )

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return number, head and reviews of each open pull request, by its branch."""
        async with self.reached():
            there = self.repository(repo)
            return {
                branch: f"{opened.number} {there.heads.get(branch)} {there.reviews.get(branch)}"
                for branch, opened in there.pull_requests.items()
            }

    # ── for the other fakes ──────────────────────────────────────────────────────────────────────

    def repository(self, repo: Repo) -> Repository:
        """Return the repository, or NotFound."""
        if repo not in self.repositories:
            raise NotFound(f"there is no repository {repo}")
        return self.repositories[repo]

    def head_of(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head, or NotFound."""
        head = self.repository(repo).heads.get(branch)
        if head is None:
            raise NotFound(f"{repo} has no branch {branch}")
        return head

    def make_commit(
        self, parents: tuple[CommitId, ...], files: Mapping[str, File | None]
    ) -> CommitId:
        """Return a new commit: the first parent's files with these changes."""
        before = self.commits[parents[0]].files if parents else {}
        changed = {**before, **files}
        number = len(self.commits)  # as with git, no two commits are the same
        name = CommitId(hashlib.sha1(f"{number} {parents}".encode()).hexdigest())  # noqa: S324
        left = {path: file for path, file in changed.items() if file is not None}
        self.commits[name] = Commit(parents, left)
        return name

    def ancestry(self, repo: Repo, commit: CommitId) -> set[CommitId]:
        """Return the commit and all before it, or NotFound."""
        if commit not in self.repository(repo).known:
            raise NotFound(f"there is no commit {commit}")
        return self.reachable(commit)

    def reachable(self, commit: CommitId) -> set[CommitId]:
        """Return the commit and all before it, wherever it is."""
        found: set[CommitId] = set()
        rest = [commit]
        while rest:
            one = rest.pop()
            if one not in found:
                found.add(one)
                rest.extend(self.commits[one].parents)
        return found

    @asynccontextmanager
    async def reached(self) -> AsyncGenerator[None, None]:
        """Let others run first, as every real forge does, and fail where that was asked for."""
        await asyncio.sleep(0)
        error, late = self._failures.pop(0) if self._failures else (None, False)
        if error and not late:
            raise error
        yield
        await asyncio.sleep(0)
        if error:
            raise error

    def _touched(self, name: CommitId) -> set[str]:
        """Return the files that differ from those of every parent and are still there."""
        commit = self.commits[name]
        befores = [self.commits[parent].files for parent in commit.parents] or [{}]
        return {
            path
            for path, file in commit.files.items()
            if all(before.get(path) != file for before in befores)
        }


def _text(file: File | None) -> str | None:
    if file is None or isinstance(file, Link):
        return None
    content = file.encode() if isinstance(file, str) else file
    return None if b"\0" in content else content.decode("utf-8-sig", "replace")[:TEXT_LIMIT]
