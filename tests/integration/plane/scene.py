"""A whole scene: Plane in its container, the service, and people who decide in the web app."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.html.rich_text import HtmlRichText
from tests.integration.cli.started import free_port
from tests.integration.plane.controls import Controls, Json
from tests.integration.plane.people import paragraphs
from tests.integration.plane.process import Knobs, Service, serving, told
from tests.integration.plane_mock.settings import MockSettings

TITLE = "Export rides as GPX"
DESCRIPTION = (
    "A ride can be downloaded as GPX. The file holds every point with its time.\n\nNo KML."
)
BOT = "844f0fc1-d131-4cbe-a9c1-7736af1c88b1"
_LOOK_EVERY = 0.05

Opened = Callable[[MockSettings], AbstractContextManager[str]]
"""Opens a mock, and gives its address."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a scenario says and sees."""

    controls: Controls
    service: Service

    async def create(self, title: str = TITLE) -> str:
        """Let Hanna make an item that is fit to start, and return its key."""
        made = await self.controls.person(
            "hanna",
            "POST",
            "/items",
            name=title,
            description_html=paragraphs(DESCRIPTION),
            priority="high",
            state="Todo",
        )
        return f"ET-{made['sequence_id']}"

    async def comment(self, key: str, text: str) -> None:
        """Let Hanna comment, as soon as she can."""
        html = paragraphs(text)
        await self.controls.person("hanna", "POST", f"/items/{key}/comments", comment_html=html)

    async def until(self, key: str, state: str, within: float = 60) -> Json:
        """Wait until the item is seen in that state, and return it."""
        try:
            async with asyncio.timeout(within):
                while True:
                    item = await self.controls.item(key)
                    if item["state_name"] == state:
                        return item
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise AssertionError(
                f"{key} did not come to {state}\n"
                f"{told(self.service.task(key))}\n{self.service.log[-4000:]}"
            ) from None

    async def comes_to(self, key: str, status: str, within: float = 60) -> None:
        """Wait until the service has the task in that status, whatever Plane shows."""
        try:
            async with asyncio.timeout(within):
                while (self.service.task(key) or {}).get("status") != status:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise AssertionError(
                f"{key} is never {status}\n{told(self.service.task(key))}"
                f"\n{self.service.log[-4000:]}"
            ) from None

    async def settled(self, within: float = 60) -> None:
        """Wait until all tasks have ended and nothing is left to be told by anybody."""
        async with asyncio.timeout(within):
            while True:
                tasks = self.service.tasks()
                if tasks and all(task["status"] == "done" for task in tasks):
                    break
                await asyncio.sleep(_LOOK_EVERY)
            await self.controls.until_idle()

    async def spent(self, requests: int, within: float = 60) -> None:
        """Wait until so many requests have been made."""
        async with asyncio.timeout(within):
            while True:
                if len(await self.controls.requests()) >= requests:
                    return
                await asyncio.sleep(_LOOK_EVERY)

    async def said(self, key: str) -> list[str]:
        """Return what the bot has said in the item, the first words first."""
        text = HtmlRichText()
        return [
            text.read(comment["comment_html"]).whole.strip()
            for comment in (await self.controls.item(key))["comments"]
            if comment["actor"] == BOT
        ]

    async def moves(self, key: str) -> list[str]:
        """Return the states that the bot has moved the item to, in order."""
        return [
            entry["new_value"]
            for entry in (await self.controls.item(key))["activities"]
            if entry["field"] == "state" and entry["actor"] == BOT
        ]


@asynccontextmanager
async def scene(
    folder: Path, opened: Opened, mock: MockSettings, knobs: Knobs
) -> AsyncGenerator[Scene]:
    """Have a scene inside the block; its webhook is set up unless they are off."""
    port = free_port()
    with opened(mock) as url:
        async with aclosing(Controls(url)) as controls:
            if knobs.webhooks:
                webhook = f"http://127.0.0.1:{port}/webhooks/plane"
                await controls.call("POST", "/webhooks", {"url": webhook})
            with serving(folder, url, port, knobs) as service:
                yield Scene(controls=controls, service=service)


def most_in_a_minute(requests: list[Json], status: int) -> int:
    """Return how many answers of that status there were at most within a minute."""
    times = [datetime.fromisoformat(each["at"]) for each in requests if each["status"] == status]
    return max(
        (sum(start <= each < start + timedelta(minutes=1) for each in times) for start in times),
        default=0,
    )


def by_route(requests: list[Json]) -> str:
    """Return how often each thing was asked, as lines."""
    counted = Counter(f"{each['method']:6} {each['route']}" for each in requests)
    return "\n".join(f"{number:5} {what}" for what, number in counted.most_common())
