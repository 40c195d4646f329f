"""HEAD for every address that can be got: the same answer without its body."""

from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def headed(app: ASGIApp) -> ASGIApp:
    """Return the app, with HEAD answered as GET would be."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server looks at its own to know what it may send.
        await app(cast("Scope", {**scope, "method": "GET"}), receive, without_body)

    return serve
