"""The one function by which a task changes.

``decide`` is pure, synchronous and total: for every task and every event it returns a decision.
What asks for something impossible is explained in the history, not raised.

The laws, held against random events by a property test:
  - never two live runs: the next is started when the last is known to be gone;
  - every task that has not ended names whose turn it is and until when;
  - limits hold: no stage is launched more often than its row allows without a person's word;
  - no effect without a note that says why;
  - an event that was decided changes nothing when it comes again.
"""

from datetime import datetime
from typing import assert_never

from domain.decision import Decision, Draft, Rules
from domain.decisions.budget import on_limit_reached
from domain.decisions.comment import on_comment
from domain.decisions.deadline import on_deadline
from domain.decisions.forge import on_branch_gone, on_branch_prepared, on_forge_seen
from domain.decisions.item import on_item_gone, on_item_seen
from domain.decisions.merge import on_merge_ended
from domain.decisions.request import on_effect_failed, on_person_asked
from domain.decisions.role import on_role_refused
from domain.decisions.run import on_run_ended, on_run_judged, on_run_refused
from domain.decisions.steps import settle
from domain.events import (
    BranchGone,
    BranchPrepared,
    CommentMade,
    DeadlinePassed,
    EffectFailed,
    Event,
    ForgeSeen,
    ItemGone,
    ItemSeen,
    LimitReached,
    MergeEnded,
    PersonAsked,
    RoleRefused,
    RunEnded,
    RunJudged,
    RunRefused,
)
from domain.task import Status, Task

_REMEMBERED = 64


def decide(task: Task | None, event: Event, *, now: datetime, rules: Rules) -> Decision | None:
    """Return what follows from the event; None where there is no task and it begins none."""
    if task is None:
        return _open(event, now, rules)
    if event.id in task.heard:
        return Decision(task=task, effects=(), notes=())
    draft = Draft(task, now, rules)
    _apply(draft, event)
    draft.change(heard=(*draft.task.heard, event.id)[-_REMEMBERED:])
    return draft.decision()


def _open(event: Event, now: datetime, rules: Rules) -> Decision | None:
    if not isinstance(event, ItemSeen) or event.seen.state not in rules.begins_in:
        return None
    seen = event.seen
    task = Task(
        item=seen.id,
        key=seen.key,
        title=seen.title,
        description=seen.description.whole,
        priority=seen.priority,
        by_member=seen.by_member,
        stage=rules.pipeline.start,
        status=Status.SETTLING,
        turn=None,
        shown=seen.state,
        created_at=now,
        heard=(event.id,),
    )
    draft = Draft(task, now, rules)
    draft.note("opened the task", f"the item appeared, priority {seen.priority}", event.who)
    settle(draft)
    return draft.decision()


def _apply(draft: Draft, event: Event) -> None:
    match event:
        case ItemSeen():
            on_item_seen(draft, event)
        case ItemGone():
            on_item_gone(draft)
        case CommentMade():
            on_comment(draft, event)
        case BranchPrepared():
            on_branch_prepared(draft, event)
        case RunEnded():
            on_run_ended(draft, event)
        case RunJudged():
            on_run_judged(draft, event)
        case RunRefused():
            on_run_refused(draft, event)
        case LimitReached():
            on_limit_reached(draft, event)
        case RoleRefused():
            on_role_refused(draft, event)
        case ForgeSeen():
            on_forge_seen(draft, event)
        case BranchGone():
            on_branch_gone(draft, event)
        case MergeEnded():
            on_merge_ended(draft, event)
        case DeadlinePassed():
            on_deadline(draft, event)
        case PersonAsked():
            on_person_asked(draft, event)
        case EffectFailed():
            on_effect_failed(draft, event)
        case _:
            assert_never(event)
