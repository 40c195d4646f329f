"""Sessions of browsers. Nothing is kept.

A session is the moment of its end, signed. Whoever changes the admin token ends all sessions.
"""

import hmac
from datetime import datetime, timedelta

from ports.clock import Clock

SESSION_COOKIE = "orchestrator_session"
LASTS = timedelta(days=7)


class Sessions:
    """Makes and checks the values of session cookies."""

    def __init__(self, token: str, clock: Clock) -> None:
        """Sign with a key made from the admin token, which the cookie doesn't give away."""
        self._key = _sign(token.encode(), "orchestrator: sessions")
        self._clock = clock

    def start(self) -> str:
        """Return the value of a new session's cookie."""
        end = int((self._clock.now() + LASTS).timestamp())
        return f"{end}.{_sign(self._key, str(end)).hex()}"

    def good(self, value: str) -> bool:
        """Tell whether the session is one of ours and has not ended."""
        end, _, signature = value.partition(".")
        if not (end.isascii() and end.isdecimal() and len(end) <= len("9999999999")):
            return False
        if not hmac.compare_digest(signature.encode(), _sign(self._key, end).hex().encode()):
            return False
        return datetime.fromtimestamp(int(end), self._clock.now().tzinfo) > self._clock.now()


def _sign(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
