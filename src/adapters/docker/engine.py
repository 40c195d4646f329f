"""Talks to a Docker Engine: over its socket, TCP with TLS, or SSH.

A call that is new has to be let through by filters before the socket: ``docs/containers.md`` lists
them all, and ``docker/socket-proxy`` is such a filter.

What goes wrong is translated here, once. NotFound and Conflict mean what the engine means by 404
and 409; NotAllowed is what it refuses otherwise; Unavailable says that it could not be asked.
"""

import json
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from adapters.docker.tunnel import Tunnel
from adapters.docker.unix_transport import UnixTransport
from adapters.docker.wire import Body, Filters, Query, Refusal, decoded
from domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Rejected,
    TimedOut,
    ToolFailed,
    Unavailable,
)

DEFAULT_HOST = "unix:///var/run/docker.sock"
OLDEST, NEWEST = (1, 41), (1, 47)
"""The versions of the API between which we settle on the newest that the engine knows."""

_PATIENCE = 30.0
T = TypeVar("T")


class Engine:
    """One Docker Engine."""

    def __init__(self, host: str = "", *, certificates: Path | None = None) -> None:
        """Reach it at ``unix://…``, ``tcp://host:port`` or ``ssh://[user@]host[:port][/socket]``.

        ``certificates`` is a folder with ca.pem, cert.pem and key.pem: with it TCP is TLS.
        Invalid: an address that is none of these, or certificates that cannot be read.
        """
        self.host = host or DEFAULT_HOST
        self._tunnel: Tunnel | None = None
        self._version = ""
        parts = urlsplit(self.host)
        base = "http://engine"
        transport: httpx.AsyncHTTPTransport
        match parts.scheme:
            case "unix":
                transport = UnixTransport(Path(parts.path))
            case "ssh" if parts.hostname:
                self._tunnel = Tunnel(self.host)
                transport = UnixTransport(self._tunnel.socket)
            case "tcp" if parts.port:
                base = f"{'https' if certificates else 'http'}://{parts.netloc}"
                transport = httpx.AsyncHTTPTransport(
                    verify=_context(certificates) if certificates else False,
                    # Each run keeps one connection for its output.
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
                )
            case _:
                raise Invalid(
                    "agents.docker.host",
                    f"{self.host} is no address of an engine",
                    "use unix:///path, tcp://host:port or ssh://user@host",
                )
        self._client = httpx.AsyncClient(
            base_url=base,
            transport=transport,
            timeout=httpx.Timeout(_PATIENCE, pool=None),
            trust_env=False,
        )

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()
        if self._tunnel:
            await self._tunnel.close()

    async def ping(self) -> None:
        """Return if the engine answers and is new enough."""
        try:
            async with self._asked("GET", "/_ping", versioned=False) as answer:
                theirs = answer.headers.get("Api-Version", "")
        except Rejected as refusal:
            raise ToolFailed(f"{self.host} lets us not in: {refusal}") from refusal
        try:
            major, minor = (int(part) for part in theirs.split("."))
        except ValueError:
            raise ToolFailed(f"{self.host} does not answer like a Docker engine") from None
        if (major, minor) < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise ToolFailed(f"the engine speaks API {theirs}: {wanted} or newer is needed")
        self._version = "v{}.{}".format(*min((major, minor), NEWEST))

    async def get(self, path: str, answer: type[T], query: Query | None = None) -> T:
        """Return what is there."""
        return decoded(await self.call("GET", path, query), answer)

    async def post(self, path: str, answer: type[T], body: Body, query: Query | None = None) -> T:
        """Have something made; return what the engine says of it."""
        return decoded(await self.call("POST", path, query, body), answer)

    async def call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Body | None = None,
        *,
        patience: float = _PATIENCE,
    ) -> bytes:
        """Ask for something; return the answer's bytes."""
        async with self._asked(method, path, query, body, patience) as answer:
            return await answer.aread()

    @asynccontextmanager
    async def stream(
        self, path: str, query: Query | None = None, *, silence: float | None = None
    ) -> AsyncGenerator[httpx.Response, None]:
        """Have an answer open that may go on for ever. Inside, failures are translated, too.

        TimedOut: it said nothing for ``silence`` seconds. It may have nothing to say as yet, or
        have let go of us, which from here looks the same.
        """
        async with self._asked("GET", path, query, patience=silence) as answer:
            yield answer

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Body | None = None,
        patience: float | None = _PATIENCE,
        *,
        versioned: bool = True,
    ) -> AsyncGenerator[httpx.Response, None]:
        if versioned and not self._version:
            await self.ping()
        try:
            if self._tunnel:
                await self._tunnel.opened()
            async with self._client.stream(
                method,
                f"/{self._version}{path}" if versioned else path,
                params=dict(query or {}),
                json=body,
                timeout=httpx.Timeout(_PATIENCE, read=patience, pool=None),
            ) as answer:
                # 304 means that it is so already. To another place an engine leads nobody.
                if not (answer.is_success or answer.status_code == 304):
                    raise _refused(f"{method} {path}", answer.status_code, await answer.aread())
                yield answer
        except httpx.TimeoutException as error:
            raise TimedOut(f"the Docker engine did not answer in time ({method} {path})") from error
        # InvalidURL: it told us a name that is none.
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or type(error).__name__
            raise Unavailable(f"no Docker engine at {self.host}: {problem}") from error


def filtered(filters: Filters) -> str:
    """Return filters as the engine wants them in a query."""
    return json.dumps(filters)


def quoted_labels(labels: Mapping[str, str]) -> list[str]:
    """Return labels as a filter."""
    return [f"{name}={value}" for name, value in labels.items()]


def _refused(call: str, status: int, data: bytes) -> Exception:
    try:
        message = decoded(data, Refusal).message
    except ToolFailed:
        message = data[:200].decode("utf-8", "replace")
    message = message or f"status {status}"
    match status:
        case 404:
            return NotFound(message)
        case 409:
            return Conflict(message)
        case 401 | 403 | 405:
            # The engine itself hardly ever says so: it is a filter before it.
            return NotAllowed(f"{call} is not let through to the engine: {message}")
        case 408 | 425 | 429:
            # Nor this: it is busy, or tired of a connection that we kept.
            return ToolFailed(f"{call} is not let through to the engine now: {message}")
        case _ if 400 <= status < 500:
            return NotAllowed(message)
        case _:
            return ToolFailed(f"the Docker engine failed: {message}")


def _context(folder: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    except OSError as error:  # also ssl.SSLError
        raise Invalid(
            "agents.docker.certificates",
            f"cannot use those in {folder}: {error}",
            "name a folder with ca.pem, cert.pem and key.pem",
        ) from error
    return context
