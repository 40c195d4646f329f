"""The machine's clock, and the one that is stepped."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.clock import SteppedClock
from adapters.system import clock as system
from adapters.system.clock import SystemClock

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_the_system_clock_tells_the_time_in_utc() -> None:
    told = SystemClock().now()
    assert told.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)


def test_the_system_clock_stands_still_where_the_machines_is_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([START, START - timedelta(hours=1), START + timedelta(microseconds=1)])

    class Machine(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:  # type: ignore[override]
            return next(times)

    monkeypatch.setattr(system, "datetime", Machine)
    clock = SystemClock()
    assert [clock.now() for _ in range(3)] == [START, START, START + timedelta(microseconds=1)]


def test_a_stepped_clock_stands_still_until_it_is_told_to_go_on() -> None:
    clock = SteppedClock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(timedelta(seconds=5)) == clock.now() == START + timedelta(seconds=5)


def test_a_stepped_clock_refuses_a_naive_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        SteppedClock(START.replace(tzinfo=None))
