"""A text that is still being written: editors save by themselves, amid sentences."""

from datetime import timedelta

import pytest

from domain.decide import decide
from domain.decision import Decision
from domain.effects import Notify, PostComment, PrepareBranch
from domain.events import DeadlinePassed
from domain.item import TrackerState
from domain.task import Actor, Status, Task
from tests.unit.domain.given import ITEM, NOW, PATIENT, comment, effects, fresh_id, moves, seen

LATER = NOW + timedelta(seconds=4)


def after(task: Task) -> Decision:
    """What is decided when the text has stayed as it is."""
    assert task.turn is not None
    until = task.turn.until
    passed = DeadlinePassed(id=fresh_id(), item=ITEM, until=until)
    decision = decide(task, passed, now=until, rules=PATIENT)
    assert decision is not None
    return decision


def opened(description: str = "Users want rides. As a file.") -> Task:
    decision = decide(None, seen(description=description), now=NOW, rules=PATIENT)
    assert decision is not None
    assert not decision.effects
    return decision.task


def edited(task: Task, description: str, state: TrackerState = TrackerState.TODO) -> Decision:
    decision = decide(task, seen(state, description=description), now=LATER, rules=PATIENT)
    assert decision is not None
    return decision


def test_a_new_item_is_judged_when_its_text_has_settled() -> None:
    task = opened()
    assert task.status is Status.SETTLING
    assert task.turn is not None
    assert task.turn.actor is Actor.ORCHESTRATOR
    decision = after(task)
    assert effects(decision, PrepareBranch)
    assert decision.task.status is Status.PREPARING


def test_each_save_gives_the_text_its_time_anew() -> None:
    task = opened("Use")
    decision = edited(task, "Users want rides. As a file.")
    assert not decision.effects
    assert decision.task.turn is not None
    assert decision.task.turn.until == LATER + PATIENT.settle
    assert "Users want" in after(decision.task).task.description


def test_an_old_deadline_judges_nothing() -> None:
    task = opened("Use")
    assert task.turn is not None
    typed = edited(task, "Users want").task
    passed = DeadlinePassed(id=fresh_id(), item=ITEM, until=task.turn.until)
    decision = decide(typed, passed, now=task.turn.until, rules=PATIENT)
    assert decision is not None
    assert not decision.effects
    assert decision.task.status is Status.SETTLING


def test_what_is_wrong_is_said_once_however_often_the_editor_saves() -> None:
    unfit = after(opened("Use"))
    assert effects(unfit, PostComment)
    assert moves(unfit) == [TrackerState.BLOCKED]
    task = unfit.task
    for text in ("User", "Users", "Users want"):
        task = edited(task, text, TrackerState.BLOCKED).task
        assert task.status is Status.SETTLING
    again = after(task)
    assert again.task.status is Status.BLOCKED
    assert not effects(again, PostComment)
    assert not effects(again, Notify)


def test_an_item_mended_in_many_saves_starts_by_itself() -> None:
    task = after(opened("Use")).task
    task = edited(task, "Users want rides.", TrackerState.BLOCKED).task
    task = edited(task, "Users want rides. As a file.", TrackerState.BLOCKED).task
    assert effects(after(task), PrepareBranch)


def test_a_person_who_starts_the_item_does_not_wait_for_its_text() -> None:
    decision = edited(opened(), "Users want rides. As a file.", TrackerState.IN_PROGRESS)
    assert effects(decision, PrepareBranch)


@pytest.mark.parametrize(
    ("state", "status"),
    [(TrackerState.CANCELLED, Status.CANCELLED), (TrackerState.BACKLOG, Status.PAUSED)],
)
def test_a_person_can_put_it_away_meanwhile(state: TrackerState, status: Status) -> None:
    assert edited(opened(), "Users want rides. As a file.", state).task.status is status


def test_there_is_nothing_to_approve_yet() -> None:
    decision = decide(opened(), comment(":approved:"), now=NOW, rules=PATIENT)
    assert decision is not None
    assert decision.task.status is Status.SETTLING


@pytest.mark.parametrize("state", [each for each in TrackerState if each is not TrackerState.TODO])
def test_what_is_not_in_todo_is_none_of_our_business(state: TrackerState) -> None:
    assert decide(None, seen(state), now=NOW, rules=PATIENT) is None
