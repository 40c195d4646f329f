"""People's reviews on the forge: they count as what the same people say in the tracker."""

from domain.decision import Draft
from domain.decisions.merge import developing
from domain.decisions.steps import advance
from domain.evidence import BranchState, PersonReview, ReviewVerdict
from domain.item import TrackerState
from domain.messages import Text, role_name
from domain.pipeline import Stage
from domain.reports import quoted
from domain.task import ENDED, Reason, ReasonKind, Status, Task

_REMEMBERED = 64
_DEAF = ENDED | {Status.PREPARING, Status.PAUSED}
"""Where a review changes nothing; it is heeded later if it still stands then."""


def unheeded(task: Task, state: BranchState) -> list[PersonReview]:
    """Return the reviews that something follows from now, those that hold the item up first."""
    if task.status in _DEAF:
        return []
    new = [r for r in state.reviews if r.id not in task.reviews and r.commit == state.head]
    against = [r for r in new if r.verdict is ReviewVerdict.CHANGES_REQUESTED or not r.approver]
    waits = task.status is Status.IN_REVIEW and task.approving == state.head
    return against or (new if waits else [])


def heed(draft: Draft, state: BranchState) -> bool:
    """Do what the reviews ask for; return whether the task has moved by that."""
    for review in unheeded(draft.task, state):
        stage = draft.pipeline.stage(draft.task.stage)
        if stage is None:
            return False
        draft.change(reviews=(*draft.task.reviews, review.id)[-_REMEMBERED:])
        if not review.approver:
            if draft.task.status is Status.IN_REVIEW:  # else anybody could make us talk
                draft.comment(draft.text(Text.NOT_APPROVER, name=review.by))
            draft.note("refused", f"{review.by} is no approver", review.by)
        elif review.verdict is ReviewVerdict.APPROVED:
            _approve(draft, stage, review)
            return True
        else:
            _send_back(draft, stage, review)
            return True
    return False


def _approve(draft: Draft, stage: Stage, review: PersonReview) -> None:
    draft.show(TrackerState.IN_PROGRESS)
    draft.note("approved", f"commit {review.commit[:10]}, on the forge", review.by)
    advance(draft, stage, f"{review.by} approved {review.commit[:10]}")


def _send_back(draft: Draft, stage: Stage, review: PersonReview) -> None:
    task = draft.task
    target = developing(draft, stage)
    kind = ReasonKind.CHANGES_REQUESTED if target else ReasonKind.REJECTED
    target = target or stage
    said = [review.text or draft.text(Text.NO_REASON)]
    if task.run and task.run.stage == target.name and task.told:
        said.insert(0, task.told.text)  # it is at work on that, and starts again
    reason = Reason(kind=kind, text=quoted("\n\n".join(part for part in said if part)))
    draft.launch(target, reason, by_person=True)
    role = role_name(target.role)
    draft.comment(
        draft.text(Text.FORGE_REVIEW, who=review.by, role=role),
        quoted(review.text),
        draft.links(),
    )
    draft.note(f"sent back to {target.name}", "changes were requested on the forge", review.by)
