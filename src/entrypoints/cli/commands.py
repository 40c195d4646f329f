"""``retry KEY`` and ``cancel KEY``."""

from pathlib import Path
from secrets import token_hex

import click

from domain.events import Ask
from domain.identifiers import parse_task_key
from entrypoints.cli.session import settled

WHO = "command line"


@click.command()
@click.argument("key")
@click.pass_obj
def retry(config: Path | None, key: str) -> None:
    """Take up a task that waits for a person. All limits count anew."""
    _ask(config, key, Ask.RETRY)
    click.echo(f"{key} will be taken up again, as soon as the service is running")


@click.command()
@click.argument("key")
@click.pass_obj
def cancel(config: Path | None, key: str) -> None:
    """Give a task up and stop its agent."""
    _ask(config, key, Ask.CANCEL)
    click.echo(f"{key} will be cancelled, as soon as the service is running")


def _ask(config: Path | None, key: str, ask: Ask) -> None:
    settled(
        config,
        lambda c: c.give_command()(parse_task_key(key), WHO, ask, request=token_hex(16)),
    )
