"""Sixty requests a minute for each token, and who gets them."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.clock import SteppedClock
from adapters.plane.budget import WINDOW, Budget, Token, Urgency, retry_after
from domain.errors import Invalid, RateLimited, ToolFailed

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(datetime(2026, 11, 25, tzinfo=UTC))


def ask(budget: Budget, urgency: Urgency = Urgency.PEOPLE) -> Token:
    """Send a request whose answer comes at once."""
    token = budget.take(urgency)
    budget.landed(token)
    return token


def spend(budget: Budget, number: int, urgency: Urgency = Urgency.PEOPLE) -> None:
    for _ in range(number):
        ask(budget, urgency)


def pause_of(budget: Budget, urgency: Urgency = Urgency.PEOPLE) -> timedelta:
    with pytest.raises(RateLimited) as limited:
        budget.take(urgency)
    return limited.value.retry_after


def test_sixty_are_sent_and_the_next_when_the_first_is_a_minute_old(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    spend(budget, 60)
    pause = pause_of(budget)
    assert timedelta(minutes=1) < pause <= WINDOW
    clock.advance(pause)
    ask(budget)


def test_background_reads_leave_a_reserve_for_people(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock, reserve=12)
    spend(budget, 48, Urgency.BACKGROUND)
    pause_of(budget, Urgency.BACKGROUND)
    spend(budget, 12)
    pause_of(budget)


def test_a_hundred_who_must_wait_are_told_different_times(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    for _ in range(60):
        ask(budget)
        clock.advance(timedelta(milliseconds=100))
    pauses = [pause_of(budget) for _ in range(100)]
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == 100
    assert pauses[60] - pauses[0] >= timedelta(minutes=1)


def test_whoever_comes_back_when_told_is_served(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    spend(budget, 60)
    now = clock.now()
    times = sorted(now + pause_of(budget) for _ in range(150))
    for moment in times:
        clock.advance(max(moment - clock.now(), timedelta()))
        ask(budget)


def test_each_token_of_the_bot_has_its_own_sixty(clock: SteppedClock) -> None:
    budget = Budget(["one", "two"], clock)
    spend(budget, 120)
    pause_of(budget)


def test_a_token_that_plane_holds_up_rests_and_the_other_one_works(clock: SteppedClock) -> None:
    budget = Budget(["one", "two"], clock)
    held = ask(budget)
    budget.answered(held, remaining=None)
    budget.limited(held, 30 * SECOND)
    for _ in range(60):
        assert ask(budget) is not held
    assert pause_of(budget) == 30 * SECOND


def test_what_others_use_of_the_token_is_not_there_for_us(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    budget.answered(ask(budget), remaining=5)
    spend(budget, 5)
    pause_of(budget)


def test_a_request_counts_for_a_minute_from_its_answer_on(clock: SteppedClock) -> None:
    """It may have waited for a connection, or on the network: Plane counts it when it comes."""
    budget = Budget(["one"], clock)
    tokens = [budget.take(Urgency.PEOPLE) for _ in range(60)]
    clock.advance(20 * SECOND)
    for token in tokens:
        budget.landed(token)
    clock.advance(60 * SECOND)
    clock.advance(pause_of(budget))
    assert clock.now() == datetime(2026, 11, 25, 0, 0, 20, tzinfo=UTC) + WINDOW
    ask(budget)


def test_what_is_on_its_way_is_not_counted_twice(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    first, _ = budget.take(Urgency.PEOPLE), budget.take(Urgency.PEOPLE)
    budget.answered(first, remaining=59)
    assert budget.left == 58


def test_a_token_that_is_refused_is_tried_again_later(clock: SteppedClock) -> None:
    budget = Budget(["one"], clock)
    budget.refused(ask(budget), "Plane refuses our token: not valid")
    with pytest.raises(ToolFailed, match=r"not valid \(token 1 of PLANE_API_KEY\)"):
        ask(budget)
    clock.advance(timedelta(minutes=3))
    budget.answered(ask(budget), remaining=None)
    ask(budget)


def test_no_secret_is_shown(clock: SteppedClock) -> None:
    assert "very-secret" not in repr(Budget(["very-secret"], clock).take(Urgency.PEOPLE))


def test_without_a_token_nothing_can_be_asked(clock: SteppedClock) -> None:
    with pytest.raises(Invalid, match="PLANE_API_KEY"):
        Budget([], clock)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("52", 52), ("0.5", 1), (None, 60), ("soon", 60), ("-3", 60), ("1e9", 60), ("nan", 60)],
)
def test_a_pause_that_makes_no_sense_is_a_minute(header: str | None, seconds: int) -> None:
    assert retry_after(header) == seconds * SECOND
