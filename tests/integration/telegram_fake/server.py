"""A Bot API server that behaves as the real one, as far as we know it by its sources.

It takes what the real one takes (query, form, multipart, JSON), refuses with the real one's words,
and obeys a clock of its own, so that nobody has to wait for its limits to pass.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, route
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import FromPath

from tests.integration.telegram_fake.chats import Chat, Message, Refused, bad_request
from tests.integration.telegram_fake.markup import Unparsable, parse_html

TOKEN = "123456789:AAE-made_up_for_tests_0123456789abcd"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Orchestrator", "username": "orch_bot"}
MOST_CHARACTERS = 4096
MOST_BYTES = 32768
GENERAL = 1
ADMINISTRATOR_RIGHTS = (
    *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
    *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    *("can_delete_stories", "can_send_welcome_messages"),
)
RESTRICTED_RIGHTS = (
    *("can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_react_to_messages"),
    *("can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages"),
    "can_manage_topics",
)
_PATH = re.compile(r"/?bot([^/]*)/(?:test/)?([^/]+)/?")
_TOKEN_FORM = re.compile(r"\d+:[\w-]+", re.ASCII)
_CONTROLS = {code: " " for code in range(32) if chr(code) not in "\t\n\r"} | {13: None}

Values = Mapping[str, Any]


@dataclass
class Call:
    """A call as it came."""

    method: str
    values: Values


class FakeTelegram:
    """The server, its one bot, and the chats that it can see."""

    def __init__(self, clock: Callable[[], datetime], token: str = TOKEN) -> None:
        """Begin with nobody to write to."""
        self.clock = clock
        self.token = token
        self.chats: dict[int, Chat] = {}
        self.calls: list[Call] = []
        self.paced: set[int] | None = None
        """The chats whose limits of pace are kept; none named: all."""
        self.faults: deque[Response[Any]] = deque()
        """Answers to the next calls, which are then not carried out."""
        self.silent: asyncio.Event | None = None
        """While there is one that is not set, answers are kept back; the calls are done."""
        self._numbers = count(1)
        self._methods: Mapping[str, Callable[[Values], Any]] = {
            "getme": lambda _: {**BOT, "can_join_groups": True},
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
            "sendmessage": self._send_message,
        }

    def add(self, chat: Chat) -> Chat:
        """Let the bot into a chat."""
        self.chats[chat.id] = chat
        return chat

    def migrate(self, chat: Chat, to: int) -> Chat:
        """Make a supergroup of a group, which changes its id."""
        chat.moved_to = to
        return self.add(Chat(id=to, type="supergroup", title=chat.title))

    def app(self) -> Litestar:
        """Return it as something that can be served."""

        @route("/{path:path}", http_method=["GET", "POST"])
        async def answer(path: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
            found = await self._answer(path, await _values(request))
            if self.silent is not None:
                await self.silent.wait()
            return found

        return Litestar([answer], openapi_config=None, logging_config=None)

    async def _answer(self, path: str, values: Values) -> Response[Any]:
        try:
            return _answered(200, {"ok": True, "result": self._call(path, values)})
        except Refused as refused:
            body = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return _answered(refused.code, body)
        except _Scripted as scripted:
            return scripted.answer

    def _call(self, path: str, values: Values) -> Any:
        match = _PATH.fullmatch(path)
        if not match:
            raise Refused(404, "Not Found")
        token, method = match.group(1), match.group(2).lower()
        if not _TOKEN_FORM.fullmatch(token):
            raise Refused(401, "Unauthorized: invalid token specified")
        self.calls.append(Call(method, values))
        if self.faults:
            raise _Scripted(self.faults.popleft())
        if token != self.token:
            raise Refused(401, "Unauthorized")
        if method not in self._methods:
            raise Refused(404, "Not Found: method not found")
        return self._methods[method](values)

    def _chat(self, values: Values) -> Chat:
        given = str(values.get("chat_id", ""))
        if not given:
            raise bad_request("chat_id is empty")
        for chat in self.chats.values():
            if given in {str(chat.id), f"@{chat.username}"}:
                return chat
        raise bad_request("chat not found")

    def _get_chat(self, values: Values) -> Any:
        chat = self._chat(values)
        if chat.type != "private":
            chat.check_reachable()
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            True,
        )
        rest = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return {**chat.shown(), **rest}

    def _get_chat_member(self, values: Values) -> Any:
        chat = self._chat(values)
        chat.check_reachable()
        member: dict[str, Any] = {"user": BOT, "status": chat.status}
        match chat.status:
            case "restricted":
                member |= dict.fromkeys(RESTRICTED_RIGHTS, False) | {"until_date": 0}
                member |= {"is_member": True, "can_send_messages": chat.may_send}
            case "administrator":
                member |= dict.fromkeys(ADMINISTRATOR_RIGHTS, False)
                if chat.type == "channel":
                    member["can_post_messages"] = chat.may_send
            case "kicked":
                member["until_date"] = 0
        return member

    def _send_message(self, values: Values) -> Any:
        text = str(values.get("text", ""))
        if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise bad_request("text is too long")
        text, entities = _formatted(text, values)
        chat = self._chat(values)
        chat.check_reachable()
        chat.check_rights()
        thread = int(values.get("message_thread_id") or 0) or None
        if thread is not None and (thread == GENERAL or thread not in chat.topics):
            raise bad_request("message thread not found")
        if self.paced is None or chat.id in self.paced:
            chat.check_pace(self.clock())
        preview = _object(values.get("link_preview_options"))
        message = Message(
            id=next(self._numbers),
            text=text,
            entities=entities,
            thread=thread,
            preview=not preview.get("is_disabled", False),
            at=self.clock(),
        )
        chat.messages.append(message)
        shown: dict[str, Any] = {
            "message_id": message.id,
            "from": BOT,
            "chat": chat.shown(),
            "date": int(message.at.timestamp()),
            "text": text,
        }
        if entities:
            shown["entities"] = [entity.shown() for entity in entities]
        if thread is not None:
            shown |= {"message_thread_id": thread, "is_topic_message": True}
        return shown


class _Scripted(Exception):
    def __init__(self, answer: Response[Any]) -> None:
        super().__init__()
        self.answer = answer


def _formatted(text: str, values: Values) -> tuple[str, list[Any]]:
    mode = str(values.get("parse_mode") or "").lower()
    if mode not in {"", "html"}:
        raise bad_request("unsupported parse_mode")
    entities: list[Any] = []
    if mode:
        try:
            text, entities = parse_html(text)
        except Unparsable as wrong:
            raise bad_request(f"can't parse entities: {wrong}") from None
    text = text.translate(_CONTROLS)
    begun = len(text) - len(text.lstrip())
    text = text.strip()
    for entity in entities:
        entity.offset -= begun
    if not text:
        raise bad_request("message text is empty")
    if len(text) > MOST_CHARACTERS:
        raise bad_request("message is too long")
    return text, entities


async def _values(request: Request[Any, Any, Any]) -> Values:
    values: dict[str, Any] = dict(request.query_params.items())
    kind = request.content_type[0]
    if kind == RequestEncodingType.JSON and (body := await request.body()):
        values |= json.loads(body)
    elif kind in {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}:
        form = await request.form()
        values |= {name: v for name, v in form.items() if not isinstance(v, UploadFile)}
    return values


def _object(given: Any) -> dict[str, Any]:
    """Return what is an object in JSON, and text that holds one everywhere else."""
    found = json.loads(given) if isinstance(given, str) else given
    return found if isinstance(found, dict) else {}


def _answered(status: int, body: Mapping[str, Any]) -> Response[Any]:
    parameters = body.get("parameters", {})
    headers = {}
    if "retry_after" in parameters:
        headers["Retry-After"] = str(parameters["retry_after"])
    return Response(body, status_code=status, media_type="application/json", headers=headers)


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def served(fake: FakeTelegram) -> AsyncGenerator[str]:
    """Serve it inside the block; yield its address."""
    config = uvicorn.Config(
        fake.app(),
        port=0,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    listening = config.bind_socket()
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True


def real_time() -> datetime:
    """Return what the machine's clock shows."""
    return datetime.now(UTC)
