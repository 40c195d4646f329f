"""``migrate``: bring the database to this version's schema."""

import asyncio
from pathlib import Path

import click

from entrypoints.container import build_container
from entrypoints.settings import load_settings


@click.command()
@click.pass_obj
def migrate(config: Path | None) -> None:
    """Make the database, or bring an older one up to date. The service must not be running."""

    async def run() -> None:
        store = build_container(load_settings(config)).store()
        await store.open()
        await store.close()

    asyncio.run(run())
    click.echo("the database is up to date")
