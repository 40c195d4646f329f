"""How the mock delivers, and fails to: the rules that were measured on the real Plane."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import httpx
import pytest

from tests.integration.plane.controls import Controls, Json
from tests.integration.plane.receiver import Receiver, receiving, status
from tests.integration.plane.served import served
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID, STATE_IDS
from tests.integration.plane_mock.settings import MockSettings

ITEMS = f"/api/v1/workspaces/{SLUG}/projects/{PROJECT_ID}/work-items/"
HASTE = MockSettings(worker_lag=0, thinking=0, rate_limit=10_000, webhook_retry_within=0.02)


class Stage:
    """A mock, somebody who listens to it, and the bot."""

    def __init__(self, url: str, controls: Controls, receiver: Receiver) -> None:
        self.controls = controls
        self.receiver = receiver
        self.bot = httpx.AsyncClient(base_url=url, headers={"X-API-Key": key_of("b")}, timeout=30)

    async def listen(self, path: str = "/ok", answer: bytes | None = status(202)) -> Json:
        """Register a webhook that is answered like that."""
        self.receiver.answers[path] = answer
        url = f"{self.receiver.url}{path}"
        return dict(await self.controls.call("POST", "/webhooks", {"url": url}))

    async def item(self) -> str:
        """Let Hanna make an item, and forget that it was told."""
        made = await self.controls.person("hanna", "POST", "/items", name="An item")
        await self.controls.until_idle()
        self.receiver.take()
        return str(made["id"])

    async def move(self, item: str, state: str) -> None:
        """Let the bot move an item."""
        answer = await self.bot.patch(f"{ITEMS}{item}/", json={"state": STATE_IDS[state]})
        assert answer.is_success, answer.text

    async def active(self, webhook: Json) -> bool:
        """Whether a webhook is on."""
        all_of_them = await self.controls.call("GET", "/webhooks")
        return next(bool(w["is_active"]) for w in all_of_them if w["id"] == webhook["id"])


@asynccontextmanager
async def staged(settings: MockSettings) -> AsyncGenerator[Stage]:
    """Have a stage inside the block."""
    with served(settings) as url:
        async with aclosing(Controls(url)) as controls, receiving() as receiver:
            stage = Stage(url, controls, receiver)
            async with stage.bot:
                yield stage


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged(HASTE) as stage:
        yield stage


@pytest.mark.parametrize("code", [400, 410, 500, 503])
async def test_whatever_status_answers_a_delivery_it_is_not_sent_again(
    stage: Stage, code: int
) -> None:
    webhook = await stage.listen(answer=status(code))
    await stage.controls.person("hanna", "POST", "/items", name="An item")
    await stage.controls.until_idle()
    assert len(stage.receiver.received) == 1
    assert await stage.active(webhook)


async def test_a_delivery_without_an_answer_is_sent_six_times_and_then_the_webhook_is_off(
    stage: Stage,
) -> None:
    webhook = await stage.listen(answer=None)
    item = (await stage.controls.person("hanna", "POST", "/items", name="An item"))["id"]
    await stage.controls.until_idle()
    attempts = stage.receiver.take()
    assert len(attempts) == 6
    assert len({each.body for each in attempts}) == 1
    assert len({each.headers["X-Plane-Signature"] for each in attempts}) == 1
    assert len({each.headers["X-Plane-Delivery"] for each in attempts}) == 6
    assert not await stage.active(webhook)
    await stage.move(item, "Todo")
    await stage.controls.until_idle()
    assert not stage.receiver.received


async def test_an_answer_at_last_keeps_the_webhook_on(stage: Stage) -> None:
    webhook = await stage.listen(answer=None)
    await stage.controls.person("hanna", "POST", "/items", name="An item")
    await stage.receiver.until(2)
    stage.receiver.answers["/ok"] = status(202)
    await stage.controls.until_idle()
    assert 3 <= len(stage.receiver.received) <= 6
    assert await stage.active(webhook)


async def test_nobody_at_the_address_is_no_answer(stage: Stage) -> None:
    gone = {"url": "http://127.0.0.1:9/nobody"}
    webhook = await stage.controls.call("POST", "/webhooks", gone)
    await stage.controls.person("hanna", "POST", "/items", name="An item")
    await stage.controls.until_idle()
    assert not await stage.active(webhook)
    outcomes = [each["outcome"] for each in await stage.controls.deliveries()]
    assert outcomes == ["ConnectError"] * 6


async def test_a_redirect_is_followed_as_a_get_without_body(stage: Stage) -> None:
    await stage.listen("/moved", status(302, "Location: /ok"))
    await stage.controls.person("hanna", "POST", "/items", name="An item")
    await stage.controls.until_idle()
    first, second = stage.receiver.received
    assert (first.method, first.path, bool(first.body)) == ("POST", "/moved", True)
    assert (second.method, second.path, second.body) == ("GET", "/ok", b"")


async def test_a_delivery_shows_the_row_as_it_is_when_the_worker_runs(stage: Stage) -> None:
    await stage.listen()
    item = await stage.item()
    await stage.controls.fault(worker_down=True)
    states = ("Todo", "In Progress", "Needs Input", "Done")
    for state in states:
        await stage.move(item, state)
    gone = (await stage.controls.person("hanna", "POST", "/items", name="Soon gone"))["id"]
    await stage.controls.person("hanna", "DELETE", f"/items/{gone}")
    assert not stage.receiver.received
    await stage.controls.fault(worker_down=False)
    await stage.controls.until_idle()
    told = [delivery.json for delivery in stage.receiver.received]
    assert len(told) == len(states)
    assert {each["data"]["state"]["name"] for each in told} == {"Done"}
    assert sorted(each["activity"]["new_value"] for each in told) == sorted(
        STATE_IDS[state] for state in states
    )


async def test_in_a_burst_some_deliveries_are_newer_than_what_they_tell_of() -> None:
    async with staged(MockSettings(thinking=0, worker_lag=0.05)) as stage:
        await stage.listen()
        item = await stage.item()
        for state in list(STATE_IDS)[1:] * 2:
            await stage.move(item, state)
        await stage.controls.until_idle()
        told = [delivery.json for delivery in stage.receiver.received]
        assert len(told) == 14
        newer = [t for t in told if t["data"]["state"]["id"] != t["activity"]["new_value"]]
        assert newer


async def test_the_same_state_again_is_not_told(stage: Stage) -> None:
    await stage.listen()
    item = await stage.item()
    for _ in range(2):
        await stage.move(item, "Todo")
    await stage.controls.until_idle()
    assert len(stage.receiver.received) == 1


async def test_without_a_broker_a_write_happens_and_nobody_is_told() -> None:
    async with staged(MockSettings(worker_lag=0, broker_patience=0)) as stage:
        await stage.listen()
        item = await stage.item()
        await stage.controls.fault(broker_down=True)
        answer = await stage.bot.patch(f"{ITEMS}{item}/", json={"state": STATE_IDS["Done"]})
        assert answer.status_code == 500
        await stage.controls.well()
        await stage.controls.until_idle()
        assert not stage.receiver.received
        assert (await stage.controls.item(item))["state_name"] == "Done"


async def test_a_change_by_api_is_not_told_before_version_1_3() -> None:
    settings = MockSettings(worker_lag=0, version="1.2.3")
    async with staged(settings) as stage:
        await stage.listen()
        item = await stage.item()
        await stage.move(item, "Todo")
        await stage.controls.person("hanna", "PATCH", f"/items/{item}", state="Done")
        await stage.controls.until_idle()
        assert [delivery.field for delivery in stage.receiver.received] == ["state_id"]


async def test_deliveries_are_lost_and_repeated_by_their_shares(stage: Stage) -> None:
    await stage.listen()
    await stage.controls.fault(lost=0.2, repeated=0.2, shuffled=0.2)
    for number in range(100):
        await stage.controls.person("hanna", "POST", "/items", name=f"Item {number}")
    await stage.controls.until_idle()
    came = Counter(delivery.json["data"]["id"] for delivery in stage.receiver.received)
    lost = 100 - len(came)
    twice = sum(number == 2 for number in came.values())
    assert 8 <= lost <= 34
    assert 6 <= twice <= 32
    numbers = [delivery.json["data"]["sequence_id"] for delivery in stage.receiver.received]
    assert numbers != sorted(numbers)
    log = await stage.controls.deliveries()
    assert sum(each["outcome"] == "lost" for each in log) == lost


async def test_a_webhook_that_is_off_gets_nothing_later_either(stage: Stage) -> None:
    webhook = await stage.listen()
    await stage.controls.call("PATCH", f"/webhooks/{webhook['id']}", {"is_active": False})
    await stage.controls.person("hanna", "POST", "/items", name="An item")
    await stage.controls.until_idle()
    await stage.controls.call("PATCH", f"/webhooks/{webhook['id']}", {"is_active": True})
    await asyncio.sleep(0)
    await stage.controls.until_idle()
    assert not stage.receiver.received
