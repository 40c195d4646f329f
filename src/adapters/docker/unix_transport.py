"""HTTP over a Unix socket that may be cut off at any moment.

By its own means httpx reads such a socket through anyio, where a read that is cancelled in the very
moment in which something arrives leaves an InvalidStateError to the event loop (anyio 4.16; nothing
is lost, but each looks like a bug of ours). asyncio's streams do not.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpcore
import httpx


class UnixTransport(httpx.AsyncHTTPTransport):
    """Leads every request to one socket."""

    def __init__(self, path: Path) -> None:
        """Lead to that socket, by as many connections as there are requests."""
        super().__init__(verify=False)  # there is no TLS on a local socket
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=None, max_keepalive_connections=8, network_backend=_Backend(path)
        )


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, path: Path) -> None:
        self._path = path

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 # as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_unix_connection(self._path))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._writer.close()

    def get_extra_info(self, info: str) -> Any:
        # An idle connection that can be read from was closed by the engine.
        return self._reader.at_eof() if info == "is_readable" else None
