"""A whole service in one test: HTTP in front, embedded tools behind, all loops going.

    world = await begin(plan="analyst=questions,artifacts")
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.comment(key, "Только администраторам.")
    await world.until(key, status="in-review")

Tracker, board and store are the real ones. Git and agents are those in memory, or, with
``processes=True``, real ones.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from dependency_injector import providers
from litestar import Litestar

from adapters.html.rich_text import HtmlRichText
from adapters.memory.code_forge import MemoryForge
from adapters.memory.workspaces import MemoryWorkspaces
from adapters.process.agent_runner import ProcessRunner
from application.patience import Patience
from domain.decision import Rules
from domain.identifiers import Branch, CommitId, Repo, RunId
from domain.item import Standing
from domain.messages import Locale
from entrypoints.cli.sample import SAMPLE_FILES
from entrypoints.container import Container, pipeline_of
from entrypoints.http.app import create_app
from entrypoints.pipeline_settings import PipelineSettings
from entrypoints.service import working
from entrypoints.settings import (
    AgentSettings,
    Database,
    Forge,
    PersonSettings,
    ProjectSettings,
    Settings,
    Tracker,
)
from ports.store import Transaction
from tests.integration.scenarios.instruments import (
    ShiftedClock,
    WatchedNotifier,
    WatchedTracker,
)
from tests.integration.scenarios.stage_hands import StageHands

Json = dict[str, Any]
REPO = Repo("sample")
TITLE = "Приветствовать по имени"
DESCRIPTION = "Вернувшегося пользователя приветствуют по имени. Имя берётся из профиля."
PEOPLE = (
    PersonSettings(name="you"),
    PersonSettings(name="colleague", approver=False),
    PersonSettings(name="guest", standing=Standing.GUEST),
)
HASTE = Patience(first=timedelta(milliseconds=4), longest=timedelta(milliseconds=30))
_LOOK_EVERY = 0.01
_BEHIND_THE_FRONT_DOOR = (
    *("store", "clock", "readers", "board"),
    *("tracker", "forge", "runner", "notifier"),
)


class LocalMemoryForge(MemoryForge):
    """A forge in memory that brings a loop of its own along, as the embedded one does."""

    async def run_checks(self, stop: asyncio.Event) -> None:
        await stop.wait()


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment as people see it."""

    author: str
    text: str
    html: str


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


class World:
    """The service and everybody around it."""

    def __init__(self, container: Container, client: httpx.AsyncClient, patience: float) -> None:
        self.container = container
        self.client = client
        self.clock: ShiftedClock = container.clock()
        self.tracker: WatchedTracker = container.tracker()
        self.notifier: WatchedNotifier = container.notifier()
        self._patience = patience

    # ── people ───────────────────────────────────────────────────────────────────────────────────

    async def item(self, title: str = TITLE, description: str = DESCRIPTION, **more: str) -> str:
        """Make an item and return its key."""
        made = await self.post("/api/items", title=title, description=description, **more)
        return str(made["key"])

    async def reviewed_item(self) -> str:
        """Make an item, and approve its requirements."""
        key = await self.item()
        await self.until(key, status="in-review")
        await self.comment(key, ":approved:")
        return key

    async def comment(self, key: str, text: str, by: str = "you") -> None:
        await self.post(f"/api/items/{key}/comments", text=text, author=by)

    async def edit(self, key: str, **values: str) -> None:
        answer = await self.client.patch(f"/api/items/{key}", json=values)
        assert answer.is_success, answer.text

    async def move(self, key: str, state: str, by: str = "you") -> None:
        await self.post(f"/api/items/{key}/state", state=state, author=by)

    async def archive(self, key: str) -> None:
        answer = await self.client.delete(f"/api/items/{key}")
        assert answer.is_success, answer.text

    async def post(self, path: str, **body: object) -> Json:
        answer = await self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    async def push(self, key: str, files: Mapping[str, str | None]) -> CommitId:
        """Let somebody commit to the item's branch, past us."""
        branch = (await self.task(key))["branch"]
        return self.forge.commit(REPO, Branch(branch), files)

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    async def task(self, key: str) -> Json:
        return dict(await self.get(f"/api/tasks/{key}"))

    async def runs(self, key: str) -> list[Json]:
        return list((await self.task(key))["runs"])

    async def roles(self, key: str) -> list[str]:
        """Who has been started, in order."""
        return [run["role"] for run in await self.runs(key)]

    async def thread(self, key: str) -> list[Said]:
        """All comments as the item's page shows them."""
        text = HtmlRichText()
        return [
            Said(author=each.author.id, text=text.read(each.html).whole, html=each.html)
            for each in (await self.container.board().thread(key)).comments
        ]

    async def comments(self, key: str) -> list[str]:
        """What we have said in the item."""
        return [said.text for said in await self.thread(key) if said.author == "bot"]

    def notices(self, key: str) -> list[str]:
        return [notice.text for notice in self.notifier.notices if notice.key == key]

    def states(self, key: str) -> list[str]:
        """The states we have moved the item to, in order."""
        return [state.value for item, state in self.tracker.moves if item == key]

    async def state(self, key: str) -> str:
        """The state the item is seen in."""
        thread = await self.container.board().thread(key)
        return thread.item.state.value

    async def brief(self, key: str, number: int = -1) -> str:
        """What the agent of that run was told; of the last one, unless told otherwise."""
        runs = await self.runs(key)
        return self.hands.brief(RunId(runs[number]["id"]))

    @property
    def forge(self) -> LocalMemoryForge:
        forge = self.container.forge()
        assert isinstance(forge, LocalMemoryForge)
        return forge

    @property
    def hands(self) -> StageHands:
        runner = self.container.runner()
        assert isinstance(runner, StageHands)
        return runner

    # ── waiting ──────────────────────────────────────────────────────────────────────────────────

    async def until(
        self,
        key: str,
        *,
        status: str | None = None,
        stage: str | None = None,
        runs: int | None = None,
        says: str | None = None,
        noted: str | None = None,
        quiet: bool = True,
    ) -> Json:
        """Wait until all of it is so, and, unless told otherwise, nothing is left to be done."""

        async def seen() -> Json | None:
            answer = await self.client.get(f"/api/tasks/{key}")
            if answer.status_code == 404:
                return None
            task: Json = answer.json()
            good = (
                status in (None, task["status"])
                and stage in (None, task["stage"])
                and runs in (None, len(task["runs"]))
                and (noted is None or any(noted in _line(entry) for entry in task["history"]))
            )
            if not good or (quiet and not await self.idle()):
                return None
            if says is not None and not any(says in text for text in await self.comments(key)):
                return None
            return task

        return await self._waited(seen, key, f"{status=} {stage=} {runs=} {says=} {noted=}")

    async def holds(self, key: str, what: Callable[[], bool]) -> None:
        """Wait until something that is no field of the task is so."""

        async def seen() -> Json | None:
            return {} if what() else None

        await self._waited(seen, key, "a condition")

    async def idle(self) -> bool:
        """Whether both queues are empty."""

        def depth(tx: Transaction) -> int:
            return tx.inbox.depth() + tx.outbox.depth()

        return await self.container.store().transact(depth) == 0

    async def settled(self, key: str) -> Json:
        """Wait until nothing is left to be done."""
        return await self.until(key)

    async def _waited(self, seen: Callable[[], Any], key: str, what: str) -> Json:
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    found = await seen()
                    if found is not None:
                        return dict(found)
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise AssertionError(
                f"{key} waited in vain for {what}\n{await self._told(key)}"
            ) from None

    async def _told(self, key: str) -> str:
        answer = await self.client.get(f"/api/tasks/{key}")
        if not answer.is_success:
            return answer.text
        task = answer.json()
        lines = [f"{task['stage']} {task['status']} idle={await self.idle()}"]
        lines += [_line(entry) for entry in task.pop("history")]
        lines += await self.comments(key)
        return "\n".join([*lines, json.dumps(task, indent=1, ensure_ascii=False)])


def _line(entry: Json) -> str:
    return f"{entry['who']}: {entry['what']} ({entry['why']})"


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
    patience: Patience = HASTE,
    checks: tuple[str, ...] = (),
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
        database=Database(url=f"sqlite:///{database}"),
        tracker=Tracker(people=PEOPLE),
        forge=Forge(checks=checks),
        agents=AgentSettings(environment={"REHEARSAL": plan}, stop_grace=0.2),
        projects=(ProjectSettings(tracker_project="DEMO", repo=REPO),),
        pipeline=pipeline,
        reconcile_every=reconcile_every,
    )
    container = Container(settings=settings, exclusive=True)
    container.clock.override(providers.Object(ShiftedClock()))
    container.notifier.override(providers.Object(WatchedNotifier()))
    container.tracker.override(providers.Object(WatchedTracker(container.tracker())))
    container.patience.override(providers.Object(patience))
    rules = Rules(pipeline=pipeline_of(settings), locale=locale, tracker_name="Plane")
    container.rules.override(providers.Object(rules))
    if processes:
        await container.repositories().create(REPO, SAMPLE_FILES)
        runner = ProcessRunner(
            data,
            container.clock(),
            container.environment(),
            grace=timedelta(seconds=0.2),
            tick=timedelta(seconds=0.05),
        )
        container.runner.override(providers.Object(runner))
    else:
        forge = LocalMemoryForge()
        forge.add(REPO, SAMPLE_FILES)
        workspaces = MemoryWorkspaces(forge)
        container.forge.override(providers.Object(forge))
        container.inspector.override(providers.Object(forge))
        container.workspaces.override(providers.Object(workspaces))
        hands = StageHands(container.clock(), workspaces, plan)
        container.runner.override(providers.Object(hands))
    for name, thing in overrides.items():
        getattr(container, name).override(providers.Object(thing))
    async with working(container), Lobby.client(container) as client:
        yield World(container, client, 30 if processes else 10)
