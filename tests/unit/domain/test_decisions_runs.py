"""Runs that end otherwise than they should: crashed, lost, refused, unknown, not wanted."""

from dataclasses import replace

import pytest

from domain.effects import CollectRun, Effect, StartRun, StopRun
from domain.events import Ask, Outcome
from domain.gates import NotPassed, Passed
from domain.identifiers import RunId
from domain.item import TrackerState
from domain.task import Actor, ReasonKind, Status, Task
from tests.unit.domain.given import (
    BASE,
    EN,
    HEAD,
    LATER_HEAD,
    SECOND,
    a_task,
    asked,
    comment,
    effects,
    ended,
    judged,
    moves,
    notices,
    refused,
    said,
    seen,
    started,
    stopped,
    the_start,
    when,
    why,
)

NOTHING = NotPassed(("05-architecture.md",))


def _crashed(task: Task, *, exit_code: int = 2) -> Task:
    return when(task, judged(task, NOTHING, exit_code=exit_code)).task


@pytest.mark.parametrize(
    "outcome", [Outcome.EXITED, Outcome.TIMED_OUT, Outcome.STALLED, Outcome.LOST]
)
def test_what_a_run_left_is_collected_however_it_ended(outcome: Outcome) -> None:
    task = a_task("development")
    decision = when(task, ended(task, outcome, exit_code=1))
    (collect,) = effects(decision, CollectRun)
    assert collect.run == task.run
    assert started(decision) is None
    assert decision.task.turn is not None
    assert decision.task.turn.actor is Actor.FORGE


def test_a_lost_run_is_kept_from_turning_up_beside_the_next_one() -> None:
    """Its start may still be on its way; once stopped it can no longer happen."""
    task = a_task("development")
    assert task.run is not None
    assert stopped(when(task, ended(task, Outcome.LOST))) == [task.run.id]


def test_a_crashed_run_is_repeated_once() -> None:
    task = a_task("architecture")
    decision = when(task, judged(task, NOTHING, exit_code=2), rules=EN)
    start = the_start(decision)
    assert (start.run.role, start.reason.kind) == ("architect", ReasonKind.CRASHED)
    assert "exit code 2" in start.reason.text
    assert "failed: exit code 2. It is repeated once." in said(decision)
    again = when(decision.task, judged(decision.task, NOTHING, exit_code=2), rules=EN)
    assert started(again) is None
    assert again.task.status is Status.BLOCKED
    assert "exit code 2" in said(again)
    assert moves(again) == [TrackerState.BLOCKED]


def test_how_often_a_crash_is_repeated_is_the_pipelines_matter() -> None:
    task, starts = a_task("verify", rules=SECOND), 0
    decision = when(task, judged(task, NOTHING, exit_code=1), rules=SECOND)
    while started(decision):
        starts += 1
        decision = when(decision.task, judged(decision.task, NOTHING, exit_code=1), rules=SECOND)
    assert starts == 2


def test_a_run_that_gets_through_makes_up_for_a_crash() -> None:
    task = _crashed(a_task("architecture"))
    task = when(task, judged(task, Passed())).task
    assert task.stage == "development"
    assert started(when(task, judged(task, NOTHING, exit_code=2)))


def test_a_person_who_resumes_makes_up_for_a_crash() -> None:
    task = _crashed(_crashed(a_task("architecture")))
    assert task.status is Status.BLOCKED
    task = when(task, asked(Ask.RETRY)).task
    assert started(when(task, judged(task, NOTHING, exit_code=2)))


def test_a_lost_run_is_repeated_too() -> None:
    task = a_task("architecture")
    assert started(when(task, judged(task, NOTHING, exit_code=124, outcome=Outcome.LOST)))


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.STALLED])
def test_a_run_that_used_up_its_time_is_not_repeated(outcome: Outcome) -> None:
    task = a_task("architecture")
    decision = when(task, judged(task, NOTHING, exit_code=124, outcome=outcome), rules=EN)
    assert started(decision) is None
    assert decision.task.status is Status.BLOCKED
    assert str(outcome) in said(decision)


def test_an_agent_that_cannot_be_started_comes_before_a_person() -> None:
    task = a_task("architecture")
    decision = when(task, ended(task, Outcome.NOT_STARTED, detail="no such file: claude"))
    assert "no such file: claude" in said(decision)
    assert decision.task.run is None
    assert decision.task.status is Status.BLOCKED


def test_an_agent_somebody_else_stopped_is_not_started_again_behind_his_back() -> None:
    task = a_task("architecture")
    decision = when(task, ended(task, Outcome.STOPPED))
    assert started(decision) is None
    assert decision.task.status is Status.BLOCKED


def test_a_run_that_exits_with_zero_and_leaves_nothing_is_not_repeated() -> None:
    task = a_task("architecture")
    decision = when(task, judged(task, NOTHING), rules=EN)
    assert started(decision) is None
    assert "this is missing: 05-architecture.md" in said(decision)


def test_work_on_a_branch_that_moved_is_done_again_from_the_new_commit() -> None:
    task = a_task("development")
    decision = when(task, refused(task, "not a fast-forward", moved=True), rules=EN)
    start = the_start(decision)
    assert (start.run.base, start.reason.kind) == (LATER_HEAD, ReasonKind.BRANCH_MOVED)
    assert LATER_HEAD[:10] in said(decision)


def test_a_branch_that_always_moves_meets_the_limit() -> None:
    task = a_task("development", spent={"development": 3})
    assert when(task, refused(task, "moved", moved=True)).task.status is Status.BLOCKED


def test_commits_that_are_out_of_bounds_block_the_item() -> None:
    task = a_task("development")
    decision = when(task, refused(task, "history was rewritten", moved=False))
    assert "history was rewritten" in said(decision)
    assert started(decision) is None
    assert (decision.task.status, decision.task.run) == (Status.BLOCKED, None)


def test_commits_that_the_forge_does_not_take_are_pushed_first_when_a_person_goes_on() -> None:
    """The agent need not do its work again."""
    task = a_task("development")
    blocked = when(task, refused(task, "no scope", kept=True, head=BASE), rules=EN)
    assert "no scope. They are kept" in said(blocked)
    resumed = when(blocked.task, asked(Ask.RETRY))
    assert [effect.run for effect in effects(resumed, CollectRun)] == [task.run]
    assert started(resumed) is None
    assert (resumed.task.status, resumed.task.run) == (Status.WORKING, task.run)
    again = when(resumed.task, refused(resumed.task, "no scope", kept=True, head=BASE))
    assert (again.task.status, again.task.held) == (Status.BLOCKED, task.run)
    through = when(resumed.task, judged(resumed.task, Passed()))
    assert (through.task.held, through.task.stage) == (None, "review")


@pytest.mark.parametrize("where", ["moved", "sent back"])
def test_kept_commits_are_not_pushed_where_they_no_longer_belong(where: str) -> None:
    """Somebody changed the branch, or the stage was begun anew meanwhile."""
    task = a_task("development")
    blocked = when(task, refused(task, "no scope", kept=True, head=BASE)).task
    if where == "moved":
        blocked = replace(blocked, head=LATER_HEAD)
    else:
        anew = when(blocked, comment(":rejected: otherwise"))
        blocked = replace(anew.task, run=None, status=Status.BLOCKED)
    assert not effects(when(blocked, asked(Ask.RETRY)), CollectRun)


@pytest.mark.parametrize("stranger", ["ET-7-2", "ET-7-4", "ET-70-3"])
def test_what_is_told_of_another_run_changes_nothing(stranger: str) -> None:
    task = a_task("architecture")
    for event in (
        ended(task),
        judged(task, Passed()),
        refused(task, "too large", moved=True),
    ):
        decision = when(task, replace(event, run=RunId(stranger)))
        assert not decision.effects
        assert replace(decision.task, heard=()) == task
        assert stranger in why(decision)


def test_what_a_stopped_run_left_is_not_used() -> None:
    paused = when(a_task("architecture"), seen(TrackerState.TODO)).task
    decision = when(paused, ended(paused))
    assert not decision.effects
    assert (decision.task.run, decision.task.status) == (None, Status.PAUSED)


def test_a_run_stopped_while_it_was_collected_moves_nothing_but_the_head() -> None:
    paused = when(a_task("architecture"), seen(TrackerState.TODO)).task
    decision = when(paused, judged(paused, Passed()))
    assert not decision.effects
    assert (decision.task.stage, decision.task.head) == ("architecture", HEAD)


def test_the_next_run_has_the_next_name() -> None:
    task = a_task("architecture")
    start = the_start(when(task, judged(task, Passed())))
    assert task.run is not None
    assert (task.run.id, start.run.id) == ("ET-7-3", "ET-7-4")
    assert start.run.base == HEAD


def test_a_run_starts_with_the_time_its_row_allows() -> None:
    task = a_task("architecture")
    turn = when(task, judged(task, Passed())).task.turn
    assert turn is not None
    pipeline = EN.pipeline
    assert turn.until - turn.since == pipeline.stages[2].time_limit + pipeline.launch_patience


def test_two_approvals_start_one_agent() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    first = when(task, comment(":approved:", head=HEAD))
    second = when(first.task, comment(":approved:", head=HEAD, gate=Passed()))
    assert started(first)
    assert started(second) is None
    assert second.task.stage == "architecture"


def _starts_and_stops(*decided: tuple[Effect, ...]) -> list[Effect]:
    return [e for effects_ in decided for e in effects_ if isinstance(e, StartRun | StopRun)]


def test_cancel_and_retry_at_once_start_no_second_agent() -> None:
    task = a_task("testing")
    cancelled = when(task, asked(Ask.CANCEL))
    resumed = when(cancelled.task, asked(Ask.RETRY))
    assert task.run is not None
    assert _starts_and_stops(cancelled.effects, resumed.effects) == [
        StopRun(item=task.item, run=task.run.id)
    ]
    last = when(resumed.task, ended(resumed.task, Outcome.STOPPED))
    assert the_start(last).run.role == "tester"
    assert not notices(last)


def test_an_event_that_comes_again_changes_nothing() -> None:
    task = a_task("architecture")
    event = judged(task, Passed())
    first = when(task, event)
    again = when(first.task, event)
    assert started(first)
    assert (again.task, again.effects, again.notes) == (first.task, (), ())


def test_a_pause_calls_off_what_waited_for_the_run_to_end() -> None:
    task = when(a_task("testing"), comment(":rejected: slow"), seen(TrackerState.TODO)).task
    decision = when(task, ended(task))
    assert started(decision) is None
    assert decision.task.status is Status.PAUSED
