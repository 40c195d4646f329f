"""Steps that several decisions share: begin, advance, ask for approval, resume."""

from collections.abc import Sequence
from datetime import timedelta

from domain.decision import Draft, Merge
from domain.events import Link
from domain.identifiers import CommitId
from domain.item import TrackerState
from domain.messages import Text, role_name
from domain.pipeline import REQUIREMENTS, ArtifactsGate, ExitCodeGate, PullRequestGate, Stage
from domain.quality_gate import validate
from domain.task import Actor, Reason, ReasonKind, Status


def settle(draft: Draft) -> None:
    """Begin when the text has stayed as it is: editors save by themselves, amid sentences."""
    if draft.rules.settle <= timedelta():
        begin(draft)
        return
    draft.change(
        status=Status.SETTLING,
        turn=draft.turn(Actor.ORCHESTRATOR, draft.rules.settle),
    )
    draft.note("waits for the text", "it may still be written at")


def begin(draft: Draft) -> None:
    """Judge the item fit to start (QG-0): have its branch made, or say what is wrong with it.

    What is wrong is said once: not again while the same is wrong.
    """
    task = draft.task
    findings = validate(task.title, task.description, by_member=task.by_member)
    told, faults = task.unfit, tuple(finding.fault for finding in findings)
    draft.change(unfit=faults)
    if findings and faults == told:
        draft.rest(Status.BLOCKED, shown=TrackerState.BLOCKED)
        draft.note("blocked", "the same is wrong with it as before")
        return
    if not findings:
        draft.prepare_branch()
        draft.note("accepted the item", "QG-0 passed")
        return
    bullets = "\n".join(f"- {draft.text(Text(f.fault.value), found=f.found)}" for f in findings)
    draft.block(
        f"{draft.text(Text.QG0_FAILED)}\n\n{bullets}",
        draft.text(Text.QG0_REMEDY),
        notice=Text.NOTICE_BLOCKED,
    )


def advance(draft: Draft, stage: Stage, why: str) -> None:
    """Leave the stage for the next one, or end; merge first where it is time for that."""
    head = draft.task.head
    if head is not None and _time_to_merge(draft, stage):
        draft.note("orders the merge", why)
        draft.merge(head)
    else:
        go_on(draft, stage, why)


def go_on(draft: Draft, stage: Stage, why: str) -> None:
    """Leave the stage for the next one, or end."""
    following = draft.pipeline.after(stage.name)
    if following is None:
        _finish(draft, stage, why)
        return
    if draft.launch(following, Reason(kind=ReasonKind.ADVANCED)):
        announce_stage(draft, stage.name, following)
        draft.note(f"advanced to {following.name}", why)


def _time_to_merge(draft: Draft, stage: Stage) -> bool:
    pull_request = draft.task.pull_request
    if draft.rules.merge is Merge.NEVER or (pull_request is not None and pull_request.merged):
        return False
    following = draft.pipeline.after(stage.name)
    if following is None:
        return True
    before = draft.rules.merge is Merge.BEFORE_DEPLOY
    return before and isinstance(following.gate, ExitCodeGate)


def announce_stage(draft: Draft, before: str, following: Stage) -> None:
    """Comment that the item is in another stage now, with the links to its work."""
    draft.comment(
        draft.text(Text.STAGE_CHANGED, before=before, after=following.name, role=following.role),
        draft.links(),
    )


def _finish(draft: Draft, stage: Stage, why: str) -> None:
    end = draft.pipeline.end
    draft.show(TrackerState.DONE)
    draft.comment(draft.text(Text.STAGE_ENDED, before=stage.name, after=end), draft.links())
    draft.change(stage=end)
    draft.end(Status.DONE)
    draft.notify(Text.NOTICE_DONE)
    draft.note(f"advanced to {end}", why)


def request_review(draft: Draft, stage: Stage, head: CommitId, links: Sequence[Link] = ()) -> None:
    """Put the commit up for approval."""
    following = draft.pipeline.after(stage.name)
    name = role_name(following.name if following else draft.pipeline.end)
    whole = isinstance(stage.gate, ArtifactsGate) and stage.gate.files == REQUIREMENTS
    text = Text.REVIEW_WANTED if whole else Text.REVIEW_WANTED_GENERAL
    draft.comment(
        draft.text(text, stage=stage.name, next=name),
        draft.files(links),
        draft.links(),
        mention=True,
    )
    draft.rest(Status.IN_REVIEW, shown=TrackerState.IN_REVIEW)
    draft.change(approving=head)
    draft.notify(Text.NOTICE_REVIEW, stage=stage.name)
    draft.note("asked for approval", f"the gate of {stage.name} is open at {head[:10]}")


def pass_gate(draft: Draft, stage: Stage, head: CommitId, links: Sequence[Link] = ()) -> None:
    """Go on from an open gate: by approval where the stage wants one."""
    if stage.approval:
        request_review(draft, stage, head, links)
    else:
        advance(draft, stage, f"the gate of {stage.name} is open at {head[:10]}")


def resume(draft: Draft, who: str) -> None:
    """Take up a task that rests or has ended: a person's decision, so all limits start anew."""
    draft.change(spent={}, rounds=0, crashes=0, waits=0, away_since=None, approving=None, unfit=())
    draft.change(pending=None)  # what waited for the model is what is resumed now
    stage = draft.pipeline.stage(draft.task.stage)
    if stage is None or draft.task.branch is None:
        draft.note("resumed", f"{who} asked for it", who)
        begin(draft)
        return
    held, delivered = draft.task.held, draft.task.delivered
    if (
        held is not None
        and draft.task.run is None
        and (held.stage, held.base) == (stage.name, draft.task.head)
    ):
        draft.show(TrackerState.IN_PROGRESS)
        draft.change(status=Status.WORKING, run=held, held=None)
        draft.collect(held)
        draft.note("asked the forge again", f"{who} resumed: run {held.id} is to be pushed", who)
        return
    if draft.task.merging is not None and draft.task.merging == draft.task.head:
        draft.note("asked the forge again", f"{who} resumed the merge", who)
        draft.merge(draft.task.merging)
        return
    if (
        isinstance(stage.gate, PullRequestGate)
        and draft.task.run is None
        and delivered is not None
        and delivered.stage == stage.name
        and delivered.head == draft.task.head != delivered.base
        and not delivered.doubtful
    ):
        draft.show(TrackerState.IN_PROGRESS)
        draft.open_pull_request(delivered.head)
        draft.note("asked the forge again", f"{who} resumed {stage.name}", who)
        return
    _propose_again(draft, stage)
    draft.launch(stage, Reason(kind=ReasonKind.RESUMED), by_person=True)
    draft.comment(draft.text(Text.RESUMED, who=who, stage=stage.name, role=stage.role))
    draft.note("resumed", f"{who} asked for it", who)


def _propose_again(draft: Draft, stage: Stage) -> None:
    """Have the pull request that a person closed opened anew, where the work is past its gate."""
    task = draft.task
    earlier = draft.pipeline.stages[: draft.pipeline.stages.index(stage)]
    past = any(isinstance(row.gate, PullRequestGate) for row in earlier)
    if past and task.pull_request is None and task.head is not None:
        draft.propose(task.head)
