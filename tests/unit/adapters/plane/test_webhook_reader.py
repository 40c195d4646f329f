"""The reader keeps its contract, and nothing that is signed can break it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.plane.webhook_reader import PlaneWebhookReader
from domain.errors import Forbidden, Invalid
from tests.contracts.webhook_reader import JSON, Sign, WebhookReaderContract
from tests.unit.adapters.plane.recorded import a_reader, body_of, signed

RECORDED = [json.loads(body_of(number)) for number in (1, 5, 22, 38, 48, 66, 77)]
_as_long_as_it_takes = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck)
)


class TestPlaneWebhookReader(WebhookReaderContract):
    """Genuine deliveries are read, all others refused."""

    SIGNATURE = "x-plane-signature"

    @pytest.fixture
    def reader(self) -> PlaneWebhookReader:
        return a_reader()

    @pytest.fixture
    def sign(self) -> Sign:
        return signed

    @pytest.fixture
    def body(self) -> bytes:
        return body_of(1)

    @pytest.fixture
    def other_body(self) -> bytes:
        return body_of(22)


def test_during_a_rotation_both_secrets_are_good() -> None:
    reader, body = a_reader("old", "new"), body_of(1)
    for secret in ("old", "new"):
        assert reader.verify(signed(body, secret), body)
    with pytest.raises(Forbidden):
        reader.verify(signed(body, "newer"), body)


def test_without_a_secret_nobody_is_trusted() -> None:
    known = a_reader()
    reader = PlaneWebhookReader([], known._people, known._sightings, projects=[])
    for headers in ({}, signed(b"{}", "")):
        with pytest.raises(Forbidden, match="PLANE_WEBHOOK_SECRET"):
            reader.verify(headers, b"{}")


def test_all_attempts_of_a_delivery_have_one_name() -> None:
    reader, body = a_reader(), body_of(1)
    names = {
        reader.verify({**signed(body), "x-plane-delivery": attempt}, body)
        for attempt in ("first", "second")
    }
    assert len(names) == 1


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recorded delivery with something in it replaced, removed, or put where it is not."""
    whole: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(RECORDED))))
    for _ in range(draw(st.integers(1, 3))):
        mutate(draw, draw(st.sampled_from(objects_in(whole))))
    body = json.dumps(whole).encode()
    cut = draw(st.none() | st.integers(0, len(body)))
    return body if cut is None else body[:cut]


def objects_in(value: object) -> list[dict[str, Any]]:
    """Every object in it that has something in it, the whole first."""
    found: list[dict[str, Any]] = [value] if isinstance(value, dict) and value else []
    for inner in value.values() if isinstance(value, dict) else ():
        found += objects_in(inner)
    return found or [{"nothing": None}]


def mutate(draw: st.DrawFn, place: dict[str, Any]) -> None:
    """Do something to one of the object's fields."""
    key = draw(st.sampled_from(sorted(place)))
    match draw(st.sampled_from(["replace", "remove", "add", "deepen", "swell"])):
        case "replace":
            place[key] = draw(JSON)
        case "remove":
            del place[key]
        case "add":
            place[draw(st.text(max_size=5))] = draw(JSON)
        case "deepen":
            for _ in range(draw(st.sampled_from([1, 50, 900]))):
                place[key] = [place[key]]
        case _:
            place[key] = str(place[key]) * draw(st.sampled_from([2, 1000]))


@_as_long_as_it_takes
@given(body=mutated())
def test_whatever_is_signed_is_a_hint_or_nothing_or_invalid(body: bytes) -> None:
    reader = a_reader(bot=None)
    try:
        reader.verify(signed(body), body)
        hints = reader.read(signed(body), body)
    except Invalid:
        return
    for hint in hints:
        assert hint.lane.isprintable()
        assert "/" not in hint.lane
        assert hint.key


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deeply_nested_deliveries_are_refused_or_passed_over(depth: int) -> None:
    body = b'{"event":"project","action":"x","data":' + b"[" * depth + b"]" * depth + b"}"
    with suppress(Invalid):
        assert a_reader().read({}, body) == ()
