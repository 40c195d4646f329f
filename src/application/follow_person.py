"""A person moved, changed or removed an item that is under way, or asked us to."""

from application.item_facts import see_item
from application.record import Record
from domain.events import PersonAsked
from domain.identifiers import EventId
from domain.signals import CommandGiven, ItemChanged, Signal
from ports.issue_tracker import IssueTracker
from ports.store import Claim, Store


class FollowPerson:
    """Has done what the person means by it: pause, resume, cancel, finish."""

    def __init__(self, store: Store, tracker: IssueTracker, record: Record) -> None:
        """Read from this tracker."""
        self._store = store
        self._tracker = tracker
        self._record = record

    async def __call__(
        self, claim: Claim[Signal], signal: ItemChanged | CommandGiven
    ) -> Claim[Signal] | None:
        """Follow the item's present state, or the command."""
        if isinstance(signal, ItemChanged):
            seen = await see_item(claim, signal, tracker=self._tracker, store=self._store)
            return await self._record(claim, [seen])
        asked = PersonAsked(
            id=EventId(claim.entry.key),
            item=signal.item,
            who=signal.who,
            ask=signal.ask,
            state=signal.state,
        )
        return await self._record(claim, [asked])
