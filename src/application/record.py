"""From an event to what is written down: the only way in which a task changes.

In one transaction: the signal is done with, the task is as decided, effects are in the outbox,
the deadline is set, the history tells why. After a kill at any moment all of it is there or none.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.decide import decide
from domain.decision import Decision, Rules
from domain.effects import StartRun, Tool, tool_of
from domain.events import Event
from domain.identifiers import EventId, ItemId
from domain.signals import Signal
from domain.task import Task
from ports.clock import Clock
from ports.store import Claim, HistoryEntry, RunRecord, Store, Transaction


class Record:
    """Has an event decided and the decision written down."""

    def __init__(self, store: Store, clock: Clock, rules: Rules) -> None:
        """Decide by these rules."""
        self._store = store
        self._clock = clock
        self._rules = rules

    async def __call__(self, claim: Claim[Signal], events: Sequence[Event]) -> Claim[Signal] | None:
        """Decide the events that the claimed signal stands for; return the lane's next signal."""
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Signal] | None:
            for event in events:
                self.within(tx, event, now)
            return tx.inbox.settle(claim, at=now)

        return await self._store.transact(write)

    def within(self, tx: Transaction, event: Event, now: datetime) -> None:
        """Decide the event and write the decision down as part of a larger transaction."""
        task = tx.tasks.of(event.item)
        decision = decide(task, event, now=now, rules=self._rules)
        if decision is None or decision.task is task:
            return
        tx.tasks.save(decision.task)
        _keep_priority(tx, task, decision.task)
        _add_effects(tx, decision, event.id, now)
        tx.history.add(event.item, _history(decision, event.id, now))


def _keep_priority(tx: Transaction, before: Task | None, task: Task) -> None:
    """Let a run that may be waiting for a slot have the item's new priority."""
    if before is not None and before.run is not None and before.priority is not task.priority:
        tx.runs.prioritise(before.run.id, task.priority)


def _add_effects(tx: Transaction, decision: Decision, event: EventId, now: datetime) -> None:
    task = decision.task
    for number, effect in enumerate(decision.effects):
        if isinstance(effect, StartRun):
            record = RunRecord(
                run=effect.run, item=task.item, key=task.key, asked_at=now, priority=task.priority
            )
            tx.runs.add(record)
        tx.outbox.put(
            effect,
            lane=lane_of(task.item, tool_of(effect)),
            key=f"{event}:{number}",
            at=now,
            item=task.item,
        )


def lane_of(item: ItemId, tool: Tool) -> str:
    """Return the lane of effects: one for each task and tool."""
    return f"{item}/{tool}"


def _history(decision: Decision, event: EventId, now: datetime) -> list[HistoryEntry]:
    return [
        HistoryEntry(at=now, who=note.who, what=note.what, why=note.why, event=event)
        for note in decision.notes
    ]
