"""Whose move stands, as an item's history tells."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.plane.history import is_written, overwritten
from adapters.plane.wire import ActivityWire

BOT, HANNA = "bot", "hanna"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Line = tuple[str, str, str]


def history(*lines: Line) -> list[ActivityWire]:
    return [
        ActivityWire(
            created_at=NOON, actor=who, field="state", old_identifier=old, new_identifier=new
        )
        for who, old, new in lines
    ]


@pytest.mark.parametrize(
    ("lines", "theirs"),
    [
        # We took it to be in A, put it in B; the newest line comes first.
        ([(BOT, "A", "B"), (BOT, "0", "A")], None),
        ([(BOT, "A", "B"), (HANNA, "X", "A"), (HANNA, "A", "X")], None),
        ([(BOT, "X", "B"), (HANNA, "A", "X"), (BOT, "0", "A")], "X"),
        ([(HANNA, "A", "X"), (BOT, "X", "B"), (BOT, "0", "A")], "X"),
        ([(BOT, "A", "B"), (HANNA, "A", "X"), (BOT, "0", "A")], "X"),
        ([(HANNA, "A", "X"), (BOT, "A", "B"), (BOT, "0", "A")], "X"),
        ([(HANNA, "A", "B"), (BOT, "A", "B")], None),
        # Her edit of a title undid our move to A before we made the one to B.
        ([(BOT, "0", "B"), (BOT, "0", "A"), (HANNA, "1", "0")], None),
        ([(HANNA, "A", "X")], None),
        ([], None),
    ],
)
def test_a_move_that_ours_has_overwritten_is_found(lines: list[Line], theirs: str | None) -> None:
    assert overwritten(history(*lines), "B", "A", bot=BOT) == theirs


def test_a_move_of_ours_is_known_by_its_time_and_not_by_an_earlier_one_to_there() -> None:
    moves = history((BOT, "A", "B"))
    assert is_written(moves, "B", NOON, bot=BOT)
    assert not is_written(moves, "B", NOON + timedelta(seconds=1), bot=BOT)
    assert not is_written(moves, "A", NOON, bot=BOT)
    assert not is_written(history((HANNA, "A", "B")), "B", NOON, bot=BOT)
