"""An item's whole way, on every kind of server, alone and beside another."""

import pytest

from domain.decision import Merge
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea_fake.flavour import Flavour
from tests.integration.scenarios.gitea.conftest import Begin
from tests.integration.scenarios.gitea.stand import PUBLIC, SHOP, Stand

pytestmark = pytest.mark.slow

WRITTEN = {
    *("00-work-item.md", "01-brd.md", "02-trz.md", "03-acceptance-criteria.md", "04-test-plan.md"),
    *("05-architecture.md", "12-review.md", "13-test-report.md", "14-deploy-report.md"),
}


async def gone_through(stand: Stand) -> str:
    """An item that has been approved and is done."""
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="done")
    return key


async def test_an_item_ends_as_a_merged_pull_request_with_all_its_papers(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    before = stand.alice.head(SHOP, "main")
    key = await gone_through(stand)
    (pull,) = stand.pulls()
    task = await stand.world.task(key)
    assert (pull["merged"], pull["head"]["label"]) == (True, task["branch"])
    assert key in pull["title"]
    main = stand.alice.head(SHOP, "main")
    assert stand.files(main, f"docs/work-items/{key}") == WRITTEN
    assert stand.contains(main, before)
    assert await stand.world.roles(key) == [
        *("analyst", "architect", "developer", "reviewer", "tester", "deployer")
    ]


async def test_its_comments_lead_to_pages_that_people_can_reach(begin: Begin) -> None:
    stand = await begin()
    key = await gone_through(stand)
    branch = await stand.branch(key)
    changes = [s for s in await stand.world.thread(key) if "🔄 Stage: " in s.text]
    assert len(changes) == 6
    for number, said in enumerate(changes):
        assert f'href="{PUBLIC}/{SHOP}/src/branch/{branch}"' in said.html
        assert (f'href="{PUBLIC}/{SHOP}/pulls/1"' in said.html) is (number >= 3)
        assert stand.gitea.url not in said.html


@EVERY_VERSION
async def test_it_is_the_same_on_every_version(begin: Begin, flavour: Flavour) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    key = await gone_through(stand)
    (pull,) = stand.pulls()
    assert pull["merged"] is True
    assert stand.files(stand.alice.head(SHOP, "main"), f"docs/work-items/{key}") == WRITTEN


async def test_two_items_on_one_repository_do_not_get_into_each_others_way(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    stand.alice.push(SHOP, "somebody/else", {"else.txt": "x\n"})
    other = stand.alice.open_pull(SHOP, "somebody/else")
    keys = [await stand.world.item(), await stand.world.item("Сказать до свидания")]
    for key in keys:
        await stand.world.until(key, status="in-review")
        await stand.world.comment(key, ":approved:")
    for key in keys:
        task = await stand.world.until(key, status="done")
        assert task["pull_request"]["number"] != other
    merged = {p["head"]["label"] for p in stand.pulls() if p["merged"]}
    assert merged == {await stand.branch(key) for key in keys}
    main = stand.alice.head(SHOP, "main")
    for key in keys:
        assert stand.files(main, f"docs/work-items/{key}") == WRITTEN
    assert stand.alice.pull(SHOP, other)["state"] == "open"


async def test_required_checks_are_waited_for_and_their_failure_is_work(begin: Begin) -> None:
    stand = await begin(ci_required=True)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="checking")
    stand.alice.set_status(SHOP, await stand.head(key), "failure")
    await stand.world.until(key, status="checking", runs=4)
    assert await stand.world.roles(key) == ["analyst", "architect", "developer", "developer"]
    stand.alice.set_status(SHOP, await stand.head(key), "success")
    await stand.world.until(key, status="done")


async def test_webhooks_alone_carry_it_though_they_come_twice_and_in_disorder(
    begin: Begin,
) -> None:
    """The reconciler looks once an hour here: what is not told is not known."""
    stand = await begin(ci_required=True, reconcile_every=3600)
    stand.hook()
    stand.gitea.deliveries.double_next(20)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="checking", quiet=False)
    stand.gitea.deliveries.hold()
    stand.alice.set_status(SHOP, await stand.head(key), "pending")
    stand.alice.set_status(SHOP, await stand.head(key), "success")
    stand.gitea.deliveries.release()
    await stand.world.until(key, status="done")
    await stand.told()
    assert {d.status for d in stand.gitea.deliveries.made} == {202}
    assert len(await stand.world.runs(key)) == 6


async def test_a_webhook_that_is_lost_costs_nothing_but_time(begin: Begin) -> None:
    stand = await begin(ci_required=True)
    stand.hook()
    stand.gitea.deliveries.lose_next(1000)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="checking")
    stand.alice.set_status(SHOP, await stand.head(key), "success")
    await stand.world.until(key, status="done")
    assert stand.gitea.deliveries.sent == []
