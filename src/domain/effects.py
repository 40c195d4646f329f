"""What we do to the world. Decided by the domain, written down with the decision, done later."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from domain.evidence import PullRequest
from domain.identifiers import Branch, CommitId, ItemId, RunId, TaskKey
from domain.item import Priority, TrackerState
from domain.task import Reason, Run


class Tool(StrEnum):
    """The four tools. Effects of one task go to one tool in order, to different tools at once."""

    TRACKER = "tracker"
    FORGE = "forge"
    AGENTS = "agents"
    NOTIFIER = "notifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveItem:
    """Show the item in this state."""

    item: ItemId
    state: TrackerState
    over: TrackerState | None = None
    """Only where it still is in that one: a person's newer move stands. None: wherever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComment:
    """Say this in the item. Markdown; whatever an agent wrote stands in it unescaped."""

    item: ItemId
    text: str
    mention: bool = False
    """A person is waited for: whoever may decide is mentioned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell people, outside the tracker, that they are wanted. Plain text."""

    item: ItemId
    key: TaskKey
    text: str
    pull_request: PullRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareBranch:
    """Make the item's branch from the base branch, holding its folder with the item's text."""

    item: ItemId
    key: TaskKey
    branch: Branch
    folder: str
    title: str
    description: str
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Start the agent under the run's name, unless it was started before."""

    item: ItemId
    run: Run
    branch: Branch
    reason: Reason
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRun:
    """End the agent and everything it started."""

    item: ItemId
    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectRun:
    """Take the commits from the run's workspace, check them, and put them on the branch."""

    item: ItemId
    key: TaskKey
    run: Run
    branch: Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPullRequest:
    """Make sure the branch has an open pull request."""

    item: ItemId
    key: TaskKey
    branch: Branch
    head: CommitId
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePullRequest:
    """Merge the pull request, if the branch is where it was when all gates were open."""

    item: ItemId
    key: TaskKey
    branch: Branch
    head: CommitId
    number: int


Effect = (
    MoveItem
    | PostComment
    | Notify
    | PrepareBranch
    | StartRun
    | StopRun
    | CollectRun
    | OpenPullRequest
    | MergePullRequest
)


def tool_of(effect: Effect) -> Tool:
    """Return the tool that the effect is done with."""
    match effect:
        case MoveItem() | PostComment():
            return Tool.TRACKER
        case Notify():
            return Tool.NOTIFIER
        case PrepareBranch() | CollectRun() | OpenPullRequest() | MergePullRequest():
            return Tool.FORGE
        case StartRun() | StopRun():
            return Tool.AGENTS
        case _:
            assert_never(effect)
