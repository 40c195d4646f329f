"""Work that does not stand: tests, review, checks, deploy, conflict (tasks 6, 7 and 8)."""

from collections.abc import Mapping

import pytest

from domain.decision import Decision, Rules
from domain.effects import Notify, OpenPullRequest
from domain.events import Ask, Event, Link, Outcome
from domain.evidence import Checks, PullRequest
from domain.gates import Conflicting, Failing, Judgement, NotPassed, Passed, Pending
from domain.item import TrackerState
from domain.reports import COMMENT_LENGTH
from domain.task import ReasonKind, Status, Task
from tests.unit.domain.given import (
    BRANCH_URL,
    EN,
    HEAD,
    PULL_REQUEST,
    RU,
    SECOND,
    a_task,
    asked,
    effects,
    ended,
    forge_seen,
    judged,
    moves,
    notices,
    said,
    seen,
    started,
    the_start,
    when,
)

REPORT = "---\nverdict: FAIL\n---\n# Report\n\nTwo of 40 tests fail.\n\n- export_empty\n"
DEPLOY_FAILED = NotPassed(("exit code 0",))


def _judged(
    at: str,
    judgement: Judgement,
    rules: Rules = RU,
    *,
    spent: Mapping[str, int] | None = None,
    pull_request: PullRequest | None = None,
) -> Decision:
    task = a_task(at, rules=rules, spent=spent, pull_request=pull_request)
    return when(task, judged(task, judgement), rules=rules)


# ── tests and review ─────────────────────────────────────────────────────────────────────────────


def test_failed_tests_start_the_developer_again_and_say_why() -> None:
    decision = _judged("testing", Failing(REPORT), pull_request=PULL_REQUEST)
    assert "❌ Тесты не прошли: Two of 40 tests fail. Developer перезапущен для фикса." in said(
        decision
    )
    assert BRANCH_URL in said(decision)
    assert "[#12](http://git/enduro-trails/pulls/12)" in said(decision)
    assert decision.task.stage == "development"
    assert decision.task.shown is TrackerState.IN_PROGRESS
    assert not effects(decision, Notify)


def test_failed_tests_are_told_in_english_too() -> None:
    decision = _judged("testing", Failing(REPORT), EN)
    assert "❌ Tests failed: Two of 40 tests fail. Developer was restarted" in said(decision)


def test_the_developer_is_pointed_at_the_report() -> None:
    reason = the_start(_judged("testing", Failing(REPORT))).reason
    assert reason.kind is ReasonKind.TESTS_FAILED
    assert reason.file == "13-test-report.md"
    assert reason.text == "# Report\n\nTwo of 40 tests fail.\n\n- export_empty"


def test_the_report_is_linked_where_it_can_be_read() -> None:
    task = a_task("testing")
    link = Link(name="13-test-report.md", url="http://git/x/13-test-report.md")
    decision = when(task, judged(task, Failing(REPORT), links=(link,)))
    assert "- [13-test-report.md](http://git/x/13-test-report.md)" in said(decision)


def test_a_reviewers_request_goes_the_same_way_in_its_own_words() -> None:
    decision = _judged("review", Failing("verdict: REQUEST_CHANGES\n\nNames mislead."))
    assert "❌ Ревью требует изменений: Names mislead. Developer перезапущен." in said(decision)
    assert the_start(decision).reason.kind is ReasonKind.CHANGES_REQUESTED
    assert the_start(decision).reason.file == "12-review.md"


def test_where_a_failing_verdict_leads_is_the_tables_matter() -> None:
    decision = _judged("verify", Failing("Verdict: NOPE\n\nToo slow"), SECOND)
    assert decision.task.stage == "build"
    assert "❌ Tests failed: Too slow. Builder was restarted" in said(decision)
    assert the_start(decision).reason.file == "verdict.txt"


def test_a_failing_exit_code_makes_a_failing_verdict_no_crash() -> None:
    task = a_task("testing")
    decision = when(task, judged(task, Failing(REPORT), exit_code=1))
    assert the_start(decision).run.role == "developer"


def test_a_report_without_end_is_cut_to_what_a_comment_carries() -> None:
    reason = the_start(_judged("testing", Failing("x" * 100_000))).reason
    assert len(reason.text) == COMMENT_LENGTH


@pytest.mark.parametrize(("at", "judgement"), [("testing", Failing(REPORT))])
def test_after_three_runs_of_the_developer_a_person_is_needed(
    at: str, judgement: Judgement
) -> None:
    decision = _judged(at, judgement, spent={"development": 3})
    assert started(decision) is None
    assert moves(decision) == [TrackerState.BLOCKED]
    assert (decision.task.stage, decision.task.status) == ("development", Status.BLOCKED)
    assert "🚨 Developer: запусков 3" in said(decision)
    assert "Two of 40 tests fail." in said(decision)
    assert notices(decision) == "🚨 ET-7: Developer: запусков 3, результата нет."


def test_the_third_run_of_the_developer_is_still_allowed() -> None:
    decision = _judged("testing", Failing(REPORT), spent={"development": 2})
    assert the_start(decision).run.role == "developer"


def test_from_the_first_run_on_the_developer_has_three() -> None:
    """Counted from the front: three starts, then the block."""
    task, starts = a_task("architecture"), 0
    decision = when(task, judged(task, Passed()))
    while started(decision):
        starts += 1
        for judgement in (Pending(), None, Passed(), Failing(REPORT)):
            event = judged(decision.task, judgement) if judgement else forge_seen()
            decision = when(decision.task, event)
    assert starts == 3
    assert decision.task.status is Status.BLOCKED


def test_a_person_allows_the_developer_three_more_runs() -> None:
    blocked = _judged("testing", Failing(REPORT), spent={"development": 3}).task
    decision = when(blocked, seen(TrackerState.IN_PROGRESS))
    assert the_start(decision).run.role == "developer"
    assert decision.task.spent == {"development": 1}


# ── pull request and checks ──────────────────────────────────────────────────────────────────────


def test_commits_of_the_developer_lead_to_a_pull_request() -> None:
    decision = _judged("development", Pending())
    (wanted,) = effects(decision, OpenPullRequest)
    assert (wanted.title, wanted.head) == ("ET-7: Export to CSV", HEAD)
    assert decision.task.status is Status.CHECKING


def _checking(*, runs: int = 1) -> Task:
    return a_task("development", Status.CHECKING, spent={"development": runs})


@pytest.mark.parametrize("checks", [Checks.NONE, Checks.PASSED])
def test_an_open_pull_request_with_no_failed_check_goes_to_review(checks: Checks) -> None:
    decision = when(_checking(), forge_seen(checks))
    assert "🔄 Stage: development → review (launching reviewer)" in said(decision)
    assert f"[#12]({PULL_REQUEST.url})" in said(decision)
    assert the_start(decision).run.role == "reviewer"


@pytest.mark.parametrize(
    "event", [forge_seen(Checks.PENDING), forge_seen(Checks.PASSED, pull_request=None)]
)
def test_pending_checks_and_a_missing_pull_request_are_waited_for(event: Event) -> None:
    decision = when(_checking(), event)
    assert not decision.effects
    assert decision.task.status is Status.CHECKING


def test_failed_checks_start_the_developer_again() -> None:
    decision = when(_checking(), forge_seen(Checks.FAILED), rules=EN)
    assert the_start(decision).reason.kind is ReasonKind.CHECKS_FAILED
    assert "Checks of the pull request failed" in said(decision)


def test_failed_checks_count_towards_the_limit() -> None:
    decision = when(_checking(runs=3), forge_seen(Checks.FAILED))
    assert decision.task.status is Status.BLOCKED


def test_checks_that_nobody_waits_for_only_tell_of_the_pull_request() -> None:
    decision = when(a_task("review"), forge_seen(Checks.FAILED))
    assert not decision.effects
    assert decision.task.pull_request == PULL_REQUEST


def test_checks_that_failed_are_asked_for_again_when_a_person_resumes() -> None:
    """He may have mended the checks; the work itself may have been right."""
    blocked = when(_checking(runs=3), forge_seen(Checks.FAILED)).task
    decision = when(blocked, asked(Ask.RETRY))
    assert decision.task.status is Status.CHECKING
    assert started(decision) is None


def test_what_an_earlier_run_delivered_does_not_stand_for_one_that_never_began() -> None:
    task = when(_checking(), forge_seen(Checks.FAILED)).task
    blocked = when(task, ended(task, Outcome.NOT_STARTED)).task
    assert the_start(when(blocked, asked(Ask.RETRY))).run.role == "developer"


# ── deploy ───────────────────────────────────────────────────────────────────────────────────────


def test_a_failed_deploy_goes_back_to_the_developer_and_waits_for_a_person() -> None:
    task = a_task("deploy")
    decision = when(task, judged(task, DEPLOY_FAILED, exit_code=1))
    assert "❌ Deploy FAILED (smoke/healthcheck). Rolled back. Developer нужен для фикса." in said(
        decision
    )
    assert (decision.task.stage, decision.task.status) == ("development", Status.BLOCKED)
    assert moves(decision) == [TrackerState.BLOCKED]
    assert started(decision) is None
    assert "ET-7" in notices(decision)


def test_a_failed_deploy_is_told_in_english_too() -> None:
    task = a_task("deploy")
    decision = when(task, judged(task, DEPLOY_FAILED, exit_code=1), rules=EN)
    assert "❌ Deploy FAILED (smoke/healthcheck). Rolled back. Developer is needed" in said(
        decision
    )


@pytest.mark.parametrize("outcome", [Outcome.EXITED, Outcome.TIMED_OUT, Outcome.LOST])
def test_a_deploy_is_never_repeated_by_itself(outcome: Outcome) -> None:
    task = a_task("deploy")
    decision = when(task, judged(task, DEPLOY_FAILED, exit_code=137, outcome=outcome))
    assert started(decision) is None
    assert decision.task.status is Status.BLOCKED


def test_a_person_resumes_after_a_failed_deploy_and_the_developer_works() -> None:
    task = a_task("deploy")
    blocked = when(task, judged(task, DEPLOY_FAILED, exit_code=1)).task
    decision = when(blocked, seen(TrackerState.IN_PROGRESS))
    assert the_start(decision).run.role == "developer"


def test_a_deploy_that_exits_with_zero_ends_the_item() -> None:
    decision = _judged("deploy", Passed(), EN)
    assert (decision.task.stage, decision.task.status) == ("done", Status.DONE)
    assert moves(decision) == [TrackerState.DONE]
    assert "✅ Stage: deploy → done" in said(decision)
    assert notices(decision) == "✅ ET-7: Export to CSV is done."
    assert decision.task.turn is None


@pytest.mark.parametrize("known", [None, PULL_REQUEST])
def test_a_notice_leads_to_the_pull_request_where_there_is_one(known: PullRequest | None) -> None:
    task = a_task("deploy", pull_request=known)
    (notice,) = effects(when(task, judged(task, Passed())), Notify)
    assert notice.pull_request == known


# ── conflict ─────────────────────────────────────────────────────────────────────────────────────


def test_a_conflict_goes_back_to_analysis_with_its_text() -> None:
    decision = _judged("architecture", Conflicting("AC 3 contradicts BRD 2."))
    assert said(decision) == (
        "⚠️ Architect нашёл конфликт с требованиями:\n\nAC 3 contradicts BRD 2."
    )
    start = the_start(decision)
    assert (start.run.role, start.reason.kind) == ("analyst", ReasonKind.CONFLICT)
    assert start.reason.file == "10-conflict.md"
    assert start.reason.text == "AC 3 contradicts BRD 2."
    assert decision.task.stage == "analysis"
    assert decision.task.shown is TrackerState.IN_PROGRESS


def test_a_conflict_is_possible_wherever_the_table_names_a_file_for_it() -> None:
    decision = _judged("build", Conflicting("No."), SECOND)
    assert decision.task.stage == "draft"
    assert the_start(decision).reason.file == "clash.txt"


def test_endless_conflicts_come_before_a_person() -> None:
    decision = _judged("architecture", Conflicting("Still no."), spent={"analysis": 6})
    assert decision.task.status is Status.BLOCKED
    assert "Still no." in said(decision)


@pytest.mark.parametrize(
    ("at", "judgement"), [("analysis", Conflicting("?")), ("architecture", Failing("?"))]
)
def test_a_judgement_that_its_stage_cannot_give_blocks(at: str, judgement: Judgement) -> None:
    assert _judged(at, judgement).task.status is Status.BLOCKED
