"""What Plane says when it refuses, word for word: adapters tell the cases apart by it."""

from typing import Any


class Refused(Exception):
    """A request that is answered by an error."""

    def __init__(self, status: int, body: Any) -> None:
        """Keep the answer."""
        super().__init__(status)
        self.status = status
        self.body = body


def invalid(**fields: Any) -> Refused:
    """Return the answer to fields that are not valid."""
    return Refused(400, fields)


def not_valid(text: str) -> Refused:
    """Return the answer to something that is wrong with the whole."""
    return invalid(non_field_errors=[text])


def bad_request(text: str) -> Refused:
    """Return the answer of a view that looks by itself."""
    return Refused(400, {"error": text})


def missing() -> Refused:
    """Return the answer to an id that leads nowhere."""
    return Refused(404, {"error": "The requested resource does not exist."})


def unrouted() -> Refused:
    """Return the answer to an address that leads nowhere."""
    return Refused(404, {"error": "Page not found."})


def not_permitted() -> Refused:
    """Return the answer to anybody who may not, also where the project does not exist."""
    return Refused(403, {"detail": "You do not have permission to perform this action."})


def broken() -> Refused:
    """Return the answer to what Plane did not expect, client mistakes among it."""
    return Refused(500, {"error": "Something went wrong please try again later"})


def double(text: str, ident: str) -> Refused:
    """Return the answer to what is there already."""
    return Refused(409, {"error": text, "id": ident})


def too_large() -> Refused:
    """Return the answer to a body over the limit."""
    detail = "The size of the request body exceeds the maximum allowed size."
    return Refused(413, {"error": "REQUEST_BODY_TOO_LARGE", "detail": detail})


def throttled() -> Refused:
    """Return the answer to a token that asked too often."""
    return Refused(429, {"error_code": 5900, "error_message": "RATE_LIMIT_EXCEEDED"})
