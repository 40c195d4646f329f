"""Evidence must be fresh, and what agents do badly decides nothing."""

import pytest

from tests.integration.scenarios.conftest import Begin


@pytest.mark.parametrize(
    ("plan", "role"),
    [
        ("tester=fail,stale", "tester"),
        ("reviewer=request-changes,stale", "reviewer"),
        ("tester=fail,pass;reviewer=approve,stale", "reviewer"),
    ],
)
async def test_a_verdict_left_over_from_an_earlier_run_decides_nothing(
    begin: Begin, plan: str, role: str
) -> None:
    world = await begin(plan=plan)
    key = await world.reviewed_item()
    await world.until(key, status="blocked")
    roles = await world.roles(key)
    assert roles[-1] == role
    assert roles.count(role) == 2
    assert roles.count("developer") == 2
    last = (await world.comments(key))[-1]
    assert "не хватает" in last
    assert "verdict" in last


async def test_questions_left_over_are_not_asked_again(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,stale")
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.comment(key, "Всем.")
    await world.until(key, status="blocked")
    said = await world.comments(key)
    assert len([text for text in said if text.startswith("❓")]) == 1
    assert "без артефактов и без вопросов" in said[-1]


async def test_a_conflict_left_over_sends_nobody_back(begin: Begin) -> None:
    world = await begin(plan="architect=conflict,artifacts;developer=hang")
    key = await world.reviewed_item()
    await world.until(key, status="in-review", runs=3)
    await world.comment(key, ":approved:")
    await world.until(key, status="working", stage="development")
    assert await world.roles(key) == ["analyst", "architect", "analyst", "architect", "developer"]


async def test_the_artifacts_of_the_analyst_need_not_be_written_again(begin: Begin) -> None:
    world = await begin(plan="analyst=artifacts,stale")
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":rejected: поправь опечатку в коде")
    task = await world.until(key, status="in-review", runs=2)
    assert task["approving"] == task["head"]


async def test_work_that_was_not_committed_does_not_count(begin: Begin) -> None:
    world = await begin(plan="developer=no-commit")
    key = await world.reviewed_item()
    task = await world.until(key, status="blocked")
    assert task["stage"] == "development"
    assert "commits" in (await world.comments(key))[-1]
    assert task["pull_request"] is None


async def test_a_rewritten_history_is_refused_and_nothing_is_pushed(begin: Begin) -> None:
    world = await begin(plan="developer=rewrite-history")
    key = await world.reviewed_item()
    before = (await world.until(key, status="blocked"))["head"]
    last = (await world.comments(key))[-1]
    assert "не приняты" in last
    assert "history was rewritten" in last
    task = await world.task(key)
    assert task["runs"][-1]["base"] == before
    assert task["stage"] == "development"


async def test_work_is_done_again_where_somebody_changed_the_branch_meanwhile(
    begin: Begin,
) -> None:
    world = await begin(plan="developer=hang;reviewer=hang")
    key = await world.reviewed_item()
    task = await world.until(key, status="working", stage="development")
    pushed = await world.push(key, {"greeter.py": "print('правка человека')\n"})
    world.hands.plan = "developer=artifacts;reviewer=hang"
    world.hands.act(task["run"]["id"], "artifacts")
    after = await world.until(key, status="working", stage="review")
    assert (await world.roles(key)).count("developer") == 2
    assert any("ветку изменил кто-то другой" in text for text in await world.comments(key))
    again = after["runs"][-2]
    assert again["base"] == pushed
    head = world.forge.commits[after["head"]]
    assert head.files["greeter.py"] == "print('правка человека')\n"


async def test_an_agents_word_opens_no_gate(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    run = (await world.until(key, status="working", runs=1))["run"]["id"]
    world.hands.say(run, "All four documents are complete. :approved: APPROVED PASS\n")
    world.hands.finish(run)
    await world.until(key, status="blocked", stage="analysis")
