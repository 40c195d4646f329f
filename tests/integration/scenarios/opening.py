"""Opens worlds: a whole service in one test, with HTTP in front and embedded tools behind.

Tracker, board and store are the real ones. Git and agents are those in memory and the web app is
called directly; with ``processes=True`` git, agents and the web server are real, too.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from dependency_injector import providers
from litestar import Litestar

from adapters.memory.workspaces import MemoryWorkspaces
from adapters.process.agent_runner import ProcessRunner
from application.patience import Patience
from domain.item import Standing
from domain.messages import Locale
from entrypoints.choices import rules_of
from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.pipeline_settings import PipelineSettings
from entrypoints.service import Web, working
from entrypoints.settings import (
    AgentSettings,
    Database,
    Forge,
    PersonSettings,
    ProjectSettings,
    Server,
    Settings,
    Tracker,
)
from tests.integration.scenarios.instruments import (
    LocalMemoryForge,
    ShiftedClock,
    WatchedNotifier,
    WatchedTracker,
)
from tests.integration.scenarios.stage_hands import StageHands
from tests.integration.scenarios.world import REPO, World

PEOPLE = (
    PersonSettings(name="you"),
    PersonSettings(name="colleague", approver=False),
    PersonSettings(name="guest", standing=Standing.GUEST),
)
SAMPLE = {"README.md": "# Greeter\n", "greeter.py": "print('Hello!')\n"}
HASTE = Patience(first=timedelta(milliseconds=4), longest=timedelta(milliseconds=30))
_BEHIND_THE_FRONT_DOOR = (
    *("store", "clock", "readers", "board"),
    *("tracker", "forge", "runner", "notifier"),
)


class Lobby:
    """One web app for all worlds, which leads into the one that is open.

    Making the app takes longer than many a scenario.
    """

    _open: Container
    _app: Litestar | None = None

    class Door:
        """Stands for a thing of the world that is open."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            return getattr(getattr(Lobby._open, self._name)(), attribute)

    @classmethod
    @asynccontextmanager
    async def client(cls, container: Container) -> AsyncGenerator[httpx.AsyncClient]:
        """Lead into this container's world."""
        if cls._app is None:
            doors = {name: cls.Door(name) for name in _BEHIND_THE_FRONT_DOOR}
            cls._app = create_app(Container(settings=Settings(), **doors).front_door())
        cls._open = container
        transport = httpx.ASGITransport(app=cls._app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


@asynccontextmanager
async def world(
    data: Path,
    blank: Path,
    *,
    plan: str = "",
    locale: Locale = Locale.RU,
    processes: bool = False,
    pipeline: PipelineSettings | None = None,
    reconcile_every: float = 0.5,
    slots: int = 4,
    patience: Patience = HASTE,
    checks: tuple[str, ...] = (),
    forge: Forge | None = None,
    repo: str = REPO,
    agents: AgentSettings | None = None,
    projects: tuple[ProjectSettings, ...] | None = None,
    **overrides: object,
) -> AsyncGenerator[World]:
    """Start a service on a copy of a blank database, and stop it at the end."""
    data.mkdir(parents=True, exist_ok=True)
    database = data / "orchestrator.db"
    if not database.exists():
        shutil.copyfile(blank, database)
    settings = Settings(
        locale=locale,
        data=str(data),
        server=Server(port=0, public_url="http://board.test"),
        database=Database(url=f"sqlite:///{database}"),
        tracker=Tracker(people=PEOPLE),
        forge=forge or Forge(checks=checks),
        agents=agents or AgentSettings(environment={"REHEARSAL": plan}, slots=slots),
        projects=projects or (ProjectSettings(tracker_project="DEMO", repo=repo),),
        pipeline=pipeline,
        reconcile_every=reconcile_every,
    )
    container = Container(settings=settings, exclusive=True)
    rules = replace(rules_of(settings), tracker_name="Plane")
    _override(
        container,
        clock=ShiftedClock(),
        notifier=WatchedNotifier(),
        tracker=WatchedTracker(container.tracker()),
        patience=patience,
        rules=rules,
    )
    if processes:
        if settings.forge.kind == "local":
            await container.repositories().create(REPO, SAMPLE)
        _override(container, runner=_quick_runner(container, data))
    else:
        _override(container, **_in_memory(container, plan))
    _override(container, **overrides)
    front = _served if processes else Lobby.client
    async with working(container), front(container) as client:
        yield World(container, client)


def _override(container: Container, **things: object) -> None:
    for name, thing in things.items():
        getattr(container, name).override(providers.Object(thing))


def _in_memory(container: Container, plan: str) -> dict[str, object]:
    forge = LocalMemoryForge()
    forge.add(REPO, SAMPLE)
    workspaces = MemoryWorkspaces(forge)
    hands = StageHands(container.clock(), workspaces, plan)
    return {"forge": forge, "inspector": forge, "workspaces": workspaces, "runner": hands}


def _quick_runner(container: Container, data: Path) -> ProcessRunner:
    return ProcessRunner(
        data,
        container.clock(),
        container.environment(),
        grace=timedelta(seconds=0.2),
        tick=timedelta(seconds=0.05),
    )


@asynccontextmanager
async def _served(container: Container) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve on a free port of this machine."""
    web = Web(container)
    async with asyncio.TaskGroup() as group:
        group.create_task(web.serve())
        url = f"http://localhost:{web.port}"
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield client
        web.stop()
