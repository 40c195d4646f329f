"""``logs``: what an agent printed, or said and did."""

from pathlib import Path

import click

from domain.errors import NotFound
from domain.identifiers import RunId, parse_task_key
from entrypoints.cli.session import settled
from entrypoints.container import Container


@click.command()
@click.argument("name", metavar="RUN|KEY")
@click.option("--follow", is_flag=True, help="Go on until the agent has ended.")
@click.option("--transcript", is_flag=True, help="What it said and did, instead of its raw output.")
@click.pass_obj
def logs(config: Path | None, name: str, *, follow: bool, transcript: bool) -> None:
    """Print the log of a run, such as DEMO-1-3, or of an item's last run, DEMO-1."""

    async def print_log(container: Container) -> None:
        show, run = container.show_log(), await _run_of(container, name)
        if transcript:
            async for line in show.transcript(run, follow=follow):
                click.echo(line)
            return
        if follow:
            async for chunk in show.follow(run):
                click.echo(chunk.text, nl=False)
            return
        cursor = 0
        while True:
            chunk = await show.logs(run, cursor)
            click.echo(chunk.text, nl=False)
            if chunk.ended or chunk.next == cursor:
                return
            cursor = chunk.next

    settled(config, print_log)


async def _run_of(container: Container, name: str) -> RunId:
    """Return the run of that name, or the last one of the item that is called so."""
    if name.count("-") != 1:
        return RunId(name)
    runs = (await container.look_up().story(parse_task_key(name))).runs
    if not runs:
        raise NotFound(f"no agent has been started for {name}")
    return runs[-1].run.id
