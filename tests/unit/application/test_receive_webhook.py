"""Deliveries are stored as they came, once, and opened later."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.memory.clock import SteppedClock
from adapters.memory.webhook_reader import MemoryWebhookReader
from adapters.sql.store import SqlStore
from application.open_delivery import OpenDelivery
from application.receive_webhook import ReceiveWebhook
from domain.errors import Forbidden, Invalid, NotFound, ToolFailed
from domain.identifiers import CommentId, ItemId, PersonId
from domain.signals import CommentPosted, DeliveryReceived, ItemChanged, Signal
from ports.store import Claim

READER = MemoryWebhookReader("secret")
READERS = {"memory": READER}
BODY = b'{"item":"item-1","actor":"you"}'
LEASE = timedelta(seconds=30)


@pytest.fixture
def receive(store: SqlStore, clock: SteppedClock) -> ReceiveWebhook:
    return ReceiveWebhook(store, clock, READERS)


async def take(store: SqlStore, clock: SteppedClock) -> Claim[Signal] | None:
    now = clock.now()
    return await store.transact(lambda tx: tx.inbox.claim(owner="us", at=now, lease=LEASE))


async def opened(store: SqlStore, clock: SteppedClock) -> Sequence[tuple[str, Signal]]:
    """Open every delivery and return what they hinted at, by lane."""
    found: list[tuple[str, Signal]] = []
    open_delivery = OpenDelivery(store, clock, READERS)
    while claim := await take(store, clock):
        following: Claim[Signal] | None = claim
        while following is not None:
            signal, lane = following.entry.payload, following.lane
            if isinstance(signal, DeliveryReceived):
                following = await open_delivery(following, signal)
            else:
                found.append((lane, signal))
                following = await settle(store, following, clock)
    return found


async def settle(
    store: SqlStore, claim: Claim[Signal], clock: SteppedClock
) -> Claim[Signal] | None:
    now = clock.now()
    return await store.transact(lambda tx: tx.inbox.settle(claim, at=now))


async def test_a_delivery_is_stored_as_it_came(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock
) -> None:
    headers = READER.sign(BODY)
    assert await receive("memory", headers, BODY) is True
    claim = await take(store, clock)
    assert claim is not None
    assert claim.entry.payload == DeliveryReceived(tool="memory", headers=headers, body=BODY)


async def test_the_same_delivery_again_is_acknowledged_and_stored_once(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock
) -> None:
    assert [await receive("memory", READER.sign(BODY), BODY) for _ in range(3)] == [
        *(True, False, False)
    ]
    assert len(await opened(store, clock)) == 1


async def test_a_delivery_hints_at_its_item_or_comment_in_the_items_lane(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock
) -> None:
    comment = b'{"item":"item-2","comment":"c-1","actor":"you"}'
    for body in (BODY, comment, b"{}"):
        await receive("memory", READER.sign(body), body)
    you = PersonId("you")
    assert sorted(await opened(store, clock), key=str) == [
        ("item-1", ItemChanged(item=ItemId("item-1"), actor=you)),
        ("item-2", CommentPosted(item=ItemId("item-2"), comment=CommentId("c-1"), actor=you)),
    ]


@pytest.mark.parametrize("headers", [{}, {"x-signature": "0" * 64}, {"x-signature": "я"}])
async def test_a_bad_signature_is_refused_and_nothing_is_stored(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock, headers: dict[str, str]
) -> None:
    with pytest.raises(Forbidden):
        await receive("memory", headers, BODY)
    assert await take(store, clock) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"item": 7}', b'{"what": "x"}'])
async def test_what_cannot_be_parsed_is_refused_and_nothing_is_stored(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock, body: bytes
) -> None:
    with pytest.raises(Invalid):
        await receive("memory", READER.sign(body), body)
    assert await take(store, clock) is None


async def test_a_tool_without_a_reader_has_no_webhook(receive: ReceiveWebhook) -> None:
    with pytest.raises(NotFound, match="no webhooks of other"):
        await receive("other", READER.sign(BODY), BODY)


async def test_what_could_not_be_stored_is_not_acknowledged(
    receive: ReceiveWebhook, store: SqlStore
) -> None:
    await store.close()
    with pytest.raises(ToolFailed):
        await receive("memory", READER.sign(BODY), BODY)


async def test_a_delivery_of_a_tool_that_is_no_longer_configured_is_dropped(
    receive: ReceiveWebhook, store: SqlStore, clock: SteppedClock
) -> None:
    await receive("memory", READER.sign(BODY), BODY)
    claim = await take(store, clock)
    assert claim is not None
    assert isinstance(claim.entry.payload, DeliveryReceived)
    await OpenDelivery(store, clock, {})(claim, claim.entry.payload)
    assert await take(store, clock) is None
