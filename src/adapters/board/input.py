"""What people may give the board, and how it is kept."""

import re
from enum import StrEnum
from typing import TypeVar

from domain.errors import Invalid
from ports.rich_text import RichText

_LONGEST_TITLE = 255
_LARGEST_TEXT = 1024 * 1024
_LONGEST_REQUEST_KEY = 200

# As browser editors begin; a Markdown text hardly ever does.
_EDITOR_HTML = re.compile(
    r"\s*<(?:p|div|h[1-6]|ul|ol|blockquote|pre|table|span|section|article)[\s>]", re.IGNORECASE
)

Choice = TypeVar("Choice", bound=StrEnum)


class TextForm(StrEnum):
    """How a text was written. It is kept as it was, and turned into HTML whenever it is read."""

    MARKDOWN = "markdown"
    HTML = "html"


def form_of(text: str) -> TextForm:
    """Return how a person wrote the text: in a browser's editor, or by hand."""
    return TextForm.HTML if _EDITOR_HTML.match(text) else TextForm.MARKDOWN


def checked_title(title: str) -> str:
    """Return the title on one line. Invalid: empty or too long."""
    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if not title:
        raise Invalid("title", "is empty", "say in a few words what is to be done")
    if len(title) > _LONGEST_TITLE:
        raise Invalid("title", f"has {len(title)} characters", f"use {_LONGEST_TITLE} at most")
    return title


def checked_text(field: str, text: str) -> str:
    """Return the text, fit for a database. Invalid: more than a mebibyte."""
    data = text.encode("utf-8", "replace")
    if len(data) > _LARGEST_TEXT:
        remedy = f"use {_LARGEST_TEXT} at most, or link to a file"
        raise Invalid(field, f"has {len(data)} bytes", remedy)
    return storable(text)


def storable(text: str) -> str:
    """Return the text without what some database refuses: half of an emoji, and a null."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def checked_comment(text: str) -> str:
    """Return the comment's text. Invalid: empty or too large."""
    if not text.strip():
        raise Invalid("text", "is empty", "write something")
    return checked_text("text", text)


def checked_request_key(key: str) -> str:
    """Return the name under which the write is remembered. Invalid: empty, long or unprintable."""
    if not key.strip() or len(key) > _LONGEST_REQUEST_KEY or not key.isprintable():
        raise Invalid(
            "request_key",
            "cannot be remembered",
            f"use 1 to {_LONGEST_REQUEST_KEY} printable characters",
        )
    return f"request:{key}"


def one_of(kind: type[Choice], field: str, given: str) -> Choice:
    """Return the value of that name. Invalid: lists those there are."""
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(kind)
        raise Invalid(field, f"there is no {given[:40]!r}", f"use one of: {known}") from None


def as_html(text: str, form: str, rich: RichText) -> str:
    """Return the text as HTML that says the same: no code or quotation becomes speech.

    Safe whatever it says. Never stored: what an older version of us let through is gone with it.
    """
    return rich.sanitise(text) if form == TextForm.HTML else rich.render(text)
