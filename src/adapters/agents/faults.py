"""What an answer of a model's server means for the run."""

import re

from domain.reading import Ending

_STATUS = re.compile(r"(?:status|error|http)[^0-9]{0,12}([45][0-9]{2})\b", re.IGNORECASE)
_NO_KEY = re.compile(
    r"not logged in|log ?in again|/login|authenticat|unauthori[sz]ed|invalid.{0,12}api.?key"
    r"|credit balance|billing|payment",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"high demand|overloaded|rate.?limit|too many requests|usage limit|try again later"
    r"|stream (disconnected|closed)|connection (error|refused|reset|closed)|unable to connect"
    r"|error sending request|timed? ?out|network|unavailable|econn|enotfound|fetch failed",
    re.IGNORECASE,
)


def fault(message: str, status: object = None) -> Ending:
    """Return what kind of fault it is: one that passes, one that a person must mend, another."""
    number = status if isinstance(status, int) else _status_in(message)
    if number is not None:
        if number in (401, 402, 403):
            return Ending.NOT_AUTHENTICATED
        if number in (408, 409, 425, 429) or number >= 500:
            return Ending.MODEL_UNAVAILABLE
    if _NO_KEY.search(message):
        return Ending.NOT_AUTHENTICATED
    return Ending.MODEL_UNAVAILABLE if _AWAY.search(message) else Ending.FAILED


def _status_in(message: str) -> int | None:
    found = _STATUS.search(message)
    return int(found.group(1)) if found else None
