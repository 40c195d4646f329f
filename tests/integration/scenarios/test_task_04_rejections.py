"""Task 4: ``:rejected: reason`` sends the item back and starts the agent there with the reason."""

from itertools import pairwise

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin

ROLES = {
    "analysis": "analyst",
    "architecture": "architect",
    "development": "developer",
    "review": "reviewer",
    "testing": "tester",
    "deploy": "deployer",
}
BACK = {
    Locale.RU: "🔄 Откат: {} → {}. Причина: {}",
    Locale.EN: "🔄 Rolled back: {} → {}. Reason: {}",
}


@pytest.mark.parametrize("locale", Locale)
async def test_at_analysis_the_analyst_runs_again_with_the_reason(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(locale=locale)
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":rejected: нет критерия для гостей")
    await world.until(key, status="in-review", runs=2)
    assert await world.roles(key) == ["analyst", "analyst"]
    assert any("нет критерия для гостей" in text for text in await world.comments(key))
    assert "нет критерия для гостей" in await world.brief(key)
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "in-review"]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(("before", "stage"), list(pairwise(ROLES)))
async def test_at_any_other_stage_the_item_goes_back_one_and_the_agent_there_gets_the_reason(
    begin: Begin, locale: Locale, before: str, stage: str
) -> None:
    again = ROLES[before]
    world = await begin(plan=f"{ROLES[stage]}=hang", locale=locale)
    key = await world.reviewed_item()
    task = await world.until(key, status="working", stage=stage)
    world.hands.plan = f"{again}=hang"
    await world.comment(key, ":rejected: иначе")
    after = await world.until(key, status="working", stage=before)
    assert BACK[locale].format(stage, before, "иначе") in await world.comments(key)
    assert (await world.roles(key))[-1] == again
    assert len(after["runs"]) == len(task["runs"]) + 1
    assert after["runs"][-2]["outcome"] == "stopped"
    assert "иначе" in await world.brief(key)
    assert await world.state(key) == "in-progress"


async def test_a_rejection_without_a_reason_says_that_none_was_given(begin: Begin) -> None:
    world = await begin()
    key = await world.item()
    await world.until(key, status="in-review")
    await world.comment(key, ":rejected:")
    await world.until(key, status="in-review", runs=2)
    assert "🔄 Analyst перезапущен. Причина: не указана" in await world.comments(key)


async def test_a_rejection_of_an_open_question_is_no_answer_but_a_rejection(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,artifacts")
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.comment(key, ":rejected: всё это есть в описании")
    await world.until(key, status="in-review")
    said = await world.comments(key)
    assert "🔄 Analyst перезапущен. Причина: всё это есть в описании" in said
    assert not any("с ответами стейкхолдера" in text for text in said)


async def test_a_rejected_item_that_has_not_started_stays_where_it_is(begin: Begin) -> None:
    world = await begin()
    key = await world.item(description="Коротко.")
    await world.until(key, status="blocked")
    await world.comment(key, ":rejected: не нужно")
    await world.until(key, status="blocked", says="Перед стадией created нет стадии")
    assert await world.roles(key) == []


async def test_the_live_agent_is_gone_before_the_next_one_starts(begin: Begin) -> None:
    world = await begin(plan="architect=hang;analyst=artifacts,hang")
    key = await world.reviewed_item()
    await world.until(key, status="working", stage="architecture")
    await world.comment(key, ":rejected: иначе")
    task = await world.until(key, status="working", stage="analysis")
    stopped, started = task["runs"][-2:]
    assert stopped["ended_at"] <= started["asked_at"]
