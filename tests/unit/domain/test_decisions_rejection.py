"""``:rejected: reason`` (task 4 of the mission)."""

import pytest

from domain.decision import Rules
from domain.events import Ask
from domain.item import TrackerState
from domain.task import ReasonKind, Status
from tests.unit.domain.given import (
    EN,
    HEAD,
    RU,
    SECOND,
    a_task,
    asked,
    comment,
    ended,
    moves,
    prose,
    said,
    started,
    stopped,
    the_start,
    when,
)


def test_at_analysis_the_analyst_runs_again_with_the_reason() -> None:
    decision = when(a_task("analysis", Status.IN_REVIEW), comment(":rejected: no rollback plan"))
    start = the_start(decision)
    assert start.run.role == "analyst"
    assert start.reason.kind is ReasonKind.REJECTED
    assert start.reason.text == "no rollback plan"
    assert moves(decision) == [TrackerState.IN_PROGRESS]
    assert said(decision) == "🔄 Analyst перезапущен. Причина: no rollback plan"


@pytest.mark.parametrize(
    ("stage", "earlier", "role"),
    [
        ("architecture", "analysis", "analyst"),
        ("development", "architecture", "architect"),
        ("review", "development", "developer"),
        ("testing", "review", "reviewer"),
        ("deploy", "testing", "tester"),
    ],
)
def test_anywhere_else_it_goes_back_one_stage_and_its_agent_runs(
    stage: str, earlier: str, role: str
) -> None:
    decision = when(a_task(stage, Status.BLOCKED), comment(":rejected: too slow"))
    assert decision.task.stage == earlier
    start = the_start(decision)
    assert (start.run.role, start.reason.text) == (role, "too slow")
    assert said(decision) == f"🔄 Откат: {stage} → {earlier}. Причина: too slow"
    assert decision.task.shown is TrackerState.IN_PROGRESS


def test_the_second_pipeline_goes_back_by_its_own_table() -> None:
    task = a_task("release", Status.BLOCKED, rules=SECOND)
    decision = when(task, comment(":rejected: typo"), rules=SECOND)
    assert decision.task.stage == "verify"
    assert "🔄 Rolled back: release → verify. Reason: typo" in said(decision)


@pytest.mark.parametrize(("rules", "words"), [(RU, "не указана"), (EN, "none was given")])
def test_a_rejection_without_a_reason_says_so(rules: Rules, words: str) -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, comment(":rejected:"), rules=rules)
    start = the_start(decision)
    assert start.reason.text == words
    assert words in said(decision)


def test_the_whole_comment_is_the_reason() -> None:
    body = prose("This is too vague.", ":rejected:", "Name the columns.", quoted="A file.")
    start = the_start(when(a_task("analysis", Status.IN_REVIEW), comment(body)))
    assert start.reason.text.split() == [
        ">",
        "A",
        "file.",
        "This",
        "is",
        "too",
        "vague.",
        "Name",
        "the",
        "columns.",
    ]


def test_the_live_agent_ends_before_the_next_one_starts() -> None:
    task = a_task("testing")
    assert task.run is not None
    first = when(task, comment(":rejected: wrong branch"))
    assert started(first) is None
    assert stopped(first) == [task.run.id]
    second = when(first.task, ended(first.task))
    start = the_start(second)
    assert (start.run.role, start.reason.text) == ("reviewer", "wrong branch")


def test_two_rejections_in_a_row_start_one_agent() -> None:
    task = a_task("testing")
    twice = when(task, comment(":rejected: a"), comment(":rejected: b"))
    assert stopped(twice) == []
    assert twice.task.stage == "development"
    start = the_start(when(twice.task, ended(twice.task)))
    assert start.run.role == "developer"


def test_a_person_may_have_more_runs_than_the_limit_allows_by_itself() -> None:
    task = a_task("review", Status.BLOCKED, spent={"development": 3})
    start = the_start(when(task, comment(":rejected: try harder")))
    assert start.run.role == "developer"


def test_a_rejection_of_what_was_cancelled_changes_nothing() -> None:
    task = when(a_task("analysis", Status.BLOCKED), asked(Ask.CANCEL)).task
    decision = when(task, comment(":rejected: no", head=HEAD), rules=EN)
    assert "has ended (cancelled)" in said(decision)
    assert decision.task.status is Status.CANCELLED


def test_a_rejection_of_what_is_done_does_not_promise_that_it_can_be_taken_up() -> None:
    decision = when(a_task("done", Status.DONE), comment(":rejected: broken"), rules=EN)
    assert "make a new item" in said(decision)
    assert "In Progress" not in said(decision)
