"""How many requests may still be sent: Plane allows each token 60 in any 60 seconds.

One budget for all callers of the process. Who asks for people comes before who only looks around:
background reads leave a reserve. Nobody waits here: who cannot be served is told when to come back,
each another time, so that a hundred items neither hold up the workers nor come back all at once.
"""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from math import ceil

from domain.errors import Invalid, RateLimited, ToolFailed
from ports.clock import Clock

WINDOW = timedelta(seconds=61)
"""Plane's own window, and a second to spare."""
_AT_LEAST = timedelta(milliseconds=50)
LOOK_AGAIN = timedelta(minutes=2)
"""After that a token that was refused is tried again: it may have been renewed."""


class Urgency(Enum):
    """For whom a request is sent."""

    PEOPLE = "people"
    """Somebody waits for it, or it does what was decided."""
    BACKGROUND = "background"
    """Nobody would miss it for a minute."""


@dataclass(slots=True, eq=False)
class Token:
    """A token of the bot and what it has been used for."""

    secret: str = field(repr=False)
    number: int
    in_flight: int = 0
    """Requests whose answer has not come: nobody knows when Plane has counted them, or will."""
    sent: deque[datetime] = field(default_factory=deque)
    """When the answers to all others came: Plane has counted each before."""
    held_until: datetime | None = None
    refusal: str = ""
    """Why Plane does not take it, if it does not."""
    known: bool = False
    """Plane has said what is left of it. Until then, and after a refusal, others, or we before a
    restart, may have used it up."""


class Budget:
    """All tokens of the bot."""

    def __init__(
        self, secrets: Sequence[str], clock: Clock, *, per_minute: int = 60, reserve: int = 12
    ) -> None:
        """Know these tokens, each good for ``per_minute``; keep ``reserve`` of it for people."""
        if not secrets:
            raise Invalid("PLANE_API_KEY", "not set", "give the bot's token, or several by commas")
        self._tokens = [Token(secret, number) for number, secret in enumerate(secrets, 1)]
        self._clock = clock
        self._per_minute = per_minute
        self._reserve = min(reserve, per_minute - 1)
        self._promised: list[datetime] = []

    def take(self, urgency: Urgency) -> Token:
        """Return the token with most room, and count the request as in flight until it has landed.

        RateLimited: none has any, and when to come back. ToolFailed: Plane refuses all of them.
        """
        now = self._clock.now()
        usable = [token for token in self._tokens if _usable(token, now)]
        token = max(usable, key=lambda each: self._room(each, now), default=None)
        kept = self._reserve if urgency is Urgency.BACKGROUND else 0
        if token is not None and self._room(token, now) > kept:
            self.count(token)
            return token
        refused = [each.refusal for each in self._tokens if each.refusal]
        if len(refused) == len(self._tokens):
            raise ToolFailed(refused[0])
        pause = self._promise(now, kept) - now
        raise RateLimited(f"Plane allows {self._per_minute} requests a minute", pause)

    @property
    def strangers(self) -> Sequence[Token]:
        """Return the tokens that may be used but of which nobody knows what is left."""
        now = self._clock.now()
        return [each for each in self._tokens if not each.known and _usable(each, now)]

    def count(self, token: Token) -> None:
        """Count a request that is sent with this very token."""
        token.in_flight += 1

    def landed(self, token: Token) -> None:
        """Take note that a request has come to its end, whichever that was."""
        token.in_flight -= 1
        token.sent.append(self._clock.now())

    def answered(self, token: Token, remaining: int | None) -> None:
        """Take note of what Plane says is left: others may use the token as well."""
        token.refusal, token.known = "", True
        if remaining is None:
            return
        self._assume(token, self._clock.now(), left=remaining)

    def limited(self, token: Token, retry_after: timedelta) -> None:
        """Leave the token alone for that long. One request is free by then, not all of them."""
        now = self._clock.now()
        token.held_until, token.known = now + retry_after, not token.known
        if token.known:  # at its first use: all of it may have been used just now
            self._assume(token, now, left=0)

    def refused(self, token: Token, why: str) -> None:
        """Leave a token alone that Plane does not take."""
        token.refusal = f"{why} (token {token.number} of PLANE_API_KEY)"
        token.held_until, token.known = self._clock.now() + LOOK_AGAIN, True

    @property
    def tokens(self) -> Sequence[Token]:
        """Return all tokens."""
        return tuple(self._tokens)

    @property
    def left(self) -> int:
        """Return how many requests could be sent now."""
        now = self._clock.now()
        return sum(self._room(token, now) for token in self._tokens if _usable(token, now))

    def _assume(self, token: Token, now: datetime, *, left: int) -> None:
        """Count as sent now what somebody has sent that we know nothing of."""
        for _ in range(self._room(token, now) - left):
            token.sent.append(now)

    def _room(self, token: Token, now: datetime) -> int:
        while token.sent and token.sent[0] <= now - WINDOW:
            token.sent.popleft()
        return self._per_minute - len(token.sent) - token.in_flight

    def _promise(self, now: datetime, kept: int) -> datetime:
        """Return a moment at which there will be room, a later one for each who asks."""
        del self._promised[: bisect_right(self._promised, now)]
        frees = sorted(free for token in self._tokens for free in self._frees(token, now))
        place = len(self._promised) + kept
        rounds, place = divmod(place, max(len(frees), 1))
        first = frees[place] if frees else now + WINDOW
        moment = max(first, now + _AT_LEAST) + rounds * WINDOW
        insort(self._promised, moment)
        return moment

    def _frees(self, token: Token, now: datetime) -> list[datetime]:
        """Return the moment from which each of the token's requests can be sent."""
        if token.refusal:
            return []
        held = max(token.held_until or now, now)
        at_once = [held] * self._room(token, now)
        landing = [max(now + WINDOW, held)] * token.in_flight
        return [*at_once, *landing, *(max(sent + WINDOW, held) for sent in token.sent)]


def _usable(token: Token, now: datetime) -> bool:
    return token.held_until is None or token.held_until <= now


def retry_after(header: str | None) -> timedelta:
    """Return the pause that a 429 asks for; a minute where it says nothing sensible."""
    try:
        seconds = float(header or "")
    except ValueError:
        seconds = 60.0
    return timedelta(seconds=ceil(seconds) if 0 <= seconds <= 3600 else 60)
