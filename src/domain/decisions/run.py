"""A run ended, its work was judged, or could not be used."""

from collections.abc import Sequence
from typing import assert_never

from domain.decision import Draft
from domain.decisions.steps import pass_gate
from domain.events import Link, Outcome, RunEnded, RunJudged, RunRefused
from domain.gates import Asked, Conflicting, Failing, NotPassed, Passed, Pending
from domain.item import TrackerState
from domain.messages import Text, role_name
from domain.pipeline import Conflict, ExitCodeGate, Review, Stage, VerdictGate
from domain.reports import quoted, summary_of
from domain.task import Delivered, Reason, ReasonKind, Status

_REPEATABLE = frozenset({Outcome.EXITED, Outcome.LOST})
"""Endings that may not happen again by themselves. A run that used up its time would again."""


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
        problem = event.detail or _problem(event.outcome, event.exit_code)
        _crash(draft, stage, run.id, event.outcome, problem)
    else:
        if event.outcome is Outcome.LOST:
            draft.bar(run)
        draft.collect(run)
        draft.note("saw an agent end", f"run {run.id}: {_problem(event.outcome, event.exit_code)}")


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
        ),
    )
    if stage is None:
        draft.note("ignored", f"the pipeline has no stage {run.stage} any more")
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        return
    _weigh(draft, stage, event)


def _weigh(draft: Draft, stage: Stage, event: RunJudged) -> None:
    judgement = event.judgement
    if isinstance(judgement, NotPassed):
        if isinstance(stage.gate, ExitCodeGate):
            _deploy_failed(draft, stage, stage.gate, event)
        elif event.outcome is Outcome.EXITED and event.exit_code == 0:
            _nothing_delivered(draft, stage, event, judgement)
        else:
            problem = _problem(event.outcome, event.exit_code)
            _crash(draft, stage, event.run, event.outcome, problem)
        return
    draft.change(crashes=0)
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
            _nothing_delivered(draft, stage, event, NotPassed(stage.files))
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
    draft.block(
        draft.text(Text.RUN_REFUSED, run=run.id, problem=event.problem),
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
    stage = draft.pipeline.stage(pending.stage)
    if stage is None:
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        draft.note("blocked", f"the pipeline has no stage {pending.stage} any more")
        return
    draft.launch(stage, pending.reason, by_person=pending.by_person)


def _crash(draft: Draft, stage: Stage | None, run: str, outcome: Outcome, problem: str) -> None:
    role = role_name(stage.role if stage else "agent")
    if (
        stage is not None
        and outcome in _REPEATABLE
        and draft.task.crashes < draft.pipeline.crash_retries
    ):
        draft.change(crashes=draft.task.crashes + 1)
        if draft.launch(stage, Reason(kind=ReasonKind.CRASHED, text=problem)):
            draft.comment(draft.text(Text.RUN_RETRIED, run=run, role=role, problem=problem))
            draft.note("repeats the run", f"run {run}: {problem}")
        return
    draft.block(
        draft.text(Text.RUN_CRASHED, run=run, role=role, problem=problem),
        notice=Text.NOTICE_BLOCKED,
    )


def _problem(outcome: Outcome, exit_code: int | None) -> str:
    return f"exit code {exit_code}" if outcome is Outcome.EXITED else str(outcome)


def _nothing_delivered(draft: Draft, stage: Stage, event: RunJudged, judgement: NotPassed) -> None:
    text = Text.NOTHING_FROM_ANALYST if stage.questions else Text.NOTHING_DELIVERED
    missing = ", ".join(judgement.missing)
    role = role_name(stage.role)
    draft.block(
        draft.text(text, role=role, run=event.run, missing=missing),
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


def _deploy_failed(draft: Draft, stage: Stage, gate: ExitCodeGate, event: RunJudged) -> None:
    target = draft.pipeline.row(gate.back_to)
    problem = _problem(event.outcome, event.exit_code)
    told = Reason(kind=ReasonKind.RESUMED, text=f"{stage.role}: {problem}", file=stage.report)
    draft.change(stage=target.name, crashes=0, delivered=None, told=told)
    draft.block(
        draft.text(Text.DEPLOY_FAILED, role=role_name(target.role)),
        draft.files(event.links),
        draft.links(),
        notice=Text.NOTICE_DEPLOY_FAILED,
    )
    draft.note(f"rolled back to {target.name}", f"{stage.role}: {problem}")
