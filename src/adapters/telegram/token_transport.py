"""The one place that knows the bot's token on its way out.

The Bot API wants the token in the path of the URL, and URLs are what clients log, put into
exceptions and show as their representation. So it is put in below the client: whatever the client
has in hands, and whatever it says of it, is without the token.
"""

import httpx


class TokenTransport(httpx.AsyncBaseTransport):
    """Sends each request to ``/bot<token>`` below the address that it was made for."""

    def __init__(self, token: str, base: str, below: httpx.AsyncBaseTransport) -> None:
        """Put the token after the path of ``base``, where each request's path begins."""
        self._base = httpx.URL(base).path.rstrip("/").encode()
        self._token = b"/bot" + token.encode()
        self._below = below

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy; the request itself stays as it is."""
        path = self._base + self._token + request.url.raw_path.removeprefix(self._base)
        return await self._below.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(raw_path=path),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._below.aclose()
