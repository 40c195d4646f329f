"""What people do on the forge: reviews, pull requests closed and merged, branches removed."""

from dataclasses import replace
from typing import Any

import pytest

from domain.decisions.forge import concerns
from domain.effects import MergePullRequest, OpenPullRequest
from domain.events import Ask, BranchGone
from domain.evidence import Checks, ReviewVerdict
from domain.gates import Passed
from domain.item import TrackerState
from domain.task import ReasonKind, Status
from tests.unit.domain import given

APPROVED, CHANGES = ReviewVerdict.APPROVED, ReviewVerdict.CHANGES_REQUESTED
AT_WORK: dict[str, Any] = {"pull_request": given.PULL_REQUEST}


# ── reviews ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stage", ["review", "testing", "deploy"])
def test_changes_requested_on_the_forge_go_back_to_development_with_their_words(stage: str) -> None:
    task = given.a_task(stage, Status.BLOCKED, **AT_WORK)
    decision = given.when(task, given.forge_seen(reviews=[given.review()]))
    start = given.the_start(decision)
    assert decision.task.stage == "development"
    assert (start.reason.kind, start.reason.text) == (
        ReasonKind.CHANGES_REQUESTED,
        "Mind the {locale}.",
    )
    assert "olga" in given.said(decision)
    assert "Mind the {locale}." in given.said(decision)


def test_an_agent_at_work_on_a_later_stage_is_stopped_for_it() -> None:
    task = given.a_task("testing", **AT_WORK)
    decision = given.when(task, given.forge_seen(reviews=[given.review()]))
    assert task.run is not None
    assert given.stopped(decision) == [task.run.id]
    assert decision.task.pending is not None
    assert decision.task.pending.stage == "development"


def test_a_second_review_adds_to_the_first_while_the_developer_is_at_work() -> None:
    task = given.a_task("review", Status.BLOCKED, **AT_WORK)
    first = given.when(task, given.forge_seen(reviews=[given.review(text="One.")])).task
    both = [given.review(text="One."), given.review(text="Two.", by="pavel", id="12/2")]
    decision = given.when(first, given.forge_seen(reviews=both))
    assert decision.task.pending is not None
    assert decision.task.pending.reason.text == "One.\n\nTwo."


def test_a_review_is_heeded_once() -> None:
    task = given.a_task("review", Status.BLOCKED, **AT_WORK)
    seen = given.forge_seen(reviews=[given.review()])
    once = given.when(task, seen).task
    again = given.when(once, replace(seen, id=given.fresh_id()))
    assert given.started(again) is None
    assert again.task.pending is None
    assert not concerns(once, seen.state)


def test_an_approval_on_the_forge_opens_the_gate_that_waits_for_it() -> None:
    task = given.a_task("verify", Status.IN_REVIEW, rules=given.SECOND, **AT_WORK)
    seen = given.forge_seen(reviews=[given.review(APPROVED)])
    assert concerns(task, seen.state)
    decision = given.when(task, seen, rules=given.SECOND)
    assert decision.task.stage == "release"
    assert "olga" in given.why(decision)


@pytest.mark.parametrize(
    "review",
    [
        given.review(APPROVED, approver=False),
        given.review(APPROVED, commit=given.LATER_HEAD),
    ],
)
def test_no_other_approval_opens_it(review: object) -> None:
    task = given.a_task("verify", Status.IN_REVIEW, rules=given.SECOND, **AT_WORK)
    seen = given.forge_seen(reviews=[review])  # type: ignore[list-item]  # as named above
    decision = given.when(task, seen, rules=given.SECOND)
    assert (decision.task.stage, decision.task.status) == ("verify", Status.IN_REVIEW)


def test_an_approval_by_who_may_not_is_refused_once_and_in_words() -> None:
    task = given.a_task("verify", Status.IN_REVIEW, rules=given.SECOND, **AT_WORK)
    seen = given.forge_seen(reviews=[given.review(APPROVED, by="eve", approver=False)])
    decision = given.when(task, seen, rules=given.SECOND)
    assert "eve" in given.said(decision)
    again = given.when(decision.task, replace(seen, id=given.fresh_id()), rules=given.SECOND)
    assert given.said(again) == ""


def test_an_approval_that_came_early_counts_when_a_gate_waits_for_it() -> None:
    review = given.review(APPROVED)
    at_work = given.a_task("verify", rules=given.SECOND, head=given.HEAD, **AT_WORK)
    seen = given.forge_seen(reviews=[review])
    early = given.when(at_work, seen, rules=given.SECOND).task
    waits = given.when(early, given.judged(early, Passed()), rules=given.SECOND).task
    assert waits.status is Status.IN_REVIEW
    assert concerns(waits, seen.state)
    late = given.when(waits, given.forge_seen(reviews=[review]), rules=given.SECOND)
    assert late.task.stage == "release"


def test_before_there_is_code_changes_requested_are_a_rejection_of_the_stage() -> None:
    task = given.a_task("analysis", Status.IN_REVIEW, **AT_WORK)
    start = given.the_start(given.when(task, given.forge_seen(reviews=[given.review()])))
    assert (start.run.stage, start.reason.kind) == ("analysis", ReasonKind.REJECTED)


@pytest.mark.parametrize("status", [Status.PAUSED, Status.CANCELLED, Status.DONE])
def test_a_review_takes_nothing_up_that_a_person_has_put_aside(status: Status) -> None:
    task = given.a_task("review", status, **AT_WORK)
    seen = given.forge_seen(reviews=[given.review()])
    decision = given.when(task, seen)
    assert decision.task.status is status
    assert not decision.effects
    assert not concerns(task, seen.state)


# ── closed and merged by people ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [Status.WORKING, Status.CHECKING, Status.MERGING])
def test_a_pull_request_that_a_person_closed_stops_the_item_and_says_why(status: Status) -> None:
    stage = "development" if status is Status.CHECKING else "testing"
    task = given.a_task(stage, status, **AT_WORK)
    seen = given.forge_seen(pull_request=None, closed=given.closed())
    assert concerns(task, seen.state)
    decision = given.when(task, seen)
    assert (decision.task.status, decision.task.pull_request) == (Status.BLOCKED, None)
    assert given.moves(decision) == [TrackerState.BLOCKED]
    assert "olga" in given.said(decision)
    assert "[#12](http" in given.said(decision)
    assert not concerns(decision.task, seen.state)


def test_who_resumes_after_that_gets_a_new_pull_request() -> None:
    task = given.a_task("testing", **AT_WORK)
    closed = given.forge_seen(pull_request=None, closed=given.closed())
    blocked = given.when(task, closed, given.ended(task)).task
    decision = given.when(blocked, given.asked(Ask.RETRY))
    assert len(given.effects(decision, OpenPullRequest)) == 1
    assert given.the_start(decision).run.stage == "testing"


def test_a_merge_by_a_person_before_all_is_through_asks_what_that_means() -> None:
    task = given.a_task("review", **AT_WORK)
    seen = given.forge_seen(pull_request=None, closed=given.closed(merged=True))
    decision = given.when(task, seen)
    assert decision.task.status is Status.BLOCKED
    assert decision.task.pull_request is not None
    assert decision.task.pull_request.merged
    assert not concerns(decision.task, seen.state)
    resumed = given.when(decision.task, given.ended(task), given.asked(Ask.RETRY))
    assert not given.effects(resumed, OpenPullRequest)
    assert given.the_start(resumed).run.stage == "review"


def test_a_merge_by_a_person_during_the_deployment_is_as_it_is_to_be() -> None:
    task = given.a_task("deploy", **AT_WORK)
    seen = given.forge_seen(pull_request=None, closed=given.closed(merged=True))
    decision = given.when(task, seen)
    assert decision.task.status is Status.WORKING
    assert not decision.effects


def test_a_closed_one_that_is_not_ours_any_more_is_no_news() -> None:
    task = given.a_task("testing", **AT_WORK)
    seen = given.forge_seen(pull_request=None, closed=given.closed(number=3))
    assert given.when(task, seen).task.status is Status.WORKING


# ── branches ─────────────────────────────────────────────────────────────────────────────────────


def gone() -> BranchGone:
    return BranchGone(id=given.fresh_id(), item=given.ITEM, problem="shop has no branch {x}")


@pytest.mark.parametrize("status", [Status.WORKING, Status.CHECKING, Status.IN_REVIEW])
def test_a_branch_that_is_gone_is_told_with_its_last_commit(status: Status) -> None:
    stage = "development" if status is Status.CHECKING else "testing"
    decision = given.when(given.a_task(stage, status), gone())
    assert decision.task.status is Status.BLOCKED
    assert "shop has no branch {x}" in given.said(decision)
    assert given.HEAD[:10] in given.said(decision)
    assert given.said(given.when(decision.task, gone())) == ""


def test_a_push_by_a_person_while_the_item_rests_is_where_it_goes_on() -> None:
    task = given.a_task("testing", Status.BLOCKED, **AT_WORK)
    seen = given.forge_seen(head=given.LATER_HEAD)
    assert concerns(task, seen.state)
    moved = given.when(task, seen).task
    assert moved.head == given.LATER_HEAD
    assert not concerns(moved, seen.state)
    start = given.the_start(given.when(moved, given.asked(Ask.RETRY)))
    assert start.run.base == given.LATER_HEAD


# ── conflicts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("checks", [Checks.PENDING, Checks.PASSED])
def test_a_conflict_with_the_base_branch_goes_to_the_developer_before_any_review(
    checks: Checks,
) -> None:
    task = given.a_task("development", Status.CHECKING)
    seen = given.forge_seen(checks, conflicts=["src/{a}.py"])
    assert concerns(task, seen.state)
    decision = given.when(task, seen)
    start = given.the_start(decision)
    assert (start.run.stage, start.reason.kind) == ("development", ReasonKind.MERGE_CONFLICT)
    assert "src/{a}.py" in start.reason.text
    assert "src/{a}.py" in given.said(decision)


def test_conflicts_that_do_not_end_come_before_a_person() -> None:
    task = given.a_task("development", Status.CHECKING, spent={"development": 3})
    decision = given.when(task, given.forge_seen(conflicts=["a.py"]))
    assert decision.task.status is Status.BLOCKED
    assert given.started(decision) is None


# ── merging ──────────────────────────────────────────────────────────────────────────────────────


def test_before_the_deployment_the_commit_that_was_tested_is_merged() -> None:
    task = given.a_task("testing", rules=given.MERGING, **AT_WORK)
    decision = given.when(task, given.judged(task, Passed()), rules=given.MERGING)
    (order,) = given.effects(decision, MergePullRequest)
    assert (order.head, order.number) == (given.HEAD, 12)
    assert (decision.task.stage, decision.task.status) == ("testing", Status.MERGING)
    assert given.started(decision) is None
    merged = given.when(decision.task, given.merge_ended(), rules=given.MERGING)
    assert given.the_start(merged).run.stage == "deploy"


def test_after_the_deployment_the_item_is_done_when_it_is_merged() -> None:
    rules = replace(given.MERGING_LAST, pipeline=given.RU.pipeline)
    task = given.a_task("deploy", rules=rules, **AT_WORK)
    decision = given.when(task, given.judged(task, Passed()), rules=rules)
    assert decision.task.status is Status.MERGING
    merged = given.when(decision.task, given.merge_ended(), rules=rules)
    assert (merged.task.status, given.moves(merged)) == (Status.DONE, [TrackerState.DONE])


def test_where_nothing_is_to_be_merged_nothing_is() -> None:
    task = given.a_task("testing", **AT_WORK)
    decision = given.when(task, given.judged(task, Passed()))
    assert not given.effects(decision, MergePullRequest)
    assert decision.task.stage == "deploy"


def test_without_a_pull_request_one_is_opened_first() -> None:
    task = given.a_task("testing", rules=given.MERGING)
    ordered = given.when(task, given.judged(task, Passed()), rules=given.MERGING)
    assert len(given.effects(ordered, OpenPullRequest)) == 1
    seen = given.forge_seen()
    assert concerns(ordered.task, seen.state)
    merging = given.when(ordered.task, seen, rules=given.MERGING)
    assert len(given.effects(merging, MergePullRequest)) == 1
    again = given.when(merging.task, given.forge_seen(), rules=given.MERGING)
    assert not again.effects


def test_a_conflict_at_the_merge_goes_back_to_development() -> None:
    task = given.a_task("testing", Status.MERGING)
    decision = given.when(task, given.merge_ended("in conflict", conflicts=["a.py"]))
    start = given.the_start(decision)
    assert (start.run.stage, start.reason.kind) == ("development", ReasonKind.MERGE_CONFLICT)
    assert decision.task.merging is None


def test_a_merge_that_the_forge_refuses_is_repeated_when_a_person_says_so() -> None:
    """Without the deployment, which went well, being done a second time."""
    task = given.a_task("deploy", Status.MERGING, rules=given.MERGING)
    blocked = given.when(task, given.merge_ended("not enough {approvals}"), rules=given.MERGING)
    assert blocked.task.status is Status.BLOCKED
    assert "not enough {approvals}" in given.said(blocked)
    again = given.when(blocked.task, given.asked(Ask.RETRY), rules=given.MERGING)
    assert given.started(again) is None
    assert len(given.effects(again, MergePullRequest)) == 1


def test_a_merge_that_the_forge_refuses_is_not_repeated_for_another_commit() -> None:
    task = given.a_task("deploy", Status.MERGING)
    blocked = given.when(task, given.merge_ended("the head moved")).task
    moved = given.when(blocked, given.forge_seen(head=given.LATER_HEAD)).task
    again = given.when(moved, given.asked(Ask.RETRY))
    assert given.the_start(again).run.stage == "deploy"


def test_a_person_who_merges_what_we_were_about_to_merge_is_right() -> None:
    task = given.a_task("testing", Status.MERGING)
    seen = given.forge_seen(pull_request=None, closed=given.closed(merged=True))
    decision = given.when(task, seen)
    assert decision.task.stage == "deploy"
    late = given.when(decision.task, given.merge_ended())
    assert late.task.stage == "deploy"
    assert given.started(late) is None


def test_a_merge_whose_order_was_given_up_waits_for_a_person() -> None:
    task = given.a_task("testing", Status.MERGING)
    decision = given.when(task, given.effect_failed(MergePullRequest))
    assert decision.task.status is Status.BLOCKED


def test_approving_while_it_is_merged_merges_nothing_twice() -> None:
    task = given.a_task("testing", Status.MERGING, rules=given.MERGING)
    comment = given.comment(":approved:", head=given.HEAD, gate=Passed())
    decision = given.when(task, comment, rules=given.MERGING)
    assert not given.effects(decision, MergePullRequest)
    assert decision.task.status is Status.MERGING
