"""``item KEY state NAME`` and ``comment KEY TEXT``: what a person does on the board."""

import sys
from pathlib import Path

import click

from domain.item import TrackerState
from entrypoints.cli.given_text import given_text
from entrypoints.cli.session import settled

AUTHOR = "you"


class _Item(click.Group):
    """Puts the key before the verb: ``item ET-7 state todo``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Turn ``KEY state NAME`` into ``state KEY NAME``."""
        if len(args) > 1 and args[1] in self.commands:
            args[0], args[1] = args[1], args[0]
        elif not args or not (args[0] in self.commands or args[0].startswith("-")):
            raise click.UsageError("say what to change: item KEY state NAME", ctx)
        return super().parse_args(ctx, args)


item = _Item(
    "item", help="Change a work item: item KEY state NAME.", subcommand_metavar="KEY state NAME"
)


@item.command("state")
@click.argument("key")
@click.argument("name", type=click.Choice([state.value for state in TrackerState]))
@click.option("--by", default=AUTHOR, show_default=True, help="Who does it.")
@click.pass_obj
def state(config: Path | None, key: str, name: str, by: str) -> None:
    """Move the item to a state, as its tracker's users do."""
    from entrypoints.cli import tracker

    click.echo(settled(config, lambda container: tracker.move(container, key, name, by)))


@click.command()
@click.argument("key")
@click.argument("text")
@click.option("--by", default=AUTHOR, show_default=True, help="Who says it.")
@click.pass_obj
def comment(config: Path | None, key: str, text: str, by: str) -> None:
    """Comment on an item of the embedded board. TEXT may be - for standard input."""
    said = given_text("TEXT", sys.stdin.buffer) if text == "-" else text
    from entrypoints.cli import tracker

    click.echo(settled(config, lambda container: tracker.comment(container, key, said, by)))
