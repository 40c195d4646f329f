"""What every reader of webhooks keeps to.

Subclasses give these fixtures: ``reader``; ``sign``, which makes the headers of a genuine delivery
of any body; ``body`` and ``other_body``, two deliveries that concern us. The attribute
``SIGNATURE`` is the signature's header.
"""

import json
from collections.abc import Callable, Mapping
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Forbidden, Invalid
from ports.webhook_reader import WebhookReader

Sign = Callable[[bytes], Mapping[str, str]]


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
_any_time = settings(
    max_examples=100,
    suppress_health_check=[
        HealthCheck.differing_executors,  # each subclass runs it, with fixtures of its own
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)


class WebhookReaderContract:
    """Genuine deliveries are read, all others refused, none does harm."""

    SIGNATURE: ClassVar[str]

    def test_a_genuine_delivery_hints_at_something(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        assert reader.verify(sign(body), body)
        hints = reader.read(sign(body), body)
        assert hints
        assert all(hint.lane and hint.key for hint in hints)

    def test_the_same_delivery_has_the_same_name_and_hints(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        assert reader.verify(sign(body), body) == reader.verify(sign(body), body)
        assert reader.read(sign(body), body) == reader.read(sign(body), body)

    def test_another_delivery_has_another_name(
        self, reader: WebhookReader, sign: Sign, body: bytes, other_body: bytes
    ) -> None:
        assert reader.verify(sign(body), body) != reader.verify(sign(other_body), other_body)

    def test_a_delivery_without_signature_is_forbidden(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        headers = {name: value for name, value in sign(body).items() if name != self.SIGNATURE}
        with pytest.raises(Forbidden):
            reader.verify(headers, body)

    def test_a_signature_of_other_words_is_forbidden(
        self, reader: WebhookReader, sign: Sign, body: bytes, other_body: bytes
    ) -> None:
        with pytest.raises(Forbidden):
            reader.verify({**sign(body), self.SIGNATURE: sign(other_body)[self.SIGNATURE]}, body)

    def test_a_body_changed_on_the_way_is_forbidden(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        with pytest.raises(Forbidden):
            reader.verify(sign(body), body + b" ")

    @_any_time
    @given(signature=st.text())
    def test_no_made_up_signature_is_taken(
        self, reader: WebhookReader, sign: Sign, body: bytes, signature: str
    ) -> None:
        with pytest.raises(Forbidden):
            reader.verify({**sign(body), self.SIGNATURE: signature}, body)

    def test_a_forged_body_that_cannot_be_parsed_is_forbidden_and_not_looked_at(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        with pytest.raises(Forbidden):
            reader.verify(sign(body), b"{")

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"no", b"[]", b"1"])
    def test_what_cannot_be_parsed_is_invalid(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        with pytest.raises(Invalid):
            reader.verify(sign(body), body)

    @_any_time
    @given(body=st.binary() | JSON.map(_dumped))
    def test_signed_nonsense_is_invalid_or_says_nothing_but_never_breaks_anything(
        self, reader: WebhookReader, sign: Sign, body: bytes
    ) -> None:
        try:
            reader.verify(sign(body), body)
            reader.read(sign(body), body)
        except Invalid:
            pass
