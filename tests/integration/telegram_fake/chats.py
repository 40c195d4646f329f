"""The chats of the fake: who may write where, and what stands in them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tests.integration.telegram_fake.markup import Entity

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Refused(Exception):
    """An error as the server tells it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """Keep what the answer is made of."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(problem: str, **parameters: int) -> Refused:
    """Return the error that most mistakes get."""
    return Refused(400, f"Bad Request: {problem}", **parameters)


@dataclass
class Message:
    """A message as people see it."""

    id: int
    text: str
    entities: list[Entity]
    thread: int | None
    preview: bool
    at: datetime

    @property
    def links(self) -> list[str]:
        """Where its words lead to."""
        return [entity.url for entity in self.entities if entity.url]


@dataclass
class Chat:
    """A chat, and what has become of it."""

    id: int
    type: str = "private"
    title: str = "Ann"
    username: str | None = None
    topics: set[int] = field(default_factory=set)
    """Of a forum; empty: it is none."""
    shut: str | None = None
    """Why the bot may not write: "bot was blocked by the user"."""
    moved_to: int | None = None
    status: str = "member"
    """What the bot is in it."""
    may_send: bool = True
    members_may_send: bool = True
    """Whether those may to whom nothing else applies."""
    messages: list[Message] = field(default_factory=list)
    held_until: datetime | None = None
    recent: deque[datetime] = field(default_factory=lambda: deque(maxlen=20))

    def check_reachable(self) -> None:
        """Raise Refused where the bot sees nothing of the chat, or nothing of it any more."""
        if self.moved_to is not None:
            raise bad_request(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved_to
            )
        if self.shut:
            raise Refused(403, f"Forbidden: {self.shut}")

    def check_rights(self) -> None:
        """Raise Refused where the bot may read and not write."""
        if not self.may_send or (self.status == "member" and not self.members_may_send):
            raise bad_request("not enough rights to send text messages to the chat")

    def check_pace(self, now: datetime) -> None:
        """Raise Refused where messages come too fast; a group has a limit by the minute, too."""
        until = self.held_until or now
        if self.recent:
            until = max(until, self.recent[-1] + SECOND)
        if self.type != "private" and len(self.recent) == self.recent.maxlen:
            until = max(until, self.recent[0] + MINUTE)
        if until > now:
            self.held_until = until
            seconds = ceil((until - now).total_seconds())
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self.recent.append(now)

    def shown(self) -> dict[str, Any]:
        """Return it as the server shows it."""
        named = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        shown = {"id": self.id, "type": self.type, **named}
        if self.username:
            shown["username"] = self.username
        if self.topics:
            shown["is_forum"] = True
        if self.type in {"group", "supergroup"}:
            shown["permissions"] = {"can_send_messages": self.members_may_send}
        return shown
