"""An item appeared, or one that has not started was mended."""

from application.item_facts import see_item
from application.record import Record
from domain.signals import ItemChanged, Signal
from ports.issue_tracker import IssueTracker
from ports.store import Claim, Store


class ValidateQG0:
    """Reads the item and has it judged fit to start, or told what is wrong with it."""

    def __init__(self, store: Store, tracker: IssueTracker, record: Record) -> None:
        """Read from this tracker."""
        self._store = store
        self._tracker = tracker
        self._record = record

    async def __call__(self, claim: Claim[Signal], signal: ItemChanged) -> Claim[Signal] | None:
        """Judge the item as it stands now."""
        event = await see_item(claim, signal, tracker=self._tracker, store=self._store)
        return await self._record(claim, [event])
