"""Somebody commented: an approval, a rejection, an answer, or a remark."""

from domain.decision import Draft
from domain.decisions.budget import grant
from domain.decisions.steps import advance
from domain.events import CommentMade
from domain.gates import NotPassed, Passed, Pending
from domain.identifiers import CommitId
from domain.instructions import Approve, Budget, Reject, Remark, read_instruction
from domain.item import Person, Standing, TrackerState
from domain.messages import Text, role_name
from domain.pipeline import Stage
from domain.task import ENDED, KEPT_REMARKS, Reason, ReasonKind, Status, Task


def on_comment(draft: Draft, event: CommentMade) -> None:
    """Do what the comment asks for, if its author may ask."""
    author = event.comment.author
    if author.standing is Standing.BOT:
        draft.note("ignored", "our own comment", author.name)
        return
    instruction = read_instruction(event.comment.body)
    if isinstance(instruction, Remark):
        _hear(draft, author, instruction.text)
        return
    if not author.approver:
        draft.comment(draft.text(Text.NOT_APPROVER, name=author.name))
        draft.note("refused", f"{author.name} is no approver", author.name)
        return
    if draft.task.status in ENDED:
        done = draft.task.stage == draft.pipeline.end
        text = Text.IS_DONE if done else Text.HAS_ENDED
        draft.comment(draft.text(text, status=draft.task.status))
        draft.note("ignored", "the task has ended", author.name)
        return
    match instruction:
        case Approve():
            _approve(draft, event)
        case Reject(reason=reason):
            _reject(draft, author, reason)
        case Budget(amount=amount):
            grant(draft, author.name, amount)


def _hear(draft: Draft, author: Person, text: str) -> None:
    task = draft.task
    stage = draft.pipeline.stage(task.stage)
    if author.standing is not Standing.MEMBER:
        draft.note("ignored", "not by a member: it reaches no agent", author.name)
    elif not text or task.status in ENDED:
        draft.note("ignored", "nothing to do with it", author.name)
    elif task.status is Status.NEEDS_INPUT and stage is not None:
        draft.launch(stage, Reason(kind=ReasonKind.ANSWERED, text=text), by_person=True)
        draft.comment(draft.text(Text.ANSWERED, role=role_name(stage.role)))
        draft.note("answered", "the comment is the answer that was awaited", author.name)
    else:
        draft.change(remarks=(*task.remarks, f"{author.name}: {text}")[-KEPT_REMARKS:])
        draft.note("remarked", "kept for the next agent", author.name)


def _reject(draft: Draft, author: Person, reason: str) -> None:
    task = draft.task
    stage = draft.pipeline.stage(task.stage)
    if stage is None or task.branch is None:
        draft.comment(draft.text(Text.NOTHING_BEFORE, stage=task.stage))
        draft.note("ignored", "no stage to go back to", author.name)
        return
    given = reason or draft.text(Text.NO_REASON)
    earlier = draft.pipeline.before(stage.name)
    rejected = Reason(kind=ReasonKind.REJECTED, text=given)
    if earlier is None:
        draft.launch(stage, rejected, by_person=True)
        role = role_name(stage.role)
        draft.comment(draft.text(Text.REJECTED_HERE, role=role, reason=given))
        draft.note("rejected", f"{stage.role} starts again: {given}", author.name)
        return
    draft.launch(earlier, rejected, by_person=True)
    draft.comment(draft.text(Text.ROLLED_BACK, before=stage.name, after=earlier.name, reason=given))
    draft.note(f"rolled back to {earlier.name}", f"rejected: {given}", author.name)


def _approve(draft: Draft, event: CommentMade) -> None:
    task, who = draft.task, event.comment.author.name
    stage = draft.pipeline.stage(task.stage)
    if stage is None:
        draft.comment(draft.text(Text.NOT_STARTED_YET))
        draft.note("ignored", "nothing to approve yet", who)
    elif task.status in (Status.WORKING, Status.WAITING):
        draft.comment(draft.text(Text.AT_WORK, role=role_name(stage.role), stage=stage.name))
        draft.note("ignored", "an agent is at work", who)
    elif task.status in (Status.CHECKING, Status.MERGING):
        draft.comment(draft.text(Text.GATE_PENDING, stage=stage.name))
        draft.note("ignored", "the forge has not answered yet", who)
    elif task.approving is not None and event.head is not None and _not_shut(event):
        _approve_commit(draft, event, stage, event.head)
    else:
        _judge_again(draft, event, stage)


def _not_shut(event: CommentMade) -> bool:
    return event.gate is None or isinstance(event.gate, Passed)


def _approve_commit(draft: Draft, event: CommentMade, stage: Stage, head: CommitId) -> None:
    task, who = draft.task, event.comment.author.name
    approved = task.approving
    if head == approved:
        draft.show(TrackerState.IN_PROGRESS)
        draft.note("approved", f"commit {str(approved)[:10]}", who)
        advance(draft, stage, f"{who} approved {str(approved)[:10]}")
        return
    draft.comment(
        draft.text(Text.REVIEW_OUTDATED, head=head[:10], approved=str(approved)[:10]),
        draft.links(),
        mention=True,
    )
    draft.change(approving=head, head=head)
    draft.note("asked for approval again", "the branch has moved on", who)


def _judge_again(draft: Draft, event: CommentMade, stage: Stage) -> None:
    task, who = draft.task, event.comment.author.name
    before = task.shown
    draft.show(TrackerState.IN_PROGRESS)
    match event.gate:
        case Passed() if event.head is not None or task.approving is None:
            if event.head is not None:
                draft.change(head=event.head)
            draft.note("approved", f"the gate of {stage.name} is open", who)
            advance(draft, stage, f"{who} approved")
            return
        case Pending() if event.head is not None and _taken_as_it_is(task, event.head):
            draft.open_pull_request(event.head)
            draft.note("approved", "the work is taken as it is; asked for a pull request", who)
            return
        case Pending():
            draft.comment(draft.text(Text.GATE_PENDING, stage=stage.name))
        case NotPassed(missing=missing):
            words = ", ".join(missing)
            draft.comment(draft.text(Text.GATE_SHUT, stage=stage.name, missing=words))
        case _:
            shut = draft.text(Text.GATE_SHUT, stage=stage.name, missing=_first_file(stage))
            draft.comment(shut)
    draft.show(before)
    draft.note("did not advance", f"the gate of {stage.name} is shut", who)


def _taken_as_it_is(task: Task, head: CommitId) -> bool:
    """Whether the approval is about work that waits for nothing but an approver's word."""
    delivered = task.delivered
    return delivered is not None and delivered.doubtful and delivered.head == head


def _first_file(stage: Stage) -> str:
    return stage.files[0] if stage.files else str(stage.name)
