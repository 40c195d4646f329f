"""A gate before the engine's socket: a test says which calls hang, or are answered otherwise."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ENGINE = Path("/var/run/docker.sock")


class Gate:
    """Lets through what no rule is about.

    gate.answers["GET /events"] = None        such a call is never answered
    gate.answers["POST /images/.*"] = (200, b"…")
    gate.asked                                what was asked for, in order
    gate.told                                 those of it that a rule was about
    """

    def __init__(self, socket: Path) -> None:
        self.host = f"unix://{socket}"
        self.answers: dict[str, tuple[int, bytes] | None] = {}
        self.asked: list[str] = []
        self.told: list[str] = []
        self._socket = socket
        self._open: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["Gate", None]:
        """Is there inside the block."""
        server = await asyncio.start_unix_server(self._come, self._socket)
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._open, return_exceptions=True)

    def cut(self) -> None:
        """Cuts off everybody who is connected."""
        for each in self._open:
            each.cancel()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._pass(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b" ", 2)
        call = f"{method.decode()} {re.sub(r'^/v[0-9.]+|[?].*$', '', path.decode())}"
        self.asked.append(call)
        for pattern, answer in self.answers.items():
            if re.fullmatch(pattern, call):
                self.told.append(call)
                if answer is None:
                    await asyncio.Event().wait()
                    return
                status, body = answer
                start = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{start}Connection: close\r\n\r\n".encode() + body)
                await writer.drain()
                return
        theirs, ours = await asyncio.open_unix_connection(ENGINE)
        try:
            # One call a connection: each is looked at.
            ours.write(re.sub(rb"(?i)connection: keep-alive", b"Connection: close", head))
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(_pour(reader, ours))
                await _pour(theirs, writer)
                sending.cancel()
        finally:
            ours.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # whoever hung up needs no more
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
