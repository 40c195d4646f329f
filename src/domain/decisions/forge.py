"""The forge answered: the branch is made, the pull request is open, checks have run."""

from dataclasses import replace

from domain.decision import Draft
from domain.decisions.merge import resolve
from domain.decisions.review import heed, unheeded
from domain.decisions.steps import announce_stage, go_on, pass_gate
from domain.events import BranchGone, BranchPrepared, ForgeSeen
from domain.evidence import BranchState, Checks, Closed
from domain.gates import NotPassed, Passed, judge_forge
from domain.messages import Text, role_name
from domain.pipeline import ExitCodeGate, Stage
from domain.task import AT_REST, ENDED, Reason, ReasonKind, Status, Task


def on_branch_prepared(draft: Draft, event: BranchPrepared) -> None:
    """Start the first agent, unless the task has been put aside meanwhile."""
    draft.change(branch=event.branch, branch_url=event.url, head=event.head)
    if draft.task.status is not Status.PREPARING:
        draft.note("took note of the branch", f"{event.branch} is there; nothing waits for it")
        return
    first = draft.pipeline.first
    if draft.launch(first, Reason(kind=ReasonKind.ADVANCED)):
        announce_stage(draft, draft.pipeline.start, first)
        draft.note(f"advanced to {first.name}", f"{event.branch} is there")


def on_branch_gone(draft: Draft, event: BranchGone) -> None:
    """Wait for a person to bring it back: nothing can be done without it."""
    task = draft.task
    if task.status in ENDED | {Status.BLOCKED, Status.PREPARING}:
        draft.note("ignored", f"it is {task.status}: {event.problem}")
        return
    head = (task.head or "?")[:10]
    draft.block(
        draft.text(Text.BRANCH_GONE, problem=event.problem, head=head),
        notice=Text.NOTICE_BLOCKED,
    )


def on_forge_seen(draft: Draft, event: ForgeSeen) -> None:
    """Go on if the pull request is open and its checks have ended; hear what people did there."""
    state, task = event.state, draft.task
    if task.status in ENDED:
        draft.note("ignored", "the task has ended")
        return
    _take_note(draft, state)
    stage = draft.pipeline.stage(task.stage)
    if _closed(task, state.closed) and state.closed and stage is not None:
        _on_closed(draft, stage, state.closed)
    elif stage is not None and heed(draft, state):
        return
    elif task.status is Status.CHECKING and stage is not None:
        _on_checks(draft, stage, state)
    elif task.status is Status.MERGING and task.pull_request is None and state.pull_request:
        draft.note("orders the merge", "the pull request is open")
        draft.merge(task.merging or state.head)
    else:
        draft.note("took note of the pull request", "nothing waits for it")


def concerns(task: Task, state: BranchState) -> bool:
    """Return whether something follows from what the forge shows."""
    if task.status in ENDED or task.branch is None:
        return False
    if task.status is Status.CHECKING and state.pull_request:
        return state.checks is not Checks.PENDING or bool(state.conflicts)
    if task.status is Status.MERGING and task.pull_request is None:
        return state.pull_request is not None
    moved = task.status in AT_REST and task.run is None and task.head != state.head
    return moved or _closed(task, state.closed) or bool(unheeded(task, state))


def _take_note(draft: Draft, state: BranchState) -> None:
    task, known = draft.task, draft.task.pull_request
    if state.pull_request is not None:
        draft.change(pull_request=state.pull_request)
    elif known is not None and not known.merged:
        merged = state.closed is not None and state.closed.pull_request.merged
        draft.change(pull_request=replace(known, merged=True) if merged else None)
    if task.status is Status.CHECKING or (task.status in AT_REST and task.run is None):
        draft.change(head=state.head)


def _closed(task: Task, closed: Closed | None) -> bool:
    """Whether the pull request that we know of ended without our knowing."""
    known = task.pull_request
    return bool(
        closed and known and not known.merged and known.number == closed.pull_request.number
    )


def _on_closed(draft: Draft, stage: Stage, closed: Closed) -> None:
    status, pull_request = draft.task.status, closed.pull_request
    number, who = f"#{pull_request.number}", closed.by or draft.text(Text.A_PERSON)
    if pull_request.merged and status is Status.MERGING:
        go_on(draft, stage, f"{number} is merged")
    elif pull_request.merged and isinstance(stage.gate, ExitCodeGate):
        draft.note("took note of the merge", f"{number} is merged, as it is to be", who)
    elif status in (Status.PAUSED, Status.BLOCKED):
        draft.note("took note of the pull request", f"{number} is closed", who)
    else:
        text = Text.PULL_REQUEST_MERGED if pull_request.merged else Text.PULL_REQUEST_CLOSED
        link = f"[{number}]({pull_request.url})" if pull_request.url else number
        draft.block(
            draft.text(text, link=link, who=who, stage=stage.name), notice=Text.NOTICE_BLOCKED
        )


def _on_checks(draft: Draft, stage: Stage, state: BranchState) -> None:
    match judge_forge(state):
        case Passed():
            draft.note("saw the pull request", f"open, checks: {state.checks}")
            pass_gate(draft, stage, state.head)
        case NotPassed() if state.conflicts:
            resolve(draft, stage, state.conflicts)
        case NotPassed():
            reason = Reason(kind=ReasonKind.CHECKS_FAILED)
            if draft.launch(stage, reason):
                role = role_name(stage.role)
                draft.comment(draft.text(Text.CHECKS_FAILED, role=role), draft.links())
                draft.note("repeats the work", "checks of the pull request failed")
        case _:
            draft.note("waits for the forge", f"checks: {state.checks}")
