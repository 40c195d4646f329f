"""Pull requests as people treat them: found, closed, merged, reviewed, one among many."""

import pytest

from domain.errors import NotAllowed, RateLimited, TimedOut, ToolFailed
from domain.evidence import Checks, PullRequest, ReviewVerdict
from domain.identifiers import Branch, CommitId
from tests.contracts.code_forge import BRANCH, MAIN, OTHER
from tests.integration.gitea.conftest import EVERY_VERSION
from tests.integration.gitea.world import REPO, GiteaWorld


async def opened(world: GiteaWorld, branch: Branch = BRANCH) -> PullRequest:
    """The branch's pull request."""
    return await world.gitea_forge.open_pull_request(
        REPO, branch, base=MAIN, title="ET-1: pay by card", body="Оплата"
    )


@EVERY_VERSION
async def test_the_pull_request_of_a_branch_is_found_among_many(
    world: GiteaWorld, head: CommitId
) -> None:
    """No server filters by branch: the first of all open ones is the wrong one."""
    topics = [f"topic/{number}" for number in range(53)]  # more than a page of them
    world.alice.push_all(REPO, topics, {"a.txt": "x\n"})
    for topic in topics[:52]:
        world.alice.open_pull(REPO, topic)
    mine = await opened(world)
    world.alice.open_pull(REPO, topics[52])
    assert mine.number == 53
    assert (await world.inspector.branch_state(REPO, BRANCH)).pull_request == mine
    marks = await world.inspector.open_pull_requests(REPO)
    assert set(marks) == {BRANCH, *topics}


async def test_a_pull_request_into_another_branch_is_not_the_items(
    world: GiteaWorld, head: CommitId
) -> None:
    world.alice.push(REPO, "release", {"r.txt": "x\n"})
    world.alice.open_pull(REPO, BRANCH, base="release")
    assert (await world.inspector.branch_state(REPO, BRANCH)).pull_request is None
    assert (await opened(world)).number == 2


async def test_one_that_a_person_opened_is_taken_over(world: GiteaWorld, head: CommitId) -> None:
    number = world.alice.open_pull(REPO, BRANCH)
    assert (await opened(world)).number == number


@pytest.mark.parametrize("where", [f"POST /api/v1/repos/{REPO}/pulls"])
async def test_an_answer_that_was_lost_makes_no_second_one(
    world: GiteaWorld, head: CommitId, where: str
) -> None:
    world.gitea.trouble.lose_next_answer(where=where)
    with pytest.raises(ToolFailed):
        await opened(world)
    assert (await opened(world)).number == 1
    assert len(world.alice.pulls(REPO)) == 1


async def test_links_begin_as_people_reach_the_forge(world: GiteaWorld, head: CommitId) -> None:
    forge = world.gitea_forge
    assert (await opened(world)).url == f"https://git.example.org/{REPO}/pulls/1"
    assert forge.branch_url(REPO, BRANCH) == f"https://git.example.org/{REPO}/src/branch/{BRANCH}"
    shown = forge.file_url(REPO, head, "docs/a b.md")
    assert shown == f"https://git.example.org/{REPO}/src/commit/{head}/docs/a%20b.md"


# ── how it ended ─────────────────────────────────────────────────────────────────────────────────


async def test_one_that_was_closed_is_told_of_when_asked_after(
    world: GiteaWorld, head: CommitId
) -> None:
    number = (await opened(world)).number
    world.alice.close_pull(REPO, number)
    state = await world.inspector.branch_state(REPO, BRANCH, pull_request=number)
    assert state.pull_request is None
    assert state.closed is not None
    assert (state.closed.pull_request.number, state.closed.pull_request.merged) == (number, False)
    assert (await world.inspector.branch_state(REPO, BRANCH)).closed is None


async def test_one_that_was_opened_again_is_open(world: GiteaWorld, head: CommitId) -> None:
    number = (await opened(world)).number
    world.alice.close_pull(REPO, number)
    world.alice.reopen_pull(REPO, number)
    state = await world.inspector.branch_state(REPO, BRANCH, pull_request=number)
    assert state.pull_request is not None


@EVERY_VERSION
@pytest.mark.parametrize("removed", [False, True])
async def test_one_that_was_merged_is_told_of_though_its_branch_is_gone(
    world: GiteaWorld, head: CommitId, *, removed: bool
) -> None:
    number = (await opened(world)).number
    world.alice.merge_pull(REPO, number, delete_branch=removed)
    state = await world.inspector.branch_state(REPO, BRANCH, base=MAIN, pull_request=number)
    assert state.closed is not None
    assert state.closed.pull_request.merged
    assert (state.closed.by, state.head, state.conflicts) == (world.alice.login, head, ())


# ── reviews ──────────────────────────────────────────────────────────────────────────────────────


async def reviews(world: GiteaWorld) -> list[tuple[str, ReviewVerdict, str, bool]]:
    """What people say of the present head."""
    state = await world.inspector.branch_state(REPO, BRANCH)
    assert all(review.commit == state.head for review in state.reviews)
    return [(r.by, r.verdict, r.text, r.approver) for r in state.reviews]


async def test_the_last_word_of_each_person_counts(world: GiteaWorld, head: CommitId) -> None:
    number, bob = (await opened(world)).number, world.gitea.person("bob", "write")
    world.alice.review(REPO, number, "REQUEST_CHANGES", "Mind the tests.")
    bob.review(REPO, number, "APPROVED")
    bob.review(REPO, number, "COMMENT", "By the way")
    assert await reviews(world) == [
        (world.alice.login, ReviewVerdict.CHANGES_REQUESTED, "Mind the tests.", True),
        ("bob", ReviewVerdict.APPROVED, "", True),
    ]
    world.alice.review(REPO, number, "APPROVED", "Now it is good.")
    last_word = (world.alice.login, ReviewVerdict.APPROVED, "Now it is good.", True)
    assert last_word in await reviews(world)


async def test_a_review_of_an_earlier_commit_says_nothing_of_this_one(
    world: GiteaWorld, head: CommitId
) -> None:
    number = (await opened(world)).number
    world.alice.review(REPO, number, "APPROVED")
    world.alice.push(REPO, BRANCH, {"more.txt": "x\n"})
    assert await reviews(world) == []


async def test_a_dismissed_review_was_never_given(world: GiteaWorld, head: CommitId) -> None:
    number = (await opened(world)).number
    given = world.alice.review(REPO, number, "APPROVED")
    world.alice.dismiss_review(REPO, number, given)
    assert await reviews(world) == []


async def test_who_may_not_merge_approves_nothing(world: GiteaWorld, head: CommitId) -> None:
    number, eve = (await opened(world)).number, world.gitea.person("eve", "read")
    eve.review(REPO, number, "APPROVED")
    assert await reviews(world) == [("eve", ReviewVerdict.APPROVED, "", False)]


async def test_where_reviewers_are_named_only_they_approve(
    world: GiteaWorld, head: CommitId
) -> None:
    number, bob = (await opened(world)).number, world.gitea.person("bob", "read")
    named = GiteaWorld(world.gitea, world.data, approvers=["Bob"])
    world.alice.review(REPO, number, "APPROVED")
    bob.review(REPO, number, "APPROVED")
    state = await named.inspector.branch_state(REPO, BRANCH)
    await named.close()
    assert {review.by: review.approver for review in state.reviews} == {"alice": False, "bob": True}


async def test_remarks_on_lines_are_part_of_what_is_asked_for(
    world: GiteaWorld, head: CommitId
) -> None:
    number = (await opened(world)).number
    body = {
        "event": "REQUEST_CHANGES",
        "body": "See below.",
        "comments": [{"path": "docs/x.md", "body": "Not this.", "new_position": 1}],
    }
    world.alice.ask("POST", f"{REPO}/pulls/{number}/reviews", body)
    ((_, _, text, _),) = await reviews(world)
    assert "See below." in text
    assert "docs/x.md" in text
    assert "Not this." in text


async def test_the_mark_changes_with_whatever_happens(world: GiteaWorld, head: CommitId) -> None:
    await opened(world)
    marks = [(await world.inspector.open_pull_requests(REPO))[BRANCH]]
    world.alice.push(REPO, BRANCH, {"more.txt": "x\n"})
    marks.append((await world.inspector.open_pull_requests(REPO))[BRANCH])
    assert marks[0] != marks[1]


# ── checks ───────────────────────────────────────────────────────────────────────────────────────


@EVERY_VERSION
async def test_no_check_is_no_check_whatever_the_server_calls_it(
    world: GiteaWorld, head: CommitId
) -> None:
    """Some say "pending" of a commit that nobody checks, and it would be waited for in vain."""
    assert await world.gitea_forge.checks(REPO, head) is Checks.NONE
    needed = GiteaWorld(world.gitea, world.data, ci_required=True)
    assert await needed.gitea_forge.checks(REPO, head) is Checks.PENDING
    await needed.close()


async def test_the_last_word_of_every_check_counts(world: GiteaWorld, head: CommitId) -> None:
    for context in range(60):  # more than a page of them
        world.alice.set_status(REPO, head, "success", f"ci/{context}")
    assert await world.gitea_forge.checks(REPO, head) is Checks.PASSED
    world.alice.set_status(REPO, head, "warning", "ci/3")
    assert await world.gitea_forge.checks(REPO, head) is Checks.FAILED
    world.alice.set_status(REPO, head, "pending", "ci/3")
    assert await world.gitea_forge.checks(REPO, head) is Checks.PENDING


# ── conflicts ────────────────────────────────────────────────────────────────────────────────────


async def test_conflicts_with_the_base_branch_are_seen_before_anybody_merges(
    world: GiteaWorld, head: CommitId
) -> None:
    world.alice.push(REPO, BRANCH, {"README.md": "# Ours\n", "a.txt": "a\n"})
    clean = await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    world.alice.push(REPO, MAIN, {"README.md": "# Theirs\n"})
    state = await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    assert (clean.conflicts, state.conflicts) == ((), ("README.md",))
    assert (await world.inspector.branch_state(REPO, BRANCH)).conflicts == ()


async def test_a_branch_without_a_common_past_is_looked_at_as_well(
    world: GiteaWorld, head: CommitId
) -> None:
    await world.person_begins_anew(BRANCH)
    state = await world.inspector.branch_state(REPO, BRANCH, base=MAIN)
    assert state.conflicts == ("README.md",)


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────


async def test_too_many_requests_say_when_to_come_back(world: GiteaWorld, head: CommitId) -> None:
    world.gitea.trouble.slow_down(17, where=f"GET /api/v1/repos/{REPO}/pulls")
    with pytest.raises(RateLimited) as told:
        await opened(world)
    assert told.value.retry_after.total_seconds() == 17


async def test_a_slow_forge_is_not_waited_for_for_ever(world: GiteaWorld, head: CommitId) -> None:
    hasty = GiteaWorld(world.gitea, world.data, timeout=0.05)
    world.gitea.trouble.latency = 0.3
    with pytest.raises(TimedOut):
        await hasty.gitea_forge.checks(REPO, head)
    world.gitea.trouble.latency = 0
    await hasty.close()


async def test_pull_requests_of_two_branches_do_not_mix(world: GiteaWorld, head: CommitId) -> None:
    await world.gitea_forge.prepare_branch(
        REPO, OTHER, base=MAIN, files={"b.txt": "x\n"}, message="open"
    )
    one, two = (await opened(world)).number, (await opened(world, OTHER)).number
    world.alice.close_pull(REPO, one)
    state = await world.inspector.branch_state(REPO, OTHER, pull_request=two)
    assert state.closed is None
    assert state.pull_request is not None
    with pytest.raises(NotAllowed):
        await world.gitea_forge.merge(REPO, one, commit=head)
