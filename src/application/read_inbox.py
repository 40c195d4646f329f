"""From signals to deeds."""

from random import Random
from typing import assert_never

from application.advance_stage import AdvanceStage
from application.end_run import EndRun
from application.find_item import FindItem
from application.finish_run import FinishRun
from application.follow_person import FollowPerson
from application.handle_comment import HandleComment
from application.hold_to_limits import HoldToLimits
from application.open_delivery import OpenDelivery
from application.patience import Patience
from application.queue_worker import QueueWorker
from application.record import Record
from application.remind import Remind
from application.validate_qg0 import ValidateQG0
from domain.decision import Rules
from domain.events import BranchPrepared, EffectFailed, MergeEnded, RoleRefused
from domain.identifiers import EventId
from domain.signals import (
    BranchReady,
    BranchTouched,
    CommandGiven,
    CommentPosted,
    DeliveryReceived,
    EffectBuried,
    ForgeChanged,
    ItemChanged,
    LimitPassed,
    MergeAnswered,
    RoleUnusable,
    RunCollected,
    RunExited,
    RunNotCollected,
    Signal,
    TimerFired,
)
from ports.clock import Clock
from ports.store import Claim, Queue, Store, Transaction


class ReadInbox(QueueWorker[Signal]):
    """Takes the signals of one task after the other to the deed that handles them."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        random: Random,
        owner: str,
        patience: Patience,
        rules: Rules,
        record: Record,
        open_delivery: OpenDelivery,
        validate_qg0: ValidateQG0,
        follow_person: FollowPerson,
        handle_comment: HandleComment,
        find_item: FindItem,
        end_run: EndRun,
        finish_run: FinishRun,
        hold_to_limits: HoldToLimits,
        advance_stage: AdvanceStage,
        remind: Remind,
    ) -> None:
        """Hand over to these deeds."""
        super().__init__(store, clock, random, owner, patience)
        self._rules = rules
        self._record = record
        self._open_delivery = open_delivery
        self._validate_qg0 = validate_qg0
        self._follow_person = follow_person
        self._handle_comment = handle_comment
        self._find_item = find_item
        self._end_run = end_run
        self._finish_run = finish_run
        self._hold_to_limits = hold_to_limits
        self._advance_stage = advance_stage
        self._remind = remind

    def _queue(self, tx: Transaction) -> Queue[Signal]:
        return tx.inbox

    def _after_burial(self, tx: Transaction, claim: Claim[Signal], error: str) -> None:
        signal, now = claim.entry.payload, self._clock.now()
        if isinstance(signal, DeliveryReceived | BranchTouched | EffectBuried):
            return  # of no item, or told by the log alone: else its own burial would be told, too
        buried = EffectBuried(item=signal.item, effect=type(signal).__name__, error=error)
        key = f"dead:{claim.entry.key}:{now.isoformat()}"
        tx.inbox.put(buried, lane=signal.item, key=key, at=now, item=signal.item)

    async def _handle(self, claim: Claim[Signal]) -> Claim[Signal] | None:
        signal = claim.entry.payload
        event = EventId(claim.entry.key)
        match signal:
            case DeliveryReceived():
                return await self._open_delivery(claim, signal)
            case ItemChanged():
                return await self._changed(claim, signal)
            case CommandGiven():
                return await self._follow_person(claim, signal)
            case CommentPosted():
                return await self._handle_comment(claim, signal)
            case RunExited():
                return await self._end_run(claim, signal)
            case RunCollected():
                return await self._finish_run(claim, signal)
            case RunNotCollected():
                return await self._finish_run.refused(claim, signal)
            case BranchTouched():
                return await self._find_item(claim, signal)
            case MergeAnswered(item=item):
                ended = MergeEnded(
                    id=event,
                    item=item,
                    number=signal.number,
                    merged=signal.merged,
                    problem=signal.problem,
                    conflicts=signal.conflicts,
                )
                return await self._record(claim, [ended])
            case LimitPassed():
                return await self._hold_to_limits(claim, signal)
            case RoleUnusable(item=item, role=role, file=file, problem=problem):
                told = RoleRefused(id=event, item=item, role=role, file=file, problem=problem)
                return await self._record(claim, [told])
            case ForgeChanged():
                return await self._advance_stage.on_forge(claim, signal)
            case TimerFired():
                return await self._remind(claim, signal)
            case BranchReady(item=item, branch=branch, url=url, head=head):
                prepared = BranchPrepared(id=event, item=item, branch=branch, url=url, head=head)
                return await self._record(claim, [prepared])
            case EffectBuried(item=item, effect=effect, error=error, run=run):
                failed = EffectFailed(id=event, item=item, effect=effect, error=error, run=run)
                return await self._record(claim, [failed])
            case _:
                assert_never(signal)

    async def _changed(self, claim: Claim[Signal], signal: ItemChanged) -> Claim[Signal] | None:
        task = await self._store.transact(lambda tx: tx.tasks.of(signal.item))
        if task is None or task.stage == self._rules.pipeline.start:
            return await self._validate_qg0(claim, signal)
        return await self._follow_person(claim, signal)
