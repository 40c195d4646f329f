"""People who use a Plane: here in the mock's web app; `server` has those of a real one.

An adapter passes the contract suite on either with this:

    class TestPlaneTracker(IssueTrackerContract, LostAnswerContract): ...

and the fixture `plane`, which says where Plane is, beside `people` and `answers` of the conftest.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from tests.integration.plane.controls import Controls

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
class MockAnswers:
    """Loses answers of the mock: by a connection that breaks, or by a 500 that is none."""

    url: str
    fault: str

    def lose_answer(self) -> None:
        httpx.patch(f"{self.url}/mock/faults", json={self.fault: 1}).raise_for_status()
