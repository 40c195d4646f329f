"""Bare mirrors of a remote forge's repositories: only the branches in play, only when they moved.

A mirror lies where a repository of ours would, so everything that reads those reads mirrors as
well. Its branches are what the forge had when it was last asked; ``heads`` asks. The token reaches
git by its environment and for the forge's own address only.
"""

import asyncio
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from adapters.git.command import Git, failure, redact
from adapters.git.process import Completed
from adapters.git.refs import HEADS, branch_ref, checked_commit
from adapters.git.removal import sweep
from adapters.git.repositories import GitRepositories
from adapters.git.skeleton import make_git_dir
from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotAllowed,
    NotFound,
    ToolFailed,
)
from domain.identifiers import Branch, CommitId, Repo

_OLDEST = (2, 31)
_FETCHED = "refs/orchestrator/fetched/"
_REFUSED_LOGIN = re.compile(
    r"authentication failed|could not read (username|password)|returned error: 40[13]|"
    r"terminal prompts disabled",
    re.IGNORECASE,
)
_NO_REPOSITORY = re.compile(r"repository '[^']*' not found|returned error: 404", re.IGNORECASE)
_PUSHED = re.compile(r"^(?P<flag>[ +\-*!=])\t\S+\t(?P<summary>.*)$", re.MULTILINE)
_MOVED = re.compile(r"stale info|fetch first|non-fast-forward|already exists|cannot lock ref")


class Mirrors(GitRepositories):
    """Finds mirrors by name, makes them when they are first asked for, and keeps them fresh."""

    def __init__(
        self,
        git: Git,
        data: Path,
        *,
        url: str,
        header: str,
        bases: Mapping[Repo, Branch],
        time_limit: timedelta = timedelta(minutes=10),
    ) -> None:
        """Mirror ``<url>/<owner>/<name>.git``, sending the header with every request there."""
        super().__init__(git, data)
        self._url = url.rstrip("/")
        self._secrets = {f"http.{self._url}/.extraHeader": header}
        self._bases = bases
        self._time_limit = time_limit
        self._locks: dict[Repo, asyncio.Lock] = {}

    async def heads(self, repo: Repo, *branches: Branch) -> list[CommitId | None]:
        """Return the branches' heads as the forge has them now, and have their commits here."""
        async with self.locked(repo):
            return await self._refreshed(repo, branches)

    async def having(self, repo: Repo, *commits: CommitId) -> Path:
        """Return the mirror, with these commits in it if the forge has them."""
        for commit in commits:
            checked_commit(commit)
        async with self.locked(repo):
            path = await self._ensure(repo)
            missing = await self._missing(path, commits)
            if not missing:
                return path
            try:
                await self._ask(path, "fetch", *_QUIETLY, self._address(repo), *missing)
            except Failure:  # not every server gives out a commit by its name
                spec = f"+refs/heads/*:{_FETCHED}*"
                await self._ask(path, "fetch", *_QUIETLY, "--prune", self._address(repo), spec)
            return path

    async def push(
        self, repo: Repo, branch: Branch, commit: CommitId, *, expected: CommitId | None
    ) -> None:
        """Move the branch from ``expected``, None for one that must not exist, to the commit.

        The caller sees to it that the commit descends. Conflict: the branch is elsewhere.
        NotAllowed: the forge refuses, with its reason. Forbidden: the token may not push.
        """
        ref = branch_ref(branch)
        path = self.existing(repo)
        completed = await self._git.run(
            path,
            *("push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{expected or ''}"),
            *(self._address(repo), f"{commit}:{ref}"),
            accept=(0, 1, 128),
            time_limit=self._time_limit,
            secrets=self._secrets,
        )
        if completed.code:
            raise self._refusal(repo, branch, completed)
        await self._git.run(path, "update-ref", ref, commit)

    def locked(self, repo: Repo) -> asyncio.Lock:
        """Return the lock under which the mirror's refs are changed."""
        return self._locks.setdefault(repo, asyncio.Lock())

    async def check(self) -> None:
        """Return if git is there and new enough to keep mirrors."""
        version = (await self._git.run(None, "version")).stdout.decode()
        numbers = re.search(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) < _OLDEST:
            raise ToolFailed(f"{version.strip()} is too old; install git 2.31 or newer")

    # ── what the forge has ───────────────────────────────────────────────────────────────────────

    async def _refreshed(self, repo: Repo, branches: Sequence[Branch]) -> list[CommitId | None]:
        wanted = [branch_ref(branch) for branch in branches]
        there = await self._remote_heads(repo, wanted)
        if not there and not self._is_made(repo):
            return [None] * len(wanted)
        path = await self._ensure(repo, like=next(iter(there.values()), None))
        here = await self._local_heads(path)
        stale = [
            ref for ref in here if _clashes(ref, wanted) or (ref in wanted and ref not in there)
        ]
        if stale:
            orders = "".join(f"delete {ref}\n" for ref in stale)
            await self._git.run(path, "update-ref", "--stdin", given=orders.encode())
        moved = [ref for ref, head in there.items() if here.get(ref) != head]
        if moved:
            specs = [f"+{ref}:{ref}" for ref in moved]
            await self._git.in_thread(lambda _: sweep(path), what="fetch")
            try:
                await self._ask(path, "fetch", *_QUIETLY, self._address(repo), *specs)
            except NotFound as error:  # removed since we looked a moment ago
                raise ToolFailed(str(error)) from error
            here = await self._local_heads(path)
        return [here.get(ref) if ref in there else None for ref in wanted]

    async def _remote_heads(self, repo: Repo, refs: Sequence[str]) -> dict[str, CommitId]:
        listing = await self._ask(None, "ls-remote", "--quiet", self._address(repo), *refs)
        lines = [
            line.split("\t") for line in listing.stdout.decode("utf-8", "replace").splitlines()
        ]
        # A pattern matches the ends of names, too.
        return {line[1]: CommitId(line[0]) for line in lines if len(line) == 2 and line[1] in refs}

    async def _local_heads(self, path: Path) -> dict[str, CommitId]:
        listing = await self._git.run(
            path, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/"
        )
        pairs = [line.rsplit(" ", 1) for line in listing.stdout.decode("utf-8").splitlines()]
        return {ref: CommitId(head) for ref, head in pairs}

    async def _missing(self, path: Path, commits: Sequence[CommitId]) -> list[CommitId]:
        asked = "".join(f"{commit}^{{commit}}\n" for commit in commits)
        answer = await self._git.run(path, "cat-file", "--batch-check", given=asked.encode())
        lines = answer.stdout.decode().splitlines()
        pairs = zip(commits, lines, strict=True)
        return [commit for commit, line in pairs if line.endswith(" missing")]

    async def _ensure(self, repo: Repo, *, like: CommitId | None = None) -> Path:
        """Return the mirror, made if it is not there; its HEAD is the base branch.

        NotFound: there is none yet, since how long ids are only a commit tells.
        """
        path, base = self._path(repo), self._base(repo)
        if not self._is_made(repo):
            if like is None:
                ref = branch_ref(base)
                like = (await self._remote_heads(repo, [ref])).get(ref)
            if like is None:
                raise NotFound(f"{repo} has no branch {base}")
            length = len(like)
            await self._git.in_thread(
                lambda _: _make(path, branch=base, id_length=length), what="mirror"
            )
        elif (path / "HEAD").read_text() != (head := f"ref: {HEADS}{base}\n"):
            (path / "HEAD").write_text(head)
        return path

    def _is_made(self, repo: Repo) -> bool:
        return (self._path(repo) / "HEAD").is_file()

    def _path(self, repo: Repo) -> Path:
        try:
            return self.path(repo)
        except Invalid as error:
            raise NotFound(f"there is no repository {repo[:60]!r}") from error

    def _base(self, repo: Repo) -> Branch:
        if repo not in self._bases:
            raise NotFound(f"no project works on the repository {repo[:60]!r}")
        return self._bases[repo]

    def _address(self, repo: Repo) -> str:
        self._path(repo)  # what could be no name of a repository is none of an address either
        return f"{self._url}/{repo}.git"

    async def _ask(self, path: Path | None, *arguments: str) -> Completed:
        """Run a command that talks with the forge; say whose fault a failure is."""
        completed = await self._git.run(
            path,
            *arguments,
            accept=(0, 1, 128, 129),
            time_limit=self._time_limit,
            secrets=self._secrets,
        )
        if completed.code:
            raise self._trouble(arguments[0], completed)
        return completed

    def _trouble(self, command: str, completed: Completed) -> Failure:
        told = redact(completed.stderr, self._secrets.values())
        if _REFUSED_LOGIN.search(told):
            reason = "its token is wrong, expired or lacks the scope write:repository"
            if "error: 403" in told and (said := _remote_words(told)):  # it is archived, say
                reason = f"{said.rstrip('. ')}; see that the token's user may do that"
            return Forbidden(f"the forge refuses git {command}: {reason}")
        if _NO_REPOSITORY.search(told):
            return NotFound(f"git {command}: the forge has no such repository, or hides it from us")
        return failure(command, completed, secrets=self._secrets.values())

    def _refusal(self, repo: Repo, branch: Branch, completed: Completed) -> Failure:
        lines = _PUSHED.finditer(completed.stdout.decode("utf-8", "replace"))
        refused = next((line["summary"] for line in lines if line["flag"] == "!"), None)
        if refused is None:
            return self._trouble("push", completed)
        if _MOVED.search(refused):
            return Conflict(f"{branch} of {repo} was changed by somebody else")
        reason = _remote_words(redact(completed.stderr, self._secrets.values()))
        return NotAllowed(
            f"the forge refuses to move {branch}: {reason or refused}; look at the branch's"
            " protection and the repository's hooks"
        )


_QUIETLY = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")


def _make(path: Path, *, branch: Branch, id_length: int) -> None:
    half = path.with_name(f".{path.name}.half")
    shutil.rmtree(half, ignore_errors=True)  # of a predecessor that was killed in the middle
    make_git_dir(half, branch=branch, bare=True, id_length=id_length)
    half.rename(path)


def _remote_words(told: str) -> str:
    """Return what the forge itself said, on one line."""
    lines = [line for line in told.splitlines() if line.startswith("remote:")]
    said = [line.removeprefix("remote:").strip() for line in lines]
    return "; ".join(part for part in said if part)[:300]


def _clashes(ref: str, wanted: Sequence[str]) -> bool:
    """Whether a ref of old stands where a folder must be, or is in a folder that must be a ref."""
    return any(ref.startswith(f"{name}/") or name.startswith(f"{ref}/") for name in wanted)
