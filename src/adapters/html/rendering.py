"""Turns Markdown, agents' above all, into the HTML that a tracker's editor shows.

markdown-it-py because it is CommonMark to the letter, without recursion on its input, and with
``html=False`` has no way to let HTML through. Links and images are judged on its tokens; nh3 goes
over the outcome as a second pair of eyes.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.html.reading import encodable
from adapters.html.sanitising import sanitise, verbatim

_LONGEST = 128 * 1024
"""Ordinary Markdown of that size takes half a second, contrived one a few."""

_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)


def render(markdown: str) -> str:
    """Return the Markdown as HTML; a text of outlandish length is shown as it is."""
    markdown = encodable(markdown)
    if len(markdown) > _LONGEST:
        return verbatim(markdown)
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        if token.children:
            token.children = _judged(token.children)
    return sanitise(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _judged(tokens: Sequence[Token]) -> list[Token]:
    """Drop links that lead elsewhere than they may, keeping their words; show images as links."""
    kept: list[Token] = []
    links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            links.append(bool(_SAFE_LINK.match(str(token.attrs.get("href", "")))))
            if links[-1]:
                kept.append(token)
        elif token.type == "link_close":
            if links.pop():
                kept.append(token)
        elif token.type == "image":
            kept += _image(token, linked=any(links))
        else:
            kept.append(token)
    return kept


def _image(image: Token, *, linked: bool) -> list[Token]:
    source = str(image.attrs.get("src", ""))
    words = Token("text", "", 0, content=image.content or source)
    if linked or not _SAFE_LINK.match(source):
        return [words]
    return [
        Token("link_open", "a", 1, attrs={"href": source}),
        words,
        Token("link_close", "a", -1),
    ]


class _Markdown(MarkdownIt):
    """Parses every link as one: what it may lead to is judged afterwards."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Return True."""
        return True


# A line break in a comment is a line break: people and agents write so, and GitHub shows it so.
_MARKDOWN = _Markdown("commonmark", {"html": False, "breaks": True})
_MARKDOWN.enable(["table", "strikethrough"])
