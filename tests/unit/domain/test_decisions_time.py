"""Deadlines, reminders, and effects that were given up: nobody is waited for in silence."""

from datetime import timedelta

import pytest

from domain.effects import (
    CollectRun,
    Effect,
    MoveItem,
    Notify,
    OpenPullRequest,
    PostComment,
    PrepareBranch,
    StartRun,
    StopRun,
)
from domain.events import Ask, Liveness, Outcome
from domain.gates import Passed
from domain.identifiers import RunId
from domain.item import TrackerState
from domain.pipeline import DEFAULT_PIPELINE, Pipeline
from domain.task import Actor, Status, Task
from tests.unit.domain.given import (
    EN,
    NOW,
    RU,
    SECOND,
    a_task,
    a_turn,
    asked,
    comment,
    deadline,
    effect_failed,
    effects,
    ended,
    judged,
    notices,
    refused,
    said,
    seen,
    started,
    stopped,
    the_start,
    when,
)


def _waits(task: Task, pipeline: Pipeline, times: int) -> list[float]:
    """Return the hours between reminders, one after another."""
    rules, waits = (SECOND if pipeline is SECOND.pipeline else RU), []
    for _ in range(times):
        assert task.turn is not None
        now = task.turn.until
        decision = when(task, deadline(task), rules=rules, now=now)
        assert len(effects(decision, Notify)) == 1
        task = decision.task
        assert task.turn is not None
        waits.append((task.turn.until - now) / timedelta(hours=1))
    return waits


def test_each_reminder_waits_twice_as_long_up_to_a_week() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    assert _waits(task, DEFAULT_PIPELINE, 6) == [48, 96, 168, 168, 168, 168]


def test_the_second_pipeline_reminds_at_its_own_pace() -> None:
    assert _waits(a_task("verify", Status.BLOCKED), SECOND.pipeline, 3) == [4, 5, 5]


def test_the_first_reminder_comes_after_a_day() -> None:
    task = a_task("testing")
    turn = when(task, seen(TrackerState.BLOCKED)).task.turn
    assert turn is not None
    assert turn.until == NOW + timedelta(hours=24)


def test_a_reminder_says_since_when_and_disturbs_nothing() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, deadline(task), rules=EN)
    assert notices(decision) == (
        "⏰ ET-7: Export to CSV has been waiting for you in analysis (in-review) since"
        " 2026-11-22 11:00 UTC."
    )
    assert len(decision.effects) == 1
    assert decision.task.turn is not None
    assert decision.task.turn.since == NOW - timedelta(hours=1)


def test_a_new_turn_begins_with_the_first_reminder() -> None:
    task = a_task("testing", Status.BLOCKED, reminders=5)
    assert when(task, seen(TrackerState.TODO)).task.reminders == 0


def test_a_deadline_that_was_moved_does_nothing() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    stale = deadline(a_task("analysis", Status.IN_REVIEW, turn=a_turn(Actor.PERSON, hours=1)))
    assert not when(task, stale).effects
    assert when(task, stale).task.turn == task.turn


def test_a_deadline_after_the_end_does_nothing() -> None:
    stale = deadline(a_task("deploy"))
    assert not when(a_task("done", Status.DONE), stale).effects


def test_an_agent_beyond_its_time_is_given_up() -> None:
    task = a_task("testing")
    assert task.run is not None
    decision = when(task, deadline(task, Liveness.RUNNING), rules=EN)
    assert stopped(decision) == [task.run.id]
    assert decision.task.status is Status.BLOCKED
    assert "beyond its time limit" in said(decision)


def test_an_agent_that_waits_for_a_slot_is_waited_for() -> None:
    task = a_task("testing")
    decision = when(task, deadline(task, Liveness.WAITING))
    assert not decision.effects
    assert decision.task.turn is not None
    assert decision.task.turn.until == NOW + DEFAULT_PIPELINE.launch_patience


def test_an_agent_that_waited_for_a_slot_still_has_its_whole_time() -> None:
    task = a_task("testing")
    began = NOW - timedelta(minutes=10)
    decision = when(task, deadline(task, Liveness.RUNNING, running_since=began))
    assert not decision.effects
    turn = decision.task.turn
    assert turn is not None
    stage = DEFAULT_PIPELINE.stages[4]
    assert turn.until == began + stage.time_limit + DEFAULT_PIPELINE.launch_patience


def test_an_agent_that_has_had_its_whole_time_is_given_up_though_it_waited() -> None:
    task = a_task("testing")
    began = NOW - timedelta(hours=3)
    decision = when(task, deadline(task, Liveness.RUNNING, running_since=began))
    assert len(stopped(decision)) == 1


def test_checks_that_never_end_come_before_a_person() -> None:
    task = a_task("development", Status.CHECKING)
    decision = when(task, deadline(task), rules=EN)
    assert decision.task.status is Status.BLOCKED
    assert "have not ended in time" in said(decision)


def test_a_forge_that_is_slow_is_told_of_and_waited_for() -> None:
    task = a_task("created", Status.PREPARING)
    decision = when(task, deadline(task), rules=EN)
    assert "waiting for the forge" in notices(decision)
    assert decision.task.status is Status.PREPARING


# ── effects that were given up ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [MoveItem, PostComment])
def test_a_tracker_that_fails_is_told_of_elsewhere(kind: type[Effect]) -> None:
    decision = when(a_task("testing"), effect_failed(kind))
    assert "403 Forbidden" in notices(decision)
    assert kind.__name__ in notices(decision)
    assert not effects(decision, PostComment)
    assert decision.task.status is Status.WORKING


def test_a_notifier_that_fails_is_told_of_in_the_item() -> None:
    decision = when(a_task("testing"), effect_failed(Notify))
    assert "403 Forbidden" in said(decision)
    assert not effects(decision, Notify)


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        (PrepareBranch, a_task("created", Status.PREPARING)),
        (OpenPullRequest, a_task("development", Status.CHECKING)),
        (CollectRun, a_task("development")),
        (StartRun, a_task("development")),
    ],
)
def test_a_task_that_waits_for_what_failed_is_blocked_and_says_why(
    kind: type[Effect], task: Task
) -> None:
    decision = when(task, effect_failed(kind, task.run.id if task.run else None))
    assert decision.task.status is Status.BLOCKED
    assert "403 Forbidden" in said(decision)
    assert "ET-7" in notices(decision)


@pytest.mark.parametrize("kind", [PrepareBranch, OpenPullRequest])
def test_a_task_that_no_longer_waits_for_it_goes_on(kind: type[Effect]) -> None:
    decision = when(a_task("testing"), effect_failed(kind))
    assert decision.task.status is Status.WORKING
    assert "403 Forbidden" in notices(decision)


@pytest.mark.parametrize("kind", [CollectRun, StartRun])
def test_what_failed_for_an_earlier_run_leaves_the_live_one_alone(kind: type[Effect]) -> None:
    task = a_task("testing")
    decision = when(task, effect_failed(kind, RunId("ET-7-1")))
    assert (decision.task.run, decision.task.status) == (task.run, Status.WORKING)
    assert not stopped(decision)


def test_an_agent_whose_start_failed_is_stopped_because_it_may_have_started() -> None:
    task = a_task("testing")
    assert task.run is not None
    decision = when(task, effect_failed(StartRun, task.run.id))
    assert stopped(decision) == [task.run.id]
    assert decision.task.run == task.run


def test_an_agent_that_cannot_be_stopped_is_still_not_wanted() -> None:
    """What it leaves is not used, however long it goes on, and nobody starts beside it."""
    paused = when(a_task("testing"), seen(TrackerState.TODO)).task
    assert paused.run is not None
    failed = when(paused, effect_failed(StopRun, paused.run.id))
    assert "403 Forbidden" in notices(failed)
    resumed = when(failed.task, asked(Ask.RETRY))
    assert started(resumed) is None
    late = when(failed.task, ended(failed.task))
    assert not late.effects
    assert late.task.status is Status.PAUSED


def test_a_cancelled_item_stays_cancelled_when_its_agent_could_not_be_stopped() -> None:
    cancelled = when(a_task("testing"), asked(Ask.CANCEL)).task
    assert cancelled.run is not None
    failed = when(cancelled, effect_failed(StopRun, cancelled.run.id)).task
    for event in (ended(failed), ended(failed, Outcome.STOPPED), judged(failed, Passed())):
        late = when(failed, event)
        assert late.task.status is Status.CANCELLED
        assert late.task.turn is None
        assert not late.effects


def test_a_rejection_is_followed_though_the_stopped_runs_work_could_not_be_collected() -> None:
    rejected = when(a_task("testing"), comment(":rejected: wrong branch")).task
    assert rejected.run is not None
    start = the_start(when(rejected, effect_failed(CollectRun, rejected.run.id)))
    assert (start.run.role, start.reason.text) == ("reviewer", "wrong branch")


def test_a_refused_branch_of_a_stopped_run_starts_what_waited_for_it() -> None:
    rejected = when(a_task("testing"), comment(":rejected: wrong branch")).task
    start = the_start(when(rejected, refused(rejected, "too large", moved=False)))
    assert start.run.role == "reviewer"
