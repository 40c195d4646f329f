"""``:approved:``: who may say it, of which commit, and what it opens (task 5 of the mission)."""

import pytest

from domain.effects import MoveItem
from domain.gates import Asked, Failing, Judgement, NotPassed, Passed, Pending
from domain.item import Person, TrackerState
from domain.prose import Prose
from domain.task import ReasonKind, Status
from tests.unit.domain.given import (
    APPROVER,
    BOT,
    BRANCH_URL,
    EN,
    GUEST,
    HEAD,
    LATER_HEAD,
    MEMBER,
    SECOND,
    a_task,
    comment,
    effects,
    moves,
    prose,
    said,
    seen,
    started,
    the_start,
    when,
)


@pytest.mark.parametrize("words", [":approved:", ":APPROVED:", "Well done :Approved: — go on!"])
def test_an_approvers_word_starts_the_next_stage(words: str) -> None:
    decision = when(a_task("analysis", Status.IN_REVIEW), comment(words, head=HEAD))
    start = the_start(decision)
    assert start.run.role == "architect"
    assert start.reason.kind is ReasonKind.ADVANCED
    assert moves(decision) == [TrackerState.IN_PROGRESS]
    assert "🔄 Stage: analysis → architecture (launching architect)" in said(decision)
    assert BRANCH_URL in said(decision)
    assert decision.task.approving is None


def test_approval_may_be_wanted_anywhere_and_leads_where_the_table_says() -> None:
    task = a_task("verify", Status.IN_REVIEW, rules=SECOND)
    decision = when(task, comment(":approved:", head=HEAD), rules=SECOND)
    assert decision.task.stage == "release"


@pytest.mark.parametrize("author", [MEMBER, GUEST])
@pytest.mark.parametrize("words", [":approved:", ":rejected: no", "Both :approved: :rejected:"])
def test_who_is_no_approver_is_refused_in_one_line(author: Person, words: str) -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(words, author, head=HEAD, gate=Passed()))
    assert said(decision).startswith(f"🚫 {author.name}")
    assert decision.task.stage == "analysis"
    assert decision.task.status is Status.IN_REVIEW
    assert decision.task.approving == HEAD
    assert not effects(decision, MoveItem)


def test_our_own_comment_approves_nothing_and_is_not_answered() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(":approved:", BOT, head=HEAD, gate=Passed()))
    assert not decision.effects
    assert decision.task.stage == "analysis"


@pytest.mark.parametrize(
    "body",
    [
        prose("Not yet.", quoted=":approved:"),
        prose("Say", code=":approved:"),
        prose("Write `:approved:` when you are content."),
        prose("approved"),
        prose("x:approved:"),
        prose(":approved:x"),
        prose("::approved::"),
    ],
)
def test_the_word_counts_only_where_it_is_said(body: Prose) -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(body, head=HEAD, gate=Passed()))
    assert decision.task.stage == "analysis"
    assert started(decision) is None
    assert decision.task.remarks


def test_a_rejection_wins_over_an_approval_in_the_same_comment() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(":approved: no, :rejected: wait", head=HEAD, gate=Passed()))
    start = the_start(decision)
    assert start.run.role == "analyst"
    assert start.reason.kind is ReasonKind.REJECTED


def test_an_approval_holds_for_the_commit_that_was_put_up_for_review() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(":approved:", head=LATER_HEAD), rules=EN)
    assert started(decision) is None
    assert decision.task.stage == "analysis"
    assert decision.task.status is Status.IN_REVIEW
    assert f"moved on to {LATER_HEAD[:10]}" in said(decision)
    assert f"approval was for {HEAD[:10]}" in said(decision)


def test_the_new_commit_can_be_approved_then() -> None:
    outdated = when(a_task("analysis", Status.IN_REVIEW), comment(":approved:", head=LATER_HEAD))
    decision = when(outdated.task, comment(":approved:", head=LATER_HEAD))
    start = the_start(decision)
    assert start.run.base == LATER_HEAD


def test_an_approval_is_of_no_use_where_nobody_knows_which_commit_it_is_for() -> None:
    decision = when(a_task("analysis", Status.IN_REVIEW), comment(":approved:", head=None))
    assert started(decision) is None
    assert decision.task.status is Status.IN_REVIEW


def test_a_new_commit_that_shuts_the_gate_is_not_put_up_for_approval() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    event = comment(":approved:", head=LATER_HEAD, gate=NotPassed(("02-trz.md",)))
    decision = when(task, event, rules=EN)
    assert "Missing: 02-trz.md" in said(decision)
    assert decision.task.approving == HEAD
    assert decision.task.shown is TrackerState.IN_REVIEW


def test_moving_the_card_to_in_review_does_not_open_a_gate() -> None:
    held = when(a_task("testing", Status.BLOCKED), seen(TrackerState.IN_REVIEW)).task
    event = comment(":approved:", head=HEAD, gate=NotPassed(("13-test-report.md: verdict PASS",)))
    decision = when(held, event, rules=EN)
    assert decision.task.stage == "testing"
    assert "verdict PASS" in said(decision)


def test_nothing_was_put_up_for_approval_by_moving_the_card() -> None:
    held = when(a_task("testing", Status.BLOCKED), seen(TrackerState.IN_REVIEW)).task
    assert started(when(held, comment(":approved:", head=HEAD))) is None


def test_what_was_up_for_approval_no_longer_is_once_the_item_is_put_back() -> None:
    paused = when(a_task("analysis", Status.IN_REVIEW), seen(TrackerState.TODO)).task
    assert started(when(paused, comment(":approved:", head=HEAD))) is None


def test_an_approval_of_a_blocked_item_goes_on_if_the_gate_is_open() -> None:
    task = a_task("architecture", Status.BLOCKED)
    decision = when(task, comment(":approved:", head=LATER_HEAD, gate=Passed()))
    start = the_start(decision)
    assert (start.run.stage, start.run.base) == ("development", LATER_HEAD)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (NotPassed(("05-architecture.md",)), "Missing: 05-architecture.md"),
        (Pending(), "still pending"),
        (Asked("Which?"), "Missing"),
        (Failing("FAIL"), "Missing"),
        (None, "Missing"),
    ],
)
@pytest.mark.parametrize("status", [Status.NEEDS_INPUT, Status.BLOCKED, Status.PAUSED])
def test_a_shut_gate_says_why_and_the_item_stays_where_it_was(
    gate: Judgement | None, words: str, status: Status
) -> None:
    task = a_task("architecture", status)
    decision = when(task, comment(":approved:", head=HEAD, gate=gate), rules=EN)
    assert words in said(decision)
    assert moves(decision) == [TrackerState.IN_PROGRESS, task.shown]
    assert (decision.task.stage, decision.task.status) == ("architecture", status)
    assert started(decision) is None


def test_an_item_put_back_to_the_backlog_stays_there_when_its_gate_is_shut() -> None:
    task = a_task("architecture", Status.PAUSED, shown=TrackerState.BACKLOG)
    assert when(task, comment(":approved:", head=HEAD)).task.shown is TrackerState.BACKLOG


def test_there_is_nothing_to_approve_while_an_agent_works() -> None:
    decision = when(a_task("testing"), comment(":approved:", head=HEAD, gate=Passed()), rules=EN)
    assert said(decision).startswith("⏳ Tester is still at work in testing")
    assert len(decision.effects) == 1


def test_there_is_nothing_to_approve_while_checks_run() -> None:
    task = a_task("development", Status.CHECKING)
    decision = when(task, comment(":approved:", head=HEAD, gate=Passed()), rules=EN)
    assert "still pending" in said(decision)
    assert decision.task.status is Status.CHECKING


def test_the_last_stage_approved_ends_the_item() -> None:
    task = a_task("deploy", Status.BLOCKED)
    decision = when(task, comment(":approved:", APPROVER, head=HEAD, gate=Passed()))
    assert (decision.task.status, decision.task.stage) == (Status.DONE, "done")
    assert moves(decision)[-1] is TrackerState.DONE
