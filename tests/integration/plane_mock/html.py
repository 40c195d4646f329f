"""What Plane does to HTML: item descriptions are sanitised, comments are left as they are."""

import re

import nh3
from selectolax.lexbor import LexborHTMLParser

from tests.integration.plane_mock.refusals import not_valid
from tests.integration.plane_mock.rows import words

_MENTION = "mention-component"
_TAGS = nh3.ALLOWED_TAGS | {_MENTION}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": {"class", "id", "style"},
    _MENTION: {"id", "entity_identifier", "entity_name"},
}
_ATTRIBUTES["a"] |= {"target"}
_BLOCKS = frozenset(
    words(
        "address article aside blockquote div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr"
        " main nav ol p pre section table ul"
    )
)


def sanitised(html: str) -> str:
    """Return the HTML without what could run."""
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES)


def description(html: str) -> str:
    """Return a description as the API stores it: one element, sanitised."""
    if not html.strip():
        raise not_valid("Invalid HTML passed")
    clean = sanitised(html)
    body = LexborHTMLParser(f"<body>{clean}").body
    children = list(body.iter(include_text=True)) if body else []
    solid = [node for node in children if node.tag != "-text" or (node.text() or "").strip()]
    if len(solid) == 1 and solid[0].tag != "-text":
        return clean
    tag = "div" if any(node.tag in _BLOCKS for node in solid) else "span"
    return f"<{tag}>{clean}</{tag}>"


def stripped(html: str) -> str:
    """Return the text without tags; what stood in two paragraphs is glued."""
    return re.sub(r"<[^>]*>", "", html)
