"""What people do by hand: pause, hold, resume, cancel, finish, delete, ask on the command line."""

import pytest

from domain.decision import Rules
from domain.effects import MoveItem, PrepareBranch
from domain.events import Ask
from domain.item import TrackerState
from domain.task import Actor, ReasonKind, Status
from tests.unit.domain.given import (
    EN,
    SECOND,
    a_task,
    asked,
    effects,
    ended,
    forge_seen,
    gone,
    moves,
    said,
    seen,
    started,
    stopped,
    the_start,
    when,
    why,
)

RESTING = [Status.NEEDS_INPUT, Status.IN_REVIEW, Status.BLOCKED, Status.PAUSED]
PUT_BACK = [TrackerState.BACKLOG, TrackerState.TODO]
HELD = {
    TrackerState.NEEDS_INPUT: Status.NEEDS_INPUT,
    TrackerState.IN_REVIEW: Status.IN_REVIEW,
    TrackerState.BLOCKED: Status.BLOCKED,
}


@pytest.mark.parametrize("state", PUT_BACK)
def test_an_item_put_back_pauses_and_its_agent_ends(state: TrackerState) -> None:
    task = a_task("development")
    decision = when(task, seen(state), rules=EN)
    assert task.run is not None
    assert stopped(decision) == [task.run.id]
    assert decision.task.status is Status.PAUSED
    assert decision.task.turn is not None
    assert decision.task.turn.actor is Actor.PERSON
    assert "Paused by Olga" in said(decision)
    assert moves(decision) == []


@pytest.mark.parametrize("status", [Status.PREPARING, Status.CHECKING, *RESTING])
def test_a_task_pauses_in_whatever_it_was(status: Status) -> None:
    at = "created" if status is Status.PREPARING else "development"
    task = a_task(at, status, shown=TrackerState.IN_PROGRESS)
    assert when(task, seen(TrackerState.BACKLOG)).task.status is Status.PAUSED


@pytest.mark.parametrize("state", list(HELD))
def test_an_item_held_by_hand_waits_in_that_state(state: TrackerState) -> None:
    decision = when(a_task("development"), seen(state), rules=EN)
    assert decision.task.status is HELD[state]
    assert decision.task.stage == "development"
    assert f"Held by Olga as {state}" in said(decision)
    assert len(stopped(decision)) == 1


@pytest.mark.parametrize("status", [*RESTING, Status.CANCELLED])
def test_in_progress_takes_a_task_up_again(status: Status) -> None:
    task = a_task("testing", status, spent={"testing": 6})
    decision = when(task, seen(TrackerState.IN_PROGRESS), rules=EN)
    start = the_start(decision)
    assert (start.run.role, start.reason.kind) == ("tester", ReasonKind.RESUMED)
    assert "Resumed by Olga in testing (launching tester)" in said(decision)
    assert decision.task.status is Status.WORKING


@pytest.mark.parametrize("status", [*RESTING, Status.CANCELLED])
def test_retry_does_the_same_from_the_command_line(status: Status) -> None:
    decision = when(a_task("testing", status), asked(Ask.RETRY))
    assert the_start(decision).reason.kind is ReasonKind.RESUMED
    assert moves(decision) == [TrackerState.IN_PROGRESS]


@pytest.mark.parametrize("status", [Status.WORKING, Status.CHECKING])
def test_there_is_nothing_to_retry_while_something_is_going_on(status: Status) -> None:
    decision = when(a_task("development", status), asked(Ask.RETRY))
    assert not decision.effects
    assert "nothing to retry" in why(decision)


def test_retry_of_an_item_finished_by_hand_takes_it_up_where_it_was() -> None:
    task = when(a_task("testing"), seen(TrackerState.DONE)).task
    task = when(task, ended(task)).task
    assert the_start(when(task, asked(Ask.RETRY))).run.role == "tester"


def test_retry_before_the_branch_is_there_begins_at_the_beginning() -> None:
    decision = when(a_task("created", Status.BLOCKED), asked(Ask.RETRY))
    assert effects(decision, PrepareBranch)
    assert decision.task.status is Status.PREPARING


def test_a_pause_and_resumption_within_one_run_wait_for_its_end() -> None:
    task = a_task("development")
    resumed = when(task, seen(TrackerState.TODO), seen(TrackerState.IN_PROGRESS))
    assert started(resumed) is None
    assert resumed.task.status is Status.WORKING
    assert resumed.task.turn is not None
    assert resumed.task.turn.actor is Actor.ORCHESTRATOR
    assert the_start(when(resumed.task, ended(resumed.task))).run.role == "developer"


def test_a_cancelled_item_ends_and_so_does_its_agent() -> None:
    task = a_task("development")
    decision = when(task, seen(TrackerState.CANCELLED), rules=EN)
    assert len(stopped(decision)) == 1
    assert decision.task.status is Status.CANCELLED
    assert decision.task.turn is None
    assert "Cancelled by Olga" in said(decision)
    last = when(decision.task, ended(decision.task))
    assert not last.effects
    assert last.task.run is None


def test_cancel_from_the_command_line_moves_the_item_too() -> None:
    decision = when(a_task("development"), asked(Ask.CANCEL))
    assert moves(decision) == [TrackerState.CANCELLED]
    assert decision.task.status is Status.CANCELLED


def test_a_move_of_ours_is_made_over_the_state_it_was_decided_on() -> None:
    decision = when(a_task("analysis"), seen(TrackerState.BLOCKED))
    (move,) = effects(when(decision.task, asked(Ask.RETRY)), MoveItem)
    assert (move.state, move.over) == (TrackerState.IN_PROGRESS, TrackerState.BLOCKED)


def test_a_command_is_a_persons_word_and_moves_the_item_wherever_it_is() -> None:
    (move,) = effects(when(a_task("development"), asked(Ask.CANCEL)), MoveItem)
    assert move.over is None


def test_an_item_moved_to_done_is_finished_by_hand() -> None:
    decision = when(a_task("review"), seen(TrackerState.DONE), rules=EN)
    assert (decision.task.status, decision.task.stage) == (Status.DONE, "review")
    assert "Finished by Olga in stage review" in said(decision)
    assert len(stopped(decision)) == 1


@pytest.mark.parametrize("rules", [EN, SECOND])
@pytest.mark.parametrize(
    "state", [s for s in TrackerState if s not in (TrackerState.DONE, TrackerState.CANCELLED)]
)
def test_an_item_that_is_through_goes_back_to_done(state: TrackerState, rules: Rules) -> None:
    task = a_task(rules.pipeline.end, Status.DONE, rules=rules)
    decision = when(task, seen(state), rules=rules)
    assert moves(decision) == [TrackerState.DONE]
    assert "make a new item" in said(decision)
    assert decision.task.status is Status.DONE
    assert decision.task.turn is None


def test_retry_of_an_item_that_is_through_is_refused() -> None:
    assert not when(a_task("done", Status.DONE), asked(Ask.RETRY)).effects


def test_a_deleted_item_ends_without_a_word_that_nobody_could_read() -> None:
    decision = when(a_task("development"), gone())
    assert [type(effect).__name__ for effect in decision.effects] == ["StopRun"]
    assert decision.task.status is Status.CANCELLED


def test_a_deletion_of_what_has_ended_changes_nothing() -> None:
    task = a_task("done", Status.DONE)
    assert when(task, gone()).task.status is Status.DONE


@pytest.mark.parametrize("state", list(TrackerState))
def test_a_state_of_our_own_making_is_no_move_of_a_person(state: TrackerState) -> None:
    """It is read while our move is on its way: what it shows is our past, not his will."""
    task = a_task("development")
    decision = when(task, seen(state, settled=False))
    assert not decision.effects
    assert decision.task.status is Status.WORKING
    assert decision.task.shown is TrackerState.IN_PROGRESS


@pytest.mark.parametrize("state", [TrackerState.NEEDS_INPUT, TrackerState.BLOCKED])
def test_an_item_is_moved_from_the_command_line_and_back(state: TrackerState) -> None:
    decision = when(a_task("development"), asked(Ask.MOVE, state))
    assert moves(decision) == [state]
    assert decision.task.status is HELD[state]
    task = when(decision.task, ended(decision.task)).task
    back = when(task, asked(Ask.MOVE, TrackerState.IN_PROGRESS))
    assert moves(back) == [TrackerState.IN_PROGRESS]
    assert the_start(back).run.role == "developer"


def test_a_move_to_where_the_item_is_already_does_nothing() -> None:
    decision = when(a_task("development"), asked(Ask.MOVE, TrackerState.IN_PROGRESS))
    assert not decision.effects


def test_a_task_that_rests_is_shown_where_it_rests_and_nothing_else_moves_it() -> None:
    task = a_task("analysis", Status.IN_REVIEW)
    decision = when(task, forge_seen())
    assert not effects(decision, MoveItem)
    assert decision.task.status is Status.IN_REVIEW
