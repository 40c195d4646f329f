"""People who use a Plane: the mock's web app, or a real server through a person's key.

An adapter passes the contract suite on either with this:

    class TestPlaneTracker(IssueTrackerContract, LostAnswerContract): ...

and the fixture `plane`, which says where Plane is, beside `people` and `answers` of the conftest.
"""

import asyncio
import html
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest

from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from tests.integration.plane.controls import Controls, Json

STATE_NAMES: Mapping[TrackerState, str] = {
    TrackerState.BACKLOG: "Backlog",
    TrackerState.TODO: "Todo",
    TrackerState.IN_PROGRESS: "In Progress",
    TrackerState.NEEDS_INPUT: "Needs Input",
    TrackerState.IN_REVIEW: "In Review",
    TrackerState.BLOCKED: "Blocked",
    TrackerState.DONE: "Done",
    TrackerState.CANCELLED: "Cancelled",
}
_PATIENCE = 30.0
_SERVER = ("URL", "WORKSPACE", "PROJECT", "BOT_KEY", "HUMAN_KEY")


@dataclass(frozen=True, kw_only=True)
class PlaneAddress:
    """Where a Plane is, and with which keys one gets in."""

    url: str
    """Without `/api/v1`."""
    workspace: str
    project: str
    bot_key: str
    human_key: str
    guest_key: str | None
    mock: bool


def real_server() -> PlaneAddress | None:
    """Return the real server that the environment names as PLANE_TEST_…, if it does."""
    given = {name: os.environ.get(f"PLANE_TEST_{name}", "") for name in _SERVER}
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


def paragraphs(text: str) -> str:
    """Return plain paragraphs as the web app's editor writes them."""
    return "".join(
        f'<p class="editor-paragraph-block">{html.escape(each)}</p>' for each in text.split("\n\n")
    )


@dataclass(frozen=True, kw_only=True)
class MockPeople:
    """Hanna, who is an admin, and Gina, a guest, in the mock's web app."""

    controls: Controls

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        made = await self.controls.person(
            "hanna",
            "POST",
            "/items",
            name=title,
            description_html=paragraphs(description),
            priority=priority.value,
            state="Todo",
        )
        await self.controls.until_idle()
        return ItemId(made["id"])

    async def retitle(self, item: ItemId, title: str) -> None:
        await self._change(item, name=title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        who = "gina" if guest else "hanna"
        said = await self.controls.person(
            who, "POST", f"/items/{item}/comments", comment_html=paragraphs(text)
        )
        await self.controls.until_idle()
        return CommentId(said["id"])

    async def move(self, item: ItemId, state: TrackerState) -> None:
        await self._change(item, state=STATE_NAMES[state])

    async def remove(self, item: ItemId) -> None:
        await self.controls.person("hanna", "DELETE", f"/items/{item}")

    async def _change(self, item: ItemId, **columns: object) -> None:
        await self.controls.person("hanna", "PATCH", f"/items/{item}", **columns)
        await self.controls.until_idle()


@dataclass(frozen=True, kw_only=True)
class ServerPeople:
    """A person who uses a real server through the API, and takes his items away at the end."""

    plane: PlaneAddress
    client: httpx.AsyncClient
    made: list[ItemId] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        made = await self._ask(
            "POST",
            "work-items/",
            {
                "name": title,
                "description_html": paragraphs(description),
                "priority": priority.value,
                "state": await self._state("Todo"),
            },
        )
        item = ItemId(made["id"])
        self.made.append(item)
        await self._logged(item, made["updated_at"])
        return item

    async def retitle(self, item: ItemId, title: str) -> None:
        await self._change(item, name=title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        if guest and not self.plane.guest_key:
            pytest.skip("needs a guest's key in PLANE_TEST_GUEST_KEY")
        key = self.plane.guest_key if guest else None
        path = f"work-items/{item}/comments/"
        said = await self._ask("POST", path, {"comment_html": paragraphs(text)}, key=key)
        await self._logged(item, said["created_at"])
        return CommentId(said["id"])

    async def move(self, item: ItemId, state: TrackerState) -> None:
        await self._change(item, state=await self._state(STATE_NAMES[state]))

    async def remove(self, item: ItemId) -> None:
        await self._ask("DELETE", f"work-items/{item}/")
        self.made.remove(item)

    async def go(self) -> None:
        """Take away what is still there."""
        for item in list(self.made):
            await self.remove(item)

    async def _change(self, item: ItemId, **columns: object) -> None:
        changed = await self._ask("PATCH", f"work-items/{item}/", columns)
        await self._logged(item, changed["updated_at"])

    async def _logged(self, item: ItemId, since: str) -> None:
        """Wait until the worker has logged the deed, which moves the item's time once more."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                seen = await self._ask("GET", f"work-items/{item}/?fields=id,updated_at")
                if datetime.fromisoformat(seen["updated_at"]) > datetime.fromisoformat(since):
                    return
                await asyncio.sleep(0.2)

    async def _state(self, name: str) -> str:
        if not self.states:
            page = await self._ask("GET", "states/")
            self.states.update({each["name"]: each["id"] for each in page["results"]})
        return self.states[name]

    async def _ask(
        self, method: str, path: str, body: Json | None = None, *, key: str | None = None
    ) -> Any:
        """Ask, and ask again when the budget of a minute is used up."""
        base = f"{self.plane.url}/api/v1/workspaces/{self.plane.workspace}/projects"
        while True:
            answer = await self.client.request(
                method,
                f"{base}/{self.plane.project}/{path}",
                headers={"X-API-Key": key or self.plane.human_key},
                json=body,
            )
            if answer.status_code != 429:
                break
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@dataclass(frozen=True, kw_only=True)
class MockAnswers:
    """Loses answers of the mock: by a connection that breaks, or by a 500 that is none."""

    url: str
    fault: str

    def lose_answer(self) -> None:
        httpx.patch(f"{self.url}/mock/faults", json={self.fault: 1}).raise_for_status()
