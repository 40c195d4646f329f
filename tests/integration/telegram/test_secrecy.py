"""The bot's token is in the address of every call, and in nothing that anybody can read."""

import io
import logging
import traceback
from collections.abc import Generator

import pytest
from litestar import Response

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from adapters.telegram.notifier import TelegramNotifier
from domain.errors import Failure
from domain.identifiers import TaskKey
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import TOKEN, FakeTelegram

SECRET = TOKEN.partition(":")[2]
KEY = TaskKey("ET-7")


@pytest.fixture
def logged() -> Generator[io.StringIO]:
    """All that anybody logs, at every level."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.NOTSET)  # where it is muted, nothing is proved
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


async def test_no_log_line_shows_the_token(
    logged: io.StringIO, api: BotApi, store: SqlStore, clock: SteppedClock, group: Chat
) -> None:
    notifier = TelegramNotifier(api, store, clock, chat=str(group.id))
    await notifier.ping()
    await notifier.notify(KEY, "Look", url=None, effect="e-1")
    assert group.messages
    assert "sendMessage" in logged.getvalue(), "httpx has logged the call"
    assert SECRET not in logged.getvalue()


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Response(b"<html>", status_code=502),
        Response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status_code=401),
        Response(b"", status_code=302, headers={"Location": "/elsewhere"}),
    ],
)
async def test_no_failure_shows_the_token_however_closely_it_is_looked_at(
    logged: io.StringIO, address: str, fake: FakeTelegram, fault: Response[object] | None
) -> None:
    if fault is not None:
        fake.faults.append(fault)
    api = BotApi(TOKEN, address if fault else "http://127.0.0.1:1")
    with pytest.raises(Failure) as failed:
        await api.call("sendMessage", {"chat_id": "1", "text": "Look"}, object)
    await api.close()
    logging.getLogger("test").error("failed", exc_info=failed.value)
    causes = list(chain(failed.value))
    shown = [
        *(repr(cause) + repr(vars(cause)) for cause in causes),
        "".join(traceback.format_exception(failed.value)),
        logged.getvalue(),
    ]
    assert SECRET not in "\n".join(shown)


async def test_a_server_that_repeats_the_address_is_not_repeated(
    api: BotApi, store: SqlStore, clock: SteppedClock, fake: FakeTelegram
) -> None:
    said = f"no such page: /bot{TOKEN}/sendMessage"
    body = {"ok": False, "error_code": 400, "description": said}
    fake.faults.append(Response(body, status_code=400))
    notifier = TelegramNotifier(api, store, clock, chat="1")
    with pytest.raises(Failure) as failed:
        await notifier.notify(KEY, "Look", url=None, effect="e-1")
    assert "no such page" in str(failed.value)
    assert SECRET not in str(failed.value)


async def test_what_is_kept_does_not_show_it_either(
    api: BotApi, store: SqlStore, clock: SteppedClock
) -> None:
    notifier = TelegramNotifier(api, store, clock, chat="1")
    assert SECRET not in repr(notifier) + repr(api) + repr(vars(notifier)) + repr(vars(api))


def chain(error: BaseException | None) -> Generator[BaseException]:
    """Yield the error and all that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
