"""The embedded forge: bare repositories of our own, without a server and without web pages."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from adapters.git.checks import CheckRunner
from adapters.git.command import Git
from adapters.git.drafting import commit_stream
from adapters.git.records import ForgeRecords, PullRecord
from adapters.git.refs import branch_ref, checked_commit
from adapters.git.repositories import GitRepositories
from domain.errors import Conflict, NotAllowed, NotFound, ToolFailed
from domain.evidence import Checks, Proposal, PullRequest
from domain.identifiers import Branch, CommitId, Repo

T = TypeVar("T")

_OLDEST = (2, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where people can look, as templates over {repo}, {branch}, {commit}, {path}, {number}."""

    branch: str | None = None
    file: str | None = None
    pull_request: str | None = None


_NO_PAGES = Pages()


class LocalForge:
    """A CodeForge on bare repositories; also the ForgeReader of their inspector."""

    def __init__(
        self,
        git: Git,
        repositories: GitRepositories,
        data: Path,
        *,
        checks: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        time_limit: timedelta = timedelta(minutes=30),
        interval: timedelta = timedelta(seconds=5),
        pages: Pages = _NO_PAGES,
    ) -> None:
        """Check pull requests by the command ``checks``, if any; see CheckRunner for the rest."""
        self._git = git
        self._repositories = repositories
        self._records = ForgeRecords(repositories)
        self._pages = pages
        self._drafting = asyncio.Lock()  # two of the same content would write the same pack
        self._checks: CheckRunner | None = None
        if checks:
            self._checks = CheckRunner(
                git,
                repositories,
                self._records,
                data,
                command=checks,
                environment=environment or {},
                time_limit=time_limit,
                interval=interval,
            )

    async def drop_logs(self, *, before: datetime) -> None:
        """Drop what checks printed before then; how they ended is kept."""
        await self._in_thread(lambda: self._records.drop_logs(before))

    # ── CodeForge ────────────────────────────────────────────────────────────────────────────────

    async def prepare_branch(
        self, repo: Repo, branch: Branch, *, base: Branch, files: Mapping[str, str], message: str
    ) -> CommitId:
        """Make the branch with one commit on ``base``, unless it is there."""
        path, ref = self._repositories.existing(repo), branch_ref(branch)
        there, parent = await self._repositories.heads(repo, branch, base)
        if there is not None:
            return there
        if parent is None:
            raise NotFound(f"{repo} has no branch {base!r}")
        # The commit goes to a draft first: fast-import would move a branch that a person has made
        # in the meantime, whereas update-ref creates it or nothing.
        draft = f"refs/orchestrator/drafts/{hashlib.sha256(ref.encode()).hexdigest()[:40]}"
        stream = commit_stream(draft, parent=parent, files=files, message=message)
        try:
            async with self._drafting:
                made = await self._git.run(
                    path, "fast-import", "--quiet", "--force", "--date-format=now", given=stream
                )
        except Conflict as error:  # with the git of a killed predecessor, which lives on for a bit
            raise ToolFailed(str(error)) from error
        commit = checked_commit(CommitId(made.stdout.decode().strip()))
        orders = f"start\ncreate {ref} {commit}\ndelete {draft}\nprepare\ncommit\n"
        try:
            await self._git.run(path, "update-ref", "--stdin", given=orders.encode())
        except Conflict:
            return await self._repositories.head(repo, branch)
        return commit

    async def publish(
        self, repo: Repo, branch: Branch, *, commit: CommitId, expected: CommitId
    ) -> None:
        """Move the branch from ``expected`` to its descendant ``commit``, or leave it as it is."""
        path, ref = self._repositories.existing(repo), branch_ref(branch)
        related = await self._git.run(
            path,
            *("merge-base", "--is-ancestor", checked_commit(expected), checked_commit(commit)),
            accept=(0, 1),
        )
        if related.code:
            raise Conflict(f"{commit[:12]} does not descend from {expected[:12]}")
        try:
            await self._git.run(path, "update-ref", ref, commit, expected)
        except (Conflict, NotFound) as error:
            head = await self._repositories.head(repo, branch)
            if head != commit:
                raise Conflict(
                    f"{branch} is at {head[:12]} and not at {expected[:12]}: "
                    "somebody else changed it"
                ) from error
        await self._in_thread(lambda: self._after_move(repo, branch, commit))
        self._wake()

    async def open_pull_request(
        self, repo: Repo, branch: Branch, *, base: Branch, title: str, body: str
    ) -> PullRequest:
        """Return the branch's open pull request, made if there is none."""
        head, onto = await self._repositories.heads(repo, branch, base)
        if head is None or onto is None:
            raise NotFound(f"{repo} has no branch {branch if head is None else base!r}")

        def write() -> PullRecord:
            record = self._records.open_pull_request(
                repo, branch, base=base, title=title, body=body
            )
            self._after_move(repo, branch, head)
            return record

        record = await self._in_thread(write)
        self._wake()
        return self._shown(repo, record)

    async def merge(self, repo: Repo, pull_request: int, *, commit: CommitId) -> None:
        """Merge the pull request's branch by a merge commit."""
        record = await self._in_thread(lambda: self._records.numbered(repo, pull_request))
        if record is None:
            raise NotFound(f"{repo} has no pull request #{pull_request}")
        if record.merged:
            return
        head, onto = await self._repositories.heads(repo, record.branch, record.base)
        if head != commit or onto is None:
            raise Conflict(f"{record.branch} is at {str(head)[:12]} and not at {commit[:12]}")
        await self._merge_into(repo, record, onto, checked_commit(commit))
        await self._in_thread(lambda: self._records.set_merged(repo, record))

    async def _merge_into(
        self, repo: Repo, record: PullRecord, onto: CommitId, commit: CommitId
    ) -> None:
        path = self._repositories.existing(repo)
        there = await self._git.run(
            path, "merge-base", "--is-ancestor", commit, onto, accept=(0, 1)
        )
        if there.code == 0:  # we were killed before this was written down
            return
        merged = await self._git.run(
            path, "merge-tree", "--write-tree", onto, commit, accept=(0, 1, 129)
        )
        if merged.code == 129:
            raise NotAllowed("this git cannot merge; install git 2.38 or newer, or merge by hand")
        if merged.code:
            raise NotAllowed(f"{record.branch} is in conflict with {record.base}")
        tree = merged.stdout.decode().split("\n", 1)[0]
        message = f"Merge #{record.number}: {record.title}"
        made = await self._git.run(
            path, "commit-tree", tree, "-p", onto, "-p", commit, "-m", message
        )
        ref, result = branch_ref(record.base), made.stdout.decode().strip()
        try:
            await self._git.run(path, "update-ref", ref, result, onto)
        except Conflict as error:  # somebody pushed to it this very moment: once more, then
            raise ToolFailed(str(error)) from error

    def branch_url(self, repo: Repo, branch: Branch) -> str | None:
        """Return the branch's page, if a template is configured."""
        return _fill(self._pages.branch, repo=repo, branch=branch)

    def file_url(self, repo: Repo, commit: CommitId, path: str) -> str | None:
        """Return the file's page, if a template is configured."""
        return _fill(self._pages.file, repo=repo, commit=commit, path=path)

    async def ping(self) -> None:
        """Return if git is there and new enough."""
        version = (await self._git.run(None, "version")).stdout.decode()
        numbers = re.search(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < _OLDEST:
            raise ToolFailed(f"{version.strip()} is too old; install git 2.30 or newer")

    async def close(self) -> None:
        """Hold nothing open."""

    # ── ForgeReader ──────────────────────────────────────────────────────────────────────────────

    async def proposal(self, repo: Repo, branch: Branch, *, known: int | None) -> Proposal:
        """Return the branch's open pull request; nobody closes one here."""
        record = await self._in_thread(lambda: self._records.pull_request(repo, branch))
        return Proposal(pull_request=self._shown(repo, record) if record else None)

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return number and head of each pull request, by its branch."""
        records = await self._in_thread(lambda: self._records.pull_requests(repo))
        if not records:
            return {}
        heads = await self._repositories.heads(repo, *(record.branch for record in records))
        return {
            record.branch: f"{record.number} {head}"
            for record, head in zip(records, heads, strict=True)
            if head is not None
        }

    async def checks(self, repo: Repo, commit: CommitId) -> Checks:
        """Return how the commit's checks stand.

        Where checks are configured, a commit without a record is pending, not unchecked: a person
        may have pushed it a moment ago.
        """
        if self._checks is None:
            return Checks.NONE
        found = await self._in_thread(lambda: self._records.checks(repo, commit))
        return found or Checks.PENDING

    # ── checks ───────────────────────────────────────────────────────────────────────────────────

    async def run_checks(self, stop: asyncio.Event) -> None:
        """Run pending checks until told to stop."""
        if self._checks is None:
            await stop.wait()
        else:
            await self._checks.run(stop)

    async def _in_thread(self, job: Callable[[], T]) -> T:
        return await self._git.in_thread(lambda _: job(), what="records")

    def _wake(self) -> None:
        if self._checks:
            self._checks.wake()

    def _after_move(self, repo: Repo, branch: Branch, head: CommitId) -> None:
        if self._checks and self._records.pull_request(repo, branch):
            self._records.ask_for_checks(repo, head)

    def _shown(self, repo: Repo, record: PullRecord) -> PullRequest:
        url = _fill(
            self._pages.pull_request, repo=repo, branch=record.branch, number=str(record.number)
        )
        return PullRequest(number=record.number, url=url or "")


def _fill(template: str | None, **values: str) -> str | None:
    if template is None:
        return None
    return template.format_map({name: quote(value) for name, value in values.items()})
