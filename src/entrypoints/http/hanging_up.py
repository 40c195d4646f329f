"""Closing a connection without an answer.

A tool that never looks at the status, as Plane, takes a 503 for a success; it repeats a delivery
only when no answer comes. ASGI has no word for that, so our protocol hands the app one.
"""

import asyncio
from collections.abc import Mapping

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_WORD = "orchestrator.hang-up"


class HangUpProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, and a way for the app to hang up."""

    def on_message_begin(self) -> None:
        """Begin a request whose app may hang up."""
        super().on_message_begin()
        # uvicorn types the scope as a TypedDict without extensions, which ASGI allows
        self.scope["extensions"] = {_WORD: {"do": self.transport.abort}}


async def hang_up(scope: Mapping[str, object]) -> bool:
    """Close the request's connection; False where the server cannot."""
    extensions = scope.get("extensions")
    word = extensions.get(_WORD) if isinstance(extensions, dict) else None
    if word is None:
        return False
    word["do"]()
    await asyncio.sleep(0)  # the server hears of it on the loop's next turn
    return True
