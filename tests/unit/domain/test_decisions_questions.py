"""The analyst asks, people answer: tasks 2, 3 and 11 of the mission."""

from dataclasses import replace

import pytest

from domain.events import Ask
from domain.gates import Asked, NotPassed, Passed
from domain.item import Person, TrackerState
from domain.prose import fenced
from domain.task import ReasonKind, Status, Task
from tests.unit.domain.given import (
    EN,
    GUEST,
    HEAD,
    MEMBER,
    RU,
    SECOND,
    a_task,
    asked,
    comment,
    ended,
    judged,
    moves,
    notices,
    prose,
    said,
    seen,
    started,
    the_start,
    when,
)

QUESTIONS = "1. Which separator?\n2. Which encoding?"


def test_complete_artifacts_are_put_up_for_review() -> None:
    decision = when(a_task("analysis"), judged(a_task("analysis"), Passed()))
    assert (
        "📋 BRD/ТЗ/AC/TestPlan готовы. Прошу review и реакцию :approved: для продвижения в"
        " Architecture." in said(decision)
    )
    assert moves(decision) == [TrackerState.IN_REVIEW]
    assert "ET-7" in notices(decision)
    assert decision.task.status is Status.IN_REVIEW
    assert decision.task.approving == HEAD


def test_the_request_for_review_names_the_stage_that_follows() -> None:
    task = a_task("verify", rules=SECOND)
    decision = when(task, judged(task, Passed()), rules=SECOND)
    assert "Stage verify is complete" in said(decision)
    assert "to move on to Release" in said(decision)
    assert "BRD" not in said(decision)


def test_questions_are_asked_in_the_item_and_announced() -> None:
    decision = when(a_task("analysis"), judged(a_task("analysis"), Asked(QUESTIONS)))
    assert said(decision) == f"❓ Analyst нуждается в уточнении:\n\n{QUESTIONS}"
    assert notices(decision) == "❓ ET-7: Analyst задаёт вопросы. Ответь в Plane."
    assert moves(decision) == [TrackerState.NEEDS_INPUT]
    assert decision.task.rounds == 1


def test_the_notice_names_the_tracker_that_is_used() -> None:
    task = a_task("draft", rules=SECOND)
    decision = when(task, judged(task, Asked(QUESTIONS)), rules=SECOND)
    assert notices(decision) == "❓ ET-7: Writer has questions. Answer in Board."


def test_neither_artifacts_nor_questions_block_the_item() -> None:
    task = a_task("analysis")
    decision = when(task, judged(task, NotPassed(("02-trz.md", "04-test-plan.md"))))
    assert "⚠️ Analyst завершился без артефактов и без вопросов. Проверьте лог." in said(decision)
    assert "02-trz.md, 04-test-plan.md" in said(decision)
    assert task.run is not None
    assert task.run.id in said(decision)
    assert moves(decision) == [TrackerState.BLOCKED]
    assert "ET-7" in notices(decision)


def test_the_answer_starts_the_analyst_again_with_the_whole_answer() -> None:
    answer = "Semicolons. " * 400
    decision = when(a_task("analysis", Status.NEEDS_INPUT), comment(answer, MEMBER))
    start = the_start(decision)
    assert start.run.role == "analyst"
    assert start.reason.kind is ReasonKind.ANSWERED
    assert start.reason.text == answer.strip()
    assert said(decision) == "🔄 Analyst перезапущен с ответами стейкхолдера."
    assert moves(decision) == [TrackerState.IN_PROGRESS]


def test_an_answer_is_followed_though_the_analyst_has_had_all_its_runs() -> None:
    task = a_task("analysis", Status.NEEDS_INPUT, spent={"analysis": 6})
    assert the_start(when(task, comment("UTF-8", MEMBER))).run.role == "analyst"


def test_the_answer_is_acknowledged_in_english_too() -> None:
    decision = when(a_task("analysis", Status.NEEDS_INPUT), comment("UTF-8", MEMBER), rules=EN)
    assert said(decision) == "🔄 Analyst was restarted with the stakeholder's answers."


def test_quotations_and_code_belong_to_the_answer() -> None:
    body = prose("This one:", quoted="Which separator?", code="a;b")
    start = the_start(when(a_task("analysis", Status.NEEDS_INPUT), comment(body, MEMBER)))
    assert start.reason.text == f"> Which separator?\n\nThis one:\n\n{fenced('a;b')}"


def test_an_answer_that_quotes_an_approval_is_an_answer() -> None:
    body = prose("Semicolons", quoted="Прошу review и реакцию :approved:")
    decision = when(a_task("analysis", Status.NEEDS_INPUT), comment(body))
    start = the_start(decision)
    assert start.reason.kind is ReasonKind.ANSWERED


@pytest.mark.parametrize(("author", "text"), [(GUEST, "Commas!"), (MEMBER, " \n ")])
def test_a_guests_word_or_an_empty_one_is_no_answer(author: Person, text: str) -> None:
    task = a_task("analysis", Status.NEEDS_INPUT)
    decision = when(task, comment(text, author))
    assert started(decision) is None
    assert decision.task.status is Status.NEEDS_INPUT
    assert not decision.task.remarks


def test_what_is_said_while_nobody_waits_is_told_to_the_next_agent() -> None:
    task = when(a_task("analysis"), comment("Mind the locale.", MEMBER)).task
    assert task.run is not None
    task = when(task, judged(task, Passed())).task
    start = the_start(when(task, comment(":approved:", head=HEAD)))
    assert start.remarks == ("Pavel: Mind the locale.",)


def test_what_was_told_once_is_not_told_again() -> None:
    task = replace(a_task("analysis", Status.NEEDS_INPUT), remarks=("Pavel: Mind it.",))
    assert when(task, comment("UTF-8", MEMBER)).task.remarks == ()


def test_the_fourth_set_of_questions_wants_a_meeting_before_it_is_answered() -> None:
    task = a_task("analysis")
    for number in (1, 2, 3):
        decision = when(task, judged(task, Asked(f"Question {number}?")))
        assert decision.task.status is Status.NEEDS_INPUT, number
        task = when(decision.task, comment(f"Answer {number}", MEMBER)).task
    decision = when(task, judged(task, Asked("Question 4?")))
    assert decision.task.status is Status.BLOCKED
    assert moves(decision) == [TrackerState.BLOCKED]
    assert (
        "🚨 3 раунда уточнений исчерпаны. Analyst не может сформировать ТЗ. Требуется более"
        " детальное описание или встреча." in said(decision)
    )
    assert "Question 4?" in said(decision)
    assert "🚨 ET-7" in notices(decision)


def test_the_limit_of_rounds_is_the_pipelines() -> None:
    task = a_task("draft", rules=SECOND, rounds=1)
    decision = when(task, judged(task, Asked("And?")), rules=SECOND)
    assert decision.task.status is Status.BLOCKED
    assert "1 rounds of clarification" in said(decision)


def test_launches_for_other_reasons_use_up_no_round() -> None:
    task = a_task("analysis", rounds=2)
    task = when(task, comment(":rejected: again"), ended(task)).task
    decision = when(task, judged(task, Asked("And?")))
    assert decision.task.status is Status.NEEDS_INPUT


def _out_of_rounds() -> Task:
    task = a_task("analysis", rounds=3)
    return when(task, judged(task, Asked("And?"))).task


def test_after_the_meeting_a_person_allows_new_rounds() -> None:
    task = when(_out_of_rounds(), asked(Ask.RETRY)).task
    decision = when(task, judged(task, Asked("One more?")))
    assert decision.task.status is Status.NEEDS_INPUT


def test_moving_the_item_to_in_progress_does_the_same() -> None:
    decision = when(_out_of_rounds(), seen(TrackerState.IN_PROGRESS))
    assert decision.task.rounds == 0
    start = the_start(decision)
    assert start.reason.kind is ReasonKind.RESUMED


def test_questions_have_rounds_in_both_languages() -> None:
    for rules, words in ((RU, "раунда"), (EN, "rounds")):
        task = a_task("analysis", rounds=3)
        assert words in notices(when(task, judged(task, Asked("And?")), rules=rules))
