"""The whole service, put together as it is, with Plane for its tracker."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from entrypoints.container import Container, build_container
from entrypoints.service import Web, going, opened
from entrypoints.settings import (
    AgentSettings,
    Database,
    ProjectSettings,
    Server,
    Settings,
    Tracker,
)
from tests.integration.plane.controls import Controls, Json
from tests.integration.plane_mock.people import SLUG
from tests.integration.plane_mock.seed import PROJECT_ID

PATIENCE = 90.0
TITLE = "Export rides as GPX"
DESCRIPTION = "<p>Users want their rides as a file.</p><p>A GPX file opens in any map.</p>"


def settings_for(
    folder: Path, plane: str, port: int, *, poll: float = 60, settle: float = 0.2
) -> Settings:
    """A configuration as a team writes it, in a hurry."""
    return Settings(
        data=str(folder),
        database=Database(url=f"sqlite:///{folder}/orchestrator.db"),
        server=Server(port=port),
        tracker=Tracker(
            kind="plane",
            url=f"{plane}/api/v1",
            workspace=SLUG,
            poll=poll,
            settle=settle,
            rate_limit=10_000,
        ),
        agents=AgentSettings(environment={"REHEARSAL": ""}),
        projects=(ProjectSettings(tracker_project=PROJECT_ID, repo="sample"),),
        reconcile_every=0.5,
    )


@asynccontextmanager
async def running(settings: Settings, project: str = PROJECT_ID) -> AsyncGenerator[Container]:
    """Have the service running inside the block, its front door open."""
    container = build_container(settings)
    async with opened(container):
        web = Web(container)
        with closing(web):
            async with asyncio.TaskGroup() as group:
                group.create_task(web.serve())
                try:
                    async with going(container):
                        await _first_look(container, project)
                        yield container
                finally:
                    web.stop()


async def _first_look(container: Container, project: str) -> None:
    """Wait until Plane has been asked for the first time."""

    async def named() -> bool:
        return container.projects().is_named(project)

    await until(named, "the tracker was never asked")


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    """Wait for the condition, and say what was awaited if it does not come true."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 - the mock cannot tell us
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE:g} s in vain: {what}") from None


async def shown(controls: Controls, key: str, state: str) -> Json:
    """Wait until Plane shows the item in that state, and return it."""

    async def there() -> bool:
        return bool((await controls.item(key))["state_name"] == state)

    try:
        await until(there, f"{key} is never shown as {state}")
    except AssertionError as error:
        raise AssertionError(f"{error}; {await controls.item(key)}") from None
    return await controls.item(key)


async def make_item(controls: Controls, state: str = "Todo") -> str:
    """Let Hanna make an item; return its key."""
    made = await controls.person(
        "hanna", "POST", "/items", name=TITLE, description_html=DESCRIPTION, state=state
    )
    return f"ET-{made['sequence_id']}"


async def say(controls: Controls, key: str, text: str, who: str = "hanna") -> None:
    """Let somebody comment."""
    html = f'<p class="editor-paragraph-block">{text}</p>'
    await controls.person(who, "POST", f"/items/{key}/comments", comment_html=html)


def repeated(item: Json) -> list[str]:
    """The comments that stand in the item more than once."""
    counted = Counter(comment["comment_html"] for comment in item["comments"])
    return [html for html, times in counted.items() if times > 1]
