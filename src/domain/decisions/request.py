"""A person with access to the service asked for something, or one of our effects failed."""

from typing import assert_never

from domain.decision import Draft
from domain.decisions.item import follow
from domain.decisions.run import give_up_run, gone
from domain.decisions.steps import resume
from domain.effects import (
    CollectRun,
    MergePullRequest,
    MoveItem,
    Notify,
    OpenPullRequest,
    PostComment,
    PrepareBranch,
    StartRun,
    StopRun,
)
from domain.events import Ask, EffectFailed, PersonAsked
from domain.item import TrackerState
from domain.messages import Text
from domain.task import AT_REST, ENDED, Status

_AWAITED = {
    PrepareBranch.__name__: (Status.PREPARING,),
    OpenPullRequest.__name__: (Status.CHECKING, Status.MERGING),
    MergePullRequest.__name__: (Status.MERGING,),
}


def on_person_asked(draft: Draft, event: PersonAsked) -> None:
    """Do it, or say why not."""
    status = draft.task.status
    match event.ask:
        case Ask.RETRY:
            if status in AT_REST | {Status.WAITING} or (
                status in ENDED and draft.task.stage != draft.pipeline.end
            ):
                resume(draft, event.who)
            else:
                draft.note("ignored", f"it is {status}: there is nothing to retry", event.who)
        case Ask.CANCEL:
            _move(draft, event.who, TrackerState.CANCELLED)
        case Ask.MOVE:
            if event.state is not None:
                _move(draft, event.who, event.state)
        case _:
            assert_never(event.ask)


def _move(draft: Draft, who: str, state: TrackerState) -> None:
    if draft.task.shown is state:
        draft.note("ignored", f"it is {state} already", who)
        return
    draft.show(state, by_person=True)
    follow(draft, who, state)


def on_effect_failed(draft: Draft, event: EffectFailed) -> None:
    """Bring it before a person, on another way than the one that failed."""
    task = draft.task
    names = {"effect": event.effect, "error": event.error}
    draft.note("gave an effect up", f"{event.effect}: {event.error}")
    of_the_live_run = task.run is not None and event.run in (None, task.run.id)
    match event.effect:
        case StopRun.__name__ | MoveItem.__name__ | PostComment.__name__:
            draft.notify(Text.NOTICE_DEAD_LETTER, **names)
        case Notify.__name__:
            draft.comment(
                draft.text(Text.NOTICE_DEAD_LETTER, key=task.key, **names),
            )
        case CollectRun.__name__ if of_the_live_run and task.stopping:
            draft.notify(Text.NOTICE_DEAD_LETTER, **names)
            gone(draft)
        case CollectRun.__name__ if of_the_live_run:
            draft.change(run=None)
            _block(draft, event)
        case StartRun.__name__ if of_the_live_run and not task.stopping:
            give_up_run(draft, event.error)
        case _ if task.status in _AWAITED.get(event.effect, ()):
            _block(draft, event)
        case _:
            draft.notify(Text.NOTICE_DEAD_LETTER, **names)


def _block(draft: Draft, event: EffectFailed) -> None:
    draft.block(
        draft.text(Text.EFFECT_FAILED, effect=event.effect, error=event.error),
        notice=Text.NOTICE_BLOCKED,
    )
