"""A run ended, its work was judged, or could not be used."""

from collections.abc import Sequence
from typing import assert_never

from domain.decision import Draft
from domain.decisions.shortfall import crash, fall_short, nothing_delivered, problem_of
from domain.decisions.steps import pass_gate
from domain.events import Link, Outcome, RunEnded, RunJudged, RunRefused
from domain.gates import Asked, Conflicting, Failing, NotPassed, Passed, Pending
from domain.item import TrackerState
from domain.messages import Text, role_name
from domain.pipeline import Conflict, Review, Stage, VerdictGate
from domain.reports import quoted, summary_of
from domain.task import SENT_BACK, Delivered, Reason, ReasonKind, Status


def on_run_ended(draft: Draft, event: RunEnded) -> None:
    """Have the run's commits collected, or go on without them where they aren't wanted."""
    run = draft.task.run
    if run is None or run.id != event.run:
        draft.note("ignored", f"run {event.run} is not the live one")
    elif draft.task.stopping:
        draft.note("saw an agent end", f"run {run.id} was stopped")
        gone(draft)
    elif event.outcome in (Outcome.NOT_STARTED, Outcome.STOPPED):
        draft.change(run=None)
        stage = draft.pipeline.stage(run.stage)
        problem = event.detail or problem_of(event.outcome, event.exit_code)
        crash(draft, stage, run.id, event.outcome, problem)
    else:
        if event.outcome is Outcome.LOST:
            draft.bar(run)
        draft.collect(run)
        draft.note(
            "saw an agent end", f"run {run.id}: {problem_of(event.outcome, event.exit_code)}"
        )


def on_run_judged(draft: Draft, event: RunJudged) -> None:
    """Go where the evidence points."""
    run = draft.task.run
    if run is None or run.id != event.run:
        draft.note("ignored", f"run {event.run} is not the live one")
        return
    draft.change(head=event.head)
    if draft.task.stopping:
        draft.note("saw an agent end", f"run {run.id} was stopped while it was collected")
        gone(draft)
        return
    stage = draft.pipeline.stage(run.stage)
    draft.change(
        run=None,
        delivered=Delivered(
            run=run.id,
            stage=run.stage,
            base=event.base,
            head=event.head,
            exit_code=event.exit_code,
            doubtful=event.outcome is Outcome.REFUSED,
        ),
    )
    if event.outcome is not Outcome.MODEL_UNAVAILABLE:
        draft.change(waits=0, away_since=None)
    if stage is None:
        draft.note("ignored", f"the pipeline has no stage {run.stage} any more")
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        return
    _weigh(draft, stage, event)


def _weigh(draft: Draft, stage: Stage, event: RunJudged) -> None:
    judgement = event.judgement
    if isinstance(judgement, NotPassed) or (
        event.outcome is Outcome.REFUSED and isinstance(judgement, Passed | Pending)
    ):
        fall_short(draft, stage, event)
        return
    draft.change(crashes=0)
    told = draft.task.told
    mended = event.head != (draft.task.began or event.base)
    if isinstance(judgement, Passed) and told and told.kind in SENT_BACK and not mended:
        _no_progress(draft, stage, event, told)
        return
    match judgement:
        case Passed():
            pass_gate(draft, stage, event.head, event.links)
        case Pending():
            draft.open_pull_request(event.head)
            draft.note("asked for a pull request", f"run {event.run} delivered commits")
        case Asked(text=text):
            _ask(draft, stage, text, event.links)
        case Conflicting(text=text) if stage.conflict:
            _conflict(draft, stage, stage.conflict, text, event.links)
        case Failing(text=text) if isinstance(stage.gate, VerdictGate):
            _failed_verdict(draft, stage.gate, text, event.links)
        case Conflicting() | Failing():
            nothing_delivered(draft, stage, event, stage.files)
        case _:
            assert_never(judgement)


def on_run_refused(draft: Draft, event: RunRefused) -> None:
    """Say why the commits were refused; repeat the work if only the branch had moved."""
    run = draft.task.run
    if run is None or run.id != event.run:
        draft.note("ignored", f"run {event.run} is not the live one")
        return
    draft.change(head=event.head)
    if draft.task.stopping:
        draft.note("saw an agent end", f"run {run.id} was stopped while it was collected")
        gone(draft)
        return
    draft.change(run=None)
    stage = draft.pipeline.stage(run.stage)
    if event.moved and stage is not None:
        if draft.launch(stage, Reason(kind=ReasonKind.BRANCH_MOVED, text=event.problem)):
            role = role_name(run.role)
            draft.comment(
                draft.text(Text.BRANCH_MOVED, run=run.id, role=role, head=event.head[:10])
            )
            draft.note("repeats the work", f"the branch moved during run {run.id}")
        return
    draft.change(held=run if event.kept else None)
    text = Text.RUN_KEPT if event.kept else Text.RUN_REFUSED
    draft.block(
        draft.text(text, run=run.id, problem=event.problem),
        notice=Text.NOTICE_BLOCKED,
    )


def give_up_run(draft: Draft, problem: str) -> None:
    """Take the run that can't be brought to its end out of the way and wait for a person."""
    run = draft.task.run
    if run is None:
        return
    text = Text.RUN_CRASHED
    draft.block(
        draft.text(text, run=run.id, role=role_name(run.role), problem=problem),
        notice=Text.NOTICE_BLOCKED,
    )


def gone(draft: Draft) -> None:
    """The stopped run is out of the way: start what waited for that."""
    pending = draft.task.pending
    draft.change(run=None, stopping=False, pending=None)
    if pending is None:
        return
    draft.change(pending=pending)
    start_pending(draft)


def start_pending(draft: Draft) -> None:
    """Start what waited."""
    pending = draft.task.pending
    if pending is None:
        raise AssertionError(f"nothing waits to be started in {draft.task.key}")
    stage = draft.pipeline.stage(pending.stage)
    if stage is None:
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        draft.note("blocked", f"the pipeline has no stage {pending.stage} any more")
        return
    draft.launch(stage, pending.reason, by_person=pending.by_person)


def _no_progress(draft: Draft, stage: Stage, event: RunJudged, told: Reason) -> None:
    """Whoever was to mend something and changed nothing would be sent back again, and again."""
    draft.block(
        draft.text(Text.NO_PROGRESS, role=role_name(stage.role), run=event.run),
        quoted(told.text),
        draft.links(),
        notice=Text.NOTICE_BLOCKED,
    )


def _ask(draft: Draft, stage: Stage, text: str, links: Sequence[Link]) -> None:
    role, rounds = role_name(stage.role), draft.pipeline.question_rounds
    if draft.task.rounds >= rounds:
        draft.block(
            draft.text(Text.ROUNDS_EXHAUSTED, role=role, rounds=rounds),
            quoted(text),
            notice=Text.NOTICE_ROUNDS_EXHAUSTED,
            rounds=rounds,
        )
        return
    draft.comment(
        draft.text(Text.QUESTIONS, role=role), quoted(text), draft.files(links), mention=True
    )
    draft.rest(Status.NEEDS_INPUT, shown=TrackerState.NEEDS_INPUT)
    draft.change(rounds=draft.task.rounds + 1)
    draft.notify(Text.NOTICE_QUESTIONS, role=role, tracker=draft.rules.tracker_name)
    draft.note("asked people", f"{stage.role} has questions, round {draft.task.rounds}")


def _conflict(
    draft: Draft, stage: Stage, conflict: Conflict, text: str, links: Sequence[Link]
) -> None:
    target = draft.pipeline.row(conflict.back_to)
    reason = Reason(kind=ReasonKind.CONFLICT, text=quoted(text), file=conflict.file)
    if draft.launch(target, reason):
        draft.comment(
            draft.text(Text.CONFLICT, role=role_name(stage.role)), quoted(text), draft.files(links)
        )
        draft.note(f"rolled back to {target.name}", f"{stage.role} reported a conflict")


def _failed_verdict(draft: Draft, gate: VerdictGate, text: str, links: Sequence[Link]) -> None:
    target = draft.pipeline.row(gate.back_to)
    tests = gate.review is Review.TESTS
    kind = ReasonKind.TESTS_FAILED if tests else ReasonKind.CHANGES_REQUESTED
    reason = Reason(kind=kind, text=quoted(text), file=gate.file)
    if draft.launch(target, reason):
        draft.comment(
            draft.text(
                Text.TESTS_FAILED if tests else Text.CHANGES_REQUESTED,
                summary=summary_of(text, otherwise=gate.file),
                role=role_name(target.role),
            ),
            draft.files(links),
            draft.links(),
        )
        draft.note(f"rolled back to {target.name}", f"{gate.file} says {gate.fails}")
