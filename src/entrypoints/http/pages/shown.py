"""Items and tasks side by side, as the templates show them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.identifiers import StageName, TaskKey
from domain.item import Item, Priority, TrackerState
from domain.task import ENDED, Status, Task, Turn
from entrypoints.http.pages.words import Word

ENDED_SHOWN = 50
"""How many done or cancelled items the board lists, the latest first."""
ORDER = (
    TrackerState.NEEDS_INPUT,
    TrackerState.IN_REVIEW,
    TrackerState.BLOCKED,
    TrackerState.IN_PROGRESS,
    TrackerState.TODO,
    TrackerState.BACKLOG,
    TrackerState.DONE,
    TrackerState.CANCELLED,
)
"""What waits for people comes first."""
_OVER = frozenset({TrackerState.DONE, TrackerState.CANCELLED})
_HINTS: Mapping[Status, Word] = {
    Status.NEEDS_INPUT: Word.HINT_NEEDS_INPUT,
    Status.IN_REVIEW: Word.HINT_IN_REVIEW,
    Status.BLOCKED: Word.HINT_BLOCKED,
    Status.PAUSED: Word.HINT_PAUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSeen:
    """What a page says of a task."""

    stage: str
    turn: Turn | None
    ended: bool
    reviewed: bool
    """It waits for an approver's word."""
    hint: Word | None
    branch: str | None
    branch_url: str | None
    pull_request: int | None
    pull_request_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSeen:
    """What a page says of an item, whichever tracker it lives in."""

    key: TaskKey
    title: str
    description: str
    priority: Priority
    state: TrackerState


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the board."""

    key: TaskKey
    title: str
    task: TaskSeen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The items of one state."""

    state: TrackerState
    rows: Sequence[Row]
    count: int

    @property
    def more(self) -> int:
        """Return how many are not listed."""
        return self.count - len(self.rows)


def task_seen(task: Task) -> TaskSeen:
    """Return what a page says of the task."""
    request = task.pull_request
    return TaskSeen(
        stage=task.stage,
        turn=task.turn,
        ended=task.status in ENDED,
        reviewed=task.status is Status.IN_REVIEW,
        hint=_HINTS.get(task.status),
        branch=task.branch,
        branch_url=web_address(task.branch_url),
        pull_request=request.number if request else None,
        pull_request_url=web_address(request.url) if request else None,
    )


def item_of_board(item: Item) -> ItemSeen:
    """Return an item of the embedded board."""
    return ItemSeen(
        key=item.key,
        title=item.title,
        description=item.description.whole,
        priority=item.priority,
        state=item.state,
    )


def item_of_task(task: Task) -> ItemSeen:
    """Return an item of another tracker, as its task last saw it."""
    return ItemSeen(
        key=task.key,
        title=task.title,
        description=task.description,
        priority=task.priority,
        state=task.shown,
    )


def groups(items: Sequence[Item] | None, tasks: Sequence[Task]) -> list[Group]:
    """Return the board's groups; without items, those of the tasks themselves."""
    by_state: defaultdict[TrackerState, list[Row]] = defaultdict(list)
    if items is None:
        for task in tasks:
            row = Row(key=task.key, title=task.title, task=task_seen(task))
            by_state[task.shown].append(row)
    else:
        known = {task.item: task for task in tasks}
        for item in items:
            found = known.get(item.id)
            seen = task_seen(found) if found else None
            by_state[item.state].append(Row(key=item.key, title=item.title, task=seen))
    return [_group(state, by_state[state]) for state in ORDER if by_state[state]]


def stages_behind(stages: Sequence[StageName], at: StageName | None) -> Sequence[StageName]:
    """Return the stages before this one; none for one that the pipeline no longer has."""
    return stages[: stages.index(at)] if at is not None and at in stages else ()


def web_address(url: str | None) -> str | None:
    """Return the address if following it can do nothing but show a page."""
    return url if url and url.startswith(("http://", "https://")) else None


def _group(state: TrackerState, rows: Sequence[Row]) -> Group:
    shown = rows[::-1][:ENDED_SHOWN] if state in _OVER else rows
    return Group(state=state, rows=shown, count=len(rows))
