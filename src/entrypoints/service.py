"""The service as one thing that is started and stopped: the loops, and the web server if wanted."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import uvicorn
import uvloop

from domain.errors import ToolFailed
from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.http.hanging_up import HangUpProtocol
from entrypoints.preflight import check_machine, listen
from entrypoints.repositories import prepare_repositories


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a program to its end on the fast event loop; return what it returns."""
    gc.freeze()  # what was imported stays: it need not be looked through again and again
    gc.enable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def on_signal(stop: Callable[[], None]) -> None:
    """Have Ctrl-C and SIGTERM end us in good order; the second one ends us at once."""
    loop, numbers = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)

    def told() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        stop()

    for number in numbers:
        loop.add_signal_handler(number, told)


@asynccontextmanager
async def opened(container: Container) -> AsyncGenerator[None]:
    """Have the store open inside the block, and ours alone; nothing is done yet."""
    check_machine(container.settings())
    container.examine_agents().check()
    store = container.store()
    async with AsyncExitStack() as stack:
        await store.open()
        stack.push_async_callback(store.close)
        tools = container.forge(), container.tracker(), container.notifier(), container.runner()
        for tool in tools:
            stack.push_async_callback(tool.close)
        await prepare_repositories(container)
        yield


@asynccontextmanager
async def going(container: Container) -> AsyncGenerator[None]:
    """Have all loops going inside the block."""
    async with asyncio.TaskGroup() as group:
        loops = group.create_task(container.loops().run())
        try:
            yield
        finally:
            loops.cancel()


@asynccontextmanager
async def working(container: Container) -> AsyncGenerator[None]:
    """Have the store open and all loops going inside the block."""
    async with opened(container), going(container):
        yield


class Web:
    """The web server in front of a container."""

    def __init__(self, container: Container) -> None:
        """Listen at once, so that a taken port is told before anything is done."""
        self._socket: socket.socket = listen(container.settings().server)
        config = uvicorn.Config(
            create_app(container.front_door()),
            http=HangUpProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").addFilter(_worth_telling)
        self._server = _Server(config)

    @property
    def port(self) -> int:
        """Return where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    async def serve(self) -> None:
        """Serve until told to stop."""
        await self._server.serve(sockets=[self._socket])
        if not self._server.started:
            raise ToolFailed("the web server could not start; see the log above")

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def stop(self) -> None:
        """Tell it to end."""
        self._server.should_exit = True


def _worth_telling(record: logging.LogRecord) -> bool:
    """Tell whether a log record is about more than a request that our end has cut short."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn raises them once more at its end, and we would die of it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Do nothing of the kind."""
        yield
