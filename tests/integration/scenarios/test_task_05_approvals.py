"""Task 5: ``:approved:`` moves the item on where its gate is open, and says why where not."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin


@pytest.mark.parametrize("locale", Locale)
async def test_an_approved_item_goes_on_to_the_architect(begin: Begin, locale: Locale) -> None:
    world = await begin(plan="architect=hang", locale=locale)
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":approved:")
    await world.until(key, status="working", stage="architecture")
    assert await world.roles(key) == ["analyst", "architect"]
    assert world.states(key) == ["in-progress", "in-review", "in-progress"]


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        (Locale.RU, "⚠️ Стадию analysis пока нельзя покинуть. Не хватает: 01-brd.md, 02-trz.md"),
        (Locale.EN, "⚠️ Cannot leave analysis yet. Missing: 01-brd.md, 02-trz.md"),
    ],
)
async def test_an_approval_before_a_shut_gate_is_answered_by_what_is_missing(
    begin: Begin, locale: Locale, says: str
) -> None:
    world = await begin(plan="analyst=nothing", locale=locale)
    key = await world.item()
    await world.until(key, status="blocked")
    await world.comment(key, ":approved:")
    await world.until(key, status="blocked", says=says)
    assert world.states(key)[-2:] == ["in-progress", "blocked"]
    assert await world.roles(key) == ["analyst"]


async def test_an_approval_opens_what_a_person_has_completed_by_hand(begin: Begin) -> None:
    world = await begin(plan="analyst=partial;architect=hang")
    key = await world.item()
    await world.until(key, status="blocked")
    folder = f"docs/work-items/{key}"
    missing = ("03-acceptance-criteria.md", "04-test-plan.md")
    await world.push(key, {f"{folder}/{name}": "Написано человеком.\n" for name in missing})
    await world.comment(key, ":approved:")
    await world.until(key, status="working", stage="architecture")


async def test_an_approval_while_an_agent_works_approves_nothing(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    task = await world.until(key, status="working", runs=1)
    await world.comment(key, ":approved:")
    await world.until(key, status="working", says="⏳ Analyst ещё работает на стадии analysis")
    world.hands.act(task["run"]["id"], "artifacts")
    await world.until(key, status="in-review")


async def test_an_approval_holds_for_the_commit_that_was_put_up_for_review(begin: Begin) -> None:
    world = await begin(plan="architect=hang")
    key = await world.item()
    task = await world.until(key, status="in-review")
    pushed = await world.push(key, {"greeter.py": "print('мимо ревью')\n"})
    await world.comment(key, ":approved:")
    again = await world.until(key, status="in-review", says="одобрите снова")
    last = (await world.comments(key))[-1]
    assert pushed[:10] in last
    assert task["approving"][:10] in last
    assert again["approving"] == pushed
    assert await world.roles(key) == ["analyst"]
    await world.comment(key, ":approved:")
    on = await world.until(key, status="working", stage="architecture")
    assert on["run"]["base"] == pushed


async def test_an_approval_counts_for_nothing_where_somebody_removed_an_artifact(
    begin: Begin,
) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    await world.push(key, {f"docs/work-items/{key}/02-trz.md": None})
    await world.comment(key, ":approved:")
    await world.until(key, status="in-review", says="Не хватает: 02-trz.md")
    assert await world.state(key) == "in-review"
    assert await world.roles(key) == ["analyst"]


async def test_two_approvals_move_the_item_by_one_stage(begin: Begin) -> None:
    world = await begin(plan="architect=hang")
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":approved:")
    await world.comment(key, ":approved:")
    await world.until(key, status="working", says="⏳ Architect ещё работает")
    assert await world.roles(key) == ["analyst", "architect"]


async def test_an_item_that_is_done_is_not_approved_any_further(begin: Begin) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":approved:")
    await world.until(key, status="done")
    await world.comment(key, ":approved:")
    await world.until(key, status="done", says="Эта задача выполнена")
    assert await world.state(key) == "done"


async def test_only_an_approver_approves_and_others_are_told_so(begin: Begin) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    for somebody in ("guest", "colleague"):
        await world.comment(key, ":approved:", by=somebody)
        refusal = f"🚫 {somebody}, одобрять и отклонять могут только утверждающие этого проекта."
        task = await world.until(key, says=refusal)
        assert task["status"] == "in-review"
    assert await world.roles(key) == ["analyst"]
    assert world.states(key) == ["in-progress", "in-review"]
