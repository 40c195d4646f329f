"""Agents at work cost money: it is counted while they work, not afterwards."""

import logging
from datetime import timedelta

from application.book_keeping import BookKeeping
from application.read_runs import ReadRuns
from domain.errors import Failure
from domain.reading import Reading
from domain.signals import LimitPassed
from ports.clock import Clock
from ports.store import RunRecord, Store, Transaction

log = logging.getLogger(__name__)


class WatchSpending:
    """Books what each live run has cost so far, and tells when that is more than it may."""

    EVERY = timedelta(seconds=2)

    def __init__(self, store: Store, clock: Clock, read_runs: ReadRuns, books: BookKeeping) -> None:
        """Read runs and keep these books."""
        self._store = store
        self._clock = clock
        self._read_runs = read_runs
        self._books = books
        self._seen: dict[str, Reading] = {}

    async def __call__(self) -> None:
        """Look at every live run once. One that cannot be read now is looked at the next time."""
        live = await self._store.transact(lambda tx: tx.runs.live())
        working = [record for record in live if record.started_at is not None]
        self._seen = {r.run.id: self._seen[r.run.id] for r in working if r.run.id in self._seen}
        for record in working:
            try:
                reading = await self._read_runs(record)
            except Failure as failure:
                log.warning("the output of %s could not be read: %s", record.run.id, failure)
                continue
            if reading is not None and reading != self._seen.get(record.run.id):
                self._seen[record.run.id] = reading
                await self._book(record, reading)

    async def _book(self, record: RunRecord, reading: Reading) -> None:
        now, run = self._clock.now(), record.run.id

        def write(tx: Transaction) -> None:
            known, task = tx.runs.get(run), tx.tasks.of(record.item)
            if known is None or known.ended_at is not None or task is None:
                return  # it has ended meanwhile, and was booked then
            self._books.book(tx, record, reading, now)
            at_work = task.run is not None and task.run.id == run and task.over is None
            if at_work and self._books.account(tx, task, run, now).over:
                signal = LimitPassed(item=record.item, run=run)
                tx.inbox.put(signal, lane=signal.item, key=f"limit:{run}", at=now, item=signal.item)

        await self._store.transact(write)
