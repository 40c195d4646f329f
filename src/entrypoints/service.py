"""The service as one thing that is started and stopped: the loops, and the web server if wanted."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import uvloop

from domain.errors import ToolFailed
from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.preflight import check_machine, listen


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a program to its end on the fast event loop; return what it returns."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@asynccontextmanager
async def working(container: Container) -> AsyncGenerator[None]:
    """Have the store open and all loops going inside the block."""
    check_machine(container.settings())
    store = container.store()
    await store.open()
    try:
        async with asyncio.TaskGroup() as group:
            loops = group.create_task(container.loops().run())
            try:
                yield
            finally:
                loops.cancel()
    finally:
        await container.runner().close()
        await store.close()


class Web:
    """The web server in front of a container."""

    def __init__(self, container: Container) -> None:
        """Listen at once, so that a taken port is told before anything else happens."""
        self._socket: socket.socket = listen(container.settings().server)
        config = uvicorn.Config(
            create_app(container.front_door()),
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(config)

    @property
    def port(self) -> int:
        """Return where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    async def serve(self) -> None:
        """Serve until told to stop, by a signal or by ``stop``."""
        await self._server.serve(sockets=[self._socket])
        if not self._server.started:
            raise ToolFailed("the web server could not start; see the log above")

    def stop(self) -> None:
        """Tell it to end."""
        self._server.should_exit = True
