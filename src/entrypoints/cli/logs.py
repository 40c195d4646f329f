"""``logs KEY``: what an agent prints."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import click

from application.show_log import Form, Log, Piece, followed
from domain.errors import Invalid, NotAllowed, NotFound, Unavailable
from domain.events import Liveness
from domain.identifiers import RunId, parse_run_id, parse_task_key, run_id
from entrypoints.cli.session import settled
from entrypoints.container import Container

_PATIENCE = 30.0
"""Seconds that the rest of an ended run's output is waited for: a service brings it."""


@click.command()
@click.argument("key")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--raw", is_flag=True, help="As the agent printed it, not as a transcript.")
@click.option("--run", "number", type=click.IntRange(1, 9999), help="Not the newest run.")
@click.pass_obj
def logs(config: Path | None, key: str, *, follow: bool, raw: bool, number: int | None) -> None:
    """Print the log of an item's newest run. KEY is one like DEMO-1, or a run's, like DEMO-1-3."""

    async def print_log(container: Container) -> None:
        run = await _chosen(container, key, number)
        try:
            log = await container.show_log()(run, Form.RAW if raw else Form.TRANSCRIPT)
            piece = await log.more()
            click.echo(piece.text, nl=False)
            if piece.ended:
                return
            if not piece.text:
                click.echo(f"orchestrator: {await _silence(container, run)}", err=True)
            async for piece in _going_on(container, run, log) if follow else _rest(log):
                click.echo(piece.text, nl=False)
        finally:
            await container.runner().close()

    settled(config, print_log)


async def _chosen(container: Container, key: str, number: int | None) -> RunId:
    try:
        task = parse_task_key(key)
    except Invalid:
        if number is not None:
            raise
        return parse_run_id(key)
    if number is not None:
        return run_id(task, number)
    runs = (await container.look_up().story(task)).runs
    if not runs:
        raise NotFound(f"no agent has worked on {task} yet")
    return runs[-1].run.id


async def _silence(container: Container, run: RunId) -> str:
    """Return why there is nothing to be seen of a run that has not ended."""
    since = (await container.look_up().waiting()).get(run)
    if since is None:
        return f"{run} has printed nothing yet"
    return f"{run} waits for a slot since {since:%Y-%m-%d %H:%M} UTC"


async def _rest(log: Log) -> AsyncIterator[Piece]:
    while not (piece := await log.more()).at_end:
        yield piece
    yield piece


async def _going_on(container: Container, run: RunId, log: Log) -> AsyncIterator[Piece]:
    loop = asyncio.get_running_loop()
    printed = loop.time()
    async for piece in followed(log):
        yield piece
        if piece.text:
            printed = loop.time()
        elif loop.time() - printed > _PATIENCE:
            printed = loop.time()
            with suppress(Unavailable):
                await _check(container, run)


async def _check(container: Container, run: RunId) -> None:
    """Raise NotAllowed if the run has ended and nobody brings the rest of what it printed."""
    seen = await container.runner().observe(run)
    if seen.liveness is Liveness.GONE and seen.started_at is not None:
        raise NotAllowed(
            f"{run} has ended, and no service brings the rest of its log; orchestrator serve does"
        )
