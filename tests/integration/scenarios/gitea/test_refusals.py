"""The forge says no: nothing there yet, protected, archived, without a scope, without a right."""

import pytest

from domain.decision import Merge
from tests.integration.scenarios.gitea.conftest import Begin
from tests.integration.scenarios.gitea.stand import SHOP

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("files", [None], ids=["empty"])
async def test_an_empty_repository_is_waited_for(begin: Begin, files: None) -> None:
    stand = await begin()
    key = await stand.world.item()
    await stand.blocked(key, SHOP, "main")
    stand.alice.push(SHOP, "main", {"README.md": "# Greeter\n"})
    await stand.resume(key)
    await stand.world.until(key, status="in-review")
    await stand.world.comment(key, ":approved:")
    await stand.world.until(key, status="done")


async def test_branches_that_may_not_be_made_block_with_the_forges_reason(begin: Begin) -> None:
    stand = await begin()
    stand.alice.protect(SHOP, "orchestrator/**")
    key = await stand.world.item()
    await stand.blocked(key, "protected branch orchestrator/")
    stand.alice.unprotect(SHOP, "orchestrator/**")
    await stand.resume(key)
    await stand.world.until(key, status="in-review")


async def test_a_branch_that_is_protected_later_keeps_the_work_of_the_run(begin: Begin) -> None:
    stand = await begin(gate="developer")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="development", runs=3)
    stand.alice.protect(SHOP, "orchestrator/**")
    stand.open_gate()
    await stand.blocked(key, "protected branch orchestrator/")
    stand.alice.unprotect(SHOP, "orchestrator/**")
    await stand.resume(key)
    await stand.world.until(key, status="done")
    assert (await stand.world.roles(key)).count("developer") == 1


async def test_a_protected_base_is_merged_into_when_its_rule_is_kept(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    stand.alice.protect(SHOP, "main", required_approvals=1)
    key = await stand.world.reviewed_item()
    await stand.blocked(key, "Does not have enough approvals")
    stand.gitea.person("bob").review(SHOP, 1, "APPROVED")
    await stand.resume(key)
    await stand.world.until(key, status="done")
    assert stand.pulls()[0]["merged"] is True


async def test_an_archived_repository_blocks(begin: Begin) -> None:
    stand = await begin(gate="architect")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="architecture", runs=2)
    stand.alice.archive(SHOP)
    stand.open_gate()
    await stand.blocked(key)
    stand.alice.archive(SHOP, archived=False)
    await stand.resume(key)
    await stand.world.until(key, status="done")


@pytest.mark.parametrize("lost", ["scope", "token", "right"])
async def test_a_token_that_can_no_longer_write_blocks_and_goes_on_when_it_can(
    begin: Begin, lost: str
) -> None:
    stand = await begin(gate="developer")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="development", runs=3)
    match lost:
        case "scope":
            stand.gitea.let_bot("read:repository", "write:issue", "read:user")
        case "token":
            stand.gitea.revoke_bot()
        case _:
            stand.alice.let_in(SHOP, stand.gitea.bot.login, "read")
    stand.open_gate()
    await stand.blocked(key, "token")
    match lost:
        case "scope":
            stand.gitea.let_bot()
        case "token":
            stand.gitea.restore_bot()
        case _:
            stand.alice.let_in(SHOP, stand.gitea.bot.login, "admin")
    await stand.resume(key)
    await stand.world.until(key, status="done")
    assert (await stand.world.roles(key)).count("developer") == 1, "its commits were there"


async def test_a_token_that_may_not_open_pull_requests_blocks_with_the_scopes_name(
    begin: Begin,
) -> None:
    """From the start: reading is all it can do, as git finds out first."""
    stand = await begin()
    stand.gitea.let_bot("read:repository", "read:user")
    key = await stand.world.item()
    await stand.blocked(key, "write:repository")
    stand.gitea.let_bot()
    await stand.resume(key)
    await stand.world.until(key, status="in-review")
