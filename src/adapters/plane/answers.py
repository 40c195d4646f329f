"""What Plane's answers mean: the one place where its statuses and words become failures of ours."""

from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec

from adapters.plane.budget import retry_after
from adapters.plane.wire import ComplaintWire
from domain.errors import Conflict, Invalid, NotFound, RateLimited, ToolFailed

MISSING = "The requested resource does not exist."
"""Said of what is not there at an address that Plane knows."""
BAD_TOKEN = "Given API token is not valid"  # noqa: S105 - Plane's words
_NO_PERMISSION = "You do not have permission to perform this action."
T = TypeVar("T")


def refuse(answer: httpx.Response) -> None:
    """Raise what the status means; return where it is a success."""
    status = answer.status_code
    if answer.is_success:
        return
    said = complaint(answer)
    if answer.is_redirect:
        raise ToolFailed(f"Plane redirects us ({status}); see tracker.url")
    match status:
        case HTTPStatus.NOT_FOUND:
            if said == MISSING:
                raise NotFound("there is no such thing in Plane, or no longer")
            raise ToolFailed(f"nothing of Plane is at that address: {said}; see tracker.url")
        case HTTPStatus.CONFLICT:
            raise Conflict(f"Plane has it already: {said}")
        case HTTPStatus.FORBIDDEN | HTTPStatus.UNAUTHORIZED if said != _NO_PERMISSION:
            raise ToolFailed(f"Plane refuses our token: {said}")
        case HTTPStatus.FORBIDDEN:
            # Also the answer for a workspace or project that is not there.
            raise ToolFailed(
                f"Plane lets the bot do nothing there: {said}; see tracker.workspace and"
                " projects.tracker_project, and make the bot a member (role 15) of the project"
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            pause = retry_after(answer.headers.get("retry-after"))
            raise RateLimited("Plane allows no more requests for now", pause)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise Invalid(_field(answer), f"Plane refuses it ({status}): {said}")
        case _:
            raise ToolFailed(f"Plane answered {status}: {said}")


def decoded(answer: httpx.Response, kind: type[T]) -> T:
    """Return what the answer holds. ToolFailed: it is not what Plane says there."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = f"Plane answered what cannot be read: {error}"
        if "html" in answer.headers.get("content-type", ""):
            said = f"a web page answers, and not Plane's API at {answer.url.path}; see tracker.url"
        raise ToolFailed(said) from error


def complaint(answer: httpx.Response) -> str:
    """Return what Plane says is wrong, in one line, whichever of its shapes that has."""
    try:
        read = msgspec.json.decode(answer.content, type=ComplaintWire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = answer.text
    else:
        text = read.detail or read.error or read.error_message or answer.text
    return " ".join(text.split())[:200] or answer.reason_phrase


def _field(answer: httpx.Response) -> str:
    """Return the field that Plane complains of."""
    try:
        read = msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        read = {}
    return next(iter(read), "request")[:40]


def count(header: str | None) -> int | None:
    """Return the number that a header holds, None where it holds none."""
    return int(header) if header and header.isascii() and header.isdigit() else None
