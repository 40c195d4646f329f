"""``serve`` and ``work``: the service with its front door, or only its workers."""

import asyncio
import logging
import sys
from pathlib import Path

import click

from entrypoints.secrets import secret
from entrypoints.settings import Settings, load_settings


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Log what is done.")
@click.pass_obj
def serve(config: Path | None, *, verbose: bool) -> int:
    """Serve: web and workers. Ctrl-C or SIGTERM ends it; agents run on, for the next start."""
    settings = load_settings(config)
    log_to_stderr(verbose=verbose)

    from entrypoints.container import build_container
    from entrypoints.service import Web, going, on_signal, opened, run

    async def main() -> int:
        container = build_container(settings)
        async with opened(container):
            web = Web(container)
            on_signal(web.stop)
            async with going(container):
                greet(settings, web.port)
                await web.serve()
        return 0

    return run(main())


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Log what is done.")
@click.pass_obj
def work(config: Path | None, *, verbose: bool) -> int:
    """Work without a web server."""
    settings = load_settings(config)
    log_to_stderr(verbose=verbose)

    from entrypoints.container import build_container
    from entrypoints.service import on_signal, run, working

    async def main() -> int:
        stop = asyncio.Event()
        on_signal(stop.set)
        async with working(build_container(settings)):
            click.echo("orchestrator: working")
            await stop.wait()
        return 0

    return run(main())


def greet(settings: Settings, port: int) -> None:
    """Say where we are and who may come in."""
    host = settings.server.host
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104 - shown, not bound
    click.echo(f"orchestrator: serving on http://{shown}:{port}")
    if secret("ORCHESTRATOR_ADMIN_TOKEN") is None:
        click.echo(
            "orchestrator: no ORCHESTRATOR_ADMIN_TOKEN is set, so only this machine is served"
        )


def log_to_stderr(*, verbose: bool) -> None:
    """Log warnings, or everything, as lines on standard error."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs URLs, and some hold a token
