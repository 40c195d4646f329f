"""What runs cost, written down, and the account that limits are held against."""

from datetime import datetime

from domain.identifiers import RunId
from domain.money import Account, Limits, Money, Prices, Spent
from domain.reading import Reading
from domain.task import Task
from ports.store import Booking, RunRecord, Told, Transaction


class BookKeeping:
    """Keeps the books: what counts, by which price, within which limits."""

    def __init__(self, prices: Prices, limits: Limits) -> None:
        """Reckon by these prices and hold to these limits."""
        self._prices = prices
        self._limits = limits

    def book(self, tx: Transaction, record: RunRecord, reading: Reading, at: datetime) -> None:
        """Write down what the run has cost so far.

        What is told of a whole session counts without what other runs of it have told before.
        """
        run = record.run
        if not reading.usage.total and not reading.reckoned:
            return
        before = (
            tx.spending.told_before(reading.session, besides=run.id) if reading.session else Told()
        )
        usage, reckoned = reading.usage, reading.reckoned
        if reading.usage_of_session:
            usage = usage.minus(before.usage)
        if reckoned is not None and reading.reckoned_of_session:
            reckoned = Money(max(0, reckoned - before.reckoned))
        # By the name that it tells, else by the one that it was given, which may be an alias.
        models = (reading.model, record.agent.model)
        tx.spending.book(
            Booking(
                run=run.id,
                item=record.item,
                project=record.key.rpartition("-")[0],
                role=run.role,
                model=reading.model or record.agent.model,
                session=reading.session,
                spent=Spent(usage=usage, cost=self._prices.cost(models, usage, reckoned)),
                told=Told(usage=reading.usage, reckoned=reading.reckoned or Money(0)),
            ),
            at=at,
        )

    def account(self, tx: Transaction, task: Task, run: RunId, at: datetime) -> Account:
        """Return what the run, its item and the day have cost, and what they may."""
        spent, item, day = (
            tx.spending.of_run(run),
            tx.spending.of_item(task.item),
            tx.spending.of_day(at),
        )
        return Account(
            run=spent.cost.amount,
            item=item.cost.amount,
            day=day.cost.amount,
            limits=self._limits,
            granted=task.budget,
            estimated=spent.cost.estimated or item.cost.estimated,
        )
