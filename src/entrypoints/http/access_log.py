"""One line a request: method, path, status, duration. Never a query, a header or a body."""

import logging
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("entrypoints.http.access")


def logged(app: ASGIApp) -> ASGIApp:
    """Return the app, with its requests logged."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not _log.isEnabledFor(logging.INFO):
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, watch)
        finally:
            spent = (time.perf_counter() - started) * 1000
            # %r: a path may hold line breaks, and no visitor writes lines into our log.
            _log.info("%s %r %d in %.1f ms", scope["method"], scope["path"], status, spent)

    return serve
