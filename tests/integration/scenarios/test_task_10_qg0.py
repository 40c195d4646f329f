"""Task 10: QG-0 lets only an item start that says what is wanted."""

import pytest

from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.world import DESCRIPTION, REPO

TOO_SHORT = {
    Locale.RU: "в заголовке символов: 4, нужно не меньше 5",
    Locale.EN: "the title has 4 characters, at least 5 are needed",
}
ONE_SENTENCE = {
    Locale.RU: "предложений в описании: 1, нужно не меньше 2",
    Locale.EN: "sentences in the description: 1, at least 2 are needed",
}


@pytest.mark.parametrize("locale", Locale)
async def test_an_unfit_item_is_blocked_with_one_bullet_for_each_fault(
    begin: Begin, locale: Locale
) -> None:
    world = await begin(locale=locale)
    key = await world.item("Фикс", "Сделать хорошо.")
    task = await world.until(key, status="blocked", stage="created")
    (said,) = await world.thread(key)
    assert said.text.startswith("⚠️ QG-0 failed:")
    assert said.html.count("<li>") == 2
    assert TOO_SHORT[locale] in said.text
    assert ONE_SENTENCE[locale] in said.text
    assert world.states(key) == ["blocked"]
    assert len(world.notices(key)) == 1
    assert task["branch"] is None
    assert await world.roles(key) == []


@pytest.mark.parametrize(
    ("title", "description", "fit"),
    [
        ("Пять!", DESCRIPTION, True),
        ("Ж" * 80, DESCRIPTION, True),
        ("Ж" * 81, DESCRIPTION, False),
        ("Четы", DESCRIPTION, False),
        ("  Четы  ", DESCRIPTION, False),
        ("Заголовок", "", False),
        ("Заголовок", "Одно предложение без точки", False),
        ("Заголовок", "Первое предложение. Второе предложение.", True),
        ("Заголовок", "Первая строка без точки\n\nВторая строка без точки", True),
        ("Заголовок", "<p>Первый абзац.</p><p>Второй абзац.</p>", True),
    ],
)
async def test_the_limits_are_those_of_the_gate(
    begin: Begin, title: str, description: str, fit: bool
) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item(title, description)
    task = await world.until(key, status="working" if fit else "blocked")
    assert task["stage"] == ("analysis" if fit else "created")


async def test_a_fit_item_gets_its_branch_its_folder_and_an_analyst(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item("Greet by name", DESCRIPTION, priority="high")
    task = await world.until(key, status="working", runs=1)
    assert task["branch"] == f"orchestrator/{key}-greet-by-name"
    assert task["priority"] == "high"
    files = world.forge.commits[task["head"]].files
    text = str(files[f"docs/work-items/{key}/00-work-item.md"])
    assert text.startswith(f"# {key}: Greet by name\n")
    assert "high" in text
    assert DESCRIPTION in text
    assert task["runs"][0]["role"] == "analyst"
    assert REPO in str(task["branch_url"])


async def test_a_mended_item_starts_by_itself(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item("Фикс", DESCRIPTION)
    await world.until(key, status="blocked")
    await world.edit(key, title="Фикс приветствия")
    task = await world.until(key, status="working", stage="analysis")
    assert task["title"] == "Фикс приветствия"
    assert world.states(key) == ["blocked", "in-progress"]


async def test_a_half_mended_item_is_told_what_is_still_wrong(begin: Begin) -> None:
    world = await begin()
    key = await world.item("Фикс", "Сделать хорошо.")
    await world.until(key, status="blocked")
    await world.edit(key, title="Фикс приветствия")
    await world.until(key, status="blocked", noted="read the item")
    first, second = await world.thread(key)
    assert first.html.count("<li>") == 2
    assert second.html.count("<li>") == 1
    assert ONE_SENTENCE[Locale.RU] in second.text


async def test_an_editor_that_saves_by_itself_is_not_told_the_same_again(begin: Begin) -> None:
    world = await begin()
    key = await world.item("Фикс", "Сделать хорошо.")
    await world.until(key, status="blocked")
    await world.edit(key, description="Сделать очень хорошо.")
    await world.until(key, status="blocked", noted="read the item")
    assert len(await world.comments(key)) == 1
    assert len(world.notices(key)) == 1


async def test_a_changed_description_is_what_the_next_agent_reads(begin: Begin) -> None:
    world = await begin(plan="analyst=questions,artifacts")
    key = await world.item()
    await world.until(key, status="needs-input")
    await world.edit(key, description="Совсем другое дело. Имя спрашивают при входе.")
    await world.until(key, noted="read the item")
    await world.comment(key, "Смотри описание.")
    await world.until(key, status="in-review")
    assert "Имя спрашивают при входе." in await world.brief(key)
