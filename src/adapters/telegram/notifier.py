"""Notices by Telegram."""

import logging

from adapters.telegram.bot_api import BotApi
from adapters.telegram.notice import compose
from adapters.telegram.pace import Pace
from adapters.telegram.refusal import ChatMoved, TopicGone, Unparsable
from domain.errors import RateLimited
from domain.evidence import PullRequest
from domain.identifiers import TaskKey
from ports.clock import Clock
from ports.store import Store

_log = logging.getLogger(__name__)
GENERAL = 1
"""The topic that messages go to which name none; named itself, it is refused."""


class TelegramNotifier:
    """Writes each notice into one chat, or into one topic of it.

    Telegram cannot be asked what it has sent: a notice whose answer was lost is sent once more.
    """

    def __init__(
        self, api: BotApi, store: Store, clock: Clock, *, chat: str, thread: int | None = None
    ) -> None:
        """Write into that chat: a number, negative for a group, or the @name of a channel."""
        self._api = api
        self._store = store
        self._clock = clock
        self.chat = chat
        self._mark = f"telegram chat {chat}"
        self._moved_to: str | None = None
        self.thread = None if thread == GENERAL else thread
        self._pace = Pace(group=not chat.isdecimal())

    async def notify(
        self,
        key: TaskKey,
        text: str,
        *,
        url: str | None,
        pull_request: PullRequest | None = None,
        effect: str,
    ) -> None:
        """Send the notice; RateLimited where it is not this notice's turn yet."""
        wait = self._pace.turn(effect, self._clock.now())
        if wait:
            raise RateLimited("the chat is written to at Telegram's pace", wait)
        notice = compose(key, text, url=url, pull_request=pull_request)
        message: dict[str, object] = {
            "text": notice.html,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if self.thread is not None:
            message["message_thread_id"] = self.thread
        try:
            await self._send(message, notice.plain)
        except RateLimited as limited:
            self._pace.hold(self._clock.now() + limited.retry_after)
            raise

    async def ping(self) -> None:
        """Return if the bot is known and sees the chat."""
        await self._api.call("getChat", {"chat_id": await self.where()}, object)

    async def where(self) -> str:
        """Return the chat's id as it is now: a group's changes when it becomes a supergroup."""
        if self._moved_to is None:
            moved = await self._store.transact(lambda tx: tx.marks.get(self._mark))
            self._moved_to = moved or self.chat
        return self._moved_to

    async def close(self) -> None:
        """Let go of all connections."""
        await self._api.close()

    async def _send(self, message: dict[str, object], plain: str) -> None:
        """Send the message; what can be mended in it is mended, each thing once."""
        mended: set[type[Exception]] = set()
        while True:
            chat = await self.where()
            try:
                await self._api.call("sendMessage", {"chat_id": chat, **message}, object)
                return
            except (ChatMoved, TopicGone, Unparsable) as refusal:
                if type(refusal) in mended:
                    raise
                mended.add(type(refusal))
                match refusal:
                    case ChatMoved():
                        await self._follow(refusal.chat)
                    case TopicGone():
                        _log.warning("%s; sent without a topic", refusal)
                        message.pop("message_thread_id", None)
                    case Unparsable():
                        _log.error("%s; sent without markup", refusal)
                        message.pop("parse_mode")
                        message["text"] = plain

    async def _follow(self, chat: int) -> None:
        _log.warning("the chat %s is %s now; set notifier.chat_id to that", self.chat, chat)
        moved = str(chat)
        await self._store.transact(lambda tx: tx.marks.put(self._mark, moved))
        self._moved_to = moved
