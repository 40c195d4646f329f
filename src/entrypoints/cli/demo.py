"""``demo``: one item through the whole pipeline, before your eyes."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from domain.errors import Invalid
from entrypoints.cli.demo_texts import DEMO_TEXTS
from entrypoints.cli.errand import Errand
from entrypoints.cli.given_text import given_text
from entrypoints.cli.serve import greet, log_to_stderr
from entrypoints.preflight import check_git
from entrypoints.settings import AgentSettings, ProjectSettings, Settings, load_settings

SAMPLE_ROADS = "analyst=questions,artifacts;tester=fail,pass"
"""The roads that matter: one round of questions, one approval, one failed test, then done."""


@click.command()
@click.option("--unattended", is_flag=True, help="Answer and approve for the person; end at done.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work on a clone of this repository instead of the sample.",
)
@click.option("--base-branch", help="The branch of --repo to start from.")
@click.option("--title", help="Title of an item of your own.")
@click.option(
    "--description-file",
    type=click.File("rb"),
    help="Its description, as Markdown; - for standard input.",
)
@click.option("--agent", help="Command line of the agent of every role; {role} is put in.")
@click.option("--rehearse", default=None, help="What rehearsal agents do: role=deed,deed;role=…")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done.")
@click.pass_obj
def demo(
    config: Path | None,
    *,
    unattended: bool,
    repo: Path | None,
    base_branch: str | None,
    title: str | None,
    description_file: BinaryIO | None,
    agent: str | None,
    rehearse: str | None,
    verbose: bool,
) -> int:
    """Take one item through the pipeline.

    It is a sample, or one of your own through any repository.
    """
    log_to_stderr(verbose=verbose)
    if repo and not (title and description_file):
        raise click.UsageError("--repo needs --title and --description-file")
    if bool(title) != bool(description_file):
        raise click.UsageError("--title and --description-file go together")
    settings = load_settings(config)
    texts = DEMO_TEXTS[settings.locale]
    errand = Errand(
        title=title or texts.title,
        description=given_text("--description-file", description_file)
        if description_file
        else texts.description,
        source=repo.absolute() if repo else None,
        unattended=unattended,
    )
    roads = rehearse if rehearse is not None else ("" if title else SAMPLE_ROADS)
    settings = _settle(settings, errand, agent, base_branch, roads)

    from entrypoints.cli.demo_run import take_through
    from entrypoints.container import build_container
    from entrypoints.service import Web, going, on_signal, opened, run

    async def main() -> int:
        container = build_container(settings)
        async with opened(container):
            web = Web(container)
            on_signal(web.stop)
            async with going(container):
                greet(settings, web.port)
                return await take_through(container, web, errand)

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # progress through a pipe, too
    return run(main())


def _settle(
    settings: Settings, errand: Errand, agent: str | None, base: str | None, roads: str
) -> Settings:
    """Return the settings with what the command line asks for put over them."""
    if settings.tracker.kind != "local":
        remedy = "the demo is shown on the embedded board: name a configuration without a tracker"
        raise Invalid("tracker.kind", f"is {settings.tracker.kind}", remedy)
    agents = settings.agents
    if agent is not None:
        try:
            command = shlex.split(agent)
        except ValueError as error:
            raise Invalid("--agent", str(error), "quote it as for a shell") from None
        agents = _with_command(agents, command)
    elif not agents.command:
        agents = msgspec.structs.replace(
            agents, environment={"REHEARSAL": roads, **agents.environment}
        )
    first = settings.projects[0]
    if errand.source is not None:
        name = errand.source.name.removesuffix(".git") or "repository"
        branch = base or _default_branch(errand.source)
        first = ProjectSettings(
            tracker_project=first.tracker_project,
            repo=name,
            base_branch=branch,
            source=str(errand.source),
        )
    projects = (first, *settings.projects[1:])
    return msgspec.structs.replace(settings, agents=agents, projects=projects)


def _default_branch(repo: Path) -> str:
    """Return the branch that is checked out in the person's repository."""
    check_git()
    try:
        asked = subprocess.run(
            ["git", "-C", str(repo), "symbolic-ref", "--short", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        raise Invalid(
            "--repo", f"{repo} is no git repository on a branch", "name the branch by --base-branch"
        ) from None
    return asked.stdout.strip()


def _with_command(agents: AgentSettings, command: list[str]) -> AgentSettings:
    if not command:
        raise Invalid("--agent", "empty", "give a command line")
    return msgspec.structs.replace(agents, runtime="command", command=tuple(command), roles={})
