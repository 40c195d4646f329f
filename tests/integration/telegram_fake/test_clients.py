"""Two clients that others wrote find in the fake what they expect of Telegram."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.script import run_script
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import TOKEN, FakeTelegram, real_time, served

HERE = Path(__file__).parent
LINK = "http://plane.lan/ET-1?a=1&b=2"


@pytest.fixture
async def address() -> AsyncGenerator[str]:
    fake = FakeTelegram(real_time)
    fake.paced = {5}
    fake.add(Chat(id=1))
    fake.add(Chat(id=-2, type="supergroup", title="Board", topics={42}, status="administrator"))
    fake.add(Chat(id=3, shut="bot was blocked by the user"))
    fake.migrate(fake.add(Chat(id=-4, type="group", title="Old")), -1004)
    fake.add(Chat(id=5))
    fake.add(Chat(id=-6, type="channel", title="News", username="news"))
    async with served(fake) as address:
        yield address


EXPECTED: dict[str, Any] = {
    "me": [123456789, True, "orch_bot"],
    "chat": [1, "private", "Ann"],
    "member": "administrator",
    "text": "ET-1: 🚵 a < b",
    "entities": [["text_link", "ET-1", LINK], ["bold", "b", None]],
    "topic": [42, True],
    "named": -6,
}
PROBLEMS = {
    "unknown": "chat not found",
    "thread": "message thread not found",
    "general": "message thread not found",
    "markup": "can't parse entities: can't find end tag corresponding to start tag \"b\"",
    "mode": "unsupported parse_mode",
    "empty": "message text is empty",
    "long": "message is too long",
    "huge": "text is too long",
}


@pytest.mark.usefixtures("clients")
async def test_python_telegram_bot_knows_every_answer(address: str) -> None:
    told = await run_script(HERE / "with_ptb.py", address, TOKEN)
    assert {name: told[name] for name in EXPECTED} == EXPECTED
    found = {name: told[name][1].lower() for name in PROBLEMS}
    assert found == PROBLEMS
    assert {told[name][0] for name in PROBLEMS} == {"BadRequest"}
    assert told["blocked"] == ["Forbidden", "Forbidden: bot was blocked by the user", None]
    assert told["moved"] == ["ChatMigrated", "", -1004]
    assert told["fast"] == ["RetryAfter", "", 1.0]
    assert told["token"][0] == "InvalidToken"
    assert told["method"][0] in {"InvalidToken", "EndPointNotFound"}


@pytest.mark.usefixtures("clients")
async def test_aiogram_knows_every_answer(address: str) -> None:
    told = await run_script(HERE / "with_aiogram.py", address, TOKEN)
    assert {name: told[name] for name in EXPECTED} == EXPECTED
    found = {name: told[name][1].lower().removeprefix("bad request: ") for name in PROBLEMS}
    assert found == PROBLEMS
    assert {told[name][0] for name in PROBLEMS} == {"TelegramBadRequest"}
    assert told["blocked"][:2] == [
        "TelegramForbiddenError",
        "Forbidden: bot was blocked by the user",
    ]
    assert told["moved"] == ["TelegramMigrateToChat", "", -1004]
    assert told["fast"] == ["TelegramRetryAfter", "", 1.0]
    assert told["token"][0] == "TelegramUnauthorizedError"
