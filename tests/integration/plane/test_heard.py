"""A webhook of Plane reaches us: the mock's, or a real server's that leads to where we listen.

For a real server PLANE_TEST_WEBHOOK_LISTEN says where (``host:port``; its webhook leads to
``/webhooks/plane`` there) and PLANE_TEST_WEBHOOK_SECRET what it signs with.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from adapters.plane.item_ids import item_id
from domain.identifiers import ItemId
from domain.item import Priority, TrackerState
from domain.task import Status, Task
from entrypoints.container import Container
from entrypoints.settings import ProjectSettings, Server
from tests.contracts.issue_tracker import People
from tests.integration.cli.started import free_port
from tests.integration.plane.people import PlaneAddress
from tests.integration.plane.server import TIME_LIMIT, real_server
from tests.integration.plane.service import running, settings_for, until
from tests.integration.plane_mock.settings import MockSettings

pytestmark = [pytest.mark.timeout(TIME_LIMIT)] if real_server() else []


@dataclass(frozen=True)
class Ear:
    """Where webhooks arrive, and what they are signed with."""

    host: str
    port: int
    secret: str


@pytest.fixture
def ear() -> Ear:
    if real_server() is None:
        return Ear("127.0.0.1", free_port(), MockSettings().webhook_secret)
    listen = os.environ.get("PLANE_TEST_WEBHOOK_LISTEN", "")
    secret = os.environ.get("PLANE_TEST_WEBHOOK_SECRET", "")
    if not (listen and secret):
        pytest.skip("needs PLANE_TEST_WEBHOOK_LISTEN and PLANE_TEST_WEBHOOK_SECRET")
    host, _, port = listen.rpartition(":")
    return Ear(host or "0.0.0.0", int(port), secret)  # noqa: S104 - Plane is on another machine


@pytest.fixture
def mock_settings(ear: Ear) -> MockSettings:
    return MockSettings(
        rate_limit=10_000, webhook_url=f"http://127.0.0.1:{ear.port}/webhooks/plane"
    )


async def task_of(container: Container, item: ItemId) -> Task | None:
    return await container.store().transact(lambda tx: tx.tasks.of(item))


async def test_what_people_do_is_heard_long_before_it_is_asked_for(
    tmp_path: Path,
    plane: PlaneAddress,
    people: People,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLANE_API_KEY", plane.bot_key)
    monkeypatch.setenv("PLANE_WEBHOOK_SECRET", ear.secret)
    settings = settings_for(tmp_path, plane.url, ear.port, poll=3600)
    tracker = msgspec.structs.replace(
        settings.tracker, workspace=plane.workspace, rate_limit=10_000 if plane.mock else 60
    )
    settings = msgspec.structs.replace(
        settings,
        tracker=tracker,
        server=Server(host=ear.host, port=ear.port),
        projects=(ProjectSettings(tracker_project=plane.project, repo="sample"),),
    )
    async with running(settings, project=plane.project) as container:
        made = await people.create("Too short", "One sentence.", Priority.NONE)
        item = item_id(plane.project, made)

        async def is_blocked() -> bool:
            task = await task_of(container, item)
            left = await container.store().transact(lambda tx: tx.outbox.depth())
            return task is not None and task.status is Status.BLOCKED and not left

        await until(is_blocked, "the new item was never heard of")
        await people.move(made, TrackerState.CANCELLED)

        async def is_cancelled() -> bool:
            task = await task_of(container, item)
            return task is not None and task.status is Status.CANCELLED

        await until(is_cancelled, "its move was never heard of")
