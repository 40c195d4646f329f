"""What cannot be stored gets no answer where it comes from Plane, which repeats only then."""

import socket
import threading
import time
from collections.abc import Generator

import httpx
import pytest
import uvicorn

from adapters.memory.webhook_reader import MemoryWebhookReader
from entrypoints.http.app import create_app
from entrypoints.http.hanging_up import HangUpProtocol
from tests.unit.entrypoints.http.front import Behind

BODY = b'{"item": "i1"}'


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def url(behind: Behind) -> Generator[str]:
    """The front door on a real socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(behind.door), http=HangUpProtocol, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive()
    listening.close()


def test_plane_gets_no_answer_to_what_could_not_be_stored(url: str, behind: Behind) -> None:
    behind.store.down = True
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        httpx.post(f"{url}/webhooks/plane", content=BODY, headers=behind.reader.sign(BODY))
    behind.store.down = False
    again = httpx.post(f"{url}/webhooks/plane", content=BODY, headers=behind.reader.sign(BODY))
    assert again.status_code == 202


def test_what_is_refused_is_answered(url: str, behind: Behind) -> None:
    forged = MemoryWebhookReader("another secret").sign(BODY)
    assert httpx.post(f"{url}/webhooks/plane", content=BODY, headers=forged).status_code == 401
    bad = b"[]"
    answer = httpx.post(f"{url}/webhooks/plane", content=bad, headers=behind.reader.sign(bad))
    assert answer.status_code == 400
