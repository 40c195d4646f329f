"""Forgetting what nothing needs any more, so that years of use do not fill the disk."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from domain.errors import Failure
from domain.identifiers import ItemId
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.store import RunRecord, Store, Transaction

log = logging.getLogger(__name__)

RUNS_KEPT = timedelta(days=1)
"""How long a runner keeps what it has of an ended run. Logs and the run's record stay for good."""
DONE_KEPT = timedelta(days=7)
"""How long the contents of done queue entries can be read; the store keeps their keys longer."""


class Tidy:
    """Has runners forget old runs, and the store what it has long done."""

    def __init__(self, store: Store, clock: Clock, runner: AgentRunner) -> None:
        """Forget in these places."""
        self._store = store
        self._clock = clock
        self._runner = runner

    async def __call__(self) -> None:
        """Do it once. What cannot be forgotten now is left for the next time."""
        now = self._clock.now()

        def read(tx: Transaction) -> tuple[Sequence[RunRecord], list[ItemId]]:
            old = tx.runs.remembered(before=now - RUNS_KEPT)
            live = tx.tasks.under_way()
            needed = {task.run.id for task in live if task.run}  # not collected yet, say
            unneeded = [record for record in old if record.run.id not in needed]
            return unneeded, [task.item for task in live]

        records, live = await self._store.transact(read)
        for record in records:
            await self._forget(record)
        try:
            # Of an item under way the reconciler may ask again, however old its last turn is.
            await self._store.prune(at=now, older_than=DONE_KEPT, keep=live)
        except Failure as failure:
            log.warning("what is done could not be forgotten: %s", failure)

    async def _forget(self, record: RunRecord) -> None:
        run = record.run.id
        try:
            await self._runner.forget(run)
            await self._store.transact(lambda tx: tx.runs.forget(run))
        except Failure as failure:
            log.warning("run %s could not be forgotten: %s", run, failure)
