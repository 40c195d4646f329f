"""An item goes all the way through Plane, whatever happens to webhooks and to Plane itself.

Plane is the mock in its container, the service a process of its own with agents of its own, and the
decisions are a person's in the web app.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import has_engine
from tests.integration.plane.contained import build, contained
from tests.integration.plane.process import Knobs
from tests.integration.plane.scene import Opened, Scene, by_route, most_in_a_minute, scene
from tests.integration.plane.served import served
from tests.integration.plane_mock.settings import MockSettings

MOST_REQUESTS = 16
PLANE = MockSettings(webhook_retry_within=2)
BUMPY = "analyst=questions,artifacts;tester=fail,pass"
STRAIGHT_WORDS = (
    "🔄 Stage: created → analysis",
    "📋 BRD/SRS/AC/Test plan are ready.",
    "🔄 Stage: analysis → architecture",
    "🔄 Stage: architecture → development",
    "🔄 Stage: development → review",
    "🔄 Stage: review → testing",
    "🔄 Stage: testing → deploy",
    "✅ Stage: deploy → done",
)
BUMPY_WORDS = (
    "🔄 Stage: created → analysis",
    "❓ Analyst needs clarification",
    "🔄 Analyst was restarted",
    "📋 BRD/SRS/AC/Test plan are ready.",
    "🔄 Stage: analysis → architecture",
    "🔄 Stage: architecture → development",
    "🔄 Stage: development → review",
    "🔄 Stage: review → testing",
    "❌ Tests failed",
    "🔄 Stage: development → review",
    "🔄 Stage: review → testing",
    "🔄 Stage: testing → deploy",
    "✅ Stage: deploy → done",
)


@pytest.fixture(scope="session")
def opened(base_image: str) -> Opened:
    """Opens the mock in its container, or as a thread where there is no engine."""
    linux = sys.platform == "linux"  # elsewhere containers live on another machine's network
    image = build(base_image) if linux and has_engine() else None
    return partial(contained, image) if image else served


def report(figures: str) -> None:
    """Say what was measured: shown by `pytest -s`, and wherever the test fails."""
    sys.stdout.write(f"\n{figures}\n")


async def through(scene: Scene, key: str, within: float = 60) -> None:
    """Take an item to done; a person approves in between."""
    await scene.until(key, "In Review", within)
    await scene.comment(key, ":approved:")
    await scene.until(key, "Done", within)
    await scene.settled(within)


async def through_bumps(scene: Scene, key: str, within: float = 60) -> None:
    """Take an item to done whose analyst has a question first."""
    await scene.until(key, "Needs Input", within)
    await scene.comment(key, "As GPX 1.1, please.")
    await through(scene, key, within)


async def assert_straight(scene: Scene, key: str) -> None:
    """The end that a straight run has, each word said once and in its turn."""
    _assert_words(await scene.said(key), STRAIGHT_WORDS)
    assert await scene.moves(key) == ["In Progress", "In Review", "In Progress", "Done"]
    assert scene.service.dead_letters() == []


async def assert_bumpy(scene: Scene, key: str) -> None:
    """The same for a run with a question and a failed test."""
    _assert_words(await scene.said(key), BUMPY_WORDS)
    moves = await scene.moves(key)
    assert moves[:4] == ["In Progress", "Needs Input", "In Progress", "In Review"]
    assert moves[4:] == ["In Progress", "Done"]
    assert scene.service.dead_letters() == []


def _assert_words(said: list[str], expected: tuple[str, ...]) -> None:
    assert len(said) == len(expected), said
    for words, beginning in zip(said, expected, strict=True):
        assert words.startswith(beginning), said


async def test_with_webhooks_an_item_costs_few_requests(tmp_path: Path, opened: Opened) -> None:
    async with scene(tmp_path, opened, PLANE, Knobs()) as here:
        first = await here.create()
        await through(here, first)
        await assert_straight(here, first)
        at_start = await here.controls.requests()
        await here.controls.call("DELETE", "/requests")
        second = await here.create("Export rides as KML")
        await through(here, second)
        await assert_straight(here, second)
        requests = await here.controls.requests()
        report(f"the first item and the start: {len(at_start)} requests\n{by_route(at_start)}")
        report(f"an item: {len(requests)} requests\n{by_route(requests)}")
        assert {each["status"] for each in requests} <= {200, 201}
        assert len(requests) <= MOST_REQUESTS


async def test_with_webhooks_questions_are_answered_and_failed_tests_mended(
    tmp_path: Path, opened: Opened
) -> None:
    async with scene(tmp_path, opened, PLANE, Knobs(plan=BUMPY)) as here:
        key = await here.create()
        await through_bumps(here, key)
        await assert_bumpy(here, key)


@pytest.mark.slow
async def test_without_webhooks_it_only_takes_longer(tmp_path: Path, opened: Opened) -> None:
    knobs = Knobs(webhooks=False, poll=5, plan=BUMPY)
    async with scene(tmp_path, opened, PLANE, knobs) as here:
        await here.controls.call("DELETE", "/requests")
        key = await here.create()
        await through_bumps(here, key)
        await assert_bumpy(here, key)
        assert await here.controls.deliveries() == []
        requests = await here.controls.requests()
        report(f"an item with bumps, and the start: {len(requests)} requests\n{by_route(requests)}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_deliveries_lost_repeated_and_shuffled_change_nothing(
    tmp_path: Path, opened: Opened, seed: int
) -> None:
    plane = MockSettings(webhook_retry_within=2, randomness=seed, rate_limit=600)
    knobs = Knobs(poll=5, plan=BUMPY, rate_limit=600)
    async with scene(tmp_path, opened, plane, knobs) as here:
        await here.controls.fault(lost=0.2, repeated=0.2, shuffled=2)
        keys = [await here.create(f"Export rides, part {number}") for number in range(3)]
        async with asyncio.TaskGroup() as group:
            for key in keys:
                group.create_task(through_bumps(here, key))
        for key in keys:
            await assert_bumpy(here, key)
        outcomes = [each["outcome"] for each in await here.controls.deliveries()]
        assert "lost" in outcomes
        assert len({each for each in outcomes if each != "lost"}) == 1, "all were received"


@pytest.mark.parametrize("fault", ["fail_writes", "lose_answers"])
async def test_writes_that_happened_and_were_answered_badly_are_not_made_twice(
    tmp_path: Path, opened: Opened, fault: str
) -> None:
    async with scene(tmp_path, opened, PLANE, Knobs(poll=5)) as here:
        await here.controls.fault(**{fault: 2})
        key = await here.create()
        await here.until(key, "In Review")
        await here.controls.fault(**{fault: 3})
        await here.comment(key, ":approved:")
        await here.until(key, "Done")
        await here.settled()
        await assert_said_once(here, key)


async def assert_said_once(scene: Scene, key: str) -> None:
    """The words of a straight run; a move whose log was lost with its answer is not looked for."""
    _assert_words(await scene.said(key), STRAIGHT_WORDS)
    assert scene.service.dead_letters() == []


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_many_items_at_once_come_to_their_end(tmp_path: Path, opened: Opened) -> None:
    """With twenty times the limit: the window is Plane's own, there is only more room in it."""
    limit = 1200
    plane = MockSettings(webhook_retry_within=2, rate_limit=limit)
    async with scene(tmp_path, opened, plane, Knobs(rate_limit=limit)) as here:
        keys = await many_items(here, 20)
        await all_through(here, keys)
        for key in keys:
            await assert_straight(here, key)
        assert await most_refused(here) <= 1


async def all_through(scene: Scene, keys: list[str]) -> None:
    """Approve each item once it is up for approval, until all are done."""
    waiting = set(keys)
    while waiting:
        for item in await scene.controls.items():
            if item["key"] in waiting and item["state_name"] == "In Review":
                await scene.comment(item["key"], ":approved:")
                waiting.remove(item["key"])
        await asyncio.sleep(0.5)
    await scene.settled(within=500)


async def many_items(scene: Scene, count: int) -> list[str]:
    """Make them, one right after the other."""
    return [await scene.create(f"Export rides, part {number}") for number in range(count)]


async def most_refused(scene: Scene) -> int:
    """Return how many requests at most were made in vain within a minute; report them all."""
    requests = await scene.controls.requests()
    refused = most_in_a_minute(requests, 429)
    report(f"{len(requests)} requests, at most {refused} refused in a minute\n{by_route(requests)}")
    return refused


# ── what waits most of the time, all at once ─────────────────────────────────────────────────────


async def an_outage(scene: Scene, kind: str, lasting: float) -> None:
    """Plane goes away just after a person has decided."""
    key = await scene.create()
    await scene.until(key, "In Review", PATIENCE)
    await scene.comment(key, ":approved:")
    await scene.controls.fault(outage=lasting, outage_as=kind)
    await scene.until(key, "Done", lasting + PATIENCE)
    await scene.settled()
    await assert_straight(scene, key)


async def a_hundred_items(scene: Scene) -> None:
    """Until the second of Plane's windows is used up; most items wait by then."""
    await many_items(scene, 100)
    await scene.spent(115, within=60 + PATIENCE)
    assert await most_refused(scene) <= 1


async def a_restart(scene: Scene) -> None:
    """The new process does not know what the old one has asked within the last minute."""
    await many_items(scene, 100)
    await scene.spent(55, PATIENCE)
    scene.service.kill()
    scene.service.start()
    await scene.spent(115, within=60 + PATIENCE)
    assert await most_refused(scene) <= 1


async def a_move_meanwhile(scene: Scene) -> None:
    """A person cancels the item while our own move of it waits for Plane to come back."""
    key = await scene.create()
    await scene.until(key, "In Progress", PATIENCE)
    await scene.controls.fault(outage=10 * PATIENCE)  # until we say that it is well
    await scene.comes_to(key, "in-review", PATIENCE)
    item = await scene.controls.item(key)
    await scene.controls.person("hanna", "PATCH", f"/items/{item['id']}", state="Cancelled")
    await scene.controls.well()
    await scene.comes_to(key, "cancelled", PATIENCE)
    await scene.controls.until_idle()
    assert await scene.moves(key) == ["In Progress"]
    assert (await scene.controls.item(key))["state_name"] == "Cancelled"
    assert scene.service.dead_letters() == []


PATIENCE = 140.0
PATIENT: Mapping[str, tuple[Callable[[Scene], Awaitable[None]], Knobs]] = {
    "bad-gateway": (partial(an_outage, kind="bad-gateway", lasting=8), Knobs(poll=5, timeout=2)),
    "cut": (partial(an_outage, kind="cut", lasting=8), Knobs(poll=5, timeout=2)),
    "silence": (partial(an_outage, kind="silence", lasting=8), Knobs(poll=5, timeout=2)),
    "a move": (a_move_meanwhile, Knobs(poll=5, timeout=2, plan="analyst=slow:2")),
    "a minute": (partial(an_outage, kind="bad-gateway", lasting=60), Knobs()),
    "a hundred": (a_hundred_items, Knobs(slots=2)),
    "a restart": (a_restart, Knobs(slots=2)),
}
"""Each with a Plane, a service and a minute of its own: Plane's own limits, in real time."""


@pytest.fixture(scope="module")
def lived_through(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, BaseException | None]:
    """What has become of each of them, after they have all waited for the same minute."""

    async def live(name: str, folder: Path) -> None:
        what, knobs = PATIENT[name]
        async with scene(folder, opened, PLANE, knobs) as here:
            began = time.monotonic()
            await what(here)
            report(f"{name}: {time.monotonic() - began:.0f} s")

    with ThreadPoolExecutor(len(PATIENT)) as threads:  # to start a service is to wait for it
        lives = {
            name: threads.submit(asyncio.run, live(name, tmp_path_factory.mktemp("scene")))
            for name in PATIENT
        }
        return {name: each.exception() for name, each in lives.items()}


def assert_well(failure: BaseException | None) -> None:
    """Raise what went wrong, if anything did."""
    if failure is not None:
        raise failure


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["bad-gateway", "cut", "silence"])
def test_plane_away_for_some_seconds_changes_only_the_delay(
    lived_through: Mapping[str, BaseException | None], kind: str
) -> None:
    assert_well(lived_through[kind])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_plane_away_for_a_minute_changes_only_the_delay(
    lived_through: Mapping[str, BaseException | None],
) -> None:
    assert_well(lived_through["a minute"])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_persons_move_while_ours_waits_is_followed_and_not_undone(
    lived_through: Mapping[str, BaseException | None],
) -> None:
    assert_well(lived_through["a move"])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_hundred_items_at_once_never_meet_more_than_one_refusal_a_minute(
    lived_through: Mapping[str, BaseException | None],
) -> None:
    assert_well(lived_through["a hundred"])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_restart_under_load_does_not_bring_refusals(
    lived_through: Mapping[str, BaseException | None],
) -> None:
    assert_well(lived_through["a restart"])
