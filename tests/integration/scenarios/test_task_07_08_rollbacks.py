"""Tasks 7 and 8: a failed deployment waits for a person, a conflict goes back to the analyst."""

import pytest

from domain.evidence import Checks
from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.stage_hands import CONFLICT

ROLLED_BACK = {
    Locale.RU: "❌ Deploy FAILED (smoke/healthcheck). Rolled back. Developer нужен для фикса.",
    Locale.EN: "❌ Deploy FAILED (smoke/healthcheck). Rolled back. Developer is needed for a fix.",
}
CONFLICTING = {
    Locale.RU: "⚠️ Architect нашёл конфликт с требованиями:",
    Locale.EN: "⚠️ Architect found a conflict with the requirements:",
}


@pytest.mark.parametrize("locale", Locale)
async def test_a_failed_deployment_blocks_the_item_in_development(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(plan="deployer=deploy-fail", locale=locale)
    key = await world.reviewed_item()
    task = await world.until(key, status="blocked")
    assert task["stage"] == "development"
    assert await world.state(key) == "blocked"
    assert (await world.roles(key))[-1] == "deployer"
    last = (await world.thread(key))[-1]
    assert ROLLED_BACK[locale] in last.text
    assert "14-deploy-report.md" in last.html
    assert world.notices(key)[-1].startswith(f"❌ {key}: ")


async def test_a_failed_deployment_is_taken_up_by_a_person_and_goes_all_the_way_again(
    begin: Begin,
) -> None:
    world = await begin(plan="deployer=deploy-fail,deploy-ok")
    key = await world.reviewed_item()
    await world.until(key, status="blocked")
    await world.move(key, "in-progress")
    await world.until(key, status="done")
    round_ = ["developer", "reviewer", "tester", "deployer"]
    assert await world.roles(key) == ["analyst", "architect", *round_, *round_]
    assert f"`docs/work-items/{key}/14-deploy-report.md`" in await world.brief(key, 6)


@pytest.mark.parametrize("deed", ["deploy-fail", "crash", "hang"])
async def test_a_deployment_is_never_repeated_by_itself(begin: Begin, deed: str) -> None:
    world = await begin(plan=f"deployer={deed}")
    key = await world.reviewed_item()
    if deed == "hang":
        task = await world.until(key, status="working", stage="deploy")
        world.hands.lose(task["run"]["id"])
    await world.until(key, status="blocked", stage="development")
    assert (await world.roles(key)).count("deployer") == 1


@pytest.mark.parametrize("locale", Locale)
async def test_a_conflict_goes_back_to_the_analyst_who_is_pointed_at_it(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(plan="architect=conflict,artifacts", locale=locale)
    key = await world.reviewed_item()
    await world.until(key, status="in-review", runs=3)
    assert await world.roles(key) == ["analyst", "architect", "analyst"]
    (told,) = [text for text in await world.comments(key) if CONFLICTING[locale] in text]
    assert CONFLICT in told
    brief = await world.brief(key)
    assert f"`docs/work-items/{key}/10-conflict.md`" in brief
    assert CONFLICT in brief
    assert world.states(key) == ["in-progress", "in-review", "in-progress", "in-review"]
    await world.comment(key, ":approved:")
    await world.until(key, status="done")


async def test_a_conflict_counts_though_the_architecture_is_there_too(begin: Begin) -> None:
    world = await begin(plan="architect=hang")
    key = await world.reviewed_item()
    task = await world.until(key, status="working", stage="architecture")
    run, folder = task["run"]["id"], f"docs/work-items/{key}"
    files = {f"{folder}/05-architecture.md": "План.\n", f"{folder}/10-conflict.md": "Но нет.\n"}
    world.hands.workspaces.commit(run, files)
    world.hands.finish(run)
    await world.until(key, status="in-review", stage="analysis", runs=3)


async def test_a_conflict_that_never_ends_is_brought_before_a_person(begin: Begin) -> None:
    world = await begin(plan="architect=conflict")
    key = await world.item()
    for number in range(1, 7):
        await world.until(key, status="in-review", runs=2 * number - 1)
        await world.comment(key, ":approved:")
    task = await world.until(key, status="blocked")
    assert (await world.roles(key)).count("analyst") == 6
    assert task["stage"] == "analysis"
    assert "🚨" in (await world.comments(key))[-1]


async def test_failed_checks_of_the_pull_request_start_the_developer_again(begin: Begin) -> None:
    world = await begin(plan="reviewer=hang")
    key = await world.item()
    await world.until(key, status="in-review")
    world.forge.default_checks = Checks.FAILED
    await world.comment(key, ":approved:")
    task = await world.until(key, status="blocked")
    assert (await world.roles(key)).count("developer") == 3
    assert task["stage"] == "development"
    said = await world.comments(key)
    assert any("❌ Проверки pull request не прошли" in text for text in said)
