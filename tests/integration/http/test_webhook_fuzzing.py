"""Whatever is sent as a webhook: nothing is stored that isn't signed, and nothing fails."""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.memory.webhook_reader import MemoryWebhookReader
from domain.signals import DeliveryReceived
from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.settings import Database, Settings
from ports.store import Claim

READER = MemoryWebhookReader("s3cret")
STRANGER = MemoryWebhookReader("another")

bodies = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"{}", b"[]", b"null", b'{"item": 1}', b"[" * 5000, b'{"item": "\\ud800"}']),
    st.builds(lambda name: b'{"item": "%s"}' % name.encode(), st.from_regex(r"\A[a-z]{1,8}\Z")),
)
signings = st.sampled_from(["ours", "a stranger's", "of another body", "garbled", "none"])


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """The service as it is put together, but for one tool that sends webhooks."""
    database = Database(url=f"sqlite:///{tmp_path}/orchestrator.db")
    return Container(
        settings=Settings(data=str(tmp_path), database=database), readers={"plane": READER}
    )


@pytest.fixture
async def client(container: Container) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody elsewhere, in the event loop of the store."""
    await container.store().open()
    app: Any = create_app(container.front_door())  # two names for one protocol
    way = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.7", 5))
    async with httpx.AsyncClient(transport=way, base_url="http://o.example.org") as client:
        yield client
    await container.store().close()


@pytest.fixture
def kept() -> set[bytes]:
    """The bodies that were accepted so far, in all examples."""
    return set()


@dataclass(frozen=True)
class Delivery:
    """A delivery, and who signed it."""

    body: Annotated[bytes, bodies]
    signing: Annotated[str, signings]
    tool: Annotated[str, st.sampled_from(["plane", "plane", "PLANE", "gitea", "x" * 999])]


@settings(
    max_examples=300,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=st.builds(Delivery))
async def test_only_what_is_signed_is_stored_and_only_once(
    client: httpx.AsyncClient, container: Container, kept: set[bytes], sent: Delivery
) -> None:
    headers = {**signed(sent.body, sent.signing), "Content-Type": "application/json"}
    answers = [
        await client.post(f"/webhooks/{sent.tool}", content=sent.body, headers=headers)
        for _ in range(2)
    ]
    statuses = {answer.status_code for answer in answers}
    if sent.tool != "plane":
        assert statuses == {404}
    elif sent.signing != "ours":
        assert statuses == {401}
    else:
        assert statuses in ({202}, {400})
    if statuses == {202}:
        kept.add(sent.body)
    assert await container.store().transact(lambda tx: tx.inbox.depth()) == len(kept)


async def test_what_is_signed_is_stored_as_it_came(
    client: httpx.AsyncClient, container: Container
) -> None:
    body = b'{"item": "a"}'
    answer = await client.post("/webhooks/plane", content=body, headers=READER.sign(body))
    assert answer.status_code == 202
    claim = await container.read_inbox().take()
    assert isinstance(claim, Claim)
    assert isinstance(claim.entry.payload, DeliveryReceived)
    assert claim.entry.payload.body == body


def signed(body: bytes, signing: str) -> Mapping[str, str]:
    """Return headers with a signature of that kind."""
    match signing:
        case "ours":
            return READER.sign(body)
        case "a stranger's":
            return STRANGER.sign(body)
        case "of another body":
            return READER.sign(body + b" ")
        case "garbled":
            return {"x-signature": hashlib.sha256(body).hexdigest().swapcase()}
        case _:
            return {}
