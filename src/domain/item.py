"""The tracker's side of a task: the work item, its states, its people, their comments."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.identifiers import CommentId, ItemId, PersonId, TaskKey
from domain.prose import Prose


class TrackerState(StrEnum):
    """The eight states an item can be seen in; the value is the name on the command line."""

    BACKLOG = "backlog"
    TODO = "todo"
    IN_PROGRESS = "in-progress"
    NEEDS_INPUT = "needs-input"
    IN_REVIEW = "in-review"
    BLOCKED = "blocked"
    DONE = "done"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """As Plane has them, most pressing first."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Standing(StrEnum):
    """What somebody is to the project."""

    MEMBER = "member"
    GUEST = "guest"
    BOT = "bot"
    """Ourselves: what the bot does comes back to us as news and must be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts in the tracker; only an approver's word opens or closes a gate."""

    id: PersonId
    name: str
    standing: Standing
    approver: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A work item as it stands in the tracker right now."""

    id: ItemId
    key: TaskKey
    title: str
    description: Prose
    priority: Priority
    state: TrackerState
    changed_at: datetime
    by_member: bool = True
    """Whether a member made it; what a guest wrote reaches no agent."""
    by_us: bool = False
    """The last change was our own writing, for certain: nothing else need be looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment, whoever wrote it."""

    id: CommentId
    author: Person
    body: Prose
    made_at: datetime
