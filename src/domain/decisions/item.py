"""The item itself appeared, was mended, moved or removed."""

from dataclasses import replace

from domain.decision import Draft
from domain.decisions.steps import resume, settle
from domain.events import ItemSeen
from domain.item import TrackerState
from domain.messages import Text
from domain.task import AT_REST, ENDED, Status

_JUDGED_AGAIN = frozenset({Status.SETTLING, Status.BLOCKED})
_HOLDING = {
    TrackerState.NEEDS_INPUT: Status.NEEDS_INPUT,
    TrackerState.IN_REVIEW: Status.IN_REVIEW,
    TrackerState.BLOCKED: Status.BLOCKED,
}


def on_item_seen(draft: Draft, event: ItemSeen) -> None:
    """Take over the item's text, follow where a person moved it, validate it if it was mended."""
    seen, task = event.seen, draft.task
    mended = (seen.title, seen.description.whole) != (task.title, task.description)
    if mended or seen.priority is not task.priority:
        draft.note("read the item", f"{event.who} changed its text or priority", event.who)
    draft.task = replace(
        task,
        title=seen.title,
        description=seen.description.whole,
        priority=seen.priority,
        by_member=seen.by_member,
    )
    if event.settled and seen.state is not task.shown:
        draft.change(shown=seen.state)
        follow(draft, event.who, seen.state)
    elif mended and task.stage == draft.pipeline.start and task.status in _JUDGED_AGAIN:
        settle(draft)


def on_item_gone(draft: Draft) -> None:
    """End the task: there is nothing left to tell anybody in."""
    if draft.task.status in ENDED:
        draft.note("ignored", "the item is gone, and had ended before")
        return
    draft.end(Status.CANCELLED)
    draft.note("cancelled", "the item was deleted or archived")


def follow(draft: Draft, who: str, state: TrackerState) -> None:
    """Do what a person means by moving the item to that state."""
    task = draft.task
    if task.stage == draft.pipeline.end and state is not TrackerState.DONE:
        draft.show(TrackerState.DONE)
        draft.comment(draft.text(Text.IS_DONE))
        draft.note("ignored", "all its stages are done", who)
        return
    match state:
        case TrackerState.CANCELLED:
            if task.status is Status.CANCELLED:
                draft.note("ignored", "it is cancelled already", who)
                return
            draft.end(Status.CANCELLED)
            draft.comment(draft.text(Text.CANCELLED, who=who))
            draft.note("cancelled", f"{who} moved the item to {state}", who)
        case TrackerState.DONE:
            if task.status is Status.DONE:
                draft.note("ignored", "it is done already", who)
                return
            draft.end(Status.DONE)
            draft.comment(draft.text(Text.FINISHED_BY_PERSON, who=who, stage=task.stage))
            draft.note("finished", f"{who} moved the item to {state}", who)
        case TrackerState.IN_PROGRESS:
            _take_up(draft, who)
        case TrackerState.TODO if task.stage == draft.pipeline.start:
            _to_begin(draft, who)
        case TrackerState.BACKLOG | TrackerState.TODO:
            draft.rest(Status.PAUSED)
            draft.comment(draft.text(Text.PAUSED, who=who))
            draft.note("paused", f"{who} moved the item to {state}", who)
        case TrackerState.NEEDS_INPUT | TrackerState.IN_REVIEW | TrackerState.BLOCKED:
            draft.rest(_HOLDING[state])
            draft.comment(draft.text(Text.HELD, who=who, state=state))
            draft.note("held", f"{who} moved the item to {state}", who)


def _to_begin(draft: Draft, who: str) -> None:
    """What has not begun and stands in Todo is to begin: that is where an item comes in."""
    if draft.task.status in {Status.PREPARING, Status.SETTLING}:
        draft.note("ignored", "it is about to begin already", who)
    else:
        resume(draft, who)


def _take_up(draft: Draft, who: str) -> None:
    task = draft.task
    if task.status in AT_REST | ENDED | {Status.SETTLING}:
        resume(draft, who)
    else:
        draft.note("ignored", f"it is {task.status} already", who)
