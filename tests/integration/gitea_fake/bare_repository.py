"""A real bare repository, read and written with git's plumbing: every sha in the fake is true."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from tests.integration.gitea_fake.git_objects import Change, Commit, Entry, Signature

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
ZEROS = "0" * 40
_SHA = re.compile("[0-9a-f]{40}")

# What Gitea's own hook refuses; `PROTECTED` is set by whoever serves the push, one pattern a line.
PRE_RECEIVE = """#!/bin/sh -f
while read -r old new ref; do
  case $ref in refs/pull/*) echo "Gitea: $ref is internal" >&2; exit 1 ;; esac
  for pattern in $PROTECTED; do
    case $ref in
      refs/heads/$pattern)
        echo "Gitea: Not allowed to push to protected branch ${ref#refs/heads/}" >&2
        exit 1 ;;
    esac
  done
done
"""


class GitRefused(Exception):
    """Git ended with an error."""


class BareRepository:
    """The repository in that folder, made if it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told: dict[tuple[str, ...], str | GitRefused] = {}
        if not path.exists():
            path.mkdir(parents=True)
            self.git("init", "--quiet", "--bare", "--initial-branch", "main")
            self.git("config", "http.receivepack", "true")
            self.git("config", "uploadpack.allowAnySHA1InWant", "true")
            hook = path / "hooks" / "pre-receive"
            hook.write_text(PRE_RECEIVE)
            hook.chmod(0o755)

    def git(
        self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> str:
        return self.run(*arguments, stdin=stdin, more=more).decode().rstrip("\n")

    def run(
        self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git in the repository, with ``more`` in its environment."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=stdin,
            env=ENVIRONMENT | dict(more or {}),
            check=False,
            capture_output=True,
        )
        if done.returncode:
            raise GitRefused(done.stderr.decode() or done.stdout.decode())
        return done.stdout

    def _fixed(self, *arguments: str) -> str:
        """What git says of shas alone, asked once: it cannot change."""
        if arguments not in self._told:
            try:
                self._told[arguments] = self.git(*arguments)
            except GitRefused as refused:
                self._told[arguments] = refused
        told = self._told[arguments]
        if isinstance(told, GitRefused):
            raise told
        return told

    # ── refs ─────────────────────────────────────────────────────────────────────────────────────

    def refs(self, *below: str) -> dict[str, str]:
        """Where the refs are, by their full names: read from the files, for it is asked often."""
        if not (self.path / "refs").is_dir():
            raise GitRefused(f"there is no repository in {self.path}")
        found: dict[str, str] = {}
        for folder in below:
            for file in (self.path / folder).rglob("*"):
                with suppress(OSError):  # a folder, or gone
                    found[str(file.relative_to(self.path))] = file.read_text().strip()
        packed = self.path / "packed-refs"  # read last: what goes from there to here is seen
        lines = packed.read_text().splitlines() if packed.exists() else []
        for sha, ref in (line.split(" ") for line in lines if line[0] not in "#^"):
            if ref.startswith(tuple(f"{folder}/" for folder in below)):
                found.setdefault(ref, sha)
        return {ref: sha for ref, sha in sorted(found.items()) if _SHA.fullmatch(sha)}

    def branches(self) -> dict[str, str]:
        return {r.removeprefix("refs/heads/"): sha for r, sha in self.refs("refs/heads").items()}

    def head(self, branch: str) -> str | None:
        return self._resolved(f"refs/heads/{branch}")

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, a tag or a sha of at least seven digits names."""
        for ref in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if (found := self._resolved(ref)) is not None:
                return found
        return None

    def point(self, ref: str, sha: str | None) -> None:
        """Move the ref there, or remove it."""
        if sha is None:
            self.git("update-ref", "-d", ref)
        else:
            self.git("update-ref", ref, sha)

    def _resolved(self, name: str) -> str | None:
        if name.startswith("-"):
            return None
        if name.startswith("refs/heads/"):
            with suppress(OSError, ValueError):
                if ".." not in name and _SHA.fullmatch(told := (self.path / name).read_text()[:40]):
                    return told
            return self.refs("refs/heads").get(name)
        try:
            return self.git("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
        except GitRefused:
            return None

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def commit(self, sha: str) -> Commit:
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        fields = self._fixed("show", "--no-patch", f"--format={form}", sha).split("\0")
        own, tree, parents, a_name, a_email, a_date, c_name, c_email, c_date, message = fields
        return Commit(
            sha=own,
            tree=tree,
            parents=tuple(parents.split()),
            author=Signature(name=a_name, email=a_email, date=datetime.fromisoformat(a_date)),
            committer=Signature(name=c_name, email=c_email, date=datetime.fromisoformat(c_date)),
            message=message.rstrip("\n") + "\n",
        )

    def log(self, *what: str) -> list[str]:
        return self.git("rev-list", *what).split()

    def entries(self, commit: str, path: str, *, inside: bool = False) -> list[Entry]:
        """The thing at that path, or what a folder holds."""
        where = f"{path}/" if inside and path else path
        listed = self.run("ls-tree", "-z", "--long", commit, *([where] if where else []))
        found = []
        for line in listed.decode().split("\0")[:-1]:
            told, _, name = line.partition("\t")
            mode, kind, sha, size = told.split()
            found.append(
                Entry(mode=mode, kind=kind, sha=sha, size=int(size.strip("-") or 0), path=name)
            )
        return found

    def blob(self, sha: str) -> bytes:
        return self.run("cat-file", "blob", sha)

    def last_touched(self, commit: str, path: str) -> str:
        return self._fixed("rev-list", "--max-count=1", commit, "--", path)

    def merge_base(self, one: str, other: str) -> str:
        try:
            return self._fixed("merge-base", one, other)
        except GitRefused:
            return ""

    def contains(self, descendant: str, ancestor: str) -> bool:
        try:
            self._fixed("merge-base", "--is-ancestor", ancestor, descendant)
        except GitRefused:
            return False
        return True

    def changes(self, before: str, after: str) -> list[Change]:
        """What lies between two commits, renames recognised."""
        named = self._fixed("diff", "--name-status", "-M", "-z", before, after).split("\0")[:-1]
        counts: dict[str, tuple[int, int]] = {}
        numbered = iter(
            self._fixed("diff", "--numstat", "-M", "-z", before, after).split("\0")[:-1]
        )
        for line in numbered:
            added, removed, path = line.split("\t")
            if not path:  # renamed: both names follow
                next(numbered)
                path = next(numbered)
            counts[path] = (int(added.replace("-", "0")), int(removed.replace("-", "0")))
        found, rest = [], iter(named)
        for status in rest:
            former = next(rest)
            path = next(rest) if status[0] in "RC" else former
            added_, removed_ = counts[path]
            found.append(
                Change(
                    status=status[0],
                    path=path,
                    former=former if status[0] in "RC" else "",
                    additions=added_,
                    deletions=removed_,
                )
            )
        return found

    def touched(self, commit: str) -> dict[str, list[str]]:
        """What the commit did against its first parent: files added, removed and modified."""
        told = self._fixed("show", "--format=", "--name-status", "--no-renames", "-z", commit)
        parts = told.split("\0")[:-1]
        kinds: dict[str, list[str]] = {"A": [], "D": [], "M": []}
        for status, path in zip(parts[::2], parts[1::2], strict=True):
            kinds["M" if status == "T" else status].append(path)
        return {"added": kinds["A"], "removed": kinds["D"], "modified": kinds["M"]}

    def diff(self, before: str, after: str) -> bytes:
        return self.run("diff", before, after)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def tree_with(self, base: str | None, files: Mapping[str, tuple[str, bytes] | None]) -> str:
        """The tree of ``base`` with these files (mode and content) put in or, for None, removed."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            if base is not None:
                self.git("read-tree", base, more=index)
            lines = []
            for path, given in files.items():
                mode, sha = ("0", ZEROS) if given is None else (given[0], self._stored(given[1]))
                lines.append(f"{mode} {sha}\t{path}\0")
            told = "".join(lines).encode()
            self.git("update-index", "-z", "--index-info", stdin=told, more=index)
            return self.git("write-tree", more=index)

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Signature,
        committer: Signature,
    ) -> str:
        told = [part for parent in parents for part in ("-p", parent)]
        return self.git(
            "commit-tree", tree, *told, stdin=message.encode(), more=_signed(author, committer)
        )

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of a merge, None where they conflict."""
        try:
            return self._fixed("merge-tree", "--write-tree", ours, theirs).split("\n")[0]
        except GitRefused:
            return None

    def rebased(self, head: str, onto: str, committer: Signature) -> str | None:
        """The last of ``head``'s commits put on top of ``onto``, None where they conflict."""
        with tempfile.TemporaryDirectory() as folder:
            self.git("worktree", "add", "--quiet", "--detach", folder, head)
            try:
                signed = _signed(committer, committer)
                names = {k: v for k, v in signed.items() if k.startswith("GIT_COMMITTER")}
                self.git("-C", folder, "rebase", "--quiet", onto, more=names)
                return self.git("-C", folder, "rev-parse", "HEAD")
            except GitRefused:
                return None
            finally:
                self.git("worktree", "remove", "--force", folder)

    def _stored(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=content)


def _signed(author: Signature, committer: Signature) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": author.date.isoformat(),
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": committer.date.isoformat(),
    }
