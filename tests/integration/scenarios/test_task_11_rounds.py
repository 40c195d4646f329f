"""Task 11: people are asked three times at most."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.stage_hands import QUESTIONS
from tests.integration.scenarios.world import World

EXHAUSTED = {
    Locale.RU: "🚨 3 раунда уточнений исчерпаны. Analyst не может сформировать ТЗ. Требуется более"
    " детальное описание или встреча.",
    Locale.EN: "🚨 3 rounds of clarification are used up. Analyst cannot write the specification."
    " A more detailed description or a meeting is needed.",
}
NOTICE = {
    Locale.RU: "🚨 {key}: 3 раунда уточнений исчерпаны.",
    Locale.EN: "🚨 {key}: 3 rounds of clarification are used up.",
}


async def answered(world: World, key: str, rounds: int) -> None:
    """Answer that many sets of questions."""
    for number in range(1, rounds + 1):
        await world.until(key, status="needs-input", runs=number)
        await world.comment(key, f"Ответ {number}.")


@pytest.mark.parametrize("locale", Locale)
async def test_the_fourth_set_of_questions_calls_a_person_before_one_answers_in_vain(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(plan="analyst=questions", locale=locale)
    key = await world.item()
    await answered(world, key, 3)
    task = await world.until(key, status="blocked")
    assert task["rounds"] == 3
    assert await world.roles(key) == ["analyst"] * 4
    last = (await world.comments(key))[-1]
    assert last.startswith(EXHAUSTED[locale])
    assert QUESTIONS.splitlines()[0] in last
    assert world.notices(key)[-1] == NOTICE[locale].format(key=key)
    assert world.states(key) == ["in-progress", "needs-input"] * 3 + ["in-progress", "blocked"]


async def test_three_rounds_of_questions_are_no_fault(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,questions,questions,artifacts")
    key = await world.item()
    await answered(world, key, 3)
    await world.until(key, status="in-review")
    assert not any("🚨" in notice for notice in world.notices(key))


async def test_runs_for_other_reasons_do_not_use_rounds_up(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,crash,questions")
    key = await world.item()
    await answered(world, key, 1)
    await world.until(key, status="needs-input", runs=3)  # the second run crashed
    await world.comment(key, ":rejected: ответ есть в описании")
    task = await world.until(key, status="needs-input", runs=4)
    assert task["rounds"] == 3
    await world.comment(key, "Ответ.")
    task = await world.until(key, status="blocked", runs=5)
    assert task["rounds"] == 3


async def test_a_person_who_resumes_the_item_allows_three_rounds_more(begin: Begin) -> None:
    world = await begin(plan="analyst=questions")
    key = await world.item()
    await answered(world, key, 3)
    await world.until(key, status="blocked")
    await world.move(key, "in-progress")
    task = await world.until(key, status="needs-input", runs=5)
    assert task["rounds"] == 1


async def test_a_comment_on_the_blocked_item_reaches_the_analyst_when_it_goes_on(
    begin: Begin,
) -> None:
    world = await begin(plan="analyst=questions,questions,questions,questions,artifacts")
    key = await world.item()
    await answered(world, key, 3)
    await world.until(key, status="blocked")
    await world.comment(key, "Созвонились: только администраторам.")
    await world.until(key, noted="kept for the next agent")
    await world.move(key, "in-progress")
    await world.until(key, status="in-review")
    assert "Созвонились: только администраторам." in await world.brief(key)
