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
    """The pull request of one branch: open, or merged."""

    number: int
    url: str
    """Where people can look at it; empty where there is no such page."""
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """How a pull request ended that was open before."""

    pull_request: PullRequest
    by: str
    """Whose doing it was, empty where the forge does not say."""
    head: CommitId | None
    """The branch's head at its end: the branch itself may be gone."""


class ReviewVerdict(StrEnum):
    """What a person's review on the forge says."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes-requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReview:
    """A person's present verdict on the commit that is the branch's head, never our own."""

    id: str
    by: str
    verdict: ReviewVerdict
    text: str
    commit: CommitId
    approver: bool
    """Whether this person's verdict opens or closes a gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the forge knows of a branch's pull request."""

    pull_request: PullRequest | None = None
    """The open one."""
    closed: Closed | None = None
    """The one that was asked after, where it is no longer open and there is no other."""
    reviews: tuple[PersonReview, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchState:
    """A branch at the forge right now."""

    branch: Branch
    head: CommitId
    pull_request: PullRequest | None
    checks: Checks
    closed: Closed | None = None
    reviews: tuple[PersonReview, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Files that cannot be merged into the base branch, where that was asked for."""
