"""A limit of money seems to be reached."""

from application.book_keeping import BookKeeping
from application.record import Record
from domain.events import LimitReached
from domain.identifiers import EventId
from domain.signals import LimitPassed, Signal
from ports.clock import Clock
from ports.store import Claim, Store, Transaction


class HoldToLimits:
    """Looks at the account again, for somebody may have allowed more, and has the run ended."""

    def __init__(self, store: Store, clock: Clock, books: BookKeeping, record: Record) -> None:
        """Go by these books."""
        self._store = store
        self._clock = clock
        self._books = books
        self._record = record

    async def __call__(self, claim: Claim[Signal], signal: LimitPassed) -> Claim[Signal] | None:
        """End the run if its account says so."""
        now = self._clock.now()

        def write(tx: Transaction) -> Claim[Signal] | None:
            task = tx.tasks.of(signal.item)
            account = self._books.account(tx, task, signal.run, now) if task else None
            if account is not None and account.over:
                key = EventId(claim.entry.key)
                event = LimitReached(id=key, item=signal.item, run=signal.run, account=account)
                self._record.within(tx, event, now)
            return tx.inbox.settle(claim, at=now)

        return await self._store.transact(write)
