"""What git and the forge show of a run's work. Facts, read at a commit and carrying it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.identifiers import Branch, CommitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The item's folder at ``head``, and what the commits in ``base..head`` did to it."""

    base: CommitId
    head: CommitId
    commits: int
    """How many commits lie in ``base..head``."""
    touched: frozenset[str]
    """Names of the folder's files that one of those commits added or changed."""
    texts: Mapping[str, str]
    """Content of each asked-for file that is there at ``head``, cut at TEXT_LIMIT characters."""


TEXT_LIMIT = 65_536
"""How much of a file is read, in characters: a report, not a core dump."""


class Checks(StrEnum):
    """All checks of a commit, as one word."""

    NONE = "none"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """The open pull request of one branch."""

    number: int
    url: str
    """Where people can look at it; empty where there is no such page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchState:
    """A branch at the forge right now."""

    branch: Branch
    head: CommitId
    pull_request: PullRequest | None
    checks: Checks
