"""A task: one work item on its way through the pipeline, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, EventId, ItemId, Role, RunId, StageName, TaskKey
from domain.item import Priority, TrackerState
from domain.money import Account, Money
from domain.quality_gate import Fault


class Status(StrEnum):
    """What a task is doing. Each value says who ends it."""

    SETTLING = "settling"
    """Its text is new and may still be written at; ends when it has stayed as it is for a while."""
    PREPARING = "preparing"
    """Its branch is being made; ends with the forge's answer."""
    WAITING = "waiting"
    """Its agent's model is away; ends with a timer that starts the agent again."""
    WORKING = "working"
    """An agent is at work, or about to be, or its work is being fetched; ends with its end."""
    CHECKING = "checking"
    """The forge is opening the pull request or running its checks; ends with their result."""
    MERGING = "merging"
    """The stage is through and the forge is merging; ends with its answer."""
    NEEDS_INPUT = "needs-input"
    """The agent asked; ends with a member's comment."""
    IN_REVIEW = "in-review"
    """A commit is up for approval; ends with an approver's word."""
    BLOCKED = "blocked"
    """Going on takes a person's decision; ends when one mends, resumes or cancels."""
    PAUSED = "paused"
    """A person put the item back; ends when one takes it up again."""
    CANCELLED = "cancelled"
    """A person gave it up. Ended, but a person may take it up again."""
    DONE = "done"
    """Ended."""


ENDED = frozenset({Status.CANCELLED, Status.DONE})
AT_REST = frozenset({Status.NEEDS_INPUT, Status.IN_REVIEW, Status.BLOCKED, Status.PAUSED})
"""Statuses in which a person has the next move and no agent may be alive for long."""


KEPT_REMARKS = 20
"""So many of the last ones."""


class Actor(StrEnum):
    """Who must act next."""

    AGENT = "agent"
    PERSON = "person"
    FORGE = "forge"
    ORCHESTRATOR = "orchestrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose turn it is, since when, and when we look into it if nothing has come."""

    actor: Actor
    since: datetime
    until: datetime


class ReasonKind(StrEnum):
    """Why an agent is started."""

    ADVANCED = "advanced"
    ANSWERED = "answered"
    REJECTED = "rejected"
    TESTS_FAILED = "tests-failed"
    CHANGES_REQUESTED = "changes-requested"
    CHECKS_FAILED = "checks-failed"
    CONFLICT = "conflict"
    MERGE_CONFLICT = "merge-conflict"
    BRANCH_MOVED = "branch-moved"
    CRASHED = "crashed"
    MODEL_AWAY = "model-away"
    RESUMED = "resumed"


AGAIN = frozenset(
    {
        ReasonKind.CRASHED,
        ReasonKind.MODEL_AWAY,
        ReasonKind.BRANCH_MOVED,
        ReasonKind.RESUMED,
    }
)
"""Reasons to do the same work again: what it was started with still holds."""
SENT_BACK = frozenset(
    {
        ReasonKind.REJECTED,
        ReasonKind.TESTS_FAILED,
        ReasonKind.CHANGES_REQUESTED,
        ReasonKind.CHECKS_FAILED,
        ReasonKind.CONFLICT,
    }
)
"""Reasons to mend something: who changes nothing has not mended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an agent is started, with the words and the file it must take into account."""

    kind: ReasonKind
    text: str = ""
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One launch of an agent."""

    id: RunId
    stage: StageName
    role: Role
    number: int
    """Counts all runs of the task, from 1."""
    attempt: int
    """Counts the runs of this stage of the task, from 1."""
    base: CommitId
    """The branch's head it starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is to be started as soon as the live run has gone, or the model is back."""

    stage: StageName
    reason: Reason
    by_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the stage's last run left: the range in which its evidence lies."""

    run: RunId
    stage: StageName
    base: CommitId
    head: CommitId
    exit_code: int | None
    doubtful: bool = False
    """Something was refused to the run: only an approver may take its work as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The whole state. It changes only by ``decide``."""

    item: ItemId
    key: TaskKey
    title: str
    description: str
    priority: Priority
    stage: StageName
    status: Status
    turn: Turn | None
    """None exactly when the task has ended."""
    shown: TrackerState
    """The state the tracker shows, as last seen there or ordered by us."""
    created_at: datetime
    branch: Branch | None = None
    branch_url: str | None = None
    head: CommitId | None = None
    """The branch's head as we last knew it."""
    pull_request: PullRequest | None = None
    run: Run | None = None
    """The live run. Never more than one: the next starts when this one is known to be gone."""
    stopping: bool = False
    """The live run has been told to end; what it leaves is not used."""
    pending: Launch | None = None
    held: Run | None = None
    """The run whose commits the forge did not take: pushed first when a person goes on."""
    delivered: Delivered | None = None
    approving: CommitId | None = None
    """The commit that is up for approval."""
    merging: CommitId | None = None
    """The commit that the forge was told to merge: its stage need not be done again."""
    reviews: tuple[str, ...] = ()
    """The last reviews on the forge that were acted on or refused, so that none is twice."""
    launched: int = 0
    """Runs started in all: the number of the last one."""
    attempts: Mapping[StageName, int] = field(default_factory=dict)
    """Runs started of each stage."""
    spent: Mapping[StageName, int] = field(default_factory=dict)
    """Runs of each stage since a person last took the matter in hand: what limits count."""
    rounds: int = 0
    """Sets of questions put to people since one last took a blocked item in hand."""
    crashes: int = 0
    """Runs in a row that crashed or were lost."""
    waits: int = 0
    """Pauses in a row because the model was away."""
    away_since: datetime | None = None
    """Since when it has been away."""
    over: Account | None = None
    """The account when a limit was reached, until the work goes on."""
    budget: Money | None = None
    """What an approver allowed the item to cost; it then holds instead of all other limits."""
    told: Reason | None = None
    """What the present work was started with: said again when it has to be done again."""
    began: CommitId | None = None
    """The branch's head at that time: what a run left that broke off is part of the work."""
    remarks: tuple[str, ...] = ()
    """What members said while nobody was waiting for it: told to the next agent."""
    told_remarks: tuple[str, ...] = ()
    """What was told of it for the present work: told again when it has to be done again."""
    by_member: bool = True
    """Whether a member made the item; what a guest wrote reaches no agent."""
    unfit: tuple[Fault, ...] = ()
    """What people were last told is wrong with the item: not said again while it is so."""
    reminders: int = 0
    """How often a person has been reminded during this turn."""
    heard: tuple[EventId, ...] = ()
    """The last events that were decided, so that none is decided twice."""
    version: int = 0
    """Counts saves; the store's guard against writing over a change."""
