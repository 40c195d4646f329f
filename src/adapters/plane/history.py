"""Whose move stands? What an item's history tells of two that came at the same moment.

Plane keeps of each change who made it, from what to what, and writes it down a moment later, of two
at once in either order. Moves are given as Plane lists them, the newest first.
"""

from collections.abc import Sequence
from datetime import datetime

from adapters.plane.wire import ActivityWire, utc


def is_last(moves: Sequence[ActivityWire], put_in: str, *, bot: str) -> bool:
    """Tell whether nobody has moved the item since the bot put it in that state."""
    return bool(moves) and moves[0].actor == bot and moves[0].new_identifier == put_in


def is_written(moves: Sequence[ActivityWire], put_in: str, at: datetime, *, bot: str) -> bool:
    """Tell whether the move that the bot made into that state at that moment is written down."""
    return any(
        (each.actor, each.new_identifier) == (bot, put_in) and utc(each.created_at) >= at
        for each in moves
    )


def overwritten(
    moves: Sequence[ActivityWire], put_in: str, put_over: str | None, *, bot: str
) -> str | None:
    """Return the state into which somebody put the item while the bot did, None if nobody did.

    The bot took it to be in ``put_over``. Either it was moved from there before the bot wrote, or
    both have begun from there.
    """
    own = next(
        (n for n, each in enumerate(moves) if (each.actor, each.new_identifier) == (bot, put_in)),
        None,
    )
    if own is None:
        return None
    found_in = moves[own].old_identifier
    for other in moves[max(own - 1, 0) : own + 2]:
        if other.actor == bot or other.new_identifier == put_in:
            continue
        before = found_in != put_over and other.new_identifier == found_in
        at_once = found_in == put_over == other.old_identifier
        if before or at_once:
            return other.new_identifier
    return None
