"""A real Plane, named by PLANE_TEST_…: made ready for the tests, used by a person, left as it was.

What the tests make there bears a name of theirs, so that the next run also takes away what one that
was killed has left. Nobody is hurried: whoever has used up his 60 requests a minute waits.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.plane.budget import Budget
from adapters.plane.client import PlaneClient
from adapters.plane.examiner import PlaneExaminer, PlaneSetUp
from adapters.plane.http import http_to
from adapters.plane.people import People
from adapters.plane.states import States
from adapters.system.clock import SystemClock
from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from ports.examination import Verdict
from tests.integration.plane.controls import Json
from tests.integration.plane.patience import patient
from tests.integration.plane.people import STATE_NAMES, PlaneAddress, paragraphs

SOURCE = "orchestrator-tests"
"""The ``external_source`` of every item that the tests make."""
TIME_LIMIT = 900
"""Seconds for one test: most of it is waiting for a minute's budget."""
_NEEDED = ("URL", "WORKSPACE", "PROJECT", "BOT_KEY", "HUMAN_KEY")
_PAUSES = (0.3, 0.3, 0.6, 1, 2, 4, 8, 16, 32)
"""How Plane's worker is waited for: each look costs a request."""


def real_server() -> PlaneAddress | None:
    """Return the real server that the environment names as PLANE_TEST_…, if it does."""
    given = {name: os.environ.get(f"PLANE_TEST_{name}", "") for name in _NEEDED}
    if not given["URL"]:
        return None
    lacking = [f"PLANE_TEST_{name}" for name, value in given.items() if not value]
    assert not lacking, f"PLANE_TEST_URL is set, so these must be, too: {', '.join(lacking)}"
    return PlaneAddress(
        url=given["URL"].rstrip("/").removesuffix("/api/v1"),
        workspace=given["WORKSPACE"],
        project=given["PROJECT"],
        bot_key=given["BOT_KEY"],
        human_key=given["HUMAN_KEY"],
        guest_key=os.environ.get("PLANE_TEST_GUEST_KEY") or None,
        mock=False,
    )


@dataclass(frozen=True, kw_only=True)
class Project:
    """The project as somebody with a key sees it."""

    plane: PlaneAddress
    key: str
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Ask, and ask again when the budget of a minute is used up."""
        base = f"{self.plane.url}/api/v1/workspaces/{self.plane.workspace}/projects"
        while True:
            answer = await self.client.request(
                method,
                f"{base}/{self.plane.project}/{path}",
                headers={"X-API-Key": self.key},
                json=body,
            )
            if answer.status_code != 429:
                break
            await asyncio.sleep(float(answer.headers.get("Retry-After", 60)))
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None


@dataclass(frozen=True, kw_only=True)
class ServerPeople:
    """A person who uses a real server through the API, and takes his items away at the end."""

    project: Project
    guest: Project | None
    made: list[ItemId] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        made = await self.project.ask(
            "POST",
            "work-items/",
            {
                "name": title,
                "description_html": paragraphs(description),
                "priority": priority.value,
                "state": await self._state("Todo"),
                "external_source": SOURCE,
                "external_id": str(uuid4()),
            },
        )
        item = ItemId(made["id"])
        self.made.append(item)
        # The times of the answer are not those that are stored, so the history has to tell.
        await self._until(f"work-items/{item}/activities/", lambda page: bool(page["results"]))
        return item

    async def retitle(self, item: ItemId, title: str) -> None:
        await self._change(item, name=title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        who = self.guest if guest else self.project
        if who is None:
            pytest.skip("needs a guest's key in PLANE_TEST_GUEST_KEY")
        body = {"comment_html": paragraphs(text)}
        said = await who.ask("POST", f"work-items/{item}/comments/", body)
        await self._logged(item, said["created_at"])
        return CommentId(said["id"])

    async def move(self, item: ItemId, state: TrackerState) -> None:
        await self._change(item, state=await self._state(STATE_NAMES[state]))

    async def remove(self, item: ItemId) -> None:
        await self.project.ask("DELETE", f"work-items/{item}/")
        self.made.remove(item)

    async def go(self) -> None:
        """Take away what is still there."""
        for item in list(self.made):
            await self.remove(item)

    async def _change(self, item: ItemId, **columns: object) -> None:
        changed = await self.project.ask("PATCH", f"work-items/{item}/", columns)
        await self._logged(item, changed["updated_at"])

    async def _logged(self, item: ItemId, since: str) -> None:
        """Wait until the worker has logged the deed, which moves the item's time once more."""
        moment = datetime.fromisoformat(since)
        await self._until(
            f"work-items/{item}/", lambda row: datetime.fromisoformat(row["updated_at"]) > moment
        )

    async def _until(self, path: str, done: Any) -> None:
        for pause in _PAUSES:
            if done(await self.project.ask("GET", path)):
                return
            await asyncio.sleep(pause)
        raise AssertionError(f"{path}: Plane's worker has not logged a change; is it running?")

    async def _state(self, name: str) -> str:
        if not self.states:
            page = await self.project.ask("GET", "states/")
            self.states.update({each["name"]: each["id"] for each in page["results"]})
        return self.states[name]


@asynccontextmanager
async def person_at(plane: PlaneAddress) -> AsyncGenerator[ServerPeople]:
    """Have the person, and a guest where there is a key of one, inside the block."""
    async with httpx.AsyncClient(timeout=60) as client:
        guest = None
        if plane.guest_key:
            guest = Project(plane=plane, key=plane.guest_key, client=client)
        human = Project(plane=plane, key=plane.human_key, client=client)
        person = ServerPeople(project=human, guest=guest)
        yield person
        await person.go()


async def make_ready(plane: PlaneAddress) -> list[str]:
    """Take away what is left of earlier runs, and make states that are missing; return their ids.

    Fails, with what to do, where ``orchestrator doctor`` would.
    """
    async with httpx.AsyncClient(timeout=60) as client:
        human = Project(plane=plane, key=plane.human_key, client=client)
        await _sweep(human)
        before = await _state_ids(human)
        bot = await _examined(plane)
        for name, key in (("HUMAN", plane.human_key), ("GUEST", plane.guest_key)):
            if not key:
                continue
            headers = {"X-API-Key": key}
            answer = await client.get(f"{plane.url}/api/v1/users/me/", headers=headers)
            if answer.json().get("id") == bot:
                pytest.fail(f"PLANE_TEST_{name}_KEY is the bot's: make one of another person")
        return [ident for ident in await _state_ids(human) if ident not in before]


async def clear_up(plane: PlaneAddress, states: list[str]) -> None:
    """Take away the states that ``make_ready`` has made; one that is in use by now stays."""
    async with httpx.AsyncClient(timeout=60) as client:
        bot = Project(plane=plane, key=plane.bot_key, client=client)
        for ident in states:
            try:
                await bot.ask("DELETE", f"states/{ident}/")
            except AssertionError as refusal:
                print(f"a state made by the tests stays: {refusal}")  # noqa: T201


async def _examined(plane: PlaneAddress) -> str:
    """Return who the bot is, once the project has all eight states and nothing is wrong."""
    clock = SystemClock()
    http = http_to(f"{plane.url}/api/v1", timeout=60)
    client = PlaneClient(http, Budget([plane.bot_key], clock), clock, workspace=plane.workspace)
    states, people = States(client, clock), People(client, clock)
    set_up = PlaneSetUp(api_url=f"{plane.url}/api/v1", projects=[plane.project])
    examiner = PlaneExaminer(client, states, people, clock, set_up)
    try:
        await patient(examiner.init)()
        found = await patient(examiner.examine)()
        wrong = [f"{each.text}: {each.remedy}" for each in found if each.verdict is Verdict.FAILED]
        if wrong:
            pytest.fail(f"Plane is not set up for the tests: {'; '.join(wrong)}")
        return await patient(people.bot)()
    finally:
        await client.close()


async def _sweep(human: Project) -> None:
    fields = "work-items/?per_page=1000&order_by=-created_at&fields=id,external_source"
    page = await human.ask("GET", fields)
    for item in page["results"]:
        if item["external_source"] == SOURCE:
            await human.ask("DELETE", f"work-items/{item['id']}/")


async def _state_ids(human: Project) -> list[str]:
    return [state["id"] for state in (await human.ask("GET", "states/"))["results"]]
