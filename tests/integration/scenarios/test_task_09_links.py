"""Task 9: comments on a change of stage lead to the branch, and to this branch's pull request."""

import pytest

from domain.identifiers import Branch
from domain.messages import Locale
from tests.integration.scenarios.conftest import Begin
from tests.integration.scenarios.world import REPO

CHANGES = {
    "created → analysis (launching analyst)": False,
    "analysis → architecture (launching architect)": False,
    "architecture → development (launching developer)": False,
    "development → review (launching reviewer)": True,
    "review → testing (launching tester)": True,
    "testing → deploy (launching deployer)": True,
}


@pytest.mark.parametrize("locale", Locale)
async def test_each_change_of_stage_is_told_with_its_links(begin: Begin, locale: Locale) -> None:
    world = await begin(locale=locale)
    other = Branch("somebody/else")
    world.forge.commit(REPO, other, {"else.txt": "other\n"})
    await world.forge.open_pull_request(REPO, other, base=Branch("main"), title="Else", body="")
    key = await world.reviewed_item()
    task = await world.until(key, status="done")
    told = [said for said in await world.thread(key) if "🔄 Stage: " in said.text]
    assert [said.text.split("🔄 Stage: ")[1].split("\n")[0] for said in told] == list(CHANGES)
    for said, from_review_on in zip(told, CHANGES.values(), strict=True):
        assert f'href="{task["branch_url"]}"' in said.html
        assert (f'href="{task["pull_request"]["url"]}"' in said.html) is from_review_on
        assert "/pulls/1" not in said.html
    assert task["pull_request"] == {"number": 2, "url": "https://forge.test/sample/pulls/2"}


async def test_two_items_each_have_a_branch_and_a_pull_request_of_their_own(begin: Begin) -> None:
    world = await begin()
    keys = [await world.reviewed_item(), await world.reviewed_item()]
    tasks = [await world.until(key, status="done") for key in keys]
    assert len({task["branch"] for task in tasks}) == 2
    assert {task["pull_request"]["number"] for task in tasks} == {1, 2}


async def test_a_forge_without_pages_gives_no_dead_links(begin: Begin) -> None:
    world = await begin()
    world.forge.pages = None
    key = await world.reviewed_item()
    await world.until(key, status="done")
    for said in await world.thread(key):
        assert 'href=""' not in said.html
        assert "None" not in said.text


async def test_what_an_agent_wrote_is_shown_and_never_interpreted(begin: Begin) -> None:
    world = await begin(plan="analyst=hang")
    key = await world.item()
    task = await world.until(key, status="working", runs=1)
    hostile = "<script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n[тык](javascript:x)"
    world.hands.workspaces.commit(
        task["run"]["id"], {f"docs/work-items/{key}/01-questions.md": hostile}
    )
    world.hands.finish(task["run"]["id"])
    await world.until(key, status="needs-input")
    html = (await world.thread(key))[-1].html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;" in html
