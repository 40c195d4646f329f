"""Tasks as JSON: what programs may rely on, whatever becomes of the domain's own shapes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from application.look_up import TaskStory
from domain.events import Outcome
from domain.identifiers import TaskKey
from domain.item import Priority, TrackerState
from domain.task import Actor, Run, Status, Task
from ports.store import HistoryEntry, RunRecord

ItemUrl = Callable[[TaskKey], str | None]


class TurnShown(msgspec.Struct, kw_only=True):
    """Whose turn it is, since when, and when we look into it if nothing has come."""

    actor: Actor
    since: datetime
    until: datetime


class PullRequestShown(msgspec.Struct, kw_only=True):
    """The open pull request."""

    number: int
    url: str


class RunShown(msgspec.Struct, kw_only=True):
    """One launch of an agent."""

    id: str
    stage: str
    role: str
    number: int
    attempt: int
    base: str


class RunStory(RunShown, kw_only=True):
    """A launch and how it went."""

    asked_at: datetime
    waiting_since: datetime | None
    """When it first asked for a slot: as long as it has not started, it waits for one."""
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    exit_code: int | None


class HistoryShown(msgspec.Struct, kw_only=True):
    """Who did what, when and why."""

    number: int
    """Counts a task's entries from 1."""
    at: datetime
    who: str
    what: str
    why: str
    event: str


class TaskShown(msgspec.Struct, kw_only=True):
    """A work item on its way through the pipeline."""

    key: Annotated[str, msgspec.Meta(description="What people call the item.", examples=["ET-7"])]
    title: str
    priority: Priority
    stage: str
    status: Status
    shown: TrackerState
    """The state that the tracker shows."""
    turn: TurnShown | None
    """None when the task has ended."""
    run: RunShown | None
    """The live run."""
    waiting_since: datetime | None
    """Since when the live run waits for a slot; None when it has one, or none is asked for."""
    branch: str | None
    branch_url: str | None
    pull_request: PullRequestShown | None
    url: str | None
    """Where people see the item."""
    created_at: datetime


class TaskTold(TaskShown, kw_only=True):
    """A task with all that happened to it."""

    description: str
    head: str | None
    approving: str | None
    """The commit that is up for approval."""
    attempts: Mapping[str, int]
    """Runs started of each stage."""
    rounds: int
    """Sets of questions put to people since one last took the item in hand."""
    updated_at: datetime
    runs: Sequence[RunStory]
    history: Sequence[HistoryShown]


def shown(task: Task, item_url: ItemUrl, waiting_since: datetime | None) -> TaskShown:
    """Return the task as it stands in a list."""
    turn, request = task.turn, task.pull_request
    return TaskShown(
        key=task.key,
        title=task.title,
        priority=task.priority,
        stage=task.stage,
        status=task.status,
        shown=task.shown,
        turn=TurnShown(actor=turn.actor, since=turn.since, until=turn.until) if turn else None,
        run=_run(task.run) if task.run else None,
        waiting_since=waiting_since,
        branch=task.branch,
        branch_url=task.branch_url,
        pull_request=PullRequestShown(number=request.number, url=request.url) if request else None,
        url=item_url(task.key),
        created_at=task.created_at,
    )


def told(story: TaskStory, item_url: ItemUrl) -> TaskTold:
    """Return the task with all that happened to it."""
    task = story.task
    return TaskTold(
        **msgspec.structs.asdict(shown(task, item_url, story.waiting_since)),
        description=task.description,
        head=task.head,
        approving=task.approving,
        attempts={str(stage): count for stage, count in task.attempts.items()},
        rounds=task.rounds,
        updated_at=story.history[-1].at if story.history else task.created_at,
        runs=[_run_story(record) for record in story.runs],
        history=numbered(story.history),
    )


def numbered(history: Sequence[HistoryEntry]) -> list[HistoryShown]:
    """Return the entries with their numbers, which never change: history is only added to."""
    return [
        HistoryShown(
            number=number,
            at=entry.at,
            who=entry.who,
            what=entry.what,
            why=entry.why,
            event=entry.event,
        )
        for number, entry in enumerate(history, start=1)
    ]


def _run(run: Run) -> RunShown:
    return RunShown(
        id=run.id,
        stage=run.stage,
        role=run.role,
        number=run.number,
        attempt=run.attempt,
        base=run.base,
    )


def _run_story(record: RunRecord) -> RunStory:
    return RunStory(
        **msgspec.structs.asdict(_run(record.run)),
        asked_at=record.asked_at,
        waiting_since=record.waiting_since,
        started_at=record.started_at,
        ended_at=record.ended_at,
        outcome=record.outcome,
        exit_code=record.exit_code,
    )
