"""A forge that is away, slow, or loses what it says costs time and doubles nothing."""

import pytest

from domain.decision import Merge
from tests.integration.gitea_fake.trouble import Failure
from tests.integration.scenarios.gitea.conftest import Begin
from tests.integration.scenarios.gitea.stand import SHOP

pytestmark = pytest.mark.slow

ROLES = ["analyst", "architect", "developer", "reviewer", "tester", "deployer"]


async def test_an_outage_in_the_middle_is_waited_out(begin: Begin) -> None:
    stand = await begin(gate="developer", merge=Merge.AFTER_DEPLOY)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="development", runs=3)
    stand.gitea.trouble.outage = Failure(status=502)
    stand.open_gate()
    await stand.holds(key, lambda: stand.gitea.trouble.refused > 5)
    assert (await stand.world.task(key))["status"] == "working"
    stand.gitea.trouble.outage = None
    await stand.world.until(key, status="done")
    assert await stand.world.roles(key) == ROLES
    assert len(stand.pulls()) == 1


async def test_a_server_that_was_restarted_is_found_again(begin: Begin) -> None:
    stand = await begin(gate="architect")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="working", stage="architecture", runs=2)
    stand.gitea.stop()
    stand.open_gate()
    await stand.world.until(key, noted="run", quiet=False)
    stand.gitea.start()
    await stand.world.until(key, status="done")
    assert await stand.world.roles(key) == ROLES


async def test_lost_answers_double_nothing(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    lose = stand.gitea.trouble.lose_next_answer
    for where in ("POST /team/sample.git/git-receive-pack", f"POST /api/v1/repos/{SHOP}/pulls"):
        lose(where=where, count=2)
    lose(where=f"POST /api/v1/repos/{SHOP}/pulls/1/merge")
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="done")
    (pull,) = stand.pulls()
    assert pull["merged"] is True
    assert await stand.world.roles(key) == ROLES


async def test_a_forge_that_fails_now_and_then_is_asked_again(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    for status in (500, 502, 503, 504):
        stand.gitea.trouble.fail_next(Failure(status=status), where="/pulls", count=2)
        stand.gitea.trouble.fail_next(Failure(status=status), where=".git/", count=1)
    stand.gitea.trouble.fail_next(Failure(status=200), where="GET /api/v1/repos", count=1)
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="done")
    assert await stand.world.roles(key) == ROLES
    assert len(stand.pulls()) == 1


async def test_a_conflict_check_that_takes_long_delays_the_merge(begin: Begin) -> None:
    stand = await begin(merge=Merge.AFTER_DEPLOY)
    stand.gitea.trouble.conflict_check_takes = 4
    key = await stand.world.reviewed_item()
    await stand.world.until(key, status="done")
    assert stand.pulls()[0]["merged"] is True
