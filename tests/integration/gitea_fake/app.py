"""The web app: one door for everything, since it must see paths as they were sent."""

import asyncio
import json
from urllib.parse import parse_qsl

from litestar import Litestar, asgi
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from tests.integration.gitea_fake.api import PREFIX, Api
from tests.integration.gitea_fake.call import Answer
from tests.integration.gitea_fake.forge import Forge
from tests.integration.gitea_fake.request import Request
from tests.integration.gitea_fake.smart_http import PATH, SmartHttp, plain
from tests.integration.gitea_fake.trouble import Failure


def create_app(forge: Forge, api: Api) -> Litestar:
    """The app on that forge."""
    git = SmartHttp(forge)

    def served(request: Request) -> Answer:
        try:
            return led(request)
        except Exception as error:  # noqa: BLE001 # a fault of the fake's, for the test to see
            forge.faults.append(error)
            return plain(500, f"the fake itself is at fault: {error!r}")

    def led(request: Request) -> Answer:
        if PATH.fullmatch(request.path):
            return git.answer(request)
        if request.path.startswith(f"{PREFIX}/"):
            with forge.lock:
                return api.answer(request)
        return plain(404, "Not Found.\n")

    @asgi("/", is_mount=True, copy_scope=False)
    async def everything(scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        await asyncio.sleep(forge.trouble.latency)
        failure = forge.trouble.of(str(request))
        if failure is None or failure.late:
            answer = await asyncio.to_thread(served, request)
        else:
            answer = Answer(status=0)
        await (_send(send, answer) if failure is None else _fail(send, failure))

    return Litestar([everything], openapi_config=None, logging_config=None)


async def _read(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        assert message["type"] == "http.request", "the client has gone"
        body += message["body"]
        more = message["more_body"]
    assert scope["type"] == ScopeType.HTTP
    query = scope["query_string"].decode()
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode(),
        query_string=query,
        query=parse_qsl(query, keep_blank_values=True),
        headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body=body,
    )


async def _send(send: Send, answer: Answer) -> None:
    headers = dict(answer.headers)
    body = answer.raw
    if body is None:
        body = b"" if answer.status == 204 else json.dumps(answer.body).encode()
        headers["Content-Type"] = "application/json;charset=utf-8"
    await _respond(send, answer.status, headers, body, len(body))


async def _fail(send: Send, failure: Failure) -> None:
    headers = {"Content-Type": failure.content_type, **failure.headers}
    if failure.status is None:  # promise more than is sent, and the server cuts the connection
        await _respond(send, 200, headers, None, 1_000_000)
    else:
        await _respond(send, failure.status, headers, failure.body, len(failure.body))


async def _respond(
    send: Send, status: int, headers: dict[str, str], body: bytes | None, length: int
) -> None:
    if status != 204:
        headers["Content-Length"] = str(length)
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    if body is not None:
        await send({"type": "http.response.body", "body": body, "more_body": False})
