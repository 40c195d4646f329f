"""An item goes from creation to done through Plane, whatever Plane and the way to it do."""

from collections import Counter
from pathlib import Path

import pytest

from domain.task import Status
from tests.integration.plane import service
from tests.integration.plane.controls import Controls, Json
from tests.integration.plane.service import make_item, running, say, settings_for, shown, until
from tests.integration.plane_mock.people import key_of
from tests.integration.plane_mock.settings import MockSettings

SECRET = MockSettings().webhook_secret
COMMENTS = 8
"""One at each change of stage, one that asks for approval."""


@pytest.fixture
def port() -> int:
    return service.free_port()


@pytest.fixture
def mock_settings(port: int) -> MockSettings:
    """A Plane as it is, but for its patience with webhooks."""
    return MockSettings(
        rate_limit=10_000,
        webhook_url=f"http://127.0.0.1:{port}/webhooks/plane",
        webhook_retry_within=0.2,
    )


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANE_API_KEY", key_of("b"))
    monkeypatch.setenv("PLANE_WEBHOOK_SECRET", SECRET)


async def test_a_straight_run_takes_sixteen_requests_at_most(
    tmp_path: Path, mock_url: str, controls: Controls, port: int
) -> None:
    async with running(settings_for(tmp_path, mock_url, port)):
        await until(lambda: asked_what_changed(controls), "Plane was never asked what changed")
        before = len(await controls.requests())
        key = await make_item(controls)
        item = await to_its_end(controls, key)
        requests = (await controls.requests())[before:]
    kinds = Counter(f"{each['method']} {each['path'].partition(key)[0]}" for each in requests)
    assert service.repeated(item) == []
    assert len(requests) <= 16, kinds


async def test_without_webhooks_it_only_takes_longer(
    tmp_path: Path, mock_url: str, controls: Controls, port: int
) -> None:
    await controls.fault(lost=1)
    async with running(settings_for(tmp_path, mock_url, port, poll=5)):
        key = await make_item(controls)
        item = await to_its_end(controls, key)
    assert service.repeated(item) == []


async def test_deliveries_lost_repeated_and_out_of_order_change_only_the_delay(
    tmp_path: Path, mock_url: str, controls: Controls, port: int
) -> None:
    await controls.fault(lost=0.2, repeated=0.2, shuffled=1)
    async with running(settings_for(tmp_path, mock_url, port, poll=5)):
        keys = [await make_item(controls) for _ in range(3)]
        for key in keys:
            assert service.repeated(await to_its_end(controls, key)) == []


@pytest.mark.parametrize("outage", ["bad-gateway", "cut"])
async def test_an_outage_in_the_middle_changes_only_the_delay(
    tmp_path: Path, mock_url: str, controls: Controls, port: int, outage: str
) -> None:
    async with running(settings_for(tmp_path, mock_url, port, poll=5)) as container:
        key = await make_item(controls)

        async def at_work() -> bool:
            task = await service.task_of(container, key)
            return task is not None and task.status is Status.WORKING

        await until(at_work, "no agent was started")
        await controls.fault(outage=4, outage_as=outage)
        item = await to_its_end(controls, key)
    assert service.repeated(item) == []


async def test_answers_that_are_lost_double_nothing(
    tmp_path: Path, mock_url: str, controls: Controls, port: int
) -> None:
    async with running(settings_for(tmp_path, mock_url, port, poll=5)):
        key = await make_item(controls)
        await controls.fault(fail_writes=3, lose_answers=3)
        item = await to_its_end(controls, key)
    assert service.repeated(item) == []


async def asked_what_changed(controls: Controls) -> bool:
    """Whether the first look at the project is over: what it takes is no item's cost."""
    return any(each["path"].endswith("/work-items/") for each in await controls.requests())


async def to_its_end(controls: Controls, key: str) -> Json:
    """Approve the item when it is up for approval, and return it when all is said."""
    await shown(controls, key, "In Review")
    await say(controls, key, ":approved:")
    await shown(controls, key, "Done")

    async def all_said() -> bool:
        return len((await controls.item(key))["comments"]) > COMMENTS

    await until(all_said, f"{key} is done, but not all was said")
    item = await controls.item(key)
    assert len(item["comments"]) == COMMENTS + 1
    return item
