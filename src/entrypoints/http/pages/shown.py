"""Items and tasks side by side, as the templates show them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.identifiers import RunId, StageName, TaskKey
from domain.item import Item, TrackerState
from domain.task import Status, Task
from entrypoints.http.items import ItemShown
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
class Row:
    """A line of the board."""

    key: TaskKey
    title: str
    task: Task | None
    waiting_since: datetime | None
    """Since when its agent waits for a slot."""


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


def hint_of(task: Task) -> Word | None:
    """Return what the people who look at the task could do now."""
    return _HINTS.get(task.status)


def item_of_task(task: Task) -> ItemShown:
    """Return an item of another tracker, as its task last saw it."""
    return ItemShown(
        key=task.key,
        title=task.title,
        description=task.description,
        priority=task.priority,
        state=task.shown,
    )


def groups(
    items: Sequence[Item] | None, tasks: Sequence[Task], waiting: Mapping[RunId, datetime]
) -> list[Group]:
    """Return the board's groups; without items, those of the tasks themselves."""
    by_state: defaultdict[TrackerState, list[Row]] = defaultdict(list)
    if items is None:
        for task in tasks:
            by_state[task.shown].append(_row(task.key, task.title, task, waiting))
    else:
        known = {task.item: task for task in tasks}
        for item in items:
            row = _row(item.key, item.title, known.get(item.id), waiting)
            by_state[item.state].append(row)
    return [_group(state, by_state[state]) for state in ORDER if by_state[state]]


def stages_behind(stages: Sequence[StageName], at: StageName | None) -> Sequence[StageName]:
    """Return the stages before this one; none for one that the pipeline no longer has."""
    return stages[: stages.index(at)] if at is not None and at in stages else ()


def web_address(url: str | None) -> str | None:
    """Return the address if following it can do nothing but show a page."""
    return url if url and url.startswith(("http://", "https://")) else None


def _row(key: TaskKey, title: str, task: Task | None, waiting: Mapping[RunId, datetime]) -> Row:
    since = waiting.get(task.run.id) if task and task.run else None
    return Row(key=key, title=title, task=task, waiting_since=since)


def _group(state: TrackerState, rows: Sequence[Row]) -> Group:
    shown = rows[::-1][:ENDED_SHOWN] if state in _OVER else rows
    return Group(state=state, rows=shown, count=len(rows))
