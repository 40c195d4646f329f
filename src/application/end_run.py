"""A run seems to have ended."""

from application.carry_out import exit_key
from application.record import Record
from domain.effects import StartRun
from domain.events import Liveness, Outcome, RunEnded
from domain.identifiers import EventId
from domain.signals import RunExited, Signal
from ports.agent_runner import AgentRunner
from ports.clock import Clock
from ports.store import Claim, Store, Transaction


class EndRun:
    """Asks the runner, never our memory, how the run ended, and frees its slot."""

    def __init__(self, store: Store, clock: Clock, runner: AgentRunner, record: Record) -> None:
        """Ask this runner."""
        self._store = store
        self._clock = clock
        self._runner = runner
        self._record = record

    async def __call__(self, claim: Claim[Signal], signal: RunExited) -> Claim[Signal] | None:
        """Write down how it ended; a run that is alive after all is left alone."""
        seen = await self._runner.observe(signal.run)
        if seen.liveness is not Liveness.GONE:
            return await self._record(claim, [])
        outcome = seen.outcome or Outcome.LOST
        ended = RunEnded(
            id=EventId(exit_key(signal.run)),
            item=signal.item,
            run=signal.run,
            outcome=outcome,
            exit_code=seen.exit_code,
            detail=seen.detail,
        )
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Signal] | None:
            tx.runs.end(signal.run, at=now, outcome=outcome, exit_code=seen.exit_code)
            self._record.within(tx, ended, now)
            tx.outbox.hasten(kind=StartRun.__name__, at=now, most=1)
            return tx.inbox.settle(claim, at=now)

        return await self._store.transact(write)
