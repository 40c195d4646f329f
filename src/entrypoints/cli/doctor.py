"""``doctor`` and ``init``: is everything set up, and make it so."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import click

from application.examine import Findings
from domain.errors import Failure
from entrypoints.settings import load_settings
from ports.examination import Finding, Verdict

_MARKS = {Verdict.OK: "ok     ", Verdict.WARNING: "warning", Verdict.FAILED: "FAILED "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(config: Path | None, *, as_json: bool) -> int:
    """Say what is wrong in any tool, and the remedy. Changes nothing."""
    return _show(_examined(config, create=False), as_json=as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def init(config: Path | None, *, as_json: bool) -> int:
    """Create what the tools lack. Such as the tracker's states; safe to repeat."""
    found = _examined(config, create=True)
    if not any(found.values()) and not as_json:
        click.echo("nothing was missing")
    return _show(found, as_json=as_json)


def _examined(config: Path | None, *, create: bool) -> Findings:
    from entrypoints.container import build_container
    from entrypoints.repositories import lacking_repositories

    async def run() -> Findings:
        container = build_container(load_settings(config), exclusive=False)
        store = container.store()
        try:
            await store.open()
        except Failure as failure:
            text, _, remedy = str(failure).partition("; ")
            remedy = remedy or "see database.url"
            database = Finding(subject="open", verdict=Verdict.FAILED, text=text, remedy=remedy)
            return {"database": [database]}
        examine = container.examine()
        try:
            if create:
                return await examine.init()
            found = await examine()
            return {**found, "forge": [*found["forge"], *lacking_repositories(container)]}
        finally:
            await container.runner().close()
            await container.forge().close()
            await container.tracker().close()
            await container.notifier().close()
            await store.close()

    return asyncio.run(run())


def _show(found: Findings, *, as_json: bool) -> int:
    if as_json:
        listed = [
            {
                "tool": tool,
                "subject": one.subject,
                "verdict": one.verdict,
                "text": one.text,
                "remedy": one.remedy,
            }
            for tool, findings in found.items()
            for one in findings
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        for tool, findings in found.items():
            _print(tool, findings)
    failed = any(one.verdict is Verdict.FAILED for each in found.values() for one in each)
    return 1 if failed else 0


def _print(tool: str, findings: Sequence[Finding]) -> None:
    for one in findings:
        click.echo(f"{_MARKS[one.verdict]}  {tool}: {one.subject}: {one.text}")
        if one.remedy and one.verdict is not Verdict.OK:
            click.echo(f"         → {one.remedy}")
