"""The way of a request to its view: Plane's middleware, in Plane's order.

Size, slash, route, key, permission, budget, method, view: each of them answers by itself, and what
comes before the budget is neither counted nor throttled. Written as a bare ASGI application because
an answer may have to be cut off in the middle.
"""

import asyncio
import gzip
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from litestar.types import Receive, Scope, Send

from tests.integration.plane_mock import instance
from tests.integration.plane_mock.call import Answer, Call
from tests.integration.plane_mock.counting import Asked
from tests.integration.plane_mock.faults import Outage
from tests.integration.plane_mock.mock import Mock
from tests.integration.plane_mock.people import Token
from tests.integration.plane_mock.refusals import (
    Refused,
    broken,
    not_permitted,
    throttled,
    too_large,
    unrouted,
)
from tests.integration.plane_mock.routes import Route, route_of
from tests.integration.plane_mock.views.links import FILE_LIMIT
from tests.integration.plane_mock.worker import DeafWorker

_ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_WORTH_ZIPPING = 200
_PADDING = 50
_INSTANCES = "/api/instances/"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes


@dataclass(kw_only=True)
class Reply:
    """An answer as it goes."""

    status: int
    headers: dict[str, str]
    content: bytes = b""
    cut: bool = False


class Rest:
    """Plane's REST API."""

    def __init__(self, mock: Mock) -> None:
        """Serve this mock."""
        self._mock = mock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await _request(scope, receive)
        trouble = self._mock.trouble
        await asyncio.sleep(trouble.faults.latency)
        if trouble.outage_left:
            reply = await self._out()
        else:
            reply = await self._reply(request)
        await _send(reply, send)

    async def _out(self) -> Reply:
        trouble = self._mock.trouble
        kind = trouble.faults.outage_as
        if kind is Outage.SILENCE:
            await trouble.outage_over()
        headers = {"Content-Type": "text/html"}
        return Reply(
            status=502, headers=headers, content=b"Bad Gateway", cut=kind is not Outage.BAD_GATEWAY
        )

    async def _reply(self, request: Request) -> Reply:
        found = route_of(request.path, self._mock.settings.release)
        if len(request.content) > FILE_LIMIT:
            return _json(too_large(), request, {"Vary": "origin"})
        if request.path == _INSTANCES:
            body = instance.about(self._mock.plane, self._mock.settings.version)
            headers = {"Allow": "GET, PATCH, HEAD, OPTIONS", "Cache-Control": "private, max-age=12"}
            return _json(Answer(status=200, body=body), request, headers)
        if found is None:
            return self._nowhere(request)
        route, parts = found
        headers = {"Allow": route.allow}
        token: Token | None = None
        cut = False
        try:
            token = self._token(request)
            if not route.permission(self._mock.plane, token.user, parts, request.method):
                raise not_permitted()
            headers |= self._admitted(token, headers)
            answer, cut = await self._viewed(route, parts, request, token)
        except Refused as refusal:
            answer = Answer(status=refusal.status, body=refusal.body)
            if token is None:
                headers["Vary"] = "origin"
        self._mock.requests.log.append(
            Asked(
                at=self._mock.plane.now(),
                token=token.label if token else "nobody",
                method=request.method,
                route=route.path,
                path=request.path,
                status=answer.status,
            )
        )
        reply = _json(answer, request, headers)
        reply.cut = cut
        return reply

    def _nowhere(self, request: Request) -> Reply:
        """Send a path without its slash on, whatever the method; any other leads nowhere."""
        if not route_of(request.path + "/", self._mock.settings.release):
            return _json(unrouted(), request, {})
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Location": request.path + "/",
            "Vary": "Cookie, origin",
        }
        plain = {name: value for name, value in _ALWAYS.items() if name != "X-Frame-Options"}
        return Reply(status=301, headers=headers | plain)

    def _token(self, request: Request) -> Token:
        key = request.headers.get("x-api-key")
        if not key:
            detail = "Authentication credentials were not provided."
            raise Refused(401, {"detail": detail})
        token = self._mock.plane.tokens.get(key)
        if token is None or token.expired:
            raise Refused(403, {"detail": "Given API token is not valid"})
        return token

    def _admitted(self, token: Token, headers: dict[str, str]) -> dict[str, str]:
        """Return the headers that tell of the budget; they say nothing that could be relied on."""
        throttle, trouble, now = self._mock.throttle, self._mock.trouble, time.monotonic()
        if trouble.take("reject"):
            headers["Retry-After"] = str(trouble.faults.retry_after)
            raise throttled()
        left = throttle.admit(token, now)
        if left is None:
            headers["Retry-After"] = str(throttle.retry_after(token, now))
            raise throttled()
        reset = int(time.time() + self._mock.settings.rate_window)
        return {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(reset)}

    async def _viewed(
        self, route: Route, parts: Mapping[str, str], request: Request, token: Token
    ) -> tuple[Answer, bool]:
        """Return the view's answer, and whether it is to be cut off."""
        view = route.views.get(request.method)
        if view is None:
            raise Refused(405, {"detail": f'Method "{request.method}" not allowed.'})
        trouble, writes = self._mock.trouble, request.method != "GET"
        no_broker = writes and trouble.faults.broker_down
        failing = no_broker or (writes and trouble.take("fail_writes"))
        call = Call(
            plane=self._mock.plane,
            worker=DeafWorker() if failing else self._mock.worker,
            settings=self._mock.settings,
            user=token.user,
            parts=parts,
            query=request.query,
            content_type=request.headers.get("content-type", "application/json"),
            content=request.content,
        )
        answer = await view(call)
        if no_broker:
            await asyncio.sleep(self._mock.settings.broker_patience)
        if failing:
            raise broken()
        return answer, writes and trouble.take("lose_answers")


def _json(answer: Answer | Refused, request: Request, headers: Mapping[str, str]) -> Reply:
    if answer.status == 204:
        plain = {"Vary": "Cookie, origin", "Content-Length": "0"}
        return Reply(status=204, headers={**_ALWAYS, **plain, **headers})
    content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    whole = {"Content-Type": "application/json", **_ALWAYS, "Vary": "Cookie, origin", **headers}
    if len(content) >= _WORTH_ZIPPING:
        whole["Vary"] = f"Accept-Encoding, {whole['Vary']}"
        zipped = gzip.compress(content, compresslevel=1)
        # Plane pads what it zips with random bytes, so that little is gained by little.
        if "gzip" in request.headers.get("accept-encoding", "") and (
            len(zipped) + _PADDING < len(content)
        ):
            whole["Content-Encoding"], content = "gzip", zipped
    return Reply(status=answer.status, headers=whole, content=content)


async def _request(scope: Scope, receive: Receive) -> Request:
    content = bytearray()
    more = True
    while more:
        message: Any = await receive()
        content += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    raw: Any = scope
    return Request(
        method=raw["method"],
        path=raw["raw_path"].decode().partition("?")[0],
        query=dict(parse_qsl(raw["query_string"].decode(), keep_blank_values=True)),
        headers={name.decode().lower(): value.decode("latin-1") for name, value in raw["headers"]},
        content=bytes(content),
    )


async def _send(reply: Reply, send: Send) -> None:
    headers = dict(reply.headers)
    if reply.content or reply.cut:
        # One byte more is announced than comes: the server gives up and closes the connection.
        headers["Content-Length"] = str(len(reply.content) + reply.cut)
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    start: Any = {"type": "http.response.start", "status": reply.status, "headers": raw}
    body: Any = {"type": "http.response.body", "body": reply.content, "more_body": reply.cut}
    await send(start)
    await send(body)
