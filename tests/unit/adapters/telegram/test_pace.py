"""Messages to one chat keep their distance, and nobody waits longer than he must."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from adapters.telegram.pace import GAP, MOST_IN_WINDOW, SLACK, WINDOW, Pace

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NONE = timedelta()
SECOND = timedelta(seconds=1)


STEP = GAP + SLACK


def test_the_first_goes_at_once_and_the_next_after_a_second_or_so() -> None:
    pace = Pace(group=True)
    assert pace.turn("a", NOW) == NONE
    assert pace.turn("b", NOW) == STEP
    assert pace.turn("b", NOW + STEP) == NONE


def test_everybody_has_a_place_of_his_own() -> None:
    pace = Pace(group=False)
    waits = [pace.turn(str(number), NOW) for number in range(30)]
    assert waits == [STEP * number for number in range(30)]
    assert pace.turn("7", NOW + STEP * 2) == STEP * 5, "and keeps it"


def test_a_group_gets_twenty_a_minute() -> None:
    pace = Pace(group=True)
    waits = [pace.turn(str(number), NOW) for number in range(MOST_IN_WINDOW + 1)]
    assert waits[-1] == WINDOW + SLACK


def test_whoever_comes_late_moves_the_next_ones() -> None:
    pace = Pace(group=False)
    pace.turn("a", NOW)
    pace.turn("b", NOW)
    pace.turn("c", NOW)
    assert pace.turn("b", NOW + STEP + SECOND * 0.9) == NONE
    assert pace.turn("c", NOW + STEP * 2) == GAP + SECOND * 0.9 - STEP


def test_a_failed_notice_is_a_new_one() -> None:
    pace = Pace(group=False)
    assert pace.turn("a", NOW) == NONE
    assert pace.turn("a", NOW) == STEP


def test_nobody_goes_before_the_hold_is_over() -> None:
    pace = Pace(group=False)
    pace.turn("a", NOW)
    pace.turn("b", NOW)
    pace.hold(NOW + SECOND * 10)
    assert pace.turn("b", NOW + SECOND) == SECOND * 9
    assert pace.turn("c", NOW + SECOND) == SECOND * 9 + STEP
    assert pace.turn("b", NOW + SECOND * 10) == NONE


@pytest.mark.parametrize("group", [True, False])
def test_a_burst_goes_out_within_the_limits_and_without_needless_waiting(*, group: bool) -> None:
    random, pace = Random(7), Pace(group=group)
    number, sent = 100, list[datetime]()
    due = {str(effect): NOW for effect in range(number)}
    asked = 0
    while due:
        effect = min(due, key=lambda one: due[one])
        now = due.pop(effect) + timedelta(milliseconds=random.randrange(250))
        now = max(now, sent[-1]) if sent else now
        asked += 1
        if wait := pace.turn(effect, now):
            due[effect] = now + wait
        else:
            sent.append(now)
    for earlier, later in pairwise(sent):
        assert later - earlier >= GAP
    for earlier, later in zip(sent, sent[MOST_IN_WINDOW:], strict=False):
        assert not group or later - earlier >= WINDOW
    least = WINDOW * (number / MOST_IN_WINDOW - 1) if group else GAP * (number - 1)
    assert sent[-1] - NOW <= least * 1.5
    assert asked <= number * 2, "each asks once more, not each for each"


def test_places_that_nobody_comes_for_are_forgotten() -> None:
    pace = Pace(group=False)
    for number in range(100):
        pace.turn(str(number), NOW + SECOND * 30 * number)
        pace.turn(f"lost {number}", NOW + SECOND * 30 * number)
    assert len(pace._places) < 5
