"""``logs RUN``: what an agent printed."""

from pathlib import Path

import click

from domain.identifiers import RunId
from entrypoints.cli.session import settled
from entrypoints.container import Container


@click.command()
@click.argument("run")
@click.pass_obj
def logs(config: Path | None, run: str) -> None:
    """Print the log of a run, such as DEMO-1-3."""

    async def print_log(container: Container) -> None:
        runner, cursor = container.runner(), 0
        while True:
            chunk = await runner.logs(RunId(run), cursor)
            click.echo(chunk.text, nl=False)
            if chunk.next == cursor:
                return
            cursor = chunk.next

    settled(config, print_log)
