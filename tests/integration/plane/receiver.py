"""Somebody who listens to webhooks, and can be rude about it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def status(code: int, *headers: str) -> bytes:
    """Return an answer without a body."""
    lines = [f"HTTP/1.1 {code} -", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode()


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        return dict(json.loads(self.body))

    @property
    def field(self) -> str | None:
        """The field that the delivery is about."""
        name: str | None = self.json["activity"]["field"]
        return name


@dataclass(kw_only=True)
class Receiver:
    """Keeps what it receives, and answers as it was told: None closes the connection."""

    url: str
    answers: dict[str, bytes | None] = field(default_factory=dict)
    """By path; OK where none is given."""
    received: list[Received] = field(default_factory=list)

    def take(self) -> list[Received]:
        """Return what has come since the last time."""
        taken, self.received = self.received, []
        return taken

    async def until(self, number: int) -> list[Received]:
        """Wait until so many have come, and return them."""
        async with asyncio.timeout(10):
            while True:
                if len(self.received) >= number:
                    return self.received
                await asyncio.sleep(0.005)


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    """Have somebody listen inside the block."""
    receiver = Receiver(url="")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await _read(reader)
                receiver.received.append(request)
                answer = receiver.answers.get(request.path, OK)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield receiver
        server.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.rstrip().split("\r\n")
    method, path, _ = line.split(" ")
    headers = dict(each.split(": ", 1) for each in lines)
    length = int(headers.get("Content-Length", 0))
    return Received(
        method=method, path=path, headers=headers, body=await reader.readexactly(length)
    )
