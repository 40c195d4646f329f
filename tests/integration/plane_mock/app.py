"""The mock as a web application: Plane's API, what tests say to it, and a page for people."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar, Router, asgi
from litestar.di import Provide
from litestar.types import Receive, Scope, Send

from tests.integration.plane_mock import mock as mocks
from tests.integration.plane_mock.board import board
from tests.integration.plane_mock.control import HANDLERS, refused
from tests.integration.plane_mock.mock import Mock
from tests.integration.plane_mock.refusals import Refused
from tests.integration.plane_mock.rest import Rest
from tests.integration.plane_mock.settings import MockSettings

HERE = Path(__file__).parent


def create_app(settings: MockSettings) -> Litestar:
    """Return the application; its Plane begins with the application's life."""
    running: list[Mock] = []

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncGenerator[None]:
        async with mocks.running(settings) as mock:
            running.append(mock)
            yield
            running.clear()

    def the_mock() -> Mock:
        return running[0]

    @asgi("/api", is_mount=True, copy_scope=True)
    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await Rest(the_mock())(scope, receive, send)

    return Litestar(
        [api, board, Router("/mock", route_handlers=HANDLERS)],
        dependencies={"mock": Provide(the_mock, sync_to_thread=False)},
        exception_handlers={Refused: refused},
        lifespan=[life],
        openapi_config=None,
        logging_config=None,  # Litestar's own would set the whole process to INFO
    )
