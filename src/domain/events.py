"""What has happened, with the facts a decision needs. Read by a use case, judged by ``decide``.

An event differs from a signal (``domain.signals``): a signal is a hint that something may have
happened, an event holds what the tools said when they were asked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.evidence import BranchState
from domain.gates import Judgement
from domain.identifiers import Branch, CommitId, EventId, ItemId, Role, RunId
from domain.item import Comment, Item, TrackerState
from domain.money import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    id: EventId
    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSeen(_Event):
    """The item appeared, was mended or moved: this is how it stands."""

    seen: Item
    who: str
    """Whose doing it was, as far as known."""
    settled: bool
    """No move of ours was on its way when it was read: what it shows, people have set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGone(_Event):
    """The item was deleted or archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMade(_Event):
    """Somebody commented."""

    comment: Comment
    head: CommitId | None = None
    """The branch's head when the comment was read, where an approval needs it."""
    gate: Judgement | None = None
    """The gate of the current stage at that head, where an approval needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPrepared(_Event):
    """The item's branch is there."""

    branch: Branch
    url: str | None
    head: CommitId


class Outcome(StrEnum):
    """How a run ended.

    The first seven are the runner's own knowledge. The others are what the agent's output says of a
    run that exited by itself (see ``domain.reading``): it can only make things worse.
    """

    EXITED = "exited"
    TIMED_OUT = "timed-out"
    STALLED = "stalled"
    STOPPED = "stopped"
    LOST = "lost"
    """It is gone and nobody knows its exit code: the machine went down, say."""
    NOT_STARTED = "not-started"
    """Its command could not be started at all."""
    DISK_LIMIT = "disk-limit"
    """It had taken as much of the disk as it may."""
    REFUSED = "refused"
    """It was not allowed to use a tool that it wanted."""
    OUT_OF_BUDGET = "out-of-budget"
    """It, its item or the day had cost what they may."""
    TURN_LIMIT = "turn-limit"
    """It took as many turns as it may."""
    MODEL_UNAVAILABLE = "model-unavailable"
    """Its model could not be reached, or had too much to do: later it may."""
    NOT_AUTHENTICATED = "not-authenticated"
    """Its model did not accept its key, or nobody pays for it: a person must see to that."""
    CRASHED = "crashed"
    """It exited without having said that it is done, or said that it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a run's output said of its end."""

    detail: str = ""
    """What went wrong, in the agent's words."""
    refusals: tuple[str, ...] = ()
    """Tools that it was not allowed to use."""
    tools: int | None = None
    """How many tools it used, None where that is not known."""


SILENCE = Statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(_Event):
    """Nothing of the run is alive."""

    run: RunId
    outcome: Outcome
    exit_code: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file of the branch and the page where it can be read."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJudged(_Event):
    """The run's commits are on the branch and its evidence has been judged."""

    run: RunId
    base: CommitId
    head: CommitId
    exit_code: int | None
    judgement: Judgement
    outcome: Outcome = Outcome.EXITED
    links: tuple[Link, ...] = ()
    """Where people can read the files that the judgement rests on."""
    statement: Statement = SILENCE
    account: Account | None = None
    """What has been spent, where that is what ended the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(_Event):
    """The live run, its item or the day has cost what it may."""

    run: RunId
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRefused(_Event):
    """A repository's own text for a role cannot be used."""

    role: Role
    file: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRefused(_Event):
    """The run's commits cannot be used: history rewritten, too large, out of bounds."""

    run: RunId
    exit_code: int | None
    problem: str
    head: CommitId
    """The branch's head, which is not the run's."""
    moved: bool
    """Only because somebody else changed the branch meanwhile: the work can be done again."""
    kept: bool = False
    """Only because the forge did not take them: they can be pushed once it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSeen(_Event):
    """The forge was asked for the branch's pull request and checks."""

    state: BranchState


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchGone(_Event):
    """The forge has no such branch, or no such repository, any more."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeEnded(_Event):
    """The forge has merged the pull request, or refused to."""

    number: int
    merged: bool
    problem: str = ""
    conflicts: tuple[str, ...] = ()
    """Files that cannot be merged into the base branch."""


class Liveness(StrEnum):
    """What the runner says of a run when asked."""

    WAITING = "waiting"
    RUNNING = "running"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(_Event):
    """A turn has lasted as long as it may."""

    until: datetime
    run: Liveness | None = None
    """The live run's state, where there is one."""
    running_since: datetime | None = None
    """When it left the queue for a slot, as far as known."""


class Ask(StrEnum):
    """What a person may ask of us directly."""

    RETRY = "retry"
    CANCEL = "cancel"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAsked(_Event):
    """A person with access to the service asked for something."""

    who: str
    ask: Ask
    state: TrackerState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFailed(_Event):
    """An effect was given up for good."""

    effect: str
    error: str
    run: RunId | None = None
    """The run that the effect was about, where it was about one."""


Event = (
    ItemSeen
    | ItemGone
    | CommentMade
    | BranchPrepared
    | RunEnded
    | RunJudged
    | RunRefused
    | LimitReached
    | RoleRefused
    | ForgeSeen
    | BranchGone
    | MergeEnded
    | DeadlinePassed
    | PersonAsked
    | EffectFailed
)
