"""The notifier on Telegram keeps to the contract."""

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from adapters.telegram.notifier import TelegramNotifier
from domain.errors import RateLimited
from domain.evidence import PullRequest
from domain.identifiers import TaskKey
from tests.contracts.notifier import NotifierContract
from tests.integration.telegram_fake.chats import Chat


class Patient:
    """Comes back when it was told to, as the outbox does, while time flies."""

    def __init__(self, notifier: TelegramNotifier, clock: SteppedClock) -> None:
        self._notifier = notifier
        self._clock = clock

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        while True:
            try:
                return await self._notifier.notify(
                    key, text, url=url, pull_request=pull_request, effect=effect
                )
            except RateLimited as limited:
                self._clock.advance(limited.retry_after)

    async def ping(self) -> None:
        await self._notifier.ping()

    async def close(self) -> None:
        await self._notifier.close()


class ReceivedInChat:
    """Reads the chat as people do, and where its links lead."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def texts(self) -> list[str]:
        return ["\n".join([*one.links, one.text]) for one in self._chat.messages]


@pytest.fixture
def notifier(api: BotApi, store: SqlStore, clock: SteppedClock, group: Chat) -> Patient:
    return Patient(TelegramNotifier(api, store, clock, chat=str(group.id)), clock)


@pytest.fixture
def received(group: Chat) -> ReceivedInChat:
    return ReceivedInChat(group)


class TestTelegramNotifier(NotifierContract):
    """The real adapter, over the wire."""
