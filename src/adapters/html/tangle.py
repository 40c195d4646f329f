"""Is a piece of HTML safe to give to a parser?

A browser's parsing algorithm, which lexbor and html5ever follow to the letter, is quadratic in the
depth of nesting (100,000 open ``<div>``: a minute; a comment may hold a million) and multiplies
unclosed formatting elements by the blocks after them (a few kilobytes become gigabytes of nodes).
Neither library has a limit. So only what provably costs little is parsed:

- little HTML, with few tags, or
- more of it that is nested as editors nest it: each tag closed in its turn, none too deep.
"""

import re

from adapters.html.tags import OWN_RULES, VOID

_SMALL = 64 * 1024
_FEW_TAGS = 2_000
_FEW_NODES = 400_000
_DEEP = 200
_MANY_TAGS = 200_000
"""Half a million take half a minute to walk through, and nobody reads them."""

_TAG_START = re.compile(r"<[a-zA-Z]")
_MARKUP_START = re.compile(r"<[a-zA-Z/!?]")  # before anything else "<" is text
# What the parser opens again in every block until it is closed.
_FORMATTING = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(?!-?>)[^-]*+(?:-(?!-)[^-]*+)*+-->")
_TAG = re.compile(
    r"""
    < (?P<end>/?+) (?P<name>[a-zA-Z][a-zA-Z0-9-]*+)
    (?: \s++ [^\s"'<>/=]++ (?: \s*+ = \s*+ (?: "[^"]*+" | '[^']*+' | [^\s"'<>=`]++ ) )?+ ){0,64}+
    \s*+ /?+ >
    """,
    re.VERBOSE,
)


def tangled(html: str) -> bool:
    """Return whether parsing could cost more than such a text is worth."""
    if html.count("<") > _MANY_TAGS:
        return True
    return not (_is_small(html) or _is_well_nested(html))


def _is_small(html: str) -> bool:
    if len(html) > _SMALL:
        return False
    tags = len(_TAG_START.findall(html))
    return tags <= _FEW_TAGS and (len(_FORMATTING.findall(html)) + 1) * tags <= _FEW_NODES


def _is_well_nested(html: str) -> bool:
    opened: list[str] = []
    start = _MARKUP_START.search(html)
    while start is not None:
        kind = _COMMENT if start.group() == "<!" else _TAG
        token = kind.match(html, start.start())
        if token is None or (kind is _TAG and not _fits(token, opened)):
            return False
        start = _MARKUP_START.search(html, token.end())
    return not opened


def _fits(tag: re.Match[str], opened: list[str]) -> bool:
    name = tag["name"].lower()
    if name in OWN_RULES:
        return False
    if name in VOID:
        return not tag["end"]
    if tag["end"]:
        return bool(opened) and opened.pop() == name
    opened.append(name)
    return len(opened) <= _DEEP
