"""Text that comes from a file or by a pipe."""

from typing import BinaryIO

from domain.errors import Invalid


def given_text(name: str, stream: BinaryIO) -> str:
    """Return all of it. Invalid: it is no UTF-8."""
    try:
        return stream.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(name, f"not UTF-8 at byte {error.start}", "convert it") from None
