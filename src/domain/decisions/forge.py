"""The forge answered: the branch is made, the pull request is open, checks have run."""

from domain.decision import Draft
from domain.decisions.steps import announce_stage, pass_gate
from domain.events import BranchPrepared, ForgeSeen
from domain.gates import NotPassed, Passed, judge_forge
from domain.messages import Text, role_name
from domain.task import Reason, ReasonKind, Status


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


def on_forge_seen(draft: Draft, event: ForgeSeen) -> None:
    """Go on if the pull request is open and its checks have ended."""
    state = event.state
    changed = state.pull_request != draft.task.pull_request
    draft.change(pull_request=state.pull_request)
    stage = draft.pipeline.stage(draft.task.stage)
    if draft.task.status is not Status.CHECKING or stage is None:
        what = "took note of the pull request" if changed else "ignored"
        draft.note(what, "nothing waits for the forge")
        return
    draft.change(head=state.head)
    match judge_forge(state):
        case Passed():
            draft.note("saw the pull request", f"open, checks: {state.checks}")
            pass_gate(draft, stage, state.head)
        case NotPassed():
            reason = Reason(kind=ReasonKind.CHECKS_FAILED)
            if draft.launch(stage, reason):
                role = role_name(stage.role)
                draft.comment(draft.text(Text.CHECKS_FAILED, role=role), draft.links())
                draft.note("repeats the work", "checks of the pull request failed")
        case _:
            draft.note("waits for the forge", f"checks: {state.checks}")
