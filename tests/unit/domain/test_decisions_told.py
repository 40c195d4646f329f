"""Nobody has to say a thing twice: what an agent was told holds until its work is through."""

from domain.events import Ask
from domain.gates import Failing, NotPassed
from domain.item import TrackerState
from domain.task import ReasonKind, Status
from tests.unit.domain.given import (
    MEMBER,
    a_task,
    asked,
    comment,
    ended,
    judged,
    refused,
    seen,
    the_start,
    when,
)

NOTHING = NotPassed(("01-brd.md",))


def test_an_analyst_who_crashed_is_told_the_answer_again() -> None:
    task = when(a_task("analysis", Status.NEEDS_INPUT), comment("UTF-8", MEMBER)).task
    reason = the_start(when(task, judged(task, NOTHING, exit_code=2))).reason
    assert reason.kind is ReasonKind.CRASHED
    assert "UTF-8" in reason.text
    assert "exit code 2" in reason.text


def test_a_branch_that_moved_loses_no_rejection() -> None:
    task = when(a_task("analysis", Status.IN_REVIEW), comment(":rejected: no columns")).task
    assert "no columns" in the_start(when(task, refused(task, "moved", moved=True))).reason.text


def test_after_a_pause_the_rejection_still_holds() -> None:
    task = when(a_task("testing"), comment(":rejected: no columns"), seen(TrackerState.TODO)).task
    task = when(task, ended(task)).task
    assert "no columns" in the_start(when(task, asked(Ask.RETRY))).reason.text


def test_a_resumption_that_waits_for_an_end_says_it_once() -> None:
    task = when(
        a_task("testing"),
        comment(":rejected: no columns"),
        seen(TrackerState.TODO),
        asked(Ask.RETRY),
    ).task
    assert the_start(when(task, ended(task))).reason.text.count("no columns") == 1


def test_the_developer_a_person_allows_more_runs_is_pointed_at_the_report() -> None:
    task = a_task("testing", spent={"development": 3})
    task = when(task, judged(task, Failing("verdict: FAIL\n\nTwo fail."))).task
    reason = the_start(when(task, asked(Ask.RETRY))).reason
    assert reason.file == "13-test-report.md"
    assert "Two fail." in reason.text


def test_the_developer_is_pointed_at_the_report_of_a_failed_deploy() -> None:
    task = a_task("deploy")
    task = when(task, judged(task, NotPassed(("exit code 0",)), exit_code=1)).task
    reason = the_start(when(task, asked(Ask.RETRY))).reason
    assert reason.file == "14-deploy-report.md"
    assert "exit code 1" in reason.text


def test_an_answer_is_not_carried_into_the_next_stage() -> None:
    from domain.gates import Passed
    from tests.unit.domain.given import HEAD

    task = when(a_task("analysis", Status.NEEDS_INPUT), comment("UTF-8", MEMBER)).task
    task = when(task, judged(task, Passed())).task
    task = when(task, comment(":approved:", head=HEAD)).task
    assert "UTF-8" not in the_start(when(task, judged(task, NOTHING, exit_code=2))).reason.text
