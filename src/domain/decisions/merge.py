"""The forge has answered whether the pull request is merged."""

from collections.abc import Sequence
from dataclasses import replace

from domain.decision import Draft
from domain.decisions.steps import go_on
from domain.events import MergeEnded
from domain.item import TrackerState
from domain.messages import Text, role_name
from domain.pipeline import PullRequestGate, Stage
from domain.task import Reason, ReasonKind, Status


def on_merge_ended(draft: Draft, event: MergeEnded) -> None:
    """Go on from the stage that was through, or say why it is not merged."""
    task = draft.task
    if event.merged and task.pull_request and task.pull_request.number == event.number:
        draft.change(pull_request=replace(task.pull_request, merged=True))
    stage = draft.pipeline.stage(task.stage)
    if task.status is not Status.MERGING:
        draft.note("took note of the merge", f"#{event.number}: {event.problem or 'it is merged'}")
    elif stage is None:
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        draft.note("blocked", f"the pipeline has no stage {task.stage} any more")
    elif event.merged:
        go_on(draft, stage, f"#{event.number} is merged")
    elif event.conflicts:
        resolve(draft, stage, event.conflicts)
    else:
        draft.block(
            draft.text(Text.MERGE_REFUSED, problem=event.problem),
            draft.links(),
            notice=Text.NOTICE_BLOCKED,
        )


def resolve(draft: Draft, stage: Stage, conflicts: Sequence[str]) -> None:
    """Give conflicts with the base branch to whoever writes the code, as a task."""
    target = developing(draft, stage) or stage
    files = "\n".join(f"- `{name}`" for name in conflicts)
    if draft.launch(target, Reason(kind=ReasonKind.MERGE_CONFLICT, text=files)):
        role = role_name(target.role)
        draft.comment(draft.text(Text.MERGE_CONFLICT, role=role), files, draft.links())
        draft.note(f"sent back to {target.name}", "it conflicts with the base branch")


def developing(draft: Draft, stage: Stage) -> Stage | None:
    """Return the stage whose work the pull request is, None where it has not been reached."""
    stages = draft.pipeline.stages
    reached = stages[: stages.index(stage) + 1]
    return next((s for s in reversed(reached) if isinstance(s.gate, PullRequestGate)), None)
