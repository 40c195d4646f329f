"""The runner says that runs have ended."""

import asyncio

from application.exit_key import exit_key
from domain.identifiers import RunId
from domain.signals import RunExited
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.store import Store, Transaction


class WatchRuns:
    """Puts the end of each run into the inbox, soon after. What it misses, Reconcile finds.

    Hints are passed on unasked, also one that comes too early: whoever takes it out of the inbox
    asks the runner anyway.
    """

    def __init__(self, store: Store, clock: Clock, runner: AgentRunner) -> None:
        """Watch this runner."""
        self._store = store
        self._clock = clock
        self._runner = runner

    async def __call__(self) -> None:
        """Go on until cancelled. Runs that end together are told together, in one commit."""
        async with asyncio.TaskGroup() as group:
            async for run in self._runner.ends():
                group.create_task(self.tell(run))

    async def tell(self, run: RunId) -> None:
        """Put the end of one run into the inbox, if it is one of ours and not told yet."""
        now = self._clock.now()

        def write(tx: Transaction) -> None:
            record = tx.runs.get(run)
            if record is None or record.ended_at is not None:
                return
            item, signal = record.item, RunExited(item=record.item, run=run)
            if not tx.inbox.waiting(item, RunExited.__name__):
                # Never the same key twice: an end that was told too early must be told again.
                key = f"{exit_key(run)}:{now.isoformat()}"
                tx.inbox.put(signal, lane=item, key=key, at=now, item=item)

        await self._store.transact(write)
