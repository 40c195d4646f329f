"""Task 6: failed tests and requested changes send the item back to the developer, three times."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin

FAILED = {
    Locale.RU: "❌ Тесты не прошли: Пустое название даёт 500. Developer перезапущен для фикса.",
    Locale.EN: "❌ Tests failed: Пустое название даёт 500. Developer was restarted to fix them.",
}
CHANGES = {
    Locale.RU: "❌ Ревью требует изменений: Ввод не проверяется. Developer перезапущен.",
    Locale.EN: "❌ Review asks for changes: Ввод не проверяется. Developer was restarted.",
}
EXHAUSTED = {
    Locale.RU: "🚨 {key}: Developer: запусков 3, результата нет.",
    Locale.EN: "🚨 {key}: Developer has had 3 runs without getting through.",
}


@pytest.mark.parametrize("locale", Locale)
async def test_a_failed_test_goes_back_to_the_developer_who_is_pointed_at_the_report(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(plan="tester=fail,pass", locale=locale)
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    roles = ["developer", "reviewer", "tester"]
    assert await world.roles(key) == ["analyst", "architect", *roles, *roles, "deployer"]
    assert any(FAILED[locale] in text for text in await world.comments(key))
    again = [run["role"] for run in task["runs"]].index("tester") + 1
    brief = await world.brief(key, again)
    assert f"`docs/work-items/{key}/13-test-report.md`" in brief
    assert "Пустое название даёт 500." in brief
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "done"]


@pytest.mark.parametrize("locale", Locale)
async def test_requested_changes_go_the_same_way(begin: Begin, locale: Locale) -> None:
    world = await begin(plan="reviewer=request-changes,approve", locale=locale)
    key = await world.reviewed_item()
    await world.until(key, status="done")
    roles = ["developer", "reviewer"]
    assert await world.roles(key) == [
        *("analyst", "architect", *roles, *roles),
        *("tester", "deployer"),
    ]
    assert any(CHANGES[locale] in text for text in await world.comments(key))
    brief = await world.brief(key, 4)
    assert f"`docs/work-items/{key}/12-review.md`" in brief
    assert "Ввод не проверяется." in brief


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("plan", ["tester=fail", "reviewer=request-changes"])
async def test_after_three_runs_of_the_developer_a_person_is_called(
    begin: Begin, plan: str, locale: Locale
) -> None:
    world = await begin(plan=plan, locale=locale)
    key = await world.reviewed_item()
    task = await world.until(key, status="blocked")
    assert task["stage"] == "development"
    assert (await world.roles(key)).count("developer") == 3
    assert world.notices(key)[-1] == EXHAUSTED[locale].format(key=key)
    assert (await world.comments(key))[-1].startswith("🚨 ")
    assert await world.state(key) == "blocked"


async def test_both_kinds_of_failure_share_the_three_runs(begin: Begin) -> None:
    world = await begin(plan="reviewer=request-changes,approve;tester=fail")
    key = await world.reviewed_item()
    await world.until(key, status="blocked")
    assert (await world.roles(key)).count("developer") == 3
    assert (await world.roles(key)).count("tester") == 2


async def test_a_person_allows_three_runs_more(begin: Begin) -> None:
    world = await begin(plan="tester=fail")
    key = await world.reviewed_item()
    await world.until(key, status="blocked")
    await world.move(key, "in-progress")
    await world.until(key, status="blocked", noted="resumed")
    roles = await world.roles(key)
    assert roles.count("developer") == 6
    resumed = [n for n, role in enumerate(roles) if role == "developer"][3]
    assert "13-test-report.md" in await world.brief(key, resumed)
    assert len([text for text in world.notices(key) if text.startswith("🚨")]) == 2


@pytest.mark.parametrize(
    "plan", ["tester=wrong-verdict", "tester=no-commit", "reviewer=wrong-verdict"]
)
async def test_no_verdict_is_neither_passed_nor_failed(begin: Begin, plan: str) -> None:
    world = await begin(plan=plan)
    key = await world.reviewed_item()
    task = await world.until(key, status="blocked")
    role = plan.partition("=")[0]
    assert (await world.roles(key))[-1] == role
    assert (await world.roles(key)).count("developer") == 1
    assert "verdict" in (await world.comments(key))[-1]
    assert task["runs"][-1]["id"] in (await world.comments(key))[-1]
