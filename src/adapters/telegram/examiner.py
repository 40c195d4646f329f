"""What can be wrong between us and a chat, and what a person does about it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from adapters.telegram.bot_api import BotApi
from adapters.telegram.notifier import TelegramNotifier
from adapters.telegram.refusal import LET_WRITE
from domain.errors import Failure, Rejected
from ports.examination import Finding, Verdict

_NO_ANSWER = "see notifier.api_url and notifier.proxy, and that this machine gets there"
_LET_IN = "let the bot into the chat: add it to the group, or press Start in a chat with it"


class _Bot(msgspec.Struct, kw_only=True):
    id: int
    username: str = ""


class _Permissions(msgspec.Struct, frozen=True, kw_only=True):
    can_send_messages: bool = True


class _Chat(msgspec.Struct, kw_only=True):
    id: int
    type: str
    title: str = ""
    first_name: str = ""
    is_forum: bool = False
    permissions: _Permissions = _Permissions()
    """What is allowed to those members of a group to whom nothing else applies."""


class _Member(msgspec.Struct, kw_only=True):
    status: str
    can_send_messages: bool = True
    can_post_messages: bool = False
    is_member: bool = True


class TelegramExaminer:
    """Asks Telegram about the bot, the chat, and what the bot may do there. Sends nothing."""

    def __init__(
        self, api: BotApi, notifier: TelegramNotifier, *, links: str, links_key: str
    ) -> None:
        """Look through the notifier's eyes; links to items begin as ``links_key`` says."""
        self._api = api
        self._notifier = notifier
        self._links = links
        self._links_key = links_key

    async def examine(self) -> Sequence[Finding]:
        """Return what was found, up to what makes the rest unanswerable."""
        try:
            bot = await self._api.call("getMe", {}, _Bot)
        except Failure as failure:
            remedy = "set TELEGRAM_BOT_TOKEN to the token that @BotFather shows"
            return [
                _failed("bot", failure, remedy if isinstance(failure, Rejected) else _NO_ANSWER)
            ]
        found = [_ok("bot", f"@{bot.username} ({bot.id})")]
        try:
            where = await self._notifier.where()
            chat = await self._api.call("getChat", {"chat_id": where}, _Chat)
        except Failure as failure:
            return [*found, _failed("chat", failure, _LET_IN)]
        found.append(_ok("chat", f"{chat.title or chat.first_name} ({chat.type}, {chat.id})"))
        if where != self._notifier.chat:
            found.append(
                Finding(
                    subject="chat",
                    verdict=Verdict.WARNING,
                    text=f"the group {self._notifier.chat} has become the supergroup {where}",
                    remedy=f'set notifier.chat_id to "{where}"',
                )
            )
        if chat.type != "private":
            found.append(await self._permission(chat, bot))
        found += self._topic(chat)
        found += self._reachable_links()
        return found

    async def init(self) -> Sequence[Finding]:
        """Return nothing: what is missing only a person can give."""
        return []

    async def _permission(self, chat: _Chat, bot: _Bot) -> Finding:
        asked = {"chat_id": chat.id, "user_id": bot.id}
        try:
            member = await self._api.call("getChatMember", asked, _Member)
        except Failure as failure:
            return _failed("permission", failure, _LET_IN)
        if member.status in {"left", "kicked"} or not member.is_member:
            return _failed("permission", f"the bot is not in the chat ({member.status})", _LET_IN)
        posts = member.status == "creator" or member.can_post_messages
        mute = chat.type == "channel" and not posts
        mute |= member.status == "restricted" and not member.can_send_messages
        mute |= member.status == "member" and not chat.permissions.can_send_messages
        if mute:
            return _failed("permission", "the bot may not write there", LET_WRITE)
        return _ok("permission", f"the bot may write there ({member.status})")

    def _topic(self, chat: _Chat) -> Sequence[Finding]:
        thread = self._notifier.thread
        if thread is None or chat.is_forum:
            return []
        return [
            Finding(
                subject="topic",
                verdict=Verdict.WARNING,
                text=f"the chat has no topics, so notices don't go to topic {thread}",
                remedy="turn topics on in the group's settings, or remove notifier.thread_id",
            )
        ]

    def _reachable_links(self) -> Sequence[Finding]:
        host = urlsplit(self._links).hostname or ""
        if "." in host and not host.startswith("127."):
            return []
        return [
            Finding(
                subject="links",
                verdict=Verdict.WARNING,
                text=f"links begin with {self._links}, which leads nowhere on a telephone",
                remedy=f"set {self._links_key} to an address that people reach",
            )
        ]


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.OK, text=text)


def _failed(subject: str, problem: Failure | str, remedy: str) -> Finding:
    return Finding(subject=subject, verdict=Verdict.FAILED, text=str(problem), remedy=remedy)
