"""Items and tasks side by side, as the templates show them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.identifiers import ItemId, RunId, StageName, TaskKey
from domain.item import Item, TrackerState
from domain.task import Status, Task
from entrypoints.http.items import ItemShown
from entrypoints.http.pages.words import Word

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
_HINTS: Mapping[Status, Word] = {
    Status.NEEDS_INPUT: Word.HINT_NEEDS_INPUT,
    Status.IN_REVIEW: Word.HINT_IN_REVIEW,
    Status.BLOCKED: Word.HINT_BLOCKED,
    Status.PAUSED: Word.HINT_PAUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the board."""

    item: ItemId
    key: TaskKey
    title: str
    state: TrackerState
    task: Task | None
    waiting_since: datetime | None
    """Since when its agent waits for a slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The items of one state."""

    state: TrackerState
    rows: Sequence[Row]


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


def rows_of_items(
    items: Sequence[Item], tasks: Mapping[ItemId, Task], waiting: Mapping[RunId, datetime]
) -> list[Row]:
    """Return the items of the embedded board as lines."""
    return [
        Row(
            item=item.id,
            key=item.key,
            title=item.title,
            state=item.state,
            task=(task := tasks.get(item.id)),
            waiting_since=_since(task, waiting),
        )
        for item in items
    ]


def rows_of_tasks(tasks: Sequence[Task], waiting: Mapping[RunId, datetime]) -> list[Row]:
    """Return the items of another tracker as lines, as their tasks last saw them."""
    return [
        Row(
            item=task.item,
            key=task.key,
            title=task.title,
            state=task.shown,
            task=task,
            waiting_since=_since(task, waiting),
        )
        for task in tasks
    ]


def groups(rows: Sequence[Row]) -> list[Group]:
    """Return the lines by their states."""
    by_state: defaultdict[TrackerState, list[Row]] = defaultdict(list)
    for row in rows:
        by_state[row.state].append(row)
    return [Group(state=state, rows=by_state[state]) for state in ORDER if by_state[state]]


def stages_behind(stages: Sequence[StageName], at: StageName | None) -> Sequence[StageName]:
    """Return the stages before this one; none for one that the pipeline no longer has."""
    return stages[: stages.index(at)] if at is not None and at in stages else ()


def web_address(url: str | None) -> str | None:
    """Return the address if following it can do nothing but show a page."""
    return url if url and url.startswith(("http://", "https://")) else None


def _since(task: Task | None, waiting: Mapping[RunId, datetime]) -> datetime | None:
    return waiting.get(task.run.id) if task and task.run else None
