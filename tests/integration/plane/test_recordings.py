"""The mock answers every recorded request as the real Plane did, and tells the same by webhook."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

import pytest

from tests.integration.plane.controls import Json
from tests.integration.plane.receiver import Received, receiving
from tests.integration.plane.recordings import Recording, differences, recordings
from tests.integration.plane.replay import Replay
from tests.integration.plane.served import served
from tests.integration.plane_mock.settings import MockSettings, Seed

SETTINGS = MockSettings(
    seed=Seed.WORKSPACE, thinking=0.05, worker_lag=0, broker_patience=0.01, rate_limit=60
)
TOLD: Mapping[str, Sequence[str]] = {
    "024": (),
    "076": ("01",),
    "077": ("02",),
    "078": ("03",),
    "079": ("04",),
    "080": ("05",),
    "081": ("06", "07", "08", "09"),
    "082": (),
    "083": ("11",),
    "084": ("12",),
    "085": ("13",),
    "086": ("14", "15"),
    "088": ("16", "17", "18", "19"),
    "090": ("20",),
    "091": ("21",),
    "092": ("22",),
    "093": ("23",),
    "095": ("24",),
    "096": ("25",),
    "097": ("26",),
    "098": ("27",),
    "103": ("28",),
    "104": ("29",),
    "105": ("30",),
    "106": (),
    "109": (),
    "117": (),
    "119": ("34",),
    "138": ("35",),
    "141": (),
    "ui 11": ("37",),
    "ui 12": ("38",),
    "ui 13": ("39",),
    "ui 14": ("40",),
    "ui 15": ("41",),
    "ui 16": ("42",),
    "ui 17": ("43",),
    "ui 18": ("44", "45"),
    "ui 19": ("46",),
    "ui 20": ("47",),
    "ui 21": ("48",),
    "ui 23": (),
    "ui 24": (),
    "ui 52": ("52",),
    "ui 25": (),
    "147": ("54",),
    "ui 26": (),
    "ui 27": (),
    "ui 57": ("57",),
    "ui 58": (),
    "148": ("59",),
    "149": ("60",),
    "150": (),
    "151": (),
    "152": ("63",),
    "153": ("64",),
    "154": (),
    "155": ("66",),
    "156": (),
    "157": (),
    "160": (),
    "167": ("72",),
    "before 169": ("73",),
    "169": ("74",),
    "other project": ("75",),
    "before 170": ("76",),
    "170": ("77",),
    "171": (),
    "172": ("85",),
    "173": (),
}
"""By step of the replay, the deliveries that were recorded for it; none where none was sent."""


@pytest.fixture(scope="module")
def replay() -> Replay:
    """All recordings, played once for all tests."""

    async def play(url: str) -> Replay:
        async with receiving() as receiver:
            replay = Replay(url, receiver)
            await replay.play()
            return replay

    with served(SETTINGS) as url:
        return asyncio.run(play(url))


@pytest.mark.parametrize("name", [recording.name for recording in recordings()])
def test_a_recorded_request_is_answered_as_it_was(replay: Replay, name: str) -> None:
    assert not replay.faults[name], "\n".join(replay.faults[name])


def test_all_recordings_are_played() -> None:
    assert [recording.number for recording in recordings()] == [f"{n:03}" for n in range(1, 176)]


@pytest.mark.parametrize("step", TOLD)
def test_a_step_is_told_by_webhook_as_it_was(replay: Replay, step: str) -> None:
    recorded = {each.number: each for each in recordings("webhooks")}
    heard = {delivery.field: delivery for delivery in replay.heard.get(step, [])}
    assert len(replay.heard.get(step, [])) == len(TOLD[step])
    for number in TOLD[step]:
        expected = _payload(recorded[number])
        own = heard[expected["activity"]["field"]].json
        found = list(differences(expected, own, replay.names))
        assert not found, "\n".join(found)


def test_every_delivery_has_the_recorded_headers_and_a_signature_over_its_bytes(
    replay: Replay,
) -> None:
    recorded = next(each for each in recordings("webhooks") if each.number == "01").whole
    deliveries = [delivery for heard in replay.heard.values() for delivery in heard]
    for delivery in deliveries:
        assert _line(delivery) == recorded["request_line"]
        assert set(delivery.headers) == set(recorded["headers"])
        for name in ("User-Agent", "Accept-Encoding", "Accept", "Connection", "Content-Type"):
            assert delivery.headers[name] == recorded["headers"][name]
        secret = SETTINGS.webhook_secret.encode()
        signature = hmac.new(secret, delivery.body, hashlib.sha256).hexdigest()
        assert delivery.headers["X-Plane-Signature"] == signature
        assert delivery.headers["X-Plane-Event"] == delivery.json["event"]
        assert delivery.body.isascii()
    ids = [delivery.headers["X-Plane-Delivery"] for delivery in deliveries]
    assert len(set(ids)) == len(ids) > 50


def test_our_bytes_are_signed_as_the_recorded_ones_were() -> None:
    recorded = next(each for each in recordings("webhooks") if each.number == "01").whole
    signature = hmac.new(
        SETTINGS.webhook_secret.encode(), recorded["body_raw"].encode(), hashlib.sha256
    ).hexdigest()
    assert signature == recorded["headers"]["X-Plane-Signature"]
    assert json.dumps(json.loads(recorded["body_raw"])) == recorded["body_raw"]


def _payload(recording: Recording) -> Json:
    return dict(json.loads(recording.whole["body_raw"]))


def _line(delivery: Received) -> str:
    return f"{delivery.method} {delivery.path} HTTP/1.1"
