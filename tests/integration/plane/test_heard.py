"""A webhook of Plane reaches us: the mock's, or a real server's that leads to where we listen.

For a real server PLANE_TEST_WEBHOOK_LISTEN says where (``host:port``; its webhook leads to
``/webhooks/plane`` there) and PLANE_TEST_WEBHOOK_SECRET what it signs with.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from adapters.plane.item_ids import item_id
from domain.identifiers import ItemId
from domain.item import Priority, TrackerState
from domain.task import Status, Task
from entrypoints.container import Container
from entrypoints.settings import ProjectSettings
from tests.contracts.issue_tracker import People
from tests.integration.cli.started import free_port
from tests.integration.plane.ear import RealEar
from tests.integration.plane.people import PlaneAddress
from tests.integration.plane.server import TIME_LIMIT, real_server
from tests.integration.plane.service import running, settings_for, until
from tests.integration.plane_mock.settings import MockSettings

pytestmark = [pytest.mark.timeout(TIME_LIMIT)] if real_server() else []


WEBHOOK_IS_OFF = (
    "see in Plane's workspace settings that the webhook is on (it switches itself off after six"
    " failures), and leads to PLANE_TEST_WEBHOOK_LISTEN on this machine"
)


@dataclass(frozen=True)
class Ear:
    """Where the service listens for webhooks, and what they are signed with."""

    port: int
    secret: str


@pytest.fixture
def ear(real_ear: RealEar | None) -> Generator[Ear]:
    port = free_port()
    if real_server() is None:
        yield Ear(port, MockSettings().webhook_secret)
        return
    if real_ear is None:
        pytest.skip("needs PLANE_TEST_WEBHOOK_LISTEN and PLANE_TEST_WEBHOOK_SECRET")
    real_ear.leads_to = f"http://127.0.0.1:{port}"
    yield Ear(port, real_ear.secret)
    real_ear.leads_to = None


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
        projects=(ProjectSettings(tracker_project=plane.project, repo="sample"),),
    )
    async with running(settings, project=plane.project) as container:
        made = await people.create("Too short", "One sentence.", Priority.NONE)
        item = item_id(plane.project, made)

        async def is_blocked() -> bool:
            task = await task_of(container, item)
            left = await container.store().transact(lambda tx: tx.outbox.depth())
            return task is not None and task.status is Status.BLOCKED and not left

        await until(is_blocked, f"the new item was never heard of: {WEBHOOK_IS_OFF}")
        await people.move(made, TrackerState.CANCELLED)

        async def is_cancelled() -> bool:
            task = await task_of(container, item)
            return task is not None and task.status is Status.CANCELLED

        await until(is_cancelled, "its move was never heard of")
