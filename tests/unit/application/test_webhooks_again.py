"""Equal deliveries, and webhooks that fall silent."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from adapters.memory.webhook_reader import MemoryWebhookReader
from application.open_delivery import OpenDelivery
from application.receive_webhook import ReceiveWebhook
from application.watch_webhooks import ExpectedWebhooks, WatchWebhooks
from domain.decision import Rules
from domain.effects import Effect, Notify
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE
from domain.signals import DeliveryReceived, ItemChanged, Signal
from ports.examination import Verdict
from ports.store import Claim, Transaction
from tests.unit.application.bench import Bench

BODY = json.dumps({"item": "i1"}).encode()
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader() -> MemoryWebhookReader:
    return MemoryWebhookReader("secret")


class Desk:
    """Deliveries received and opened as the service does it."""

    def __init__(self, bench: Bench, reader: MemoryWebhookReader) -> None:
        readers = {"plane": reader}
        self.bench = bench
        self.reader = reader
        self.receive = ReceiveWebhook(bench.store, bench.clock, readers, {"plane": HOUR})
        self.open = OpenDelivery(bench.store, bench.clock, readers)

    async def deliver(self) -> bool:
        return await self.receive("plane", self.reader.sign(BODY), BODY)

    async def opened(self) -> list[Signal]:
        """Open what has come and return the signals that follow."""
        found: list[Signal] = []
        while isinstance(claim := await self.bench.read_inbox.take(), Claim):
            signal = claim.entry.payload
            if isinstance(signal, DeliveryReceived):
                await self.open(claim, signal)
                continue
            found.append(signal)
            await self.bench.store.transact(partial(_drop, claim, at=self.bench.clock.now()))
        return found


def _drop(claim: Claim[Signal], tx: Transaction, *, at: datetime) -> None:
    tx.inbox.settle(claim, at=at, more=False)


def _take(claim: Claim[Effect], tx: Transaction, *, at: datetime) -> None:
    tx.outbox.settle(claim, at=at, more=False)


async def test_an_equal_delivery_within_the_window_is_a_repetition(
    bench: Bench, reader: MemoryWebhookReader
) -> None:
    desk = Desk(bench, reader)
    assert await desk.deliver()
    bench.clock.advance(HOUR - MINUTE)
    assert not await desk.deliver()
    assert len(await desk.opened()) == 1


async def test_an_equal_delivery_after_the_window_is_news(
    bench: Bench, reader: MemoryWebhookReader
) -> None:
    desk = Desk(bench, reader)
    for _ in range(3):
        assert await desk.deliver()
        assert not await desk.deliver()
        assert await desk.opened() == [ItemChanged(item="i1", actor=None)]  # type: ignore[arg-type]
        bench.clock.advance(HOUR + MINUTE)


# ── silence ──────────────────────────────────────────────────────────────────────────────────────


def watch(bench: Bench) -> WatchWebhooks:
    rules = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)
    expected = ExpectedWebhooks(tool="plane", name="Plane", remedy="switch it on")
    return WatchWebhooks(bench.store, bench.clock, rules, expected)


async def see(bench: Bench, watching: WatchWebhooks) -> None:
    """Find by looking that something has just changed."""
    now = bench.clock.now()
    await bench.store.transact(lambda tx: watching.saw(tx, now))


async def notices(bench: Bench) -> list[Effect]:
    found: list[Effect] = []
    while isinstance(claim := await bench.carry_out.take(), Claim):
        found.append(claim.entry.payload)
        await bench.store.transact(partial(_take, claim, at=bench.clock.now()))
    return found


async def test_two_changes_that_nobody_told_mean_silence_and_one_notice(bench: Bench) -> None:
    watching = watch(bench)
    await see(bench, watching)
    bench.clock.advance(11 * MINUTE)
    assert await watching.silence() is None
    await see(bench, watching)
    silence = await watching.silence()
    assert silence is not None
    assert "were not told" in silence
    for _ in range(3):
        bench.clock.advance(MINUTE)
        await see(bench, watching)
    (notice,) = await notices(bench)
    assert isinstance(notice, Notify)
    assert "Plane" in notice.text
    (finding,) = await watching.examine()
    assert (finding.verdict, finding.remedy) == (Verdict.WARNING, "switch it on")


async def test_a_webhook_that_speaks_again_is_well_and_can_fall_silent_again(
    bench: Bench, reader: MemoryWebhookReader
) -> None:
    watching, desk = watch(bench), Desk(bench, reader)
    for _ in range(2):
        await see(bench, watching)
        bench.clock.advance(11 * MINUTE)
        await see(bench, watching)
        assert await watching.silence()
        assert len(await notices(bench)) == 1
        bench.clock.advance(HOUR)
        assert await desk.deliver()
        await desk.opened()
        assert await watching.silence() is None
        (finding,) = await watching.examine()
        assert finding.verdict is Verdict.OK
        bench.clock.advance(HOUR)


async def test_a_change_that_was_told_as_well_is_not_missed(
    bench: Bench, reader: MemoryWebhookReader
) -> None:
    watching, desk = watch(bench), Desk(bench, reader)
    await see(bench, watching)
    await desk.deliver()
    await desk.opened()
    await see(bench, watching)
    bench.clock.advance(11 * MINUTE)
    assert await watching.silence() is None


async def test_where_no_webhooks_are_expected_nobody_misses_them(bench: Bench) -> None:
    rules = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)
    watching = WatchWebhooks(bench.store, bench.clock, rules)
    for _ in range(3):
        await see(bench, watching)
        bench.clock.advance(HOUR)
    assert await watching.silence() is None
    assert await watching.examine() == []
    assert await bench.store.transact(lambda tx: tx.outbox.depth()) == 0
