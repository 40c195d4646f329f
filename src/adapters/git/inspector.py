"""Reads evidence from bare repositories: two processes at once, no work tree, any size."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from adapters.git.command import Git, failure
from adapters.git.process import Leash, exchange
from adapters.git.refs import checked_commit
from adapters.git.repositories import GitRepositories
from domain.errors import Invalid, NotFound, ToolFailed
from domain.evidence import TEXT_LIMIT, BranchState, Checks, Evidence, PullRequest
from domain.identifiers import Branch, CommitId, Repo

_ENOUGH = 4 * TEXT_LIMIT
"""Bytes that hold at least TEXT_LIMIT characters."""
_LOG_LIMIT = 16 * 1024 * 1024
_TREE_LIMIT = 16 * 1024 * 1024
_KIND = 0o170000
_REGULAR = 0o100000


class ForgeReader(Protocol):
    """What a forge knows and git does not."""

    async def pull_request(self, repo: Repo, branch: Branch) -> PullRequest | None:
        """Return the branch's open pull request."""
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

    async def branch_state(self, repo: Repo, branch: Branch) -> BranchState:
        """Return the branch's head, its open pull request and its checks."""
        head = await self._repositories.head(repo, branch)
        return BranchState(
            branch=branch,
            head=head,
            pull_request=await self._forge.pull_request(repo, branch),
            checks=await self._forge.checks(repo, head),
        )

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
