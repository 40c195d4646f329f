"""The way to Plane: one client, kept open, with few connections."""

import httpx

_AT_ONCE = 6
_CONNECT = 5.0
_IDLE = 1.5
"""Seconds: Plane's own server hangs up after two, and what is sent just then gets no answer."""


def http_to(url: str, *, timeout: float) -> httpx.AsyncClient:
    """Return a client with that base. It follows no redirect: a POST would be lost on the way."""
    return httpx.AsyncClient(
        base_url=url,
        timeout=httpx.Timeout(timeout, connect=min(_CONNECT, timeout)),
        limits=httpx.Limits(
            max_connections=_AT_ONCE,
            max_keepalive_connections=_AT_ONCE,
            keepalive_expiry=_IDLE,
        ),
        follow_redirects=False,
    )
