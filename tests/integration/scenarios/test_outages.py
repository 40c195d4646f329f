"""A tool that is away costs time, and nothing else: order is kept and nothing is doubled."""

from datetime import timedelta

from domain.errors import RateLimited, ToolFailed
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.world import World

AWAY = ToolFailed("it does not answer")
GOOD = [
    "created → analysis (launching analyst)",
    "analysis → architecture (launching architect)",
    "architecture → development (launching developer)",
    "development → review (launching reviewer)",
    "review → testing (launching tester)",
    "testing → deploy (launching deployer)",
    "deploy → done",
]


async def changes(world: World, key: str) -> list[str]:
    """The changes of stage that people have read of, in order."""
    told = [text for text in await world.comments(key) if "Stage: " in text]
    return [text.split("Stage: ")[1].split("\n")[0] for text in told]


async def test_a_messenger_that_is_down_never_holds_up_the_tracker(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,artifacts")
    world.notifier.down = AWAY
    key = await world.item()
    await world.until(key, status="needs-input", quiet=False, says="❓")
    await world.comment(key, "Всем.")
    await world.until(key, status="in-review", quiet=False, says="📋")
    await world.comment(key, ":approved:")
    await world.until(key, status="done", quiet=False, says="deploy → done")
    assert await world.state(key) == "done"
    assert await changes(world, key) == GOOD
    assert world.notices(key) == []
    assert world.notifier.attempts > 1
    world.notifier.down = None
    await world.until(key, status="done")
    assert [notice[0] for notice in world.notices(key)] == ["❓", "📋", "✅"]


async def test_a_tracker_that_is_down_delays_what_is_shown_and_doubles_nothing(
    begin: Begin,
) -> None:
    world = await begin()
    key = await world.reviewed_item()
    world.tracker.down = AWAY
    await world.holds(key, lambda: world.tracker.attempts > 20)
    world.tracker.down = None
    await world.until(key, status="done")
    assert await changes(world, key) == GOOD
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "done"]
    assert await world.roles(key) == [
        *("analyst", "architect", "developer", "reviewer", "tester", "deployer")
    ]


async def test_a_comment_made_while_the_tracker_cannot_be_read_is_followed_later(
    begin: Begin,
) -> None:
    world = await begin(plan="architect=hang")
    key = await world.item()
    await world.until(key, status="in-review")
    world.tracker.down = AWAY
    await world.comment(key, ":approved:")
    seen = world.tracker.attempts
    await world.holds(key, lambda: world.tracker.attempts > seen + 5)
    assert (await world.task(key))["status"] == "in-review"
    world.tracker.down = None
    await world.until(key, status="working", stage="architecture")


async def test_a_forge_that_fails_now_and_then_is_asked_again(begin: Begin) -> None:
    world = await begin()
    for number in range(40):
        world.forge.fail_next(AWAY, late=number % 2 == 1)
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    assert await changes(world, key) == GOOD
    assert len(task["runs"]) == 6
    assert task["pull_request"]["number"] == 1
    folder = f"docs/work-items/{key}/00-work-item.md"
    made = [c for c in world.forge.commits.values() if folder in c.files and len(c.parents) == 1]
    first = [c for c in made if folder not in world.forge.commits[c.parents[0]].files]
    assert len(first) == 1  # the branch was begun once


async def test_a_workspace_that_fails_now_and_then_is_made_again(begin: Begin) -> None:
    world = await begin()
    for number in range(20):
        world.hands.workspaces.fail_next(AWAY, late=number % 2 == 1)
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    assert [run["exit_code"] for run in task["runs"]] == [0] * 6


async def test_a_runner_that_fails_now_and_then_starts_no_agent_twice(begin: Begin) -> None:
    world = await begin()
    for number in range(30):
        world.hands.fail_next(AWAY, late=number % 2 == 1)
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    assert len(task["runs"]) == len(set(world.hands.started)) == len(world.hands.started) == 6


async def test_a_tool_that_asks_to_be_left_alone_is_left_alone(begin: Begin) -> None:
    world = await begin(plan="analyst=questions")
    world.notifier.down = RateLimited("slow down", timedelta(hours=1))
    key = await world.item()
    await world.until(key, status="needs-input", quiet=False, says="❓")
    await world.holds(key, lambda: world.notifier.attempts == 1)
    world.notifier.down = None
    world.clock.advance(timedelta(minutes=59))
    assert world.notices(key) == []
    world.clock.advance(timedelta(minutes=2))
    await world.holds(key, lambda: len(world.notices(key)) == 1)
    assert world.notifier.attempts == 2


async def test_a_notice_that_could_never_be_sent_is_shown_in_the_item(begin: Begin) -> None:
    world = await begin(plan="analyst=questions", reconcile_every=60)
    world.notifier.down = AWAY
    key = await world.item()
    await world.until(key, status="needs-input", quiet=False, says="❓")
    world.clock.advance(timedelta(days=4))
    await world.until(key, says="🚨", quiet=False)
    letters = await world.get("/api/dead-letters")
    assert "Notify" in {letter["kind"] for letter in letters}
    assert all("does not answer" in letter["error"] for letter in letters)
    world.notifier.down = None
    for letter in letters:
        answer = await world.client.post(f"/api/dead-letters/{letter['id']}/replay")
        assert answer.status_code == 202
    await world.until(key, status="needs-input")
    assert [text for text in world.notices(key) if text.startswith("❓")]
    assert await world.get("/api/dead-letters") == []


async def test_what_is_out_is_told_while_the_process_stays_healthy(begin: Begin) -> None:
    world = await begin(plan="analyst=questions")
    assert await world.get("/ready") == {"status": "ready", "out": {}}
    world.notifier.down = world.tracker.down = AWAY
    key = await world.item()
    answer = await world.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["out"] == {
        "notifier": "it does not answer",
        "tracker": "it does not answer",
    }
    assert (await world.get("/health"))["status"] == "ok"
    world.notifier.down = world.tracker.down = None
    assert await world.get("/ready") == {"status": "ready", "out": {}}
    await world.until(key, status="needs-input")
