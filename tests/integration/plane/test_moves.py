"""Our moves, and people's at the same moment: nobody's word is lost. Against the mock."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from adapters.html.rich_text import HtmlRichText
from adapters.memory.clock import SteppedClock
from adapters.plane.budget import Budget
from adapters.plane.client import PlaneClient
from adapters.plane.item_ids import item_id
from adapters.plane.people import People
from adapters.plane.sightings import Sightings
from adapters.plane.states import States
from adapters.plane.tracker import PlaneTracker
from adapters.plane.webhook_reader import SIGNATURE, PlaneWebhookReader
from adapters.system.clock import SystemClock
from domain.errors import Conflict, RateLimited
from domain.identifiers import ItemId
from domain.item import TrackerState
from ports.webhook_reader import Hint
from tests.integration.plane.controls import Controls
from tests.integration.plane.receiver import Received, Receiver, receiving
from tests.integration.plane_mock.people import SLUG, key_of
from tests.integration.plane_mock.seed import PROJECT_ID
from tests.integration.plane_mock.settings import MockSettings

IN_PROGRESS, IN_REVIEW = TrackerState.IN_PROGRESS, TrackerState.IN_REVIEW
LATER = timedelta(minutes=1)
"""By then a history is written, on a slow machine, too: the mock's clock goes on, ours does not."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The adapter, its ear, and the mock."""

    tracker: PlaneTracker
    reader: PlaneWebhookReader
    clock: SteppedClock
    controls: Controls
    receiver: Receiver

    async def item(self) -> ItemId:
        """Let Hanna make an item, hear of it, and put it in progress."""
        made = await self.controls.person("hanna", "POST", "/items", name="An item", state="Todo")
        await self.hear()
        item = item_id(PROJECT_ID, made["id"])
        await self.tracker.item(item)
        await self.tracker.move(item, IN_PROGRESS, key="start", over=TrackerState.TODO)
        return item

    async def person_moves(self, item: ItemId, state: str) -> None:
        """Let Hanna move the item, and tell nobody yet."""
        await self.controls.person("hanna", "PATCH", f"/items/{item.split('.')[1]}", state=state)
        await self.controls.until_idle()

    async def hear(self, *, but: str = "") -> list[Hint]:
        """Take in what webhooks have told, but for what that person did; return the hints."""
        await self.controls.until_idle()
        came = [each for each in self.receiver.take() if _actor(each) != but]
        for each in came:
            self.reader.verify(_headers(each), each.body)
        return [hint for each in came for hint in self.reader.read(_headers(each), each.body)]

    async def asked(self) -> list[str]:
        """Return what Plane has been asked about items since the last time."""
        log = await self.controls.requests()
        await self.controls.call("DELETE", "/requests")
        last = [f"{each['method']} {each['path'].rstrip('/').split('/')[-1]}" for each in log]
        return [each for each in last if not each.endswith(("me", "states", "members"))]


def _actor(delivery: Received) -> str:
    return str(delivery.json["activity"]["actor"]["display_name"])


def _headers(delivery: Received) -> dict[str, str]:
    return {SIGNATURE: delivery.headers["X-Plane-Signature"]}


@pytest.fixture
async def stage(mock_url: str, controls: Controls) -> AsyncGenerator[Stage]:
    clock = SteppedClock(SystemClock().now())
    async with (
        receiving() as receiver,
        httpx.AsyncClient(base_url=f"{mock_url}/api/v1", timeout=10) as http,
    ):
        await controls.call("POST", "/webhooks", {"url": f"{receiver.url}/webhooks/plane"})
        client = PlaneClient(
            http, Budget([key_of("b")], clock, per_minute=10_000), clock, workspace=SLUG
        )
        people, sightings = People(client, clock), Sightings(clock)
        tracker = PlaneTracker(
            client,
            States(client, clock),
            people,
            HtmlRichText(),
            clock,
            sightings=sightings,
            projects=[PROJECT_ID],
        )
        await tracker.bot()
        secret = MockSettings().webhook_secret
        reader = PlaneWebhookReader([secret], people, sightings, projects=[PROJECT_ID])
        yield Stage(
            tracker=tracker, reader=reader, clock=clock, controls=controls, receiver=receiver
        )


async def test_while_webhooks_come_a_move_costs_one_request(stage: Stage) -> None:
    item = await stage.item()
    await stage.hear()
    await stage.asked()
    own = item.split(".")[1]
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    assert await stage.asked() == [f"PATCH {own}"]
    # Of this move we are never told: webhooks may have fallen silent.
    stage.clock.advance(2 * LATER)
    await stage.tracker.move(item, IN_PROGRESS, key="l", over=IN_REVIEW)
    assert await stage.asked() == ["GET activities", f"GET {own}", f"PATCH {own}"]


async def everything(stage: Stage) -> dict[ItemId, TrackerState]:
    """What the reconciler sees."""
    items = await stage.tracker.changed_since(stage.clock.now() - timedelta(hours=1))
    return {item.id: item.state for item in items}


async def test_a_move_that_ours_overwrote_and_of_which_nothing_was_told_is_found(
    stage: Stage,
) -> None:
    """Neither delivery came, hers nor ours, or none is expected."""
    item = await stage.item()
    await stage.hear()
    await stage.person_moves(item, "Cancelled")
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    await stage.controls.until_idle()
    assert (await everything(stage))[item] is IN_REVIEW
    stage.clock.advance(LATER)
    assert (await everything(stage))[item] is TrackerState.CANCELLED
    assert (await stage.controls.item(item.split(".")[1]))["state_name"] == "Cancelled"
    await stage.asked()
    assert (await everything(stage))[item] is TrackerState.CANCELLED
    assert await stage.asked() == ["GET work-items"]


async def test_our_next_move_finds_it_as_well(stage: Stage) -> None:
    item = await stage.item()
    await stage.hear()
    await stage.person_moves(item, "Cancelled")
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    await stage.controls.until_idle()
    stage.clock.advance(LATER)
    with pytest.raises(Conflict):
        await stage.tracker.move(item, IN_PROGRESS, key="l", over=IN_REVIEW)
    assert (await stage.tracker.item(item)).state is TrackerState.CANCELLED


async def test_where_she_has_moved_it_since_it_stays(stage: Stage) -> None:
    item = await stage.item()
    await stage.hear()
    await stage.person_moves(item, "Cancelled")
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    await stage.person_moves(item, "Backlog")
    stage.clock.advance(LATER)
    assert (await everything(stage))[item] is TrackerState.BACKLOG


async def test_an_untold_move_costs_one_look_and_a_told_one_none(stage: Stage) -> None:
    item = await stage.item()
    await stage.controls.until_idle()
    await everything(stage)
    stage.clock.advance(LATER)
    await stage.asked()
    await everything(stage)
    assert sorted(await stage.asked()) == ["GET activities", "GET work-items"]
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    await stage.hear()
    stage.clock.advance(LATER)
    await stage.asked()
    await everything(stage)
    assert await stage.asked() == ["GET work-items"]


async def test_it_is_asked_again_where_the_history_is_not_written_yet(stage: Stage) -> None:
    item = await stage.item()
    await stage.hear()
    await stage.controls.fault(worker_down=True)
    await stage.controls.person("hanna", "PATCH", f"/items/{item.split('.')[1]}", state="Cancelled")
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    stage.clock.advance(LATER)
    assert (await everything(stage))[item] is IN_REVIEW
    await stage.controls.well()
    await stage.controls.until_idle()
    stage.clock.advance(LATER)
    assert (await everything(stage))[item] is TrackerState.CANCELLED


async def test_a_move_that_was_told_before_ours_stands(stage: Stage) -> None:
    item = await stage.item()
    await stage.hear()
    await stage.person_moves(item, "Cancelled")
    await stage.hear()
    with pytest.raises(Conflict):
        await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    assert (await stage.tracker.item(item)).state is TrackerState.CANCELLED


@pytest.mark.parametrize("but", ["", "hanna", "ag-bot"])
async def test_a_move_that_ours_overwrote_before_we_heard_of_it_is_made_again(
    stage: Stage, but: str
) -> None:
    """Told by her delivery, or where that is lost, by our own, which says what was there before."""
    item = await stage.item()
    await stage.hear()
    await stage.person_moves(item, "Cancelled")
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    assert await stage.hear(but=but)
    with pytest.raises(RateLimited):
        await stage.tracker.item(item)
    stage.clock.advance(LATER)
    assert (await stage.tracker.item(item)).state is TrackerState.CANCELLED
    assert (await stage.controls.item(item.split(".")[1]))["state_name"] == "Cancelled"
    await stage.hear()
    assert (await stage.tracker.item(item)).state is TrackerState.CANCELLED


async def test_a_move_back_that_was_ours_is_nobodys(stage: Stage) -> None:
    item = await stage.item()
    await stage.person_moves(item, "Needs Input")
    await stage.person_moves(item, "In Progress")
    await stage.hear()
    await stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
    await stage.hear()
    stage.clock.advance(LATER)
    assert (await stage.tracker.item(item)).state is IN_REVIEW


class TestAtTheVerySameMoment:
    """Plane takes its time between reading a row and writing it back."""

    @pytest.fixture
    def mock_settings(self) -> MockSettings:
        return MockSettings(worker_lag=0, thinking=0.2, rate_limit=10_000)

    async def test_two_moves_at_once_end_with_the_persons(self, stage: Stage) -> None:
        item = await stage.item()
        await stage.hear()
        async with asyncio.TaskGroup() as group:
            group.create_task(stage.person_moves(item, "Cancelled"))
            group.create_task(stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS))
        await stage.hear()
        stage.clock.advance(LATER)
        try:
            await stage.tracker.item(item)
        except RateLimited:
            stage.clock.advance(LATER)
        assert (await stage.tracker.item(item)).state is TrackerState.CANCELLED

    async def test_an_edit_that_undid_our_move_is_no_move(self, stage: Stage) -> None:
        item = await stage.item()
        await stage.hear()
        own = item.split(".")[1]
        async with asyncio.TaskGroup() as group:
            move = stage.tracker.move(item, IN_REVIEW, key="k", over=IN_PROGRESS)
            group.create_task(move)
            await asyncio.sleep(0.05)
            edit = stage.controls.person("hanna", "PATCH", f"/items/{own}", name="Another name")
            group.create_task(edit)
        await stage.hear()
        assert (await stage.controls.item(own))["state_name"] == "In Progress"
        stage.clock.advance(LATER)
        await stage.tracker.move(item, TrackerState.DONE, key="l", over=IN_REVIEW)
        assert (await stage.tracker.item(item)).state is TrackerState.DONE
