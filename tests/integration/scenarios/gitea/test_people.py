"""People push, force, remove, close, merge, judge and rename while an item is on its way."""

import pytest

from domain.decision import Merge
from tests.integration.scenarios.gitea.conftest import Begin
from tests.integration.scenarios.gitea.stand import SHOP, STUBBORN

pytestmark = pytest.mark.slow


async def test_a_forced_push_makes_an_approval_be_asked_for_again(begin: Begin) -> None:
    stand = await begin()
    key = await stand.world.item()
    await stand.world.until(key, status="in-review")
    folder = f"docs/work-items/{key}"
    papers = {f"{folder}/{name}": "Mine.\n" for name in ("01-brd.md", "02-trz.md")}
    papers |= {f"{folder}/03-acceptance-criteria.md": "Mine.\n", f"{folder}/04-test-plan.md": "M\n"}
    forced = stand.alice.force_push(SHOP, await stand.branch(key), papers)
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, says=f"The branch has moved on to {forced[:10]}")
    assert (await stand.world.task(key))["status"] == "in-review"
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, status="done")
    assert stand.contains(await stand.head(key), forced)


async def test_a_forced_push_under_an_agent_makes_it_start_again(begin: Begin) -> None:
    stand = await begin(gate="developer")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="development", runs=3)
    branch = await stand.branch(key)
    kept = stand.alice.push(SHOP, branch, {"by-hand.txt": "x\n"})
    forced = stand.alice.force_push(SHOP, branch, {"forced.txt": "x\n"}, base=f"{kept}~1")
    stand.open_gate()
    await stand.world.until(key, status="done")
    said = await stand.world.comments(key)
    assert any(f"changed by somebody else during run {key}-3" in text for text in said)
    assert stand.contains(await stand.head(key), forced)
    assert not stand.contains(await stand.head(key), kept)


async def test_a_commit_beside_an_agent_is_kept(begin: Begin) -> None:
    stand = await begin(gate="architect")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="architecture", runs=2)
    by_hand = stand.alice.push(SHOP, await stand.branch(key), {"by-hand.txt": "x\n"})
    stand.open_gate()
    await stand.world.until(key, status="done")
    assert stand.contains(await stand.head(key), by_hand)


async def test_a_removed_branch_blocks_until_it_is_restored(begin: Begin) -> None:
    stand = await begin()
    key = await stand.world.item()
    await stand.world.until(key, status="in-review")
    branch, head = await stand.branch(key), await stand.head(key)
    stand.alice.delete_branch(SHOP, branch)
    await stand.world.comment(key, ":approved:")
    await stand.blocked(key, branch, head[:10])
    stand.alice.restore_branch(SHOP, branch, head)
    await stand.resume(key)
    await stand.world.until(key, status="in-review")
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, status="done")
    assert stand.contains(await stand.head(key), head)


async def test_a_branch_removed_under_an_agent_blocks_and_its_work_is_not_lost(
    begin: Begin,
) -> None:
    stand = await begin(gate="developer")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="development", runs=3)
    branch, head = await stand.branch(key), await stand.head(key)
    stand.alice.delete_branch(SHOP, branch)
    stand.open_gate()
    await stand.blocked(key, branch)
    stand.alice.restore_branch(SHOP, branch, head)
    await stand.resume(key)
    await stand.world.until(key, status="done")
    assert stand.contains(await stand.head(key), head)


async def test_a_conflict_with_the_base_is_the_developers_to_resolve(begin: Begin) -> None:
    stand = await begin(
        merge=Merge.AFTER_DEPLOY,
        commands={"developer": ("sh", "-c", f"set -e\n{STUBBORN}")},
        plan="architect=slow:0",
    )
    key = await stand.world.item()
    await stand.world.until(key, status="in-review")
    mine = stand.alice.push(SHOP, "main", {"README.md": "# Alice's greeter\n"})
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, status="done")
    said = await stand.world.comments(key)
    (told,) = [text for text in said if "conflicts with its base branch" in text]
    assert "README.md" in told
    assert (await stand.world.roles(key)).count("developer") == 2
    main = stand.alice.head(SHOP, "main")
    assert stand.contains(main, mine)
    assert stand.pulls()[0]["merged"] is True


async def test_a_conflict_that_nobody_resolves_ends_with_a_person(begin: Begin) -> None:
    """Rehearsal developers know nothing of conflicts: they are given three runs and no more."""
    stand = await begin()
    key = await stand.world.item()
    await stand.world.until(key, status="in-review")
    branch = await stand.branch(key)
    stand.alice.push(SHOP, branch, {"README.md": "# Bob's\n"})
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, says="moved on")
    stand.alice.push(SHOP, "main", {"README.md": "# Alice's\n"})
    await stand.world.comment(key, ":approved:")
    await stand.blocked(key, "3 runs")
    assert (await stand.world.roles(key)).count("developer") == 3
    stand.alice.merge_into(SHOP, branch, "main", favour="ours")
    await stand.resume(key)
    await stand.world.until(key, status="done")


async def test_a_renamed_repository_is_followed(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    key = await stand.world.item()
    await stand.world.until(key, status="in-review")
    stand.alice.rename(SHOP, "market")
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, status="done")
    (pull,) = stand.alice.pulls("team/market", "all")
    assert pull["merged"] is True


async def test_a_pull_request_that_a_person_closes_blocks_and_is_made_anew(begin: Begin) -> None:
    stand = await begin(ci_required=True)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="checking")
    stand.alice.close_pull(SHOP, 1)
    await stand.blocked(key, "A person closed", "#1")
    await stand.resume(key)
    task = await stand.world.until(key, status="checking")
    assert task["pull_request"]["number"] == 2
    stand.alice.set_status(SHOP, await stand.head(key), "success")
    await stand.world.until(key, status="done")


async def test_a_pull_request_that_a_person_merges_early_is_put_to_people(begin: Begin) -> None:
    stand = await begin(ci_required=True)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="checking")
    stand.alice.merge_pull(SHOP, 1)
    await stand.blocked(key, "alice", "#1", "Done")
    await stand.world.move(key, "done")
    await stand.world.until(key, status="done")


async def test_changes_requested_on_the_forge_go_back_to_the_developer(begin: Begin) -> None:
    stand = await begin(gate="tester")
    stand.hook()  # without it a review within the second of the last look is seen in two minutes
    bob = stand.gitea.person("bob")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="testing")
    bob.review(SHOP, 1, "REQUEST_CHANGES", "Say **hello** in both languages.")
    await stand.world.until(key, says="bob requested changes", quiet=False)
    stand.open_gate()
    await stand.world.until(key, status="done")
    said = await stand.world.comments(key)
    assert any("bob requested changes" in text and "both languages" in text for text in said)
    assert (await stand.world.roles(key)).count("developer") == 2
