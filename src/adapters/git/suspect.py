"""Reads a repository that an agent had in its hands, without git and without following anything.

Git itself would read the repository's settings, follow its alternates and its symbolic links. We
need three things only: where a branch points, which objects there are, and that none of them lies
elsewhere.
"""

import errno
import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.git.refs import branch_ref
from domain.errors import NotAllowed
from domain.identifiers import Branch, CommitId

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ID = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\n?")
_REF_LIMIT = 4096
_PACKED_LIMIT = 64 * 1024 * 1024
_FILES_LIMIT = 2_000_000
_DEPTH = 4
"""More than git ever needs, and less than what looking through it can bear."""


def branch_head(git_dir: Path, branch: Branch) -> CommitId | None:
    """Return where the branch points, None if there is no such branch or repository.

    NotAllowed: something on the way is not what git makes there.
    """
    ref = branch_ref(branch)
    with _opened(git_dir) as folder:
        if folder is None:
            return None
        loose = _read(folder, ref, _REF_LIMIT)
        if loose is not None:
            found = _ID.fullmatch(loose)
            if not found:
                raise NotAllowed(f"{ref} in the workspace holds no commit id")
            return CommitId(found[1].decode())
        packed = _read(folder, "packed-refs", _PACKED_LIMIT) or b""
        line = re.search(rb"^([0-9a-f]{40,64}) %s$" % re.escape(ref.encode()), packed, re.MULTILINE)
        return CommitId(line[1].decode()) if line else None


def object_folder(git_dir: Path) -> Path:
    """Return the folder of the repository's objects, all of which lie in it.

    NotAllowed: it borrows objects from elsewhere, or holds what is neither file nor folder.
    """
    with _opened(git_dir) as folder:
        if folder is None:
            raise NotAllowed("the workspace holds no repository")
        objects = _descend(folder, "objects")
        if objects is None:
            raise NotAllowed("the workspace's repository holds no objects")
        try:
            _look_through(objects)
            for name in ("info/alternates", "info/http-alternates"):
                if _read(objects, name, _REF_LIMIT) is not None:
                    raise NotAllowed("the workspace borrows objects from another repository")
        finally:
            os.close(objects)
    return git_dir / "objects"


@contextmanager
def _opened(git_dir: Path) -> Generator[int | None, None, None]:
    """Open ``…/<work tree>/.git`` so that neither of the last two is a link."""
    folder = None
    with suppress(FileNotFoundError):
        outside = os.open(git_dir.parent.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            folder = _descend(outside, f"{git_dir.parent.name}/{git_dir.name}")
        finally:
            os.close(outside)
    try:
        yield folder
    finally:
        if folder is not None:
            os.close(folder)


def _descend(folder: int, path: str) -> int | None:
    """Open a folder below, None if it is not there; the caller closes it."""
    here = os.dup(folder)
    for name in path.split("/"):
        try:
            below = os.open(name, _FOLDER, dir_fd=here)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _tampered(path, error) from error
        finally:
            os.close(here)
        here = below
    return here


def _read(folder: int, path: str, limit: int) -> bytes | None:
    """Return a regular file's content, None if it is not there."""
    above, _, name = path.rpartition("/")
    here = _descend(folder, above) if above else os.dup(folder)
    if here is None:
        return None
    try:
        file = os.open(name, _FILE, dir_fd=here)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _tampered(path, error) from error
    finally:
        os.close(here)
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        if stat.S_ISDIR(mode):
            return None  # a branch `a` is gone and there is an `a/b` now
        raise NotAllowed(f"{path} in the workspace's .git is not a regular file")
    with os.fdopen(file, "rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise NotAllowed(f"{path} in the workspace's .git is larger than {limit} bytes")
    return content


def _look_through(folder: int) -> None:
    files = 0
    for path, folders, names, here in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
        files += len(names)
        if path.count("/") > _DEPTH:
            raise NotAllowed(f"the workspace's objects lie more than {_DEPTH} folders deep")
        if files > _FILES_LIMIT:
            raise NotAllowed(f"the workspace holds more than {_FILES_LIMIT} object files")
        for name in folders + names:
            mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise NotAllowed(f"objects/{name} in the workspace's .git is not a regular file")


def _tampered(path: str, error: OSError) -> NotAllowed:
    kind = {errno.ELOOP: "a symbolic link", errno.ENOTDIR: "no plain folder"}
    return NotAllowed(f"{path} in the workspace: {kind.get(error.errno or 0, error.strerror)}")
