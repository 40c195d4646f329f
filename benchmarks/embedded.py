"""The embedded service, set up to be measured."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

from adapters.console.notifier import ConsoleNotifier
from benchmarks.open_gates import OpenGates
from domain.identifiers import Repo
from domain.pipeline import DEFAULT_PIPELINE, Pipeline
from entrypoints.container import Container
from entrypoints.sample import SAMPLE_FILES
from entrypoints.settings import AgentSettings, Database, Server, Settings
from ports.code_forge import CodeForge
from ports.repo_inspector import RepoInspector
from ports.workspaces import Workspaces


def without_approvals() -> Pipeline:
    """Return the default pipeline, in which no person is needed."""
    stages = tuple(replace(stage, approval=False) for stage in DEFAULT_PIPELINE.stages)
    return replace(DEFAULT_PIPELINE, stages=stages)


async def embedded(
    folder: Path,
    *,
    git: bool,
    slots: int = 8,
    pipeline: Pipeline = DEFAULT_PIPELINE,
    agents: AgentSettings | None = None,
) -> Container:
    """Return a container on that folder.

    With git: rehearsal agents that take no time, in real clones. Without: agents that do nothing,
    or those given, at gates that are always open.
    """
    settings = Settings(
        data=str(folder),
        database=Database(url=f"sqlite:///{folder}/bench.db"),
        server=Server(port=0),
        agents=agents or AgentSettings(command=() if git else ("true",), slots=slots),
    )
    container = Container(settings=settings, exclusive=True)
    container.notifier.override(ConsoleNotifier(StringIO()))
    container.rules.override(replace(container.rules(), pipeline=pipeline))
    if git:
        await container.repositories().create(Repo("sample"), SAMPLE_FILES)
    else:
        workspace = folder / "workspaces"
        workspace.mkdir()
        # Each under its port's type: so the type checker tells when the stand-in falls behind.
        forge: CodeForge = (gates := OpenGates(workspace))
        inspector: RepoInspector = gates
        workspaces: Workspaces = gates
        container.forge.override(forge)
        container.inspector.override(inspector)
        container.workspaces.override(workspaces)
    return container
