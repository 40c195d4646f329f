"""Merging, where 405 may mean anything."""

from typing import Any

import httpx
import pytest

from domain.errors import Conflict, NotAllowed, ToolFailed
from domain.identifiers import CommitId
from tests.contracts.code_forge import BRANCH, MAIN
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea.test_pull_requests import opened
from tests.integration.gitea.world import REPO, GiteaWorld

MERGE = f"POST /api/v1/repos/{REPO}/pulls/1/merge"


async def is_merged(world: GiteaWorld) -> bool:
    return bool(world.alice.pull(REPO, 1)["merged"])


@EVERY_VERSION
async def test_a_pull_request_is_merged_once_the_forge_has_found_out_that_it_can(
    world: GiteaWorld, head: CommitId
) -> None:
    world.gitea.trouble.conflict_check_takes = 3
    number = (await opened(world)).number
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)
    await world.gitea_forge.merge(REPO, number, commit=head)


async def test_what_was_pushed_meanwhile_is_not_merged(world: GiteaWorld, head: CommitId) -> None:
    number = (await opened(world)).number
    world.alice.push(REPO, BRANCH, {"unjudged.txt": "x\n"})
    with pytest.raises(Conflict):
        await world.gitea_forge.merge(REPO, number, commit=head)
    assert not await is_merged(world)


async def test_a_conflict_is_refused_in_bounded_time(world: GiteaWorld, head: CommitId) -> None:
    ours = world.alice.push(REPO, BRANCH, {"README.md": "# Ours\n"})
    number = (await opened(world)).number
    world.alice.push(REPO, MAIN, {"README.md": "# Theirs\n"})
    with pytest.raises(NotAllowed):
        await world.gitea_forge.merge(REPO, number, commit=ours)
    assert not await is_merged(world)


async def test_missing_approvals_are_named(world: GiteaWorld, head: CommitId) -> None:
    world.alice.protect(REPO, MAIN, required_approvals=1)
    number = (await opened(world)).number
    with pytest.raises(NotAllowed, match="approvals"):
        await world.gitea_forge.merge(REPO, number, commit=head)
    world.alice.review(REPO, number, "APPROVED")
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)


async def test_an_answer_that_was_lost_is_found_merged(world: GiteaWorld, head: CommitId) -> None:
    number = (await opened(world)).number
    world.gitea.trouble.lose_next_answer(where=MERGE)
    with pytest.raises(ToolFailed):
        await world.gitea_forge.merge(REPO, number, commit=head)
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)


async def test_a_person_who_was_faster_has_merged_it(world: GiteaWorld, head: CommitId) -> None:
    number = (await opened(world)).number
    world.alice.merge_pull(REPO, number, delete_branch=True)
    await world.gitea_forge.merge(REPO, number, commit=head)


@pytest.mark.parametrize("style", ["merge", "rebase", "rebase-merge", "squash"])
async def test_every_style_is_asked_for_by_its_name(
    world: GiteaWorld, head: CommitId, style: str
) -> None:
    styled = GiteaWorld(world.gitea, world.data, style=style)
    number = (await opened(world)).number
    await styled.gitea_forge.merge(REPO, number, commit=head)
    await styled.close()
    assert await is_merged(world)


async def test_a_style_that_is_not_allowed_is_named(world: GiteaWorld, head: CommitId) -> None:
    repo = world.gitea.forge.repository("team", "shop")
    repo.styles.remove("squash")
    styled = GiteaWorld(world.gitea, world.data, style="squash")
    number = (await opened(world)).number
    with pytest.raises(NotAllowed, match="squash"):
        await styled.gitea_forge.merge(REPO, number, commit=head)
    await styled.close()


async def test_a_merge_that_the_forge_fails_at_is_a_persons_to_look_at(
    world: GiteaWorld, head: CommitId
) -> None:
    """So Gitea answers while an issue is open that has to be closed first: for ever, maybe."""
    number = (await opened(world)).number
    pull = world.gitea.forge.repository("team", "shop").pulls[number]
    pull.depends_on_open_issues = True
    with pytest.raises(NotAllowed, match="issues that are open"):
        await world.gitea_forge.merge(REPO, number, commit=head)
    pull.depends_on_open_issues = False
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)


async def test_what_git_said_of_a_merge_is_passed_on(world: GiteaWorld, head: CommitId) -> None:
    """Such a refusal has no message of the forge's own."""
    styled = GiteaWorld(world.gitea, world.data, style="fast-forward-only")
    number = (await opened(world)).number
    world.alice.push(REPO, MAIN, {"more.txt": "x\n"})
    with pytest.raises(NotAllowed, match="fast-forward"):
        await styled.gitea_forge.merge(REPO, number, commit=head)
    await styled.close()


@pytest.mark.parametrize("over_at_the_next_look", [False, True])
async def test_a_check_that_begins_anew_at_the_merge_is_waited_for(
    world: GiteaWorld, head: CommitId, over_at_the_next_look: bool
) -> None:
    """The forge says the same 405 to a conflict and to what a rule forbids."""
    number = (await opened(world)).number
    while not world.alice.pull(REPO, number)["mergeable"]:
        pass
    begins_anew(world, over_at_the_next_look)
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)


async def test_a_check_that_takes_too_long_is_waited_for_later(
    world: GiteaWorld, head: CommitId
) -> None:
    number = (await opened(world)).number
    begins_anew(world, False, times=2)
    with pytest.raises(ToolFailed):
        await world.gitea_forge.merge(REPO, number, commit=head)
    await world.gitea_forge.merge(REPO, number, commit=head)
    assert await is_merged(world)


def begins_anew(world: GiteaWorld, over_at_the_next_look: bool, *, times: int = 1) -> None:
    """Whenever it is told to merge, so many times."""
    (pull,) = world.gitea.forge.repository("team", "shop").pulls.values()
    send, left = world.client.send, times

    async def sent(method: str, path: str, **more: Any) -> httpx.Response:
        nonlocal left
        begins = method == "POST" and left > 0
        if begins:
            left, pull.looks_left = left - 1, 3
        answer = await send(method, path, **more)
        if begins and over_at_the_next_look:
            pull.looks_left = 0
        return answer

    world.client.send = sent  # type: ignore[method-assign]  # it acts in between
