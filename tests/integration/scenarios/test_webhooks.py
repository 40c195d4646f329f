"""Another tracker: its news come by webhook, lost, twice, late, forged; the truth is read back."""

import json

import pytest

from adapters.memory.issue_tracker import MemoryTracker
from adapters.memory.webhook_reader import MemoryWebhookReader
from domain.errors import ToolFailed
from domain.identifiers import ItemId
from domain.item import Item, TrackerState
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.instruments import ShiftedClock, WatchedTracker
from tests.integration.scenarios.world import DESCRIPTION, TITLE, World

READER = MemoryWebhookReader("secret")


class Elsewhere:
    """People in a tracker that is not ours."""

    def __init__(self, world: World, tracker: MemoryTracker) -> None:
        self.world = world
        self.tracker = tracker

    async def send(self, times: int = 1, **fields: str) -> None:
        body = json.dumps(fields).encode()
        for _ in range(times):
            answer = await self.world.client.post(
                "/webhooks/memory", content=body, headers=READER.sign(body)
            )
            assert answer.status_code == 202

    async def item(self, times: int = 1) -> Item:
        item = self.tracker.add_item(TITLE, DESCRIPTION)
        await self.send(times, item=item.id, actor="you")
        return item

    async def comment(self, item: ItemId, text: str, *, by: str = "you", times: int = 1) -> None:
        comment = self.tracker.add_comment(item, text, author=by)
        await self.send(times, item=item, comment=comment.id, actor=by)

    def said(self) -> list[str]:
        return [post.text for post in self.tracker.posted]


async def elsewhere(begin: Begin, plan: str = "", reconcile_every: float = 60) -> Elsewhere:
    clock = ShiftedClock()
    tracker = MemoryTracker(clock)
    world = await begin(
        plan=plan,
        reconcile_every=reconcile_every,
        clock=clock,
        tracker=WatchedTracker(tracker),
        readers={"memory": READER},
    )
    return Elsewhere(world, tracker)


async def test_an_item_goes_all_the_way_by_webhooks(begin: Begin) -> None:
    people = await elsewhere(begin, "analyst=questions,artifacts")
    item = await people.item()
    await people.world.until(item.key, status="needs-input")
    await people.comment(item.id, "Всем.")
    await people.world.until(item.key, status="in-review")
    await people.comment(item.id, ":approved:")
    await people.world.until(item.key, status="done")
    assert [move.state for move in people.tracker.moves] == [
        *(TrackerState.IN_PROGRESS, TrackerState.NEEDS_INPUT, TrackerState.IN_PROGRESS),
        *(TrackerState.IN_REVIEW, TrackerState.IN_PROGRESS, TrackerState.DONE),
    ]


async def test_a_delivery_that_comes_five_times_counts_once(begin: Begin) -> None:
    people = await elsewhere(begin, "analyst=questions,artifacts,hang")
    item = await people.item(times=5)
    await people.world.until(item.key, status="needs-input")
    await people.comment(item.id, "Всем.", times=5)
    await people.world.until(item.key, status="in-review")
    await people.comment(item.id, ":rejected: иначе", times=5)
    await people.world.until(item.key, status="working", runs=3)
    assert len([text for text in people.said() if "перезапущен" in text]) == 2


async def test_our_own_comment_that_comes_back_approves_nothing(begin: Begin) -> None:
    people = await elsewhere(begin)
    item = await people.item()
    await people.world.until(item.key, status="in-review")
    (comment,) = [
        comment
        for comment in await people.tracker.comments_since(item.id, item.changed_at)
        if ":approved:" in comment.body.whole
    ]
    await people.send(item=item.id, comment=comment.id, actor="bot")
    await people.send(item=item.id, comment=comment.id)
    task = await people.world.until(item.key, noted="our own comment")
    assert task["status"] == "in-review"


async def test_our_own_moves_that_come_back_move_nothing(begin: Begin) -> None:
    people = await elsewhere(begin, "architect=hang")
    item = await people.item()
    await people.world.until(item.key, status="in-review")
    await people.send(item=item.id, actor="bot")
    await people.comment(item.id, ":approved:")
    for number in range(5):
        await people.send(item=item.id, actor=f"bot{number}")
    await people.world.until(item.key, status="working", stage="architecture")
    assert len(people.world.hands.started) == 2


async def test_lost_deliveries_are_found_by_looking(begin: Begin) -> None:
    people = await elsewhere(begin, "analyst=questions,artifacts", reconcile_every=0.05)
    item = people.tracker.add_item(TITLE, DESCRIPTION)
    await people.world.until(item.key, status="needs-input")
    people.tracker.add_comment(item.id, "Всем.")
    await people.world.until(item.key, status="in-review")
    people.tracker.set_state(item.id, TrackerState.TODO)
    await people.world.until(item.key, status="paused")


async def test_an_item_that_was_deleted_ends_its_task(begin: Begin) -> None:
    people = await elsewhere(begin, "analyst=hang")
    item = await people.item()
    await people.world.until(item.key, status="working", runs=1)
    people.tracker.remove(item.id)
    await people.send(item=item.id, actor="somebody")
    await people.world.until(item.key, status="cancelled")
    assert await people.world.hands.live() == []


async def test_a_write_that_happened_but_was_answered_by_an_error_is_not_done_twice(
    begin: Begin,
) -> None:
    people = await elsewhere(begin)
    for _ in range(3):
        people.tracker.fail_after_commit()
    item = await people.item()
    await people.world.until(item.key, status="in-review")
    assert len(people.said()) == len(set(people.said())) == 2
    assert [move.state for move in people.tracker.moves] == [
        *(TrackerState.IN_PROGRESS, TrackerState.IN_REVIEW)
    ]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"item":"item-1"}', {}, 401),
        (b'{"item":"item-1"}', {"x-signature": "0" * 64}, 401),
        (b"{not json", READER.sign(b"{not json"), 400),
        (b"[]", READER.sign(b"[]"), 400),
    ],
)
async def test_what_is_forged_or_broken_is_refused_and_changes_nothing(
    begin: Begin, body: bytes, headers: dict[str, str], status: int
) -> None:
    people = await elsewhere(begin)
    people.tracker.add_item(TITLE, DESCRIPTION)
    client = people.world.client
    answer = await client.post("/webhooks/memory", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await people.world.idle()
    assert await people.world.get("/api/tasks") == []


async def test_a_tool_that_nobody_configured_has_no_webhook(begin: Begin) -> None:
    people = await elsewhere(begin)
    answer = await people.world.client.post("/webhooks/other", content=b"{}")
    assert answer.status_code == 404


async def test_news_that_arrive_while_the_tracker_is_down_wait_for_it(begin: Begin) -> None:
    people = await elsewhere(begin, "analyst=hang")
    people.world.tracker.down = ToolFailed("it does not answer")
    item = await people.item()
    await people.world.holds(item.key, lambda: people.world.tracker.attempts > 5)
    assert await people.world.get("/api/tasks") == []
    people.world.tracker.down = None
    await people.world.until(item.key, status="working", runs=1)
