"""A turn has lasted as long as it may: nobody is ever waited for in silence."""

from dataclasses import replace
from typing import assert_never

from domain.decision import Draft
from domain.decisions.run import give_up_run, start_pending
from domain.decisions.steps import begin
from domain.events import DeadlinePassed, Liveness
from domain.messages import Text
from domain.task import Actor, Status, Turn


def on_deadline(draft: Draft, event: DeadlinePassed) -> None:
    """Remind, look again, or give up; a turn that goes on gets a new deadline."""
    turn = draft.task.turn
    if turn is None or turn.until != event.until:
        draft.note("ignored", "that deadline is no longer set")
        return
    match turn.actor:
        case Actor.PERSON:
            _remind(draft, turn)
        case Actor.AGENT:
            _look_at_agent(draft, turn, event)
        case Actor.FORGE if draft.task.status is Status.CHECKING:
            draft.block(draft.text(Text.CHECKS_OVERDUE), notice=Text.NOTICE_BLOCKED)
        case Actor.ORCHESTRATOR if draft.task.status is Status.SETTLING:
            begin(draft)
        case Actor.ORCHESTRATOR if draft.task.status is Status.WAITING:
            start_pending(draft)
            draft.note("starts the agent again", "its model may be back")
        case Actor.FORGE | Actor.ORCHESTRATOR:
            _say_slow(draft, turn)
        case _:
            assert_never(turn.actor)


def _remind(draft: Draft, turn: Turn) -> None:
    count = draft.task.reminders + 1
    draft.notify(
        Text.NOTICE_REMINDER,
        stage=draft.task.stage,
        status=draft.task.status,
        since=_moment(turn),
    )
    until = draft.now + draft.reminder(count)
    draft.change(reminders=count, turn=replace(turn, until=until))
    draft.note("reminded people", f"waiting for a person since {_moment(turn)}")


def _look_at_agent(draft: Draft, turn: Turn, event: DeadlinePassed) -> None:
    run = draft.task.run
    until = draft.now + draft.pipeline.launch_patience
    waits = "it waits for a slot" if event.run is Liveness.WAITING else "its end is being read"
    if event.run is Liveness.RUNNING and run is not None:
        stage, since = draft.pipeline.stage(run.stage), event.running_since
        if stage and since:
            until = since + stage.time_limit + draft.pipeline.launch_patience
        if not stage or not since or until <= draft.now:
            give_up_run(draft, "it is beyond its time limit")
            return
        waits = "it waited for a slot and is within its time limit"
    draft.change(turn=replace(turn, until=until))
    draft.note("looked at the agent", waits)


def _say_slow(draft: Draft, turn: Turn) -> None:
    draft.notify(Text.NOTICE_SLOW, actor=turn.actor, stage=draft.task.stage, since=_moment(turn))
    until = draft.now + draft.pipeline.launch_patience
    draft.change(turn=replace(turn, until=until))
    draft.note("waits on", f"waiting for the {turn.actor} since {_moment(turn)}")


def _moment(turn: Turn) -> str:
    return turn.since.strftime("%Y-%m-%d %H:%M UTC")
