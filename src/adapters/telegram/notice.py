"""How a notice looks in a chat.

The item's key in it becomes the link to the item; the pull request stands below. Plain values are
cut first, then escaped, then put together: what is cut afterwards could end in half a tag.
"""

import html
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.evidence import PullRequest
from domain.identifiers import TaskKey

LIMIT = 4096
"""The longest message, in UTF-16 units, its markup left aside."""
_LINK_LIMIT = 1024
"""The longest address, in characters: with its markup a message must stay below 32 KiB."""
_HEADLINE = 256
"""How far into the text its key is looked for, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The same notice with markup and without."""

    html: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Span:
    text: str
    link: str = ""

    @property
    def html(self) -> str:
        text = html.escape(self.text, quote=False)
        return f'<a href="{html.escape(self.link)}">{text}</a>' if self.link else text


def compose(
    key: TaskKey, text: str, *, url: str | None, pull_request: PullRequest | None
) -> Notice:
    """Return the notice, with as much of the text as a message holds."""
    text = text.encode("utf-8", "replace").decode().strip()
    named = rf"(?<![\w-]){re.escape(key)}(?![\w-])"
    if not re.search(named, text[:_HEADLINE]):
        text = f"{key}: {text}"
    before, after = re.split(named, text, maxsplit=1)
    item, request = url or "", pull_request.url if pull_request else ""
    below: list[_Span] = []
    if item and not _linkable(item):
        below.append(_Span(f"\n{cut(item, _LINK_LIMIT)}"))
    if pull_request and request:
        label = f"Pull request #{pull_request.number}"
        below += [_Span("\n"), _Span(label, request if _linkable(request) else "")]
        if not _linkable(request):
            below.append(_Span(f": {cut(request, _LINK_LIMIT)}"))
    taken = units(before) + units(key) + sum(units(span.text) for span in below)
    named_item = _Span(key, item if _linkable(item) else "")
    spans = [_Span(before), named_item, _Span(cut(after, LIMIT - taken)), *below]
    tail = "".join(f"\n{cut(one, _LINK_LIMIT)}" for one in (item, request) if one)
    return Notice(
        html="".join(span.html for span in spans),
        plain=cut(text, LIMIT - units(tail)) + tail,
    )


def units(text: str) -> int:
    """Return the length as Telegram counts it, in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning and an ellipsis, in at most that many units."""
    if units(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)]
    return kept.decode("utf-16-le", "ignore").rstrip() + "…"  # half a pair is left out


def _linkable(url: str) -> bool:
    """Tell whether Telegram makes a link of it: from others, such as localhost, it takes the link
    and leaves the words, so that the address itself must be among the words.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and ("." in host or ":" in host)
        and len(url) <= _LINK_LIMIT
    )
