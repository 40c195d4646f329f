"""``tasks`` and ``task KEY``: where everything stands, and whose turn it is."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from domain.identifiers import RunId, parse_task_key
from domain.task import Task
from entrypoints.cli.session import print_table, settled
from entrypoints.container import Container
from ports.store import RunRecord


@click.command()
@click.option("--open", "only_open", is_flag=True, help="Leave out those that have ended.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def tasks(config: Path | None, *, only_open: bool, as_json: bool) -> None:
    """List all tasks. Stage, status, whose turn it is and since when."""
    found, waiting = settled(config, partial(_look, only_open=only_open))
    if as_json:
        outlines = [_outline(task, _since(task, waiting)) for task in found]
        click.echo(json.dumps(outlines, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            str(task.key),
            str(task.stage),
            str(task.status),
            *_waits(task, _since(task, waiting)),
            task.title,
        )
        for task in found
    ]
    print_table(rows, "KEY", "STAGE", "STATUS", "WAITS FOR", "SINCE (UTC)", "TITLE")


@click.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def task(config: Path | None, key: str, *, as_json: bool) -> None:
    """Show one task, its runs and its history."""
    story = settled(config, lambda container: container.look_up().story(parse_task_key(key)))
    if as_json:
        outline = _outline(story.task, story.waiting_since)
        outline["runs"] = [
            {
                "id": record.run.id,
                "role": record.run.role,
                "waiting_since": record.waiting_since and record.waiting_since.isoformat(),
                "started_at": record.started_at and record.started_at.isoformat(),
                "outcome": record.outcome,
                "exit_code": record.exit_code,
            }
            for record in story.runs
        ]
        outline["history"] = [
            {"at": e.at.isoformat(), "who": e.who, "what": e.what, "why": e.why}
            for e in story.history
        ]
        click.echo(json.dumps(outline, ensure_ascii=False, indent=2))
        return
    for name, value in _outline(story.task, story.waiting_since).items():
        if value is not None:
            click.echo(f"{name:14} {value}")
    click.echo()
    runs = [
        (
            str(record.run.id),
            str(record.run.role),
            _state(record),
            "-" if record.exit_code is None else str(record.exit_code),
        )
        for record in story.runs
    ]
    print_table(runs, "RUN", "ROLE", "OUTCOME", "EXIT CODE")
    click.echo()
    history = [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.who, e.what, e.why) for e in story.history]
    print_table(history, "WHEN (UTC)", "WHO", "WHAT", "WHY")


async def _look(
    container: Container, *, only_open: bool
) -> tuple[Sequence[Task], Mapping[RunId, datetime]]:
    look_up = container.look_up()
    if only_open:
        return await look_up.under_way(), await look_up.waiting()
    found = [task async for step in look_up.every_task() for task in step]
    return found, await look_up.waiting()


def _state(record: RunRecord) -> str:
    if record.outcome is None and record.started_at is None and record.waiting_since is not None:
        return f"waiting for a slot since {record.waiting_since:%Y-%m-%d %H:%M} UTC"
    return str(record.outcome or "live")


def _since(task: Task, waiting: Mapping[RunId, datetime]) -> datetime | None:
    return waiting.get(task.run.id) if task.run else None


def _waits(task: Task, slot_since: datetime | None) -> tuple[str, str]:
    """Return for what or whom the task waits, and since when."""
    if slot_since is not None:
        return "a slot", f"{slot_since:%Y-%m-%d %H:%M}"
    if task.turn is None:
        return "-", "-"
    return str(task.turn.actor), f"{task.turn.since:%Y-%m-%d %H:%M}"


def _outline(task: Task, slot_since: datetime | None) -> dict[str, object]:
    return {
        "key": task.key,
        "title": task.title,
        "priority": task.priority,
        "stage": task.stage,
        "status": task.status,
        "shown": task.shown,
        "waits_for": task.turn.actor if task.turn else None,
        "since": task.turn.since.isoformat() if task.turn else None,
        "until": task.turn.until.isoformat() if task.turn else None,
        "branch": task.branch,
        "head": task.head,
        "run": task.run.id if task.run else None,
        "waiting_since": slot_since.isoformat() if slot_since else None,
        "pull_request": task.pull_request.url if task.pull_request else None,
    }
