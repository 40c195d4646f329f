"""Task 2: how the analyst may end."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.stage_hands import QUESTIONS

FILES = ("01-brd.md", "02-trz.md", "03-acceptance-criteria.md", "04-test-plan.md")
READY = {
    Locale.RU: "📋 BRD/ТЗ/AC/TestPlan готовы. Прошу review и реакцию :approved: для продвижения"
    " в Architecture.",
    Locale.EN: "📋 BRD/SRS/AC/Test plan are ready. Please review and react with :approved: to"
    " move on to Architecture.",
}
ASKED = {
    Locale.RU: "❓ Analyst нуждается в уточнении:",
    Locale.EN: "❓ Analyst needs clarification:",
}
TOLD = {
    Locale.RU: "❓ {key}: Analyst задаёт вопросы. Ответь в Plane.",
    Locale.EN: "❓ {key}: Analyst has questions. Answer in Plane.",
}
EMPTY = {
    Locale.RU: "⚠️ Analyst завершился без артефактов и без вопросов. Проверьте лог.",
    Locale.EN: "⚠️ Analyst ended without artifacts and without questions. Check the log",
}


@pytest.mark.parametrize("locale", Locale)
async def test_complete_artifacts_are_put_up_for_review(begin: Begin, locale: Locale) -> None:
    world = await begin(locale=locale)
    key = await world.item()
    task = await world.until(key, status="in-review")
    *_, last = await world.thread(key)
    assert READY[locale] in last.text
    for name in FILES:
        url = f"https://forge.test/sample/commit/{task['head']}/docs/work-items/{key}/{name}"
        assert f'href="{url}"' in last.html
    assert task["approving"] == task["head"]
    (notice,) = world.notifier.notices
    assert notice.text.startswith(f"📋 {key}: ")
    assert notice.url == f"http://board.test/items/{key}"


@pytest.mark.parametrize("locale", Locale)
async def test_questions_go_to_people_word_for_word(begin: Begin, locale: Locale) -> None:
    world = await begin(plan="analyst=questions", locale=locale)
    key = await world.item()
    await world.until(key, status="needs-input")
    last = (await world.comments(key))[-1]
    assert ASKED[locale] in last
    for line in QUESTIONS.splitlines():
        assert line in last
    assert world.notices(key) == [TOLD[locale].format(key=key)]
    assert world.states(key) == ["in-progress", "needs-input"]


@pytest.mark.parametrize("locale", Locale)
async def test_an_analyst_who_leaves_nothing_blocks_the_item_and_people_hear_of_it(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(plan="analyst=nothing", locale=locale)
    key = await world.item()
    task = await world.until(key, status="blocked")
    last = (await world.comments(key))[-1]
    assert EMPTY[locale] in last
    assert task["runs"][0]["id"] in last
    assert all(name in last for name in FILES)
    (notice,) = world.notices(key)
    assert key in notice
    assert world.states(key) == ["in-progress", "blocked"]


async def test_half_of_the_artifacts_is_not_enough_and_the_missing_half_is_named(
    begin: Begin,
) -> None:
    world = await begin(plan="analyst=partial")
    key = await world.item()
    await world.until(key, status="blocked")
    last = (await world.comments(key))[-1]
    assert "03-acceptance-criteria.md, 04-test-plan.md" in last
    assert "01-brd.md" not in last.split("Чтобы повторить", 1)[0]


async def test_complete_artifacts_win_over_questions_left_beside_them(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    task = await world.until(key, status="working", runs=1)
    run = task["run"]["id"]
    folder = f"docs/work-items/{key}"
    written = {f"{folder}/{name}": "Текст.\n" for name in (*FILES, "01-questions.md")}
    world.hands.workspaces.commit(run, written)
    world.hands.finish(run)
    await world.until(key, status="in-review")
