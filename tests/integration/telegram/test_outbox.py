"""Notices from the outbox to the chat: in order, at the chat's pace, none lost."""

from datetime import timedelta
from random import Random

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from adapters.telegram.notifier import TelegramNotifier
from domain.effects import Notify
from domain.evidence import PullRequest
from domain.identifiers import ItemId, TaskKey
from domain.messages import Locale
from entrypoints.container import Container
from entrypoints.settings import Server, Settings
from ports.store import Claim, Transaction
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import FakeTelegram

REQUEST = PullRequest(number=3, url="http://git.lan/pulls/3")
TASKS = 25


@pytest.fixture
def container(api: BotApi, store: SqlStore, clock: SteppedClock, group: Chat) -> Container:
    notifier = TelegramNotifier(api, store, clock, chat=str(group.id))
    settings = Settings(locale=Locale.EN, server=Server(public_url="http://o.lan"))
    things = {"store": store, "clock": clock, "notifier": notifier, "random": Random(1)}
    return Container(settings=settings, **things)


async def test_a_burst_of_notices_is_never_refused_and_keeps_each_tasks_order(
    container: Container, store: SqlStore, clock: SteppedClock, fake: FakeTelegram, group: Chat
) -> None:
    def put(tx: Transaction) -> None:
        for number in range(2 * TASKS):
            key = TaskKey(f"ET-{number % TASKS}")
            notice = Notify(
                item=ItemId(key), key=key, text=f"{key}: {number}", pull_request=REQUEST
            )
            tx.outbox.put(notice, lane=key, key=str(number), at=clock.now(), item=notice.item)

    await store.transact(put)
    carry_out, begun = container.carry_out(), clock.now()
    while await store.transact(lambda tx: tx.outbox.depth()):
        match await carry_out.take():
            case Claim() as claim:
                await carry_out.work(claim)
            case None:
                pytest.fail("notices are left, but none will ever be due")
            case due:
                clock.advance(max(due - clock.now(), timedelta()))
    assert sorted(message_number(one.text) for one in group.messages) == list(range(2 * TASKS))
    assert len(fake.calls) == 2 * TASKS, "each is sent once, so none was refused"
    for task in range(TASKS):
        mine = [message for message in group.messages if f"ET-{task}:" in message.text]
        assert [message_number(one.text) for one in mine] == [task, task + TASKS]
        assert mine[0].links == [f"http://o.lan/items/ET-{task}", REQUEST.url]
    assert clock.now() - begun < timedelta(minutes=2 * TASKS / 20 + 1)


def message_number(text: str) -> int:
    return int(text.splitlines()[0].partition(": ")[2])
