"""``dead-letters`` and ``replay ID``: what was given up, and another try at it."""

import json
from pathlib import Path

import click

from entrypoints.cli.session import print_table, settled


@click.command("dead-letters")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def dead_letters(config: Path | None, *, as_json: bool) -> None:
    """List what was given up for good, and why."""
    found = settled(config, lambda container: container.look_up().dead_letters())
    if as_json:
        letters = [
            {
                "id": letter.id,
                "queue": letter.queue,
                "lane": letter.lane,
                "kind": letter.kind,
                "error": letter.error,
                "attempts": letter.attempts,
                "since": letter.put_at.isoformat(),
            }
            for letter in found
        ]
        click.echo(json.dumps(letters, ensure_ascii=False, indent=2))
        return
    rows = [
        (str(d.id), d.kind, d.lane, str(d.attempts), f"{d.put_at:%Y-%m-%d %H:%M}", d.error)
        for d in found
    ]
    print_table(rows, "ID", "WHAT", "LANE", "TRIES", "SINCE (UTC)", "ERROR")


@click.command()
@click.argument("entry", metavar="ID", type=int)
@click.pass_obj
def replay(config: Path | None, entry: int) -> None:
    """Have a dead letter tried again."""
    listing = "orchestrator dead-letters"
    settled(config, lambda container: container.look_up().replay(entry), listing=listing)
    click.echo(f"{entry} will be tried again, as soon as the service is running")
