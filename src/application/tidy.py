"""Forgetting what nothing needs any more, so that years of use do not fill the disk."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.errors import Failure
from domain.identifiers import ItemId
from ports.agent_runner import AgentRunner
from ports.board import Board
from ports.clock import Clock
from ports.log_keeper import LogKeeper
from ports.store import RunRecord, Store, Transaction

log = logging.getLogger(__name__)

RUNS_KEPT = timedelta(days=1)
"""How long a runner keeps what it has of an ended run but its log; the record stays for good."""
DONE_KEPT = timedelta(days=7)
"""How long the contents of done queue entries can be read; the store keeps their keys longer."""
WRITES_KEPT = timedelta(days=30)
"""How late a program may repeat a request to the board and still be recognised."""


class Tidy:
    """Has runners forget old runs, and the store what it has long done; drops old logs."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        runner: AgentRunner,
        board: Board | None,
        *,
        keepers: Sequence[LogKeeper],
        logs_kept: timedelta,
    ) -> None:
        """Forget in these places; there is no board where people work in another tracker."""
        self._store = store
        self._clock = clock
        self._runner = runner
        self._board = board
        self._keepers = keepers
        self._logs_kept = logs_kept

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
        for keeper in self._keepers:
            await self._drop_logs(keeper, now - self._logs_kept)
        try:
            # Of an item under way the reconciler may ask again, however old its last turn is.
            await self._store.prune(at=now, older_than=DONE_KEPT, keep=live)
            if self._board is not None:
                await self._forget_writes(self._board, now - WRITES_KEPT)
        except Failure as failure:
            log.warning("what is done could not be forgotten: %s", failure)

    async def _drop_logs(self, keeper: LogKeeper, before: datetime) -> None:
        try:
            await keeper.drop_logs(before=before)
        except Failure as failure:
            log.warning("old logs could not be dropped: %s", failure)

    async def _forget_writes(self, board: Board, before: datetime) -> None:
        # What is not done, or was given up, may have been written and may be tried again. It was
        # written after it was put.
        oldest = await self._store.transact(lambda tx: tx.outbox.oldest())
        await board.forget_writes(before=min(before, oldest or before))

    async def _forget(self, record: RunRecord) -> None:
        run = record.run.id
        try:
            await self._runner.forget(run)
            await self._store.transact(lambda tx: tx.runs.forget(run))
        except Failure as failure:
            log.warning("run %s could not be forgotten: %s", run, failure)
