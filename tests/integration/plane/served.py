"""The mock as a server: in a thread of the test's own process, or in its container."""

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from tests.integration.plane_mock.app import create_app
from tests.integration.plane_mock.settings import MockSettings

_PATIENCE = 20.0


class _Server(uvicorn.Server):
    """Leaves signals to the test's own process."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@contextmanager
def served(settings: MockSettings) -> Generator[str]:
    """Have the mock at the address that this gives, on a real socket and a loop of its own."""
    listening = socket.create_server((settings.host, 0))
    config = uvicorn.Config(
        create_app(settings), log_config=None, access_log=False, ws="none", lifespan="on"
    )
    config.timeout_graceful_shutdown = 1
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _PATIENCE
        while not server.started:
            assert thread.is_alive(), "the mock could not start"
            assert time.monotonic() < deadline, "the mock did not start in time"
            time.sleep(0.005)
        yield f"http://{settings.host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        with contextlib.suppress(OSError):
            listening.close()
        assert not thread.is_alive(), "the mock did not stop"
