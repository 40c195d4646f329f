"""What lies in a repository, as git tells of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who, and when."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit as it lies in the repository."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder in a commit."""

    mode: str
    kind: str
    sha: str
    size: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a range did to one file."""

    status: str
    path: str
    former: str
    additions: int
    deletions: int
