"""Reads evidence from bare repositories: two processes at once, no work tree, any size."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from adapters.git.command import Git, failure, list_entry
from adapters.git.process import Leash, exchange
from adapters.git.refs import checked_commit
from adapters.git.repositories import GitRepositories
from domain.errors import Invalid, NotFound, ToolFailed
from domain.evidence import TEXT_LIMIT, BranchState, Checks, Evidence, Proposal
from domain.identifiers import Branch, CommitId, Repo

_ENOUGH = 4 * TEXT_LIMIT
"""Bytes that hold at least TEXT_LIMIT characters."""
_LOG_LIMIT = 16 * 1024 * 1024
_TREE_LIMIT = 16 * 1024 * 1024
_KIND = 0o170000
_REGULAR = 0o100000


class ForgeReader(Protocol):
    """What a forge knows and git does not."""

    async def proposal(self, repo: Repo, branch: Branch, *, known: int | None) -> Proposal:
        """Return the branch's open pull request, or how the known one ended."""
        ...

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return a mark for each branch with an open pull request."""
        ...

    async def checks(self, repo: Repo, commit: CommitId) -> Checks:
        """Return how the commit's checks stand."""
        ...


class GitInspector:
    """A RepoInspector on bare repositories beside a forge."""

    def __init__(self, git: Git, repositories: GitRepositories, forge: ForgeReader) -> None:
        """Read these repositories; ask the forge for what is not in git."""
        self._git = git
        self._repositories = repositories
        self._forge = forge

    async def head(self, repo: Repo, branch: Branch) -> CommitId:
        """Return the branch's head."""
        return await self._repositories.head(repo, branch)

    async def evidence(
        self, repo: Repo, *, base: CommitId, head: CommitId, folder: str, files: Sequence[str]
    ) -> Evidence:
        """Return the folder's named files at ``head`` and what ``base..head`` did to the folder.

        A merge touches what it changed against each of its parents: what it only brings along is
        told by the commits that it brings, and counts only if they are in ``base..head``. (Against
        the first parent alone, a merge with its parents swapped would make every old file fresh.)
        """
        try:
            return await self._evidence(repo, base, head, folder, files)
        except NotFound:  # perhaps only here
            await self._repositories.having(repo, base, head)
            return await self._evidence(repo, base, head, folder, files)

    async def _evidence(
        self, repo: Repo, base: CommitId, head: CommitId, folder: str, files: Sequence[str]
    ) -> Evidence:
        path = self._repositories.existing(repo)
        folder = _checked_folder(folder)
        span = f"{checked_commit(base)}..{checked_commit(head)}"

        def job(leash: Leash) -> Evidence:
            log = self._git.start(
                leash,
                path,
                # --sparse: commits that leave the folder alone are shown as well, to be counted
                *("log", "--full-history", "--sparse", "--no-renames", "-c", "-z"),
                *("--format=%H", "--name-status", span, "--", folder),
                stdin=subprocess.DEVNULL,
            )
            texts = self._texts(leash, path, head, folder, files)
            completed = exchange(log, b"", _LOG_LIMIT)
            if completed.code:
                raise failure("log", completed)
            commits, touched = _parse_log(completed.stdout, folder)
            return Evidence(base=base, head=head, commits=commits, touched=touched, texts=texts)

        return await self._git.in_thread(job, what="log")

    async def branch_state(
        self,
        repo: Repo,
        branch: Branch,
        *,
        base: Branch | None = None,
        pull_request: int | None = None,
    ) -> BranchState:
        """Return the branch's head, its pull request, its checks, and what cannot be merged."""
        try:
            head, *onto = await self._repositories.heads(repo, branch, *([base] if base else []))
        except Invalid:  # nothing can be called that
            head, onto = None, []
        proposal = await self._forge.proposal(repo, branch, known=pull_request)
        if head is None and proposal.closed and proposal.closed.pull_request.merged:
            head, onto = proposal.closed.head, []
        if head is None:
            raise NotFound(f"{repo} has no branch {branch[:60]!r}")
        opened = proposal.pull_request
        return BranchState(
            branch=branch,
            head=head,
            pull_request=opened,
            checks=await self._forge.checks(repo, head),
            closed=proposal.closed,
            reviews=tuple(review for review in proposal.reviews if review.commit == head),
            conflicts=await self._conflicts(repo, onto[0], head) if onto and onto[0] else (),
        )

    async def open_pull_requests(self, repo: Repo) -> Mapping[Branch, str]:
        """Return a mark for each branch with an open pull request."""
        return await self._forge.open_pull_requests(repo)

    async def _conflicts(self, repo: Repo, onto: CommitId, head: CommitId) -> tuple[str, ...]:
        """Return the files that a merge would leave to people.

        Git before 2.38 cannot merge without a work tree: then nothing is found here, and the
        conflict shows when the forge is to merge.
        """
        path = self._repositories.existing(repo)
        with tempfile.TemporaryDirectory(prefix="tmp_objdir-merge-", dir=path / "objects") as aside:
            # The merged files themselves are of no use: they are written where they are dropped.
            merged = await self._git.run(
                path,
                *("merge-tree", "--write-tree", "--allow-unrelated-histories"),
                *("-z", "--name-only", "--no-messages", onto, head),
                accept=(0, 1, 129),
                variables={
                    "GIT_OBJECT_DIRECTORY": aside,
                    "GIT_ALTERNATE_OBJECT_DIRECTORIES": list_entry(path / "objects"),
                },
            )
        if merged.code != 1:
            return ()
        names = merged.stdout.split(b"\0")[1:]
        return tuple(dict.fromkeys(name.decode("utf-8", "replace") for name in names if name))

    def _texts(
        self, leash: Leash, path: Path, head: CommitId, folder: str, files: Sequence[str]
    ) -> Mapping[str, str]:
        process = self._git.start(leash, path, "cat-file", "--batch", stderr=subprocess.DEVNULL)
        objects = _Objects(process)
        if objects.read(f"{head}^{{commit}}", 0) is None:
            raise NotFound(f"there is no commit {head}")
        tree = objects.read(f"{head}:{folder}", _TREE_LIMIT)
        entries = _parse_tree(tree.content, len(head)) if tree and tree.kind == "tree" else {}
        texts = {}
        for name in files:
            # By its id and only if it is a regular file: a symlink's "content" is where it points.
            entry = entries.get(name.encode())
            if entry is None:
                continue
            blob = objects.read(entry, _ENOUGH)
            if blob is None:  # no answer, and above all not that the file is missing
                raise ToolFailed(f"the repository is damaged: {path} lacks {entry}")
            if (text := _decode(blob.content)) is not None:
                texts[name] = text
        return texts


@dataclass(frozen=True, slots=True)
class _Object:
    kind: str
    content: bytes


class _Objects:
    """A conversation with ``git cat-file --batch``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("started without pipes")
        self._ask, self._answer = process.stdin, process.stdout

    def read(self, name: str, enough: int) -> _Object | None:
        """Return the object with the beginning of its content, None if there is none."""
        try:
            self._ask.write(f"{name}\n".encode())
            self._ask.flush()
        except BrokenPipeError as error:
            raise ToolFailed("git cat-file has ended early") from error
        header = self._answer.readline().decode("utf-8", "replace").rstrip("\n")
        if header.endswith((" missing", " ambiguous", " submodule")):
            return None
        try:
            _, kind, size = header.split(" ")
            rest = int(size)
        except ValueError as error:
            raise ToolFailed(f"git cat-file answered {header[:100]!r}") from error
        content = self._answer.read(min(rest, enough))
        _skip(self._answer, rest - len(content) + 1)
        return _Object(kind, content)


def _skip(stream: IO[bytes], size: int) -> None:
    while size > 0:
        data = stream.read(min(size, 1 << 20))
        if not data:
            raise ToolFailed("git cat-file has ended early")
        size -= len(data)


def _parse_log(output: bytes, folder: str) -> tuple[int, frozenset[str]]:
    """Return how many commits the log shows, and which of the folder's files they left there.

    With -z: ``commit NUL [NUL] [LF status NUL path NUL [status NUL path NUL]…]``.
    """
    inside = f"{folder}/".encode()
    commits, touched = 0, set()
    fields = iter(output.split(b"\0"))
    for field in fields:
        word = field.lstrip(b"\n")
        if len(word) >= 40:
            commits += 1
        elif word:
            path = next(fields, b"")
            if b"D" not in word and path.startswith(inside):
                touched.add(path.removeprefix(inside).decode("utf-8", "replace"))
    return commits, frozenset(touched)


def _parse_tree(tree: bytes, id_length: int) -> Mapping[bytes, str]:
    """Return the ids of a raw tree's regular files: ``mode SP name NUL id`` each."""
    entries, at = {}, 0
    while at < len(tree):
        end = tree.index(b"\0", at)
        mode, _, name = tree[at:end].partition(b" ")
        at = end + 1 + id_length // 2
        if int(mode, 8) & _KIND == _REGULAR:
            entries[name] = tree[end + 1 : at].hex()
    return entries


def _decode(content: bytes) -> str | None:
    """Return the text, None where it is none; a mark of byte order is no part of it."""
    if b"\0" in content:
        return None
    return content.decode("utf-8-sig", "replace")[:TEXT_LIMIT]


def _checked_folder(folder: str) -> str:
    parts = folder.strip("/").split("/")
    if any(part in {"", ".", ".."} or "\n" in part or "\0" in part for part in parts):
        raise Invalid("folder", f"{folder[:60]!r} is no path inside a repository")
    return "/".join(parts)
