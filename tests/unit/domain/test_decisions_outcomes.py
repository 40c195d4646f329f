"""What follows from the ways in which an agent's run may end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.decision import Decision
from domain.events import Ask, Outcome, Statement
from domain.gates import Asked, Failing, Judgement, NotPassed, Passed, Pending
from domain.identifiers import CommitId, RunId
from domain.item import TrackerState
from domain.pipeline import ANALYSIS, DEFAULT_PIPELINE, DEVELOPMENT
from domain.task import Actor, Delivered, Reason, ReasonKind, Status, Task
from tests.unit.domain.given import (
    BASE,
    EN,
    HEAD,
    MEMBER,
    NOW,
    a_task,
    asked,
    comment,
    deadline,
    judged,
    moves,
    notices,
    said,
    started,
    the_start,
    when,
    why,
)

MISSING = NotPassed(missing=("01-brd.md",))
AWAY = Statement(detail="529 overloaded")
FIRST, LONGEST = DEFAULT_PIPELINE.model_pause, DEFAULT_PIPELINE.longest_model_pause


def ends(task: Task, outcome: Outcome, judgement: Judgement = MISSING, **more: object) -> Decision:
    """The run of the task ended like this."""
    event = judged(task, judgement, exit_code=124, outcome=outcome, **more)  # type: ignore[arg-type]  # fields of it
    return when(task, event, rules=EN)


# ── the model is away ────────────────────────────────────────────────────────────────────────────


def test_a_run_whose_model_is_away_starts_again_by_a_timer_and_does_not_count() -> None:
    told = Reason(kind=ReasonKind.REJECTED, text="no rollback plan")
    task = a_task(spent={"analysis": 2}, told=told)
    waiting = ends(task, Outcome.MODEL_UNAVAILABLE, statement=AWAY)
    assert waiting.task.status is Status.WAITING
    assert waiting.task.spent[ANALYSIS] == 1
    assert waiting.task.run is None
    assert started(waiting) is None
    assert waiting.task.turn is not None
    assert waiting.task.turn.actor is Actor.ORCHESTRATOR
    assert waiting.task.turn.until == NOW + FIRST
    assert "529 overloaded" in said(waiting)
    assert "does not count as a try" in said(waiting)
    assert notices(waiting) == ""
    again = when(waiting.task, deadline(waiting.task), rules=EN, now=NOW + FIRST)
    start = the_start(again)
    assert start.reason.kind is ReasonKind.MODEL_AWAY
    assert "529 overloaded" in start.reason.text
    assert "no rollback plan" in start.reason.text, "it must do the work that it was started for"
    assert again.task.spent[ANALYSIS] == 2


def test_pauses_grow_and_the_item_is_told_once() -> None:
    task, moment, pauses, words = a_task(), NOW, [], []
    for _ in range(7):
        event = judged(
            task, MISSING, exit_code=124, outcome=Outcome.MODEL_UNAVAILABLE, statement=AWAY
        )
        waiting = when(task, event, rules=EN, now=moment)
        assert waiting.task.turn is not None
        pauses.append(waiting.task.turn.until - moment)
        words.append(said(waiting))
        moment = waiting.task.turn.until
        task = when(waiting.task, deadline(waiting.task), rules=EN, now=moment).task
    assert pauses == [FIRST * 2**n for n in range(5)] + [LONGEST, LONGEST]
    assert [bool(text) for text in words] == [True] + [False] * 6


def test_a_person_is_told_when_the_model_stays_away() -> None:
    since = NOW - DEFAULT_PIPELINE.model_patience
    task = a_task(waits=9, away_since=since, spent={"analysis": 1})
    blocked = ends(task, Outcome.MODEL_UNAVAILABLE, statement=AWAY)
    assert blocked.task.status is Status.BLOCKED
    assert "has been away since 2026-11-22 06:00 UTC" in said(blocked)
    assert "529 overloaded" in said(blocked)
    assert notices(blocked)
    assert (blocked.task.waits, blocked.task.away_since) == (0, None)


@pytest.mark.parametrize("retries", [0, 2])
def test_a_person_is_told_when_the_model_was_away_as_often_as_is_allowed(retries: int) -> None:
    rules = replace(EN, pipeline=replace(EN.pipeline, model_retries=retries))
    task = a_task()
    for _ in range(retries):
        away = judged(task, MISSING, outcome=Outcome.MODEL_UNAVAILABLE, statement=AWAY)
        waiting = when(task, away, rules=rules)
        assert waiting.task.status is Status.WAITING
        task = when(waiting.task, deadline(waiting.task), rules=rules, now=NOW + FIRST * 2).task
    away = judged(task, MISSING, outcome=Outcome.MODEL_UNAVAILABLE, statement=AWAY)
    blocked = when(task, away, rules=rules)
    assert blocked.task.status is Status.BLOCKED
    assert "has been away since 2026-11-22 12:00 UTC" in said(blocked)
    assert notices(blocked)


def test_any_other_end_says_that_the_model_is_back() -> None:
    task = a_task(waits=3, away_since=NOW - timedelta(hours=5))
    after = when(task, judged(task, Passed()), rules=EN).task
    assert (after.waits, after.away_since) == (0, None)


def test_a_run_that_a_person_allowed_beyond_the_limit_is_allowed_again() -> None:
    task = a_task("development", spent={"development": 4})
    waiting = ends(task, Outcome.MODEL_UNAVAILABLE, NotPassed(("commits",)))
    again = when(waiting.task, deadline(waiting.task), rules=EN, now=NOW + FIRST)
    assert the_start(again).run.stage == "development"


def test_while_it_waits_for_the_model_a_person_may_have_it_start_now_or_never() -> None:
    waiting = a_task(status=Status.WAITING)
    assert started(when(waiting, asked(Ask.RETRY), rules=EN))
    cancelled = when(waiting, asked(Ask.CANCEL), rules=EN).task
    assert (cancelled.status, cancelled.pending) == (Status.CANCELLED, None)
    approval = when(waiting, comment(":approved:"), rules=EN)
    assert "still at work" in said(approval)
    assert approval.task.status is Status.WAITING
    remark = when(waiting, comment("Use UTF-8.", MEMBER), rules=EN)
    assert remark.task.remarks == ("Pavel: Use UTF-8.",)
    back = when(waiting, comment(":rejected: wrong customer"), rules=EN)
    assert the_start(back).reason.kind is ReasonKind.REJECTED


def test_what_waits_for_the_model_waits_no_more_when_the_forge_is_asked_again() -> None:
    left = Delivered(run=RunId("ET-7-2"), stage=DEVELOPMENT, base=BASE, head=HEAD, exit_code=0)
    waiting = a_task("development", status=Status.WAITING, delivered=left)
    asked_again = when(waiting, asked(Ask.RETRY), rules=EN)
    assert (asked_again.task.status, asked_again.task.pending) == (Status.CHECKING, None)


def test_what_it_asked_before_its_model_went_away_is_asked() -> None:
    asks = ends(a_task(), Outcome.MODEL_UNAVAILABLE, Asked(text="1. Which format?"))
    assert asks.task.status is Status.NEEDS_INPUT


# ── a person is needed ───────────────────────────────────────────────────────────────────────────


def test_a_key_that_is_refused_is_a_persons_to_mend() -> None:
    task = a_task(spent={"analysis": 1})
    blocked = ends(task, Outcome.NOT_AUTHENTICATED, statement=Statement(detail="401 no such key"))
    assert blocked.task.status is Status.BLOCKED
    assert moves(blocked) == [TrackerState.BLOCKED]
    assert "🔑" in said(blocked)
    assert "401 no such key" in said(blocked)
    assert "agents.pass_environment" in said(blocked)
    assert "🔑" in notices(blocked)
    assert blocked.task.spent[ANALYSIS] == 0


def test_what_was_refused_to_an_agent_is_named() -> None:
    refused = Statement(refusals=("Bash: rm -rf /", "WebFetch: http://x"))
    task = a_task()
    event = judged(task, MISSING, outcome=Outcome.REFUSED, statement=refused)
    blocked = when(task, event, rules=EN)
    assert blocked.task.status is Status.BLOCKED
    assert "Bash: rm -rf /\nWebFetch: http://x" in said(blocked)
    assert "agents.roles.analyst" in said(blocked)
    assert "approval" not in said(blocked)
    assert started(blocked) is None


@pytest.mark.parametrize(
    ("stage", "judgement"), [("analysis", Passed()), ("testing", Passed())], ids=str
)
def test_work_that_is_complete_although_something_was_refused_waits_for_an_approver(
    stage: str, judgement: Judgement
) -> None:
    task = a_task(stage)
    event = judged(task, judgement, outcome=Outcome.REFUSED, statement=Statement(refusals=("X",)))
    blocked = when(task, event, rules=EN).task
    assert blocked.status is Status.BLOCKED
    approved = when(blocked, comment(":approved:", head=HEAD, gate=Passed()), rules=EN)
    assert approved.task.stage != stage
    resumed = when(blocked, comment(":rejected: again"), rules=EN)
    assert started(resumed)


def test_refused_commits_go_to_a_pull_request_by_an_approvers_word_only() -> None:
    task = a_task("development")
    event = judged(task, Pending(), outcome=Outcome.REFUSED, statement=Statement(refusals=("X",)))
    blocked = when(task, event, rules=EN).task
    assert blocked.status is Status.BLOCKED
    approved = when(blocked, comment(":approved:", head=HEAD, gate=Pending()), rules=EN).task
    assert approved.status is Status.CHECKING
    resumed = when(blocked, asked(Ask.RETRY), rules=EN)
    assert the_start(resumed).run.stage == "development"


def test_a_verdict_against_counts_although_something_was_refused() -> None:
    task = a_task("testing")
    failing = judged(task, Failing(text="Two fail."), outcome=Outcome.REFUSED)
    assert when(task, failing, rules=EN).task.stage == "development"


def test_out_of_turns_is_not_repeated_and_crashed_is_once() -> None:
    task = a_task()
    turns = ends(task, Outcome.TURN_LIMIT, statement=Statement(detail="Reached 40 turns"))
    assert turns.task.status is Status.BLOCKED
    assert "turn-limit: Reached 40 turns" in said(turns)
    crash = ends(task, Outcome.CRASHED, statement=Statement(detail="400 prompt too long"))
    assert the_start(crash).reason.kind is ReasonKind.CRASHED
    assert "400 prompt too long" in the_start(crash).reason.text
    second = ends(replace(task, crashes=1), Outcome.CRASHED)
    assert second.task.status is Status.BLOCKED


# ── deployments ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "tools", "status"),
    [
        (Outcome.MODEL_UNAVAILABLE, 0, Status.WAITING),
        (Outcome.MODEL_UNAVAILABLE, 3, Status.BLOCKED),
        (Outcome.MODEL_UNAVAILABLE, None, Status.BLOCKED),
        (Outcome.NOT_AUTHENTICATED, 0, Status.BLOCKED),
        (Outcome.CRASHED, 0, Status.BLOCKED),
    ],
)
def test_a_deployment_that_may_have_begun_is_never_repeated_by_itself(
    outcome: Outcome, tools: int | None, status: Status
) -> None:
    task = a_task("deploy")
    after = ends(task, outcome, NotPassed(("exit code 0",)), statement=Statement(tools=tools)).task
    assert after.status is status
    begun = tools != 0 or outcome is Outcome.CRASHED
    assert (after.stage == "development") == begun


# ── no progress ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [ReasonKind.CONFLICT, ReasonKind.REJECTED])
def test_who_was_sent_back_and_changed_nothing_is_not_sent_round_again(kind: ReasonKind) -> None:
    task = a_task(told=Reason(kind=kind, text="BR-2 contradicts BR-4."))
    event = judged(task, Passed(), head=BASE)
    blocked = when(task, event, rules=EN)
    assert blocked.task.status is Status.BLOCKED
    assert "changed nothing" in said(blocked)
    assert "BR-2 contradicts BR-4." in said(blocked)
    assert "changed nothing" in why(blocked)


def test_who_was_sent_back_and_mended_it_goes_on() -> None:
    task = a_task(told=Reason(kind=ReasonKind.CONFLICT, text="BR-2 contradicts BR-4."))
    assert when(task, judged(task, Passed()), rules=EN).task.status is Status.IN_REVIEW


def test_who_was_sent_back_and_broke_off_after_mending_it_has_mended_it() -> None:
    """The run that repeats it finds nothing left to do."""
    told = Reason(kind=ReasonKind.CONFLICT, text="BR-2 contradicts BR-4.")
    task = a_task(told=told, began=CommitId("e" * 40), crashes=1)
    assert when(task, judged(task, Passed(), head=BASE), rules=EN).task.status is Status.IN_REVIEW


def test_nothing_to_mend_nothing_to_change() -> None:
    """Artifacts that are there already are enough."""
    task = a_task(told=Reason(kind=ReasonKind.RESUMED))
    assert when(task, judged(task, Passed(), head=BASE), rules=EN).task.status is Status.IN_REVIEW
