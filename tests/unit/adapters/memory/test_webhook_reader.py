"""The reader of made-up deliveries keeps to the contract."""

import pytest

from adapters.memory.webhook_reader import MemoryWebhookReader
from domain.errors import Invalid
from domain.identifiers import CommentId, ItemId, PersonId
from domain.signals import CommentPosted, ItemChanged
from tests.contracts.webhook_reader import Sign, WebhookReaderContract

COMMENT = b'{"item": "i-1", "comment": "c-1", "actor": "you"}'


@pytest.fixture
def reader() -> MemoryWebhookReader:
    return MemoryWebhookReader("a secret")


@pytest.fixture
def sign(reader: MemoryWebhookReader) -> Sign:
    return reader.sign


@pytest.fixture
def body() -> bytes:
    return COMMENT


@pytest.fixture
def other_body() -> bytes:
    return b'{"item": "i-2"}'


class TestMemoryWebhookReader(WebhookReaderContract):
    """The fake."""

    SIGNATURE = "x-signature"


def test_a_delivery_about_a_comment_hints_at_the_comment(reader: MemoryWebhookReader) -> None:
    (hint,) = reader.read({}, COMMENT)
    assert hint.lane == "i-1"
    assert hint.signal == CommentPosted(
        item=ItemId("i-1"), comment=CommentId("c-1"), actor=PersonId("you")
    )


def test_a_delivery_about_an_item_hints_at_the_item(reader: MemoryWebhookReader) -> None:
    (hint,) = reader.read({}, b'{"item": "i-2"}')
    assert hint.signal == ItemChanged(item=ItemId("i-2"), actor=None)


def test_a_delivery_about_nothing_hints_at_nothing(reader: MemoryWebhookReader) -> None:
    assert reader.read({}, b"{}") == ()


@pytest.mark.parametrize("body", [b'{"item": 7}', b'{"item": "\\ud800"}', b'{"price": "7"}'])
def test_what_is_no_delivery_is_invalid(reader: MemoryWebhookReader, body: bytes) -> None:
    with pytest.raises(Invalid):
        reader.verify(reader.sign(body), body)
