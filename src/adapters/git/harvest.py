"""Takes an agent's commits into our bare repository, through quarantine.

    workspace's objects ─ pack-objects ─▶ index-pack ─▶ quarantine ─ checked ─▶ our objects ─▶ ref

Git runs in *our* repository all the time and merely borrows the workspace's object files, so no
setting, hook or filter of the workspace is ever read. (``git fetch`` would run upload-pack in the
workspace, under its settings, and has no limit of size.) index-pack computes each object's id
anew, checks it as a careful server would, and finds every link. Only what lies in quarantine is
then judged, and only what passed is moved among our objects.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adapters.git.clone import default_branch
from adapters.git.command import Git, failure, list_entry, redact
from adapters.git.process import Completed, Leash, Overflow, close, copy, end, exchange
from adapters.git.suspect import object_folder
from domain.errors import NotAllowed, Rejected, ToolFailed
from domain.identifiers import CommitId

_MEGABYTE = 1024 * 1024
_TABLES = 64 * _MEGABYTE
"""Room for what git keeps beside the objects themselves."""
_LIST_LIMIT = 256 * _MEGABYTE
_SHOWN = 5
_DISTRUST = (
    # Indexes that the workspace may have forged; without them git reads the objects themselves.
    *("-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"),
    *("-c", "pack.useBitmaps=false", "-c", "pack.threads=1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestLimits:
    """How much one run may bring."""

    commits: int = 1_000
    files: int = 10_000
    """New contents of files, over all commits."""
    size: int = 200 * _MEGABYTE
    """Bytes of all new objects, unpacked."""


DEFAULT_LIMITS = HarvestLimits()


class Transfer:
    """One harvest; runs in a thread."""

    def __init__(
        self, git: Git, leash: Leash, ours: Path, limits: HarvestLimits, within: Sequence[str]
    ) -> None:
        """Take commits into this bare repository that change only what is ``within``, if given."""
        self._git = git
        self._leash = leash
        self._ours = ours
        self._limits = limits
        self._within = tuple(within)

    def take(self, git_dir: Path, base: CommitId, head: CommitId) -> int:
        """Return how many commits lie in ``base..head``, all of which we now have."""
        theirs = object_folder(git_dir)
        prefix = "tmp_objdir-incoming-"  # git clears away what is left of these
        quarantine = Path(tempfile.mkdtemp(prefix=prefix, dir=self._ours / "objects"))
        try:
            (quarantine / "pack").mkdir()
            self._receive(theirs, quarantine, base, head)
            commits = self._judge(quarantine, base, head)
            self._accept(quarantine)
        finally:
            shutil.rmtree(quarantine, ignore_errors=True)
        return commits

    def _receive(self, theirs: Path, quarantine: Path, base: CommitId, head: CommitId) -> None:
        # What our default branch has is not new either: an agent may have merged it.
        # Some bytes of a delta may stand for any number of bytes: git looks before it makes room.
        bounded = {"GIT_ALLOC_LIMIT": str(self._limits.size + _TABLES)}
        default = default_branch(self._ours)
        known = {base, default[1]} if default else {base}
        wanted = "\n".join([head, "--not", *sorted(known), ""])
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as heard:
            source = self._git.start(
                self._leash,
                self._ours,
                *_DISTRUST,
                *("pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q"),
                stderr=said,
                variables={**bounded, "GIT_ALTERNATE_OBJECT_DIRECTORIES": list_entry(theirs)},
            )
            sink = self._git.start(
                self._leash,
                self._ours,
                *("index-pack", "--stdin", "--strict", f"--max-input-size={self._limits.size}"),
                stdout=subprocess.DEVNULL,
                stderr=heard,
                variables={
                    **bounded,
                    "GIT_OBJECT_DIRECTORY": str(quarantine),
                    "GIT_ALTERNATE_OBJECT_DIRECTORIES": list_entry(self._ours / "objects"),
                },
            )
            if source.stdin is None or source.stdout is None or sink.stdin is None:
                raise AssertionError("started without pipes")
            try:
                with suppress(BrokenPipeError):  # it says on stderr what it died of
                    source.stdin.write(wanted.encode())
                    source.stdin.close()
                    copy(source.stdout, sink.stdin, self._limits.size)
                for pipe in (source.stdout, sink.stdin):
                    close(pipe)  # or one would wait for the other, who has died
                source.wait()
                sink.wait()
            except Overflow as error:
                raise self._too_large() from error
            finally:
                end(source)
                end(sink)  # or it would go on in the quarantine while that is cleared away
            for process, stderr in ((source, said), (sink, heard)):
                # Of a broken pipe dies whose reader has died before, and for a reason.
                if process.returncode not in (0, -signal.SIGPIPE):
                    told = _read(stderr)
                    raise self._too_large() if "over limit" in told else _refusal(told)

    def _judge(self, quarantine: Path, base: CommitId, head: CommitId) -> int:
        alone = {"GIT_OBJECT_DIRECTORY": str(quarantine)}
        ours = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": list_entry(self._ours / "objects")}
        sizes = self._git.start(
            self._leash,
            self._ours,
            *("cat-file", "--batch-all-objects", "--unordered"),
            "--batch-check=%(objecttype) %(objectsize)",
            stdin=subprocess.DEVNULL,
            variables=alone,
        )
        # `-<base>` at the boundary says that a commit of the range has base as its parent.
        walk = self._git.start(
            self._leash,
            self._ours,
            *("rev-list", "--objects", "--boundary", f"{base}..{head}"),
            stdin=subprocess.DEVNULL,
            variables={**alone, **ours},
        )
        self._check_sizes(_checked("cat-file", exchange(sizes, b"", _LIST_LIMIT)).stdout)
        walked = exchange(walk, b"", _LIST_LIMIT)
        if walked.code:
            raise _refusal(walked.stderr)
        lines = walked.stdout.split(b"\n")
        if f"-{base}".encode() not in lines:
            raise NotAllowed(
                f"history was rewritten: {head[:12]} does not descend from {base[:12]}, "
                "where the run began"
            )
        if self._within:
            self._check_paths({**alone, **ours}, base, head)
        return sum(1 for line in lines if len(line) == len(head))

    def _check_paths(self, variables: Mapping[str, str], base: CommitId, head: CommitId) -> None:
        """Look at what the run has changed in all: what it took back again harms nobody."""
        diff = self._git.start(
            self._leash,
            self._ours,
            *("diff-tree", "-r", "--name-only", "--no-renames", "-z", base, head),
            stdin=subprocess.DEVNULL,
            variables=variables,
        )
        listing = _checked("diff-tree", exchange(diff, b"", _LIST_LIMIT)).stdout
        names = [name.decode("utf-8", "replace") for name in listing.split(b"\0") if name]
        outside = [name for name in names if not name.startswith(self._within)]
        if outside:
            shown = ", ".join(outside[:_SHOWN]) + (", …" if len(outside) > _SHOWN else "")
            raise NotAllowed(f"files were changed outside of {', '.join(self._within)}: {shown}")

    def _check_sizes(self, listing: bytes) -> None:
        objects = [line.split(b" ") for line in listing.splitlines()]
        limits = self._limits
        if sum(int(size) for _, size in objects) > limits.size:
            raise self._too_large()
        kinds = [kind for kind, _ in objects]
        if kinds.count(b"commit") > limits.commits:
            raise NotAllowed(f"{kinds.count(b'commit')} new commits, allowed are {limits.commits}")
        if kinds.count(b"blob") > limits.files:
            raise NotAllowed(f"{kinds.count(b'blob')} new files, allowed are {limits.files}")

    def _accept(self, quarantine: Path) -> None:
        packs = self._ours / "objects" / "pack"
        files = list((quarantine / "pack").iterdir())
        for file in sorted(files, key=lambda file: file.suffix == ".idx"):
            file.replace(packs / file.name)  # its index last: then it counts
        folder = os.open(packs, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _too_large(self) -> NotAllowed:
        megabytes = self._limits.size / _MEGABYTE
        return NotAllowed(f"the commits hold more than the allowed {megabytes:g} MB")


def _checked(command: str, completed: Completed) -> Completed:
    if completed.code:
        raise failure(command, completed)
    return completed


def _refusal(stderr: str) -> Rejected:
    """Return why the commits cannot be taken. A full disk is our fault, all else is theirs."""
    completed = Completed(1, b"", redact(stderr))
    error = failure("refuses the commits", completed)
    if "No space left" in stderr or "Disk quota exceeded" in stderr:
        raise ToolFailed(str(error))
    return NotAllowed(str(error))


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(65_536).decode("utf-8", "replace")
