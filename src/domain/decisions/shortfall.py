"""A run did not show what its stage wants: what follows depends on what kept it from it."""

from collections.abc import Sequence

from domain.decision import Draft
from domain.decisions.budget import account_lines, more
from domain.events import Outcome, RunJudged
from domain.gates import NotPassed
from domain.messages import Text, role_name
from domain.pipeline import ExitCodeGate, Stage
from domain.prose import fenced
from domain.task import Reason, ReasonKind

_REPEATABLE = frozenset({Outcome.EXITED, Outcome.LOST, Outcome.CRASHED})
"""Endings that may not happen again by themselves. A run that used up its time would again."""


def fall_short(draft: Draft, stage: Stage, event: RunJudged) -> None:
    """Wait for the model, repeat the run, or say to a person what is wanted of him."""
    deploys = isinstance(stage.gate, ExitCodeGate)
    # Of a deployment that has begun nobody knows how far it came: it is never just repeated.
    begun = deploys and event.statement.tools != 0
    match event.outcome:
        case Outcome.MODEL_UNAVAILABLE if not begun:
            _model_away(draft, stage, event)
        case Outcome.NOT_AUTHENTICATED if not begun:
            _key_refused(draft, stage, event)
        case Outcome.OUT_OF_BUDGET if not begun:
            _out_of_budget(draft, stage, event)
        case Outcome.REFUSED:
            _refused(draft, stage, event)
        case _ if isinstance(stage.gate, ExitCodeGate):
            _deploy_failed(draft, stage, stage.gate, event)
        case Outcome.EXITED if event.exit_code == 0:
            missing = event.judgement.missing if isinstance(event.judgement, NotPassed) else ()
            nothing_delivered(draft, stage, event, missing)
        case _:
            crash(draft, stage, event.run, event.outcome, _said(event))


def _model_away(draft: Draft, stage: Stage, event: RunJudged) -> None:
    draft.forgive(stage)
    role, why = role_name(stage.role), event.statement.detail or str(event.outcome)
    since = draft.task.away_since or draft.now
    retries = draft.pipeline.model_retries
    tried = retries is not None and draft.task.waits >= retries
    if tried or draft.now - since >= draft.pipeline.model_patience:
        draft.change(waits=0, away_since=None)
        moment = since.strftime("%Y-%m-%d %H:%M UTC")
        draft.block(
            draft.text(Text.MODEL_AWAY, role=role, since=moment),
            fenced(why),
            notice=Text.NOTICE_BLOCKED,
        )
        return
    first = draft.task.waits == 0
    pause = draft.wait_for_model(stage, why)
    if first:
        draft.comment(draft.text(Text.MODEL_WAITED_FOR, role=role, run=event.run), fenced(why))
    draft.note("waits for the model", f"{why}; {stage.role} starts again in {pause}")


def _key_refused(draft: Draft, stage: Stage, event: RunJudged) -> None:
    draft.forgive(stage)
    draft.block(
        draft.text(Text.KEY_REFUSED, role=role_name(stage.role), run=event.run),
        fenced(event.statement.detail) if event.statement.detail else "",
        notice=Text.NOTICE_BLOCKED,
    )


def _out_of_budget(draft: Draft, stage: Stage, event: RunJudged) -> None:
    account = draft.task.over or event.account
    role = role_name(stage.role)
    text = draft.text(Text.OUT_OF_BUDGET, role=role, run=event.run)
    if account is None:
        draft.block(text, notice=Text.NOTICE_BLOCKED)
        return
    draft.change(over=account)
    draft.block(
        text,
        account_lines(draft, account),
        draft.text(Text.BUDGET_REMEDY, amount=more(account)),
        notice=Text.NOTICE_BLOCKED,
    )


def _refused(draft: Draft, stage: Stage, event: RunJudged) -> None:
    complete = not isinstance(event.judgement, NotPassed)
    draft.block(
        draft.text(Text.TOOLS_REFUSED, role=role_name(stage.role), run=event.run),
        fenced("\n".join(event.statement.refusals)) if event.statement.refusals else "",
        draft.text(Text.TOOLS_REFUSED_REMEDY, role=stage.role),
        draft.text(Text.COMPLETE_ALL_THE_SAME) if complete else "",
        notice=Text.NOTICE_BLOCKED,
    )


def _said(event: RunJudged) -> str:
    problem, detail = problem_of(event.outcome, event.exit_code), event.statement.detail
    return f"{problem}: {detail}" if detail else problem


def crash(draft: Draft, stage: Stage | None, run: str, outcome: Outcome, problem: str) -> None:
    """Repeat the run once where that may help, else wait for a person."""
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


def problem_of(outcome: Outcome, exit_code: int | None) -> str:
    """Return how a run ended, in a word."""
    return f"exit code {exit_code}" if outcome is Outcome.EXITED else str(outcome)


def nothing_delivered(draft: Draft, stage: Stage, event: RunJudged, missing: Sequence[str]) -> None:
    """Say what is missing although the run ended well."""
    text = Text.NOTHING_FROM_ANALYST if stage.questions else Text.NOTHING_DELIVERED
    role = role_name(stage.role)
    draft.block(
        draft.text(text, role=role, run=event.run, missing=", ".join(missing)),
        notice=Text.NOTICE_BLOCKED,
    )


def _deploy_failed(draft: Draft, stage: Stage, gate: ExitCodeGate, event: RunJudged) -> None:
    target = draft.pipeline.row(gate.back_to)
    problem = problem_of(event.outcome, event.exit_code)
    told = Reason(kind=ReasonKind.RESUMED, text=f"{stage.role}: {problem}", file=stage.report)
    draft.change(stage=target.name, crashes=0, delivered=None, told=told)
    draft.block(
        draft.text(Text.DEPLOY_FAILED, role=role_name(target.role)),
        draft.files(event.links),
        draft.links(),
        notice=Text.NOTICE_DEPLOY_FAILED,
    )
    draft.note(f"rolled back to {target.name}", f"{stage.role}: {problem}")
