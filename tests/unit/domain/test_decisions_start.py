"""An item appears: QG-0, its branch, its first agent (tasks 1, 9 and 10 of the mission)."""

from dataclasses import replace

import pytest

from domain.decide import decide
from domain.decision import Rules
from domain.effects import MoveItem, Notify, PostComment, PrepareBranch
from domain.item import TrackerState
from domain.pipeline import DEFAULT_PIPELINE
from domain.task import Actor, ReasonKind, Status
from tests.unit.domain.given import (
    BRANCH,
    BRANCH_URL,
    EN,
    HEAD,
    KEY,
    NOW,
    RU,
    SECOND,
    a_task,
    branch_prepared,
    comment,
    effects,
    forge_seen,
    gone,
    moves,
    notices,
    said,
    seen,
    started,
    the_start,
    when,
    why,
)


def test_a_fit_item_gets_its_branch_and_waits_for_the_forge() -> None:
    decision = when(None, seen())
    (prepare,) = effects(decision, PrepareBranch)
    assert prepare.branch == "orchestrator/ET-7-export-to-csv"
    assert prepare.folder == "docs/work-items/ET-7"
    assert (prepare.title, prepare.description) == ("Export to CSV", decision.task.description)
    assert decision.task.status is Status.PREPARING
    assert decision.task.turn is not None
    assert decision.task.turn.actor is Actor.FORGE
    assert decision.task.turn.until == NOW + DEFAULT_PIPELINE.launch_patience
    assert not effects(decision, PostComment)


def test_the_folder_is_where_the_pipeline_has_it() -> None:
    (prepare,) = effects(when(None, seen(), rules=SECOND), PrepareBranch)
    assert prepare.folder == f"work/{KEY}"


def test_the_history_begins_with_the_priority() -> None:
    assert "priority medium" in why(when(None, seen()))


def test_an_unfit_item_is_told_each_of_its_faults_and_blocked() -> None:
    decision = when(None, seen(title="CSV", description="Export."))
    assert said(decision) == (
        "⚠️ QG-0 failed:\n\n"
        "- в заголовке символов: 3, нужно не меньше 5\n"
        "- предложений в описании: 0, нужно не меньше 2\n\n"
        "Исправьте задачу: она будет проверена снова и стартует сама."
    )
    assert moves(decision) == [TrackerState.BLOCKED]
    assert decision.task.status is Status.BLOCKED
    assert "ET-7" in notices(decision)
    assert not effects(decision, PrepareBranch)


def test_an_unfit_item_is_told_so_in_english_too() -> None:
    decision = when(None, seen(title="x" * 81), rules=EN)
    assert "⚠️ QG-0 failed:\n\n- the title has 81 characters, at most 80" in said(decision)


def test_a_guests_item_reaches_no_agent() -> None:
    event = seen()
    decision = when(None, replace(event, seen=replace(event.seen, by_member=False)), rules=EN)
    assert decision.task.status is Status.BLOCKED
    assert "a member has to make it anew" in said(decision)
    assert not effects(decision, PrepareBranch)


def test_an_item_that_is_mended_is_validated_again_and_starts_by_itself() -> None:
    unfit = when(None, seen(description="No.")).task
    decision = when(unfit, seen(TrackerState.BLOCKED))
    assert effects(decision, PrepareBranch)
    assert decision.task.status is Status.PREPARING


def test_an_item_that_is_mended_halfway_is_told_what_is_still_wrong() -> None:
    unfit = when(None, seen(title="CSV", description="No.")).task
    decision = when(unfit, seen(TrackerState.BLOCKED, title="CSV export", description="No."))
    assert "заголовке" not in said(decision)
    assert "предложений в описании: 0" in said(decision)


def test_an_editor_that_saves_by_itself_is_not_answered_at_every_save() -> None:
    unfit = when(None, seen(description="U")).task
    decision = when(unfit, seen(TrackerState.BLOCKED, description="Users"))
    assert not effects(decision, PostComment)
    assert not effects(decision, Notify)
    assert decision.task.description == "Users"


def test_an_edit_of_an_item_that_is_under_way_starts_nothing() -> None:
    decision = when(a_task("review"), seen(TrackerState.IN_PROGRESS, description="New. Text."))
    assert not decision.effects
    assert decision.task.description == "New. Text."
    assert decision.task.stage == "review"


def test_an_item_that_is_over_when_first_seen_is_left_alone() -> None:
    for state in (TrackerState.DONE, TrackerState.CANCELLED):
        assert decide(None, seen(state), now=NOW, rules=RU) is None


def test_nothing_but_an_item_begins_a_task() -> None:
    for event in (gone(), comment(":approved:"), forge_seen(), branch_prepared()):
        assert decide(None, event, now=NOW, rules=RU) is None


def test_the_prepared_branch_starts_the_analyst_and_shows_the_item_at_work() -> None:
    decision = when(when(None, seen()).task, branch_prepared())
    start = the_start(decision)
    assert (start.run.role, start.run.stage, start.run.base) == ("analyst", "analysis", HEAD)
    assert start.run.id == "ET-7-1"
    assert start.branch == BRANCH
    assert start.reason.kind is ReasonKind.ADVANCED
    assert moves(decision) == [TrackerState.IN_PROGRESS]
    assert decision.task.stage == "analysis"
    assert decision.task.turn is not None
    assert decision.task.turn.actor is Actor.AGENT


@pytest.mark.parametrize("rules", [RU, EN])
def test_a_stage_change_is_commented_with_the_links(rules: Rules) -> None:
    decision = when(when(None, seen()).task, branch_prepared(), rules=rules)
    assert "🔄 Stage: created → analysis (launching analyst)" in said(decision)
    assert f"[{BRANCH}]({BRANCH_URL})" in said(decision)


def test_the_first_agent_is_the_pipelines_not_the_analyst() -> None:
    decision = when(when(None, seen(), rules=SECOND).task, branch_prepared(), rules=SECOND)
    start = the_start(decision)
    assert start.run.role == "writer"
    assert "Stage: inbox → draft (launching writer)" in said(decision)


def test_a_branch_that_comes_after_the_item_was_put_back_starts_nobody() -> None:
    paused = when(when(None, seen()).task, seen(TrackerState.BACKLOG)).task
    decision = when(paused, branch_prepared())
    assert started(decision) is None
    assert decision.task.branch == BRANCH
    assert decision.task.status is Status.PAUSED


def test_an_approval_before_the_start_is_answered() -> None:
    decision = when(a_task("created", Status.PREPARING), comment(":approved:"), rules=EN)
    assert "has not started yet" in said(decision)
    assert not effects(decision, MoveItem)


def test_a_rejection_before_the_start_has_nothing_to_go_back_to() -> None:
    decision = when(a_task("created", Status.PREPARING), comment(":rejected: no"), rules=EN)
    assert "no stage before created" in said(decision)
    assert decision.task.stage == "created"
