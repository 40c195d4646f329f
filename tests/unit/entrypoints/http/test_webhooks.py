"""Deliveries of tools: taken once they are stored, and only then."""

import logging
from collections.abc import Awaitable, Callable

import pytest
from litestar.types import HTTPReceiveMessage, Message

from domain.signals import DeliveryReceived
from entrypoints.http.app import create_app
from entrypoints.http.front_door import MEBIBYTE
from tests.unit.entrypoints.http.front import Behind

DELIVERY = b'{"item": "ET-7"}'


@pytest.fixture
def behind() -> Behind:
    """What is behind the front door."""
    return Behind()


async def test_a_delivery_is_accepted_once_it_is_stored(behind: Behind) -> None:
    async with behind.client(address="203.0.113.9", base_url="http://hooks.example.org") as client:
        answer = await client.post(
            "/webhooks/plane", content=DELIVERY, headers=behind.reader.sign(DELIVERY)
        )
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["content-length"] == "0"
    [stored] = behind.store.inbox.entries.values()
    assert isinstance(stored, DeliveryReceived)
    assert (stored.tool, stored.body) == ("plane", DELIVERY)
    assert stored.headers["x-signature"]


async def test_a_repetition_is_accepted_and_changes_nothing(behind: Behind) -> None:
    async with behind.client() as client:
        for _ in range(2):
            answer = await client.post(
                "/webhooks/plane", content=DELIVERY, headers=behind.reader.sign(DELIVERY)
            )
            assert answer.status_code == 202
    assert len(behind.store.inbox.entries) == 1


@pytest.mark.parametrize("headers", [{}, {"x-signature": "0" * 64}])
async def test_a_bad_or_missing_signature_is_refused(
    behind: Behind, headers: dict[str, str]
) -> None:
    async with behind.client() as client:
        answer = await client.post("/webhooks/plane", content=DELIVERY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "signature" in answer.json()["detail"]
    assert "www-authenticate" in answer.headers
    assert not behind.store.inbox.entries


async def test_what_cannot_be_parsed_is_refused(behind: Behind) -> None:
    body = b"no json"
    async with behind.client() as client:
        answer = await client.post(
            "/webhooks/plane", content=body, headers=behind.reader.sign(body)
        )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "body"


async def test_a_tool_that_nobody_expects_is_not_found(behind: Behind) -> None:
    async with behind.client() as client:
        answer = await client.post("/webhooks/github", content=DELIVERY)
    assert answer.status_code == 404


async def test_what_could_not_be_stored_is_never_acknowledged(behind: Behind) -> None:
    behind.store.down = True
    async with behind.client() as client:
        answer = await client.post(
            "/webhooks/plane", content=DELIVERY, headers=behind.reader.sign(DELIVERY)
        )
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_too_large_a_delivery_is_refused(behind: Behind) -> None:
    body = b"x" * 101
    async with behind.client(webhook_limit=100) as client:
        answer = await client.post(
            "/webhooks/plane", content=body, headers=behind.reader.sign(body)
        )
    assert answer.status_code == 413


async def test_a_flood_without_an_announced_length_is_not_read_to_its_end(behind: Behind) -> None:
    read = 0

    async def receive() -> HTTPReceiveMessage:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * MEBIBYTE, "more_body": True}

    assert await status_of(behind, receive) == 413
    assert read == 6


async def test_who_hangs_up_is_no_fault_of_ours(
    behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> HTTPReceiveMessage:
        return {"type": "http.disconnect"}

    assert await status_of(behind, receive) == 400
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not behind.store.inbox.entries


async def status_of(behind: Behind, receive: Callable[[], Awaitable[HTTPReceiveMessage]]) -> int:
    """Return how a delivery is answered that comes as these messages."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/plane",
        "raw_path": b"/webhooks/plane",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"localhost:8500")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8500),
        "http_version": "1.1",
    }
    await create_app(behind.door)(scope, receive, send)  # type: ignore[arg-type] # a scope by hand
    status: int = sent[0]["status"]  # type: ignore[typeddict-item] # the first is the start
    return status
