"""What Telegram refuses is mended where it can be, waited for, or told to people."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from litestar import Response

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from adapters.telegram.notifier import TelegramNotifier
from domain.errors import (
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    TimedOut,
    ToolFailed,
)
from domain.evidence import PullRequest
from domain.identifiers import TaskKey
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import TOKEN, FakeTelegram

KEY = TaskKey("ET-7")
FORUM = -1001234567890
TOPIC = 42


@pytest.fixture
def notifier(api: BotApi, store: SqlStore, clock: SteppedClock, group: Chat) -> TelegramNotifier:
    return TelegramNotifier(api, store, clock, chat=str(group.id))


@pytest.fixture
def forum(fake: FakeTelegram) -> Chat:
    return fake.add(Chat(id=FORUM, type="supergroup", title="Board", topics={TOPIC}))


async def send(notifier: TelegramNotifier, effect: str = "e-1") -> None:
    await notifier.notify(KEY, "❓ ET-7: a question", url=None, effect=effect)


async def refusal(notifier: TelegramNotifier) -> Failure:
    with pytest.raises(Failure) as failed:
        await send(notifier)
    return failed.value


async def test_a_notice_leads_to_the_item_and_to_its_pull_request_without_a_preview(
    notifier: TelegramNotifier, group: Chat
) -> None:
    await notifier.notify(
        KEY,
        "✅ ET-7: Show <b> & length is done.",
        url="http://plane.lan/ET-7?a=1&b=2",
        pull_request=PullRequest(number=3, url='http://git.lan/pulls/3?q="x"'),
        effect="e-1",
    )
    (message,) = group.messages
    assert message.text == "✅ ET-7: Show <b> & length is done.\nPull request #3"
    assert message.links == ["http://plane.lan/ET-7?a=1&b=2", 'http://git.lan/pulls/3?q="x"']
    assert not message.preview


async def test_an_address_that_telegram_makes_no_link_of_can_be_read(
    notifier: TelegramNotifier, group: Chat
) -> None:
    await notifier.notify(KEY, "ET-7: x", url="http://localhost:8500/items/ET-7", effect="e-1")
    (message,) = group.messages
    assert message.text == "ET-7: x\nhttp://localhost:8500/items/ET-7"


# ── topics ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_topic_gets_its_notices(
    api: BotApi, store: SqlStore, clock: SteppedClock, forum: Chat
) -> None:
    await send(TelegramNotifier(api, store, clock, chat=str(FORUM), thread=TOPIC))
    assert [message.thread for message in forum.messages] == [TOPIC]


async def test_the_general_topic_is_named_by_naming_none(
    api: BotApi, store: SqlStore, clock: SteppedClock, forum: Chat, fake: FakeTelegram
) -> None:
    await send(TelegramNotifier(api, store, clock, chat=str(FORUM), thread=1))
    assert [message.thread for message in forum.messages] == [None]
    assert len(fake.calls) == 1


async def test_a_topic_that_is_gone_loses_no_notice(
    api: BotApi, store: SqlStore, clock: SteppedClock, forum: Chat, fake: FakeTelegram
) -> None:
    forum.topics.clear()
    await send(TelegramNotifier(api, store, clock, chat=str(FORUM), thread=TOPIC))
    assert [message.thread for message in forum.messages] == [None]
    assert len(fake.calls) == 2


async def test_a_topic_that_was_closed_loses_none_either(
    api: BotApi, store: SqlStore, clock: SteppedClock, forum: Chat, fake: FakeTelegram
) -> None:
    fake.faults.append(error(400, "Bad Request: TOPIC_CLOSED"))
    await send(TelegramNotifier(api, store, clock, chat=str(FORUM), thread=TOPIC))
    assert [message.thread for message in forum.messages] == [None]


# ── a group becomes a supergroup ─────────────────────────────────────────────────────────────────


async def test_a_group_is_followed_to_its_new_id_even_after_a_restart(
    api: BotApi, store: SqlStore, clock: SteppedClock, fake: FakeTelegram, group: Chat
) -> None:
    moved = fake.migrate(group, FORUM)
    await send(TelegramNotifier(api, store, clock, chat=str(group.id)))
    assert [message.text for message in moved.messages] == ["❓ ET-7: a question"]
    clock.advance(timedelta(seconds=2))
    fake.calls.clear()
    await send(TelegramNotifier(api, store, clock, chat=str(group.id)), "e-2")
    assert [call.values["chat_id"] for call in fake.calls] == [str(FORUM)]


async def test_a_chat_that_says_it_moved_to_itself_is_not_followed_for_ever(
    notifier: TelegramNotifier, fake: FakeTelegram, group: Chat
) -> None:
    group.moved_to = group.id
    assert isinstance(await refusal(notifier), Rejected)
    assert len(fake.calls) == 2


# ── markup ───────────────────────────────────────────────────────────────────────────────────────


async def test_markup_that_is_not_understood_is_sent_as_plain_text_once(
    notifier: TelegramNotifier, fake: FakeTelegram, group: Chat
) -> None:
    fake.faults.append(error(400, 'Bad Request: can\'t parse entities: Unsupported start tag "q"'))
    await notifier.notify(KEY, "a <b> c", url="http://plane.lan/ET-7", effect="e-1")
    assert [one.text for one in group.messages] == ["ET-7: a <b> c\nhttp://plane.lan/ET-7"]


async def test_plain_text_that_is_not_understood_either_is_given_up(
    notifier: TelegramNotifier, fake: FakeTelegram
) -> None:
    fake.faults.extend(error(400, "Bad Request: can't parse entities: why?") for _ in range(2))
    assert isinstance(await refusal(notifier), Rejected)
    assert len(fake.calls) == 2


async def test_topic_chat_and_markup_may_all_be_wrong_at_once(
    api: BotApi, store: SqlStore, clock: SteppedClock, fake: FakeTelegram, group: Chat
) -> None:
    moved = fake.migrate(group, FORUM)
    notifier = TelegramNotifier(api, store, clock, chat=str(group.id), thread=TOPIC)
    fake.faults.append(error(400, "Bad Request: can't parse entities: why?"))
    await send(notifier)
    assert [message.thread for message in moved.messages] == [None]
    assert len(fake.calls) == 4


# ── what only a person can mend ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "why",
    [
        "bot was blocked by the user",
        "bot was kicked from the group chat",
        "user is deactivated",
        "bot can't initiate conversation with a user",
    ],
)
async def test_a_chat_that_is_shut_is_told_at_once_with_the_remedy(
    notifier: TelegramNotifier, group: Chat, why: str
) -> None:
    group.shut = why
    failure = await refusal(notifier)
    assert isinstance(failure, Forbidden)
    assert why in str(failure)
    assert "notifier.chat_id" in str(failure)


async def test_a_chat_that_there_is_not_names_the_setting(
    notifier: TelegramNotifier, fake: FakeTelegram
) -> None:
    fake.chats.clear()
    failure = await refusal(notifier)
    assert isinstance(failure, NotFound)
    assert "notifier.chat_id" in str(failure)
    with pytest.raises(NotFound):
        await notifier.ping()


async def test_a_token_that_was_revoked_names_the_secret_and_does_not_show_it(
    notifier: TelegramNotifier, fake: FakeTelegram
) -> None:
    fake.token = "123456789:another"
    failure = await refusal(notifier)
    assert isinstance(failure, Forbidden)
    assert "TELEGRAM_BOT_TOKEN" in str(failure)
    assert TOKEN not in str(failure)
    with pytest.raises(Forbidden):
        await notifier.ping()


async def test_a_bot_without_the_right_to_write_is_told(
    notifier: TelegramNotifier, group: Chat
) -> None:
    group.may_send = False
    failure = await refusal(notifier)
    assert isinstance(failure, Forbidden)
    assert "not enough rights" in str(failure)
    assert "administrator" in str(failure)


@pytest.mark.parametrize(
    "problem",
    [
        "have no rights to send a message",
        "need administrator rights in the channel chat",
        "CHAT_WRITE_FORBIDDEN",
    ],
)
async def test_each_of_the_ways_in_which_that_is_said_has_its_remedy(
    notifier: TelegramNotifier, fake: FakeTelegram, problem: str
) -> None:
    fake.faults.append(error(400, f"Bad Request: {problem}"))
    assert "administrator" in str(await refusal(notifier)).partition(";")[2]


async def test_an_address_without_a_bot_api_names_the_setting(
    address: str, store: SqlStore, clock: SteppedClock
) -> None:
    api = BotApi(TOKEN, f"{address}/elsewhere")
    failure = await refusal(TelegramNotifier(api, store, clock, chat="1"))
    await api.close()
    assert isinstance(failure, NotFound)
    assert "notifier.api_url" in str(failure)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match=r"notifier\.api_url"):
        BotApi(TOKEN, "http://[1:2]")


# ── what passes by itself ────────────────────────────────────────────────────────────────────────


async def test_when_telegram_asks_for_patience_the_whole_chat_is_left_alone(
    notifier: TelegramNotifier, fake: FakeTelegram, clock: SteppedClock, group: Chat
) -> None:
    fake.faults.append(error(429, "Too Many Requests: retry after 17", {"retry_after": 17}))
    first = await refusal(notifier)
    assert isinstance(first, RateLimited)
    assert first.retry_after == timedelta(seconds=17)
    clock.advance(timedelta(seconds=10))
    with pytest.raises(RateLimited) as second:
        await send(notifier, "e-2")
    assert second.value.retry_after == timedelta(seconds=7)
    assert len(fake.calls) == 1
    clock.advance(timedelta(seconds=7))
    await send(notifier, "e-2")
    assert len(group.messages) == 1


async def test_patience_of_unsaid_length_has_a_length(
    notifier: TelegramNotifier, fake: FakeTelegram
) -> None:
    fake.faults.append(error(429, "Too Many Requests"))
    failure = await refusal(notifier)
    assert isinstance(failure, RateLimited)
    assert failure.retry_after >= timedelta(seconds=1)


async def test_patience_that_a_proxy_asks_for_is_kept_as_well(
    notifier: TelegramNotifier, fake: FakeTelegram
) -> None:
    page = b"<html>429 Too Many Requests</html>"
    fake.faults.append(Response(page, status_code=429, media_type="text/html"))
    assert isinstance(await refusal(notifier), RateLimited)


@pytest.mark.parametrize(
    "answer",
    [
        Response({"ok": False, "error_code": 500, "description": "oops"}, status_code=500),
        Response(b"<html>Bad Gateway</html>", status_code=502, media_type="text/html"),
        Response(b"<html>Log in first</html>", status_code=200, media_type="text/html"),
        Response(b"", status_code=302, headers={"Location": "http://evil.example"}),
        Response(b'{"ok": true, "resul', status_code=200),
        Response(b'{"ok": "yes"}', status_code=200),
        Response(b"\xff\xfe", status_code=200),
        Response(b"[]", status_code=404),
        Response(b" " * (2 << 20), status_code=200),
        Response(b"[" * 100_000, status_code=200),
    ],
)
async def test_a_server_that_talks_nonsense_is_asked_again_later(
    notifier: TelegramNotifier, fake: FakeTelegram, answer: Response[object]
) -> None:
    fake.faults.append(answer)
    assert isinstance(await refusal(notifier), ToolFailed)


async def test_a_server_that_is_not_there_is_asked_again_later(
    store: SqlStore, clock: SteppedClock
) -> None:
    api = BotApi(TOKEN, "http://127.0.0.1:1")
    failure = await refusal(TelegramNotifier(api, store, clock, chat="1"))
    await api.close()
    assert isinstance(failure, ToolFailed)
    assert "127.0.0.1" in str(failure)


@pytest.fixture
async def impatient(address: str) -> AsyncGenerator[BotApi]:
    api = BotApi(TOKEN, address, time_limit=timedelta(milliseconds=200))
    yield api
    await api.close()


async def test_a_notice_whose_answer_was_lost_may_come_twice_but_never_not_at_all(
    impatient: BotApi, store: SqlStore, clock: SteppedClock, fake: FakeTelegram, group: Chat
) -> None:
    notifier = TelegramNotifier(impatient, store, clock, chat=str(group.id))
    fake.silent = asyncio.Event()
    assert isinstance(await refusal(notifier), TimedOut)
    fake.silent.set()
    clock.advance(timedelta(seconds=2))
    await send(notifier)
    assert len(group.messages) == 2


def error(
    code: int, description: str, parameters: dict[str, int] | None = None
) -> Response[object]:
    """Return an error as the server wraps it."""
    body = {"ok": False, "error_code": code, "description": description}
    return Response(body | ({"parameters": parameters} if parameters else {}), status_code=code)
