"""The Bot API: calls and answers, as its server gives them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import httpx
import msgspec

from adapters.telegram.refusal import Refusal, failure_of
from adapters.telegram.token_transport import TokenTransport
from domain.errors import Invalid, TimedOut, ToolFailed

CLOUD = "https://api.telegram.org"
TIME_LIMIT = timedelta(seconds=20)
"""For a whole call, however slowly it trickles."""
ANSWER_LIMIT = 1 << 20
"""The largest answer that is read, in bytes."""
AT_ONCE = 4
"""Calls in flight."""

Result = TypeVar("Result")
Parameters = Mapping[str, object]


class _Envelope(msgspec.Struct, kw_only=True):
    """What every answer is wrapped in; fields that we don't know are passed over."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int = 0
    description: str = ""
    parameters: Refusal = Refusal()


class BotApi:
    """One bot's way to the server. Nothing that it keeps, raises or logs has the token in it."""

    def __init__(
        self,
        token: str,
        base: str = CLOUD,
        *,
        proxy: str | None = None,
        time_limit: timedelta = TIME_LIMIT,
    ) -> None:
        """Call as the bot of that token; nothing is sent yet. Invalid: ``base`` is no address."""
        try:
            self._host = httpx.URL(base).host
        except httpx.InvalidURL as error:
            raise Invalid("notifier.api_url", str(error)) from None
        limits = httpx.Limits(max_connections=AT_ONCE)
        below = httpx.AsyncHTTPTransport(limits=limits, proxy=proxy or None)
        self._http = httpx.AsyncClient(
            base_url=base,
            transport=TokenTransport(token, base, below),
            timeout=None,  # noqa: S113 - the whole call has one, see below
        )
        self._time_limit = time_limit

    async def call(self, method: str, parameters: Parameters, returns: type[Result]) -> Result:
        """Return what the method returns; a Failure says why it did not.

        TimedOut: it may have been done. ToolFailed: no answer, or none of a Bot API.
        """
        status, body = await self._send(method, msgspec.json.encode(parameters))
        try:
            envelope = msgspec.json.decode(body, type=_Envelope)
        except (msgspec.DecodeError, UnicodeDecodeError):
            if status == HTTPStatus.TOO_MANY_REQUESTS:  # of a proxy on the way, in its own words
                raise failure_of(status, "Too Many Requests", Refusal()) from None
            raise ToolFailed(
                f"{self._host} answered {status}, but not as a Bot API does; see notifier.api_url"
            ) from None
        if not envelope.ok:
            raise failure_of(
                envelope.error_code or status, envelope.description, envelope.parameters
            )
        try:
            return msgspec.json.decode(envelope.result, type=returns)
        except msgspec.DecodeError as error:
            raise ToolFailed(f"Telegram's answer to {method} cannot be read: {error}") from None

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()

    async def _send(self, method: str, content: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(self._time_limit.total_seconds()),
                self._http.stream("POST", f"/{method}", content=content, headers=headers) as answer,
            ):
                return answer.status_code, await _read(answer)
        except TimeoutError:
            raise TimedOut(f"{self._host} did not answer to {method} in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or type(error).__name__
            raise ToolFailed(f"{self._host} cannot be reached: {problem}") from error


async def _read(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise ToolFailed(f"{answer.url.host} does not stop answering; see notifier.api_url")
    return bytes(body)
