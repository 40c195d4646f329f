"""What a refusal of the Bot API means to us.

Told apart by code and parameters, and by words only where the server gives no other sign: its
sources have kept those the same over the years.
"""

import re
from datetime import timedelta

import msgspec

from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ToolFailed,
)

LET_WRITE = "make the bot an administrator of the chat who may post, or lift its restrictions"
_RETRY_AFTER = 30
"""Seconds to wait where the server forgets to say how long."""

_NO_TOPIC = ("message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED")
_NO_RIGHTS = ("not enough rights", "no rights to send", "administrator rights", "_FORBIDDEN")
"""How groups and channels refuse a bot that is in them; many a 403 of Telegram's comes as a 400."""
_TOKEN = re.compile(r"[0-9]+:[\w-]{20,}", re.ASCII)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a refusal carries beside its words."""

    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class ChatMoved(Conflict):
    """The group has become a supergroup, which has another id."""

    def __init__(self, said: str, chat: int) -> None:
        """Keep the new id."""
        super().__init__(said)
        self.chat = chat


class TopicGone(NotFound):
    """The chat has no such topic, or none any more, or it is closed."""


class Unparsable(Invalid):
    """The markup was not understood."""


def failure_of(code: int, description: str, refusal: Refusal) -> Failure:
    """Return what a refusal is to us, in one line with the remedy where a person must act."""
    words = _TOKEN.sub("…", description) or f"error {code}"  # a proxy may repeat the address
    said = f"Telegram: {words}"
    if refusal.migrate_to_chat_id is not None:
        return ChatMoved(said, refusal.migrate_to_chat_id)
    if code == 429:
        seconds = refusal.retry_after if refusal.retry_after is not None else _RETRY_AFTER
        return RateLimited(said, timedelta(seconds=max(seconds, 1)))
    if code == 401:
        return Forbidden(f"{said}; set TELEGRAM_BOT_TOKEN to a token that @BotFather shows")
    if code == 403:
        return Forbidden(
            f"{said}; let the bot into the chat again, or set another notifier.chat_id"
        )
    if code == 404:
        return NotFound(f"{said}; see TELEGRAM_BOT_TOKEN and notifier.api_url")
    if code != 400:
        return ToolFailed(said)
    if "chat not found" in description:
        return NotFound(f"{said}; see notifier.chat_id, and let the bot into that chat")
    if any(words in description for words in _NO_TOPIC):
        return TopicGone(f"{said}; see notifier.thread_id")
    if any(words in description for words in _NO_RIGHTS):
        return Forbidden(f"{said}; {LET_WRITE}")
    if "can't parse entities" in description:
        return Unparsable("notice", said)
    return Invalid("notice", said)
