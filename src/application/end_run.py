"""A run seems to have ended."""

from application.book_keeping import BookKeeping
from application.exit_key import exit_key
from application.read_runs import ReadRuns
from application.record import Record
from application.slots import Slots
from domain.events import Liveness, Outcome, RunEnded, Statement
from domain.identifiers import EventId
from domain.reading import Reading, outcome_of
from domain.signals import RunExited, Signal
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.store import Claim, Store, Transaction


class EndRun:
    """Asks the runner, never our memory, how the run ended, and passes its slot on."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        runner: AgentRunner,
        read_runs: ReadRuns,
        books: BookKeeping,
        record: Record,
        slots: Slots,
    ) -> None:
        """Ask this runner."""
        self._store = store
        self._clock = clock
        self._runner = runner
        self._read_runs = read_runs
        self._books = books
        self._record = record
        self._slots = slots

    async def __call__(self, claim: Claim[Signal], signal: RunExited) -> Claim[Signal] | None:
        """Write down how it ended; a run that is alive after all is left alone."""
        seen = await self._runner.observe(signal.run)
        if seen.liveness is not Liveness.GONE:
            return await self._record(claim, [])
        record = await self._store.transact(lambda tx: tx.runs.get(signal.run))
        if record is None:
            return await self._record(claim, [])
        reading = await self._read_runs(record)
        said = outcome_of(seen.outcome or Outcome.LOST, reading)
        statement = _statement(seen.detail, reading)
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Signal] | None:
            outcome = Outcome.OUT_OF_BUDGET if _ended_for_money(tx, signal, said) else said
            if reading is not None:
                self._books.book(tx, record, reading, now)
            tx.runs.end(
                signal.run,
                at=now,
                outcome=outcome,
                exit_code=seen.exit_code,
                statement=statement,
            )
            ended = RunEnded(
                id=EventId(exit_key(signal.run)),
                item=signal.item,
                run=signal.run,
                outcome=outcome,
                exit_code=seen.exit_code,
                detail=statement.detail,
            )
            self._record.within(tx, ended, now)
            self._slots.give(tx, now)
            return tx.inbox.settle(claim, at=now)

        following = await self._store.transact(write)
        self._read_runs.forget(signal.run)
        return following


def _ended_for_money(tx: Transaction, signal: RunExited, outcome: Outcome) -> bool:
    """Whether it was us who stopped the run, because of what it cost and nothing else."""
    task = tx.tasks.of(signal.item)
    if outcome is not Outcome.STOPPED or task is None or task.run is None or task.stopping:
        return False
    return task.run.id == signal.run and task.over is not None


def _statement(detail: str, reading: Reading | None) -> Statement:
    if reading is None:
        return Statement(detail=detail)
    return Statement(
        detail=detail or reading.detail, refusals=reading.refusals, tools=reading.tools
    )
