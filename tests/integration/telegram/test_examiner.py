"""The doctor finds what stands between us and a chat, and says what to do."""

from collections.abc import Callable

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from adapters.telegram.examiner import TelegramExaminer
from adapters.telegram.notifier import TelegramNotifier
from domain.identifiers import TaskKey
from ports.examination import Finding, Verdict
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import FakeTelegram

FORUM = -1001234567890
Look = Callable[..., TelegramExaminer]


@pytest.fixture
def look(api: BotApi, store: SqlStore, clock: SteppedClock) -> Look:
    def look(
        chat: int, thread: int | None = None, links: str = "https://o.example.org"
    ) -> TelegramExaminer:
        notifier = TelegramNotifier(api, store, clock, chat=str(chat), thread=thread)
        return TelegramExaminer(api, notifier, links=links, links_key="tracker.web_url")

    return look


async def wrong(examiner: TelegramExaminer) -> list[Finding]:
    """What is not as it should be; each such finding has its remedy."""
    found = [one for one in await examiner.examine() if one.verdict is not Verdict.OK]
    assert all(one.remedy for one in found)
    return found


@pytest.mark.parametrize(
    "chat",
    [
        Chat(id=1),
        Chat(id=-2, type="group", title="Riders"),
        Chat(id=-3, type="supergroup", status="restricted"),
        Chat(id=-4, type="channel", status="administrator"),
        Chat(id=-5, type="supergroup", topics={4}, status="administrator"),
        Chat(id=-6, type="group", status="administrator", members_may_send=False),
    ],
    ids=lambda chat: f"{chat.type}-{chat.status}",
)
async def test_a_chat_that_can_be_written_to_is_well(
    look: Look, fake: FakeTelegram, chat: Chat
) -> None:
    fake.add(chat)
    assert await wrong(look(chat.id, min(chat.topics, default=None))) == []
    assert all(call.method != "sendmessage" for call in fake.calls)
    assert await look(chat.id).init() == []


async def test_a_wrong_token_is_the_only_finding(look: Look, fake: FakeTelegram) -> None:
    fake.token = "1:another"
    (finding,) = await look(1).examine()
    assert (finding.subject, finding.verdict) == ("bot", Verdict.FAILED)
    assert "TELEGRAM_BOT_TOKEN" in finding.remedy


async def test_a_server_that_is_not_there_points_at_its_address(
    store: SqlStore, clock: SteppedClock
) -> None:
    api = BotApi("1:a", "http://127.0.0.1:1")
    notifier = TelegramNotifier(api, store, clock, chat="1")
    (finding,) = await TelegramExaminer(
        api, notifier, links="https://a.b", links_key="server.public_url"
    ).examine()
    await api.close()
    assert "notifier.api_url" in finding.remedy


async def test_a_chat_that_the_bot_does_not_see(look: Look, fake: FakeTelegram) -> None:
    (finding,) = await wrong(look(77))
    assert (finding.subject, finding.verdict) == ("chat", Verdict.FAILED)


@pytest.mark.parametrize(
    "chat",
    [
        Chat(id=-2, type="group", status="left"),
        Chat(id=-2, type="supergroup", status="kicked"),
        Chat(id=-2, type="supergroup", status="restricted", may_send=False),
        Chat(id=-2, type="channel", status="administrator", may_send=False),
        Chat(id=-2, type="channel", status="member"),
        Chat(id=-2, type="group", members_may_send=False),
    ],
    ids=lambda chat: f"{chat.type}-{chat.status}",
)
async def test_a_bot_that_may_not_write(look: Look, fake: FakeTelegram, chat: Chat) -> None:
    fake.add(chat)
    (finding,) = await wrong(look(chat.id))
    assert (finding.subject, finding.verdict) == ("permission", Verdict.FAILED)


async def test_a_group_that_has_moved_is_to_be_written_down(
    look: Look, fake: FakeTelegram, group: Chat, api: BotApi, store: SqlStore
) -> None:
    fake.migrate(group, FORUM)
    clock = SteppedClock(fake.clock())
    notifier = TelegramNotifier(api, store, clock, chat=str(group.id))
    await notifier.notify(TaskKey("ET-1"), "x", url=None, effect="e-1")
    (finding,) = await wrong(look(group.id))
    assert finding.verdict is Verdict.WARNING
    assert str(FORUM) in finding.remedy


async def test_a_topic_in_a_chat_without_topics(look: Look, fake: FakeTelegram) -> None:
    fake.add(Chat(id=-2, type="supergroup"))
    (finding,) = await wrong(look(-2, 42))
    assert (finding.subject, finding.verdict) == ("topic", Verdict.WARNING)


@pytest.mark.parametrize("links", ["http://localhost:8500", "http://127.0.0.1:8500"])
async def test_links_that_lead_nowhere(look: Look, fake: FakeTelegram, links: str) -> None:
    fake.add(Chat(id=1))
    (finding,) = await wrong(look(1, links=links))
    assert "tracker.web_url" in finding.remedy
