"""How an item stands in the tracker, read before it is believed."""

from domain.effects import MoveItem
from domain.errors import NotFound
from domain.events import ItemGone, ItemSeen
from domain.identifiers import EventId
from domain.signals import ItemChanged, Signal
from ports.issue_tracker import IssueTracker
from ports.store import Claim, Store

SOMEBODY = "a person"


async def see_item(
    claim: Claim[Signal], signal: ItemChanged, *, tracker: IssueTracker, store: Store
) -> ItemSeen | ItemGone:
    """Return the item as it stands, or that it is gone.

    Whether our own moves have all arrived is asked *before* the item is read: none can be on its
    way then, because the lane of this task is ours and only its events order moves.
    """
    event = EventId(claim.entry.key)
    on_the_way = await store.transact(lambda tx: tx.outbox.waiting(signal.item, MoveItem.__name__))
    try:
        item = await tracker.item(signal.item)
    except NotFound:
        return ItemGone(id=event, item=signal.item)
    return ItemSeen(
        id=event,
        item=signal.item,
        seen=item,
        who=signal.who or str(signal.actor or SOMEBODY),
        settled=on_the_way == 0,
    )
