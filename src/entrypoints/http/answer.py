"""What a program is answered: JSON, or nothing.

Litestar's own response can do far more, and spends a quarter of a short request on finding out that
none of it is wanted. A handler that wants more of it returns one.
"""

from http import HTTPStatus
from typing import Any

from litestar import Response
from litestar.serialization import encode_json
from litestar.types import ASGIApp, Receive, Scope, Send

_JSON = (b"content-type", b"application/json")


class Answer(Response[Any]):
    """What a handler returned, as JSON; None as an empty body."""

    def __init__(self, content: object, *, status_code: int, **_: object) -> None:
        """Keep what is answered; what else Litestar names is as everywhere."""
        self.content = content
        self._status = status_code

    def to_asgi_response(self, *_: object, **__: object) -> ASGIApp:  # type: ignore[override]
        """Return what sends it."""
        status, body, headers = self._status, b"", list[tuple[bytes, bytes]]()
        if self.content is not None:
            body = encode_json(self.content)
            headers.append(_JSON)
        if status != HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", b"%d" % len(body)))

        async def answer(_: Scope, __: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return answer
