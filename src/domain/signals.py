"""What the inbox holds: hints that something may have happened, and answers of our own tools.

A signal carries as little as it can, because it may be late, repeated, out of order or a lie:
whoever handles it asks the tool before he believes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.events import Ask
from domain.identifiers import Branch, CommentId, CommitId, ItemId, PersonId, Repo, Role, RunId
from domain.item import TrackerState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceived:
    """A webhook's raw delivery, its signature already checked."""

    tool: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged:
    """The item was made, changed, moved or removed."""

    item: ItemId
    actor: PersonId | None
    who: str = ""
    """What people call the actor, where the tracker said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPosted:
    """Somebody commented on the item."""

    item: ItemId
    comment: CommentId
    actor: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchReady:
    """The forge made the item's branch."""

    item: ItemId
    branch: Branch
    url: str | None
    head: CommitId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExited:
    """The run seems to have ended."""

    item: ItemId
    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCollected:
    """The run's commits are on the branch, up to ``head``."""

    item: ItemId
    run: RunId
    base: CommitId
    head: CommitId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNotCollected:
    """The run's commits were refused; ``head`` is the branch's."""

    item: ItemId
    run: RunId
    problem: str
    head: CommitId
    moved: bool
    kept: bool = False
    """Nothing is wrong with them: we have them, and only the forge did not take them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPassed:
    """The run, its item or the day seems to have cost what it may."""

    item: ItemId
    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUnusable:
    """A repository's own text for a role cannot be used; ours was."""

    item: ItemId
    role: Role
    file: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchTouched:
    """Something happened to a branch or to a commit: the forge does not know of whose item."""

    repo: Repo
    branch: Branch | None
    commit: CommitId | None = None
    """Named where the branch is not: a check's result is that of a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeChanged:
    """The branch, its pull request or its checks changed."""

    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeAnswered:
    """The pull request is merged, or was refused; the conflicts and head are what was seen then."""

    item: ItemId
    number: int
    merged: bool
    problem: str = ""
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """The deadline of a task's turn came."""

    item: ItemId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven:
    """A person with access to the service asked for something."""

    item: ItemId
    who: str
    ask: Ask
    state: TrackerState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectBuried:
    """An effect was given up for good."""

    item: ItemId
    effect: str
    error: str
    run: RunId | None = None


Signal = (
    DeliveryReceived
    | ItemChanged
    | CommentPosted
    | BranchReady
    | RunExited
    | RunCollected
    | RunNotCollected
    | LimitPassed
    | RoleUnusable
    | BranchTouched
    | ForgeChanged
    | MergeAnswered
    | TimerFired
    | CommandGiven
    | EffectBuried
)
