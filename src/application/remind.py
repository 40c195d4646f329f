"""The deadline of a turn came."""

from datetime import datetime

from application.record import Record
from domain.events import DeadlinePassed, Liveness
from domain.identifiers import EventId
from domain.signals import Signal, TimerFired
from ports.agent_runner import AgentRunner
from ports.store import Claim, Store


class Remind:
    """Has the task looked into: people are reminded, an agent that is stuck is given up."""

    def __init__(self, store: Store, runner: AgentRunner, record: Record) -> None:
        """Ask this runner for the agent."""
        self._store = store
        self._runner = runner
        self._record = record

    async def __call__(self, claim: Claim[Signal], signal: TimerFired) -> Claim[Signal] | None:
        """Look into the task whose deadline that was."""
        task = await self._store.transact(lambda tx: tx.tasks.of(signal.item))
        liveness: Liveness | None = None
        running_since: datetime | None = None
        if task and task.run:
            run = task.run.id
            record = await self._store.transact(lambda tx: tx.runs.get(run))
            running_since = record.started_at if record else None
            if record and running_since is None:
                liveness = Liveness.WAITING
            else:
                liveness = (await self._runner.observe(run)).liveness
        event = DeadlinePassed(
            id=EventId(claim.entry.key),
            item=signal.item,
            until=signal.until,
            run=liveness,
            running_since=running_since,
        )
        return await self._record(claim, [event])
