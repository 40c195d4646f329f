"""How a tracker that counts our requests is asked, and what that finds."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.projects import Project, Projects
from application.reconcile_tracker import Pace, ReconcileTracker
from application.watch_webhooks import WatchWebhooks
from domain.decision import Rules
from domain.effects import MoveItem
from domain.errors import ToolFailed, Unavailable
from domain.identifiers import Branch, Repo, TaskKey
from domain.item import TrackerState
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE
from domain.task import ENDED, Status, Task
from ports.store import Transaction
from tests.unit.application.bench import DESCRIPTION, TITLE, Bench

MINUTE = timedelta(minutes=1)
PACE = Pace(
    every=MINUTE,
    gone=10 * MINUTE,
    comments=15 * MINUTE,
    comments_at_once=1,
    only_new=True,
)
RULES = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN, begins_in=frozenset({TrackerState.TODO}))


class Counting:
    """A tracker that counts what it is asked."""

    def __init__(self, inside: Any) -> None:
        self.inside = inside
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self.inside, name)


class Look:
    """The reconciler of a slow tracker, by hand."""

    def __init__(self, bench: Bench, pace: Pace = PACE) -> None:
        self.bench = bench
        self.tracker = Counting(bench.tracker)
        watch = WatchWebhooks(bench.store, bench.clock, RULES)
        self.reconcile = ReconcileTracker(
            store=bench.store,
            clock=bench.clock,
            tracker=self.tracker,
            projects=bench.container.projects(),
            rules=RULES,
            pace=pace,
            webhooks=watch,
        )

    async def __call__(self, after: timedelta = MINUTE) -> Counter[str]:
        """Look when that much time has passed; return what was asked."""
        self.bench.clock.advance(after)
        self.tracker.asked.clear()
        await self.reconcile(await self.tasks())
        return self.tracker.asked

    async def tasks(self) -> list[Task]:
        tasks = await self.bench.store.transact(lambda tx: tx.tasks.page(most=100))
        return [task for task in tasks if task.status not in ENDED]


@pytest.fixture
def look(bench: Bench) -> Look:
    return Look(bench)


async def depth(bench: Bench) -> int:
    return (await bench.waiting())[0]


async def test_it_is_asked_at_its_own_pace(look: Look) -> None:
    assert (await look())["changed_since"] == 1
    assert not await look(timedelta(seconds=30))
    assert (await look(timedelta(seconds=31)))["changed_since"] == 1


async def test_what_was_there_before_the_first_start_is_left_alone_until_it_is_touched(
    bench: Bench, look: Look
) -> None:
    old = bench.tracker.add_item(TITLE, DESCRIPTION)
    bench.clock.advance(60 * MINUTE)
    await look()
    assert await depth(bench) == 0
    bench.tracker.edit(old.id, title="Greet them by name")
    await look()
    assert await depth(bench) == 1


async def test_an_item_made_just_before_the_first_start_is_not_missed(
    bench: Bench, look: Look
) -> None:
    bench.tracker.add_item(TITLE, DESCRIPTION)
    await look(timedelta(seconds=20))
    assert await depth(bench) == 1


async def test_only_items_that_may_begin_are_told_of(bench: Bench, look: Look) -> None:
    await look()
    idea = bench.tracker.add_item(TITLE, DESCRIPTION, state=TrackerState.BACKLOG)
    await look()
    assert await depth(bench) == 0
    bench.tracker.set_state(idea.id, TrackerState.TODO)
    await look()
    assert await depth(bench) == 1


async def test_an_item_that_is_as_we_know_it_costs_nothing_further(
    bench: Bench, look: Look
) -> None:
    await bench.item()
    await look()
    asked = await look()
    assert asked["item"] == 0
    assert await depth(bench) == 0


async def test_our_own_move_on_its_way_is_no_persons(bench: Bench, look: Look) -> None:
    item = await bench.item()
    await look()

    def order(tx: Transaction) -> None:
        move = MoveItem(item=item.id, state=TrackerState.IN_REVIEW)
        tx.outbox.put(move, lane="m", key="m", at=bench.clock.now(), item=item.id)
        task = tx.tasks.of(item.id)
        assert task is not None
        tx.tasks.save(replace(task, shown=TrackerState.IN_REVIEW))

    await bench.store.transact(order)
    bench.tracker.add_comment(item.id, "Hm.", author="bot")
    await look()
    assert await depth(bench) == 0


async def test_comments_are_read_where_something_changed_and_once(bench: Bench, look: Look) -> None:
    item = await bench.asking_item()
    bench.clock.advance(5 * MINUTE)
    await look()
    assert (await look())["comments_since"] == 0
    bench.tracker.add_comment(item.id, "Everybody.")
    asked = await look()
    assert asked["comments_since"] == 1
    await bench.settle()
    assert await bench.status(item) is Status.WORKING


async def test_a_comment_made_while_an_agent_works_is_found(bench: Bench, look: Look) -> None:
    item = await bench.item()
    await look(5 * MINUTE)
    bench.tracker.add_comment(item.id, "Mind the accents.")
    await look()
    await bench.settle()
    assert any("accents" in each for each in (await bench.task(item.id)).remarks)


async def test_quiet_items_are_read_now_and_then_a_few_at_a_time(bench: Bench, look: Look) -> None:
    for _ in range(3):
        await bench.asking_item()
    await look(5 * MINUTE)
    asked = [(await look(10 * MINUTE))["comments_since"] for _ in range(6)]
    assert max(asked) <= 1
    assert sum(asked) >= 3


async def test_a_deleted_item_is_found_though_no_list_shows_it(bench: Bench, look: Look) -> None:
    item = await bench.item()
    await look()
    bench.tracker.remove(item.id)
    assert (await look())["still_there"] == 0
    assert (await look(10 * MINUTE))["still_there"] == 1
    await bench.settle()
    assert await bench.status(item) is Status.CANCELLED
    assert await bench.runner.live() == []


async def test_a_tracker_that_is_away_is_asked_again_soon(bench: Bench, look: Look) -> None:
    await look()
    bench.tracker.add_item(TITLE, DESCRIPTION)
    bench.tracker.fail_next(ToolFailed("it is down"))
    await look()
    assert await depth(bench) == 0
    await look(timedelta(seconds=11))
    assert await depth(bench) == 1


async def test_each_project_is_read_up_to_a_mark_of_its_own(bench: Bench, look: Look) -> None:
    await look()
    item = bench.tracker.add_item(TITLE, DESCRIPTION)
    await look()

    def marks(tx: Transaction) -> list[str | None]:
        return [tx.marks.get(f"tracker.read-until:{each}") for each in ("DEMO", "OTHER")]

    assert await bench.store.transact(marks) == [item.changed_at.isoformat(), None]


# ── what keys begin with ─────────────────────────────────────────────────────────────────────────

TRAILS = Project(prefix="", own="u-u-i-d", repo=Repo("trails"), base=Branch("main"))


def test_whose_key_it_is_nobody_can_tell_before_the_tracker_has_said() -> None:
    projects = Projects([TRAILS])
    assert not projects.is_named("u-u-i-d")
    with pytest.raises(Unavailable):
        projects.of(TaskKey("ET-7"))
    projects.name("u-u-i-d", "ET")
    assert projects.of(TaskKey("ET-7")).repo == "trails"


def test_keys_from_before_a_renaming_stay_good() -> None:
    projects = Projects([TRAILS])
    projects.name("u-u-i-d", "ET")
    projects.name("u-u-i-d", "XT")
    assert projects.of(TaskKey("ET-7")) is projects.of(TaskKey("XT-8"))
    projects.name("nobody's", "ZZ")
    assert projects.is_named("u-u-i-d")
