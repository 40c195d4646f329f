"""``tasks`` and ``task KEY``: where everything stands, and whose turn it is."""

import json
from pathlib import Path

import click

from domain.identifiers import parse_task_key
from domain.task import Task
from entrypoints.cli.session import print_table, settled


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def tasks(config: Path | None, *, as_json: bool) -> None:
    """List all tasks: stage, status, whose turn it is and since when."""
    found = settled(config, lambda container: container.look_up().tasks())
    if as_json:
        click.echo(json.dumps([_outline(task) for task in found], ensure_ascii=False, indent=2))
        return
    rows = [
        (
            str(task.key),
            str(task.stage),
            str(task.status),
            str(task.turn.actor) if task.turn else "-",
            f"{task.turn.since:%Y-%m-%d %H:%M}" if task.turn else "-",
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
    """Show one task with its runs and its history."""
    story = settled(config, lambda container: container.look_up().story(parse_task_key(key)))
    if as_json:
        outline = _outline(story.task)
        outline["runs"] = [
            {
                "id": record.run.id,
                "role": record.run.role,
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
    for name, value in _outline(story.task).items():
        if value is not None:
            click.echo(f"{name:14} {value}")
    click.echo()
    runs = [
        (
            str(record.run.id),
            str(record.run.role),
            str(record.outcome or "live"),
            "-" if record.exit_code is None else str(record.exit_code),
        )
        for record in story.runs
    ]
    print_table(runs, "RUN", "ROLE", "OUTCOME", "EXIT CODE")
    click.echo()
    history = [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.who, e.what, e.why) for e in story.history]
    print_table(history, "WHEN (UTC)", "WHO", "WHAT", "WHY")


def _outline(task: Task) -> dict[str, object]:
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
        "pull_request": task.pull_request.url if task.pull_request else None,
    }
