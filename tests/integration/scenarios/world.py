"""What a test can say and see in a world: readable verbs, over HTTP wherever there is a route.

world = await begin(plan="analyst=questions,artifacts")
key = await world.item()
await world.until(key, status="needs-input")
await world.comment(key, "Только администраторам.")
await world.until(key, status="in-review")
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from adapters.html.rich_text import HtmlRichText
from domain.identifiers import Branch, CommitId, Repo, RunId
from entrypoints.container import Container
from ports.store import Transaction
from tests.integration.scenarios.instruments import (
    LocalMemoryForge,
    ShiftedClock,
    WatchedNotifier,
    WatchedTracker,
)
from tests.integration.scenarios.stage_hands import StageHands

Json = dict[str, Any]
Thing = TypeVar("Thing")
REPO = Repo("sample")
TITLE = "Приветствовать по имени"
DESCRIPTION = "Вернувшегося пользователя приветствуют по имени. Имя берётся из профиля."
_LOOK_EVERY = 0.01


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment as people see it."""

    author: str
    text: str
    html: str


class World:
    """The service and everybody around it."""

    def __init__(self, container: Container, client: httpx.AsyncClient) -> None:
        self.patience = 100.0
        """How long anything may take, in seconds, before a test gives up: machines are busy."""
        self.container = container
        self.client = client
        self.clock = _known(ShiftedClock, container.clock())
        self.tracker = _known(WatchedTracker, container.tracker())
        self.notifier = _known(WatchedNotifier, container.notifier())

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
            for each in (await self.container.local_board().thread(key)).comments
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
        thread = await self.container.local_board().thread(key)
        return thread.item.state.value

    async def brief(self, key: str, number: int = -1) -> str:
        """What the agent of that run was told; of the last one, unless told otherwise."""
        runs = await self.runs(key)
        return self.hands.brief(RunId(runs[number]["id"]))

    @property
    def forge(self) -> LocalMemoryForge:
        return _known(LocalMemoryForge, self.container.forge())

    @property
    def hands(self) -> StageHands:
        return _known(StageHands, self.container.runner())

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
            # What was looked at afterwards may already belong to a later state of the task.
            return task if (await self.task(key)) == task else None

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
            async with asyncio.timeout(self.patience):
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
        lines += [text for item, text in self.tracker.posted if item == task["key"]]
        return "\n".join([*lines, json.dumps(task, indent=1, ensure_ascii=False)])


def _line(entry: Json) -> str:
    return f"{entry['who']}: {entry['what']} ({entry['why']})"


def _known(kind: type[Thing], thing: object) -> Thing:
    assert isinstance(thing, kind)
    return thing
