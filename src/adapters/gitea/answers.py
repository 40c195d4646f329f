"""What an answer of the forge means in the domain's words: the one place where that is decided."""

from datetime import timedelta

import httpx
import msgspec

from adapters.gitea.payloads import Trouble
from domain.errors import (
    Conflict,
    Failure,
    Forbidden,
    NotAllowed,
    NotFound,
    RateLimited,
    ToolFailed,
)

_RETRY_AFTER = timedelta(seconds=30)
_LONGEST = timedelta(minutes=15)
_TOLD = 300


def failure_of(answer: httpx.Response, what: str) -> Failure:
    """Return the error that this answer stands for; never match its words, they differ."""
    told = message_of(answer)
    said = f"{what}: {told}" if told else f"{what}: status {answer.status_code}"
    match answer.status_code:
        case 401:
            return Forbidden(f"{said}; GITEA_TOKEN is wrong or expired")
        case 403:
            return Forbidden(f"{said}; GITEA_TOKEN lacks a scope, or its owner the permission")
        case 404:
            return NotFound(said)
        case 409:
            return Conflict(said)
        case 429:
            return RateLimited(said, _retry_after(answer))
        case 503 if "Retry-After" in answer.headers:
            return RateLimited(said, _retry_after(answer))
        case 400 | 405 | 412 | 413 | 422 | 423:
            return NotAllowed(said)
        case code:
            return ToolFailed(f"{what}: status {code}" + (f", {told}" if told else ""))


def message_of(answer: httpx.Response) -> str:
    """Return the error's own words, empty where it has none for people, such as a proxy's page."""
    try:
        trouble = msgspec.json.decode(answer.content, type=Trouble)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return " ".join((trouble.message or trouble.said or "").split())[:_TOLD]


def _retry_after(answer: httpx.Response) -> timedelta:
    try:
        wanted = timedelta(seconds=float(answer.headers.get("Retry-After", "")))
    except (ValueError, OverflowError):  # not given, or given as a date
        return _RETRY_AFTER
    return min(max(wanted, timedelta(seconds=1)), _LONGEST)
