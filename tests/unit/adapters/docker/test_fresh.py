"""What the engine gives twice is taken once, and what it leaves out is said to be."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from adapters.docker.frames import Frame
from adapters.docker.fresh import Fresh
from adapters.docker.kept_log import Mark

GAP = b"[gap]"


def at(second: int, stream: int = 1) -> Frame:
    """A line of that second."""
    return Frame(f"2026-11-25T18:00:{second:02}Z", f"{stream}:{second}\n".encode(), stream)


def taken(fresh: Fresh, frames: Iterable[Frame]) -> list[Frame]:
    """What is new of them."""
    return [new for frame in frames for new in fresh.of(frame)]


def test_what_we_had_is_not_taken_again_and_nothing_is_missing() -> None:
    fresh = Fresh(Mark(printed=at(2).printed, same=2), GAP)
    assert taken(fresh, [at(2), at(2), at(2), at(3)]) == [at(2), at(3)]
    assert fresh.mark == Mark(printed=at(3).printed, same=1)


def test_an_answer_that_begins_later_than_we_left_off_has_a_gap() -> None:
    fresh = Fresh(Mark(printed=at(2).printed, same=1), GAP)
    assert [frame.text for frame in taken(fresh, [at(4), at(5)])] == [GAP, b"1:4\n", b"1:5\n"]


@given(st.integers(0, 19), st.integers(1, 20))
def test_a_file_that_is_read_twice_is_taken_once(begin: int, length: int) -> None:
    lines = [at(second) for second in range(20)]
    twice = lines[begin : begin + length]
    told = lines[: begin + length] + (twice if len(twice) > 1 else []) + lines[begin + length :]
    assert taken(Fresh(Mark(), b""), told) == lines


def test_pieces_of_one_moment_are_told_from_those_that_are_given_twice() -> None:
    lines = [at(1), at(2), at(2), at(2)]
    assert taken(Fresh(Mark(), b""), [*lines, *lines, at(3)]) == [*lines, at(3)]


def test_of_two_streams_one_may_overtake_the_other() -> None:
    told = [at(1), at(4, 2), at(2), at(3), at(5, 2)]
    assert taken(Fresh(Mark(), b""), told) == told


def test_a_clock_that_is_set_back_costs_no_line() -> None:
    told = [at(30), at(31), at(10), at(11)]
    assert taken(Fresh(Mark(), b""), told) == told
