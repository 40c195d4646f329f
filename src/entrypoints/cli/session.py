"""What a verb needs to talk to the service's database, also while the service runs."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from domain.errors import NotFound
from entrypoints.container import Container, build_container
from entrypoints.settings import load_settings

T = TypeVar("T")


def settled(
    config: Path | None,
    do: Callable[[Container], Awaitable[T]],
    *,
    listing: str = "orchestrator tasks",
) -> T:
    """Run something beside a running service, or without one, and return what it returns.

    ``listing`` is the command that lists what could have been meant by what is not found.
    """

    async def run() -> T:
        container = build_container(load_settings(config), exclusive=False)
        store = container.store()
        await store.open()
        try:
            return await do(container)
        except NotFound as missing:
            raise NotFound(f"{missing}; see {listing}") from None
        finally:
            await store.close()

    gc.freeze()  # what was imported need not be cleared away at the end
    gc.enable()  # a log may be followed for days
    return asyncio.run(run())


def print_table(rows: Sequence[tuple[str, ...]], *headings: str) -> None:
    """Print rows in columns as wide as they need; only the headings where there are none."""
    lines = [headings, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headings))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
