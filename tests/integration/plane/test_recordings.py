"""The mock answers every recorded request as the real Plane did."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.integration.plane.recordings import recordings
from tests.integration.plane.replay import Replay
from tests.integration.plane.served import served
from tests.integration.plane_mock.settings import MockSettings, Seed


@pytest.fixture(scope="module")
def faults() -> Mapping[str, list[str]]:
    """In what the mock's answers differ from the recorded ones: played once for all tests."""
    settings = MockSettings(seed=Seed.WORKSPACE, thinking=0.05, worker_lag=0, broker_patience=0.01)
    with served(settings) as url:
        replay = Replay(url)
        asyncio.run(replay.play())
        return replay.faults


@pytest.mark.parametrize("name", [recording.name for recording in recordings()])
def test_a_recorded_request_is_answered_as_it_was(
    faults: Mapping[str, list[str]], name: str
) -> None:
    assert not faults[name], "\n".join(faults[name])


def test_all_recordings_are_played() -> None:
    assert [recording.number for recording in recordings()] == [f"{n:03}" for n in range(1, 176)]
