"""Makes stored HTML safe to put into a page.

nh3 (ammonia, html5ever) because it parses as browsers do, keeps only what is listed here, and is
fuzzed by others: whoever filters HTML by himself gets it wrong.
"""

import html as entities

import nh3

from adapters.html.reading import encodable, source_text
from adapters.html.tags import BLOCKS, INLINE, UNREAD
from adapters.html.tangle import tangled

# The meaning that `read` finds in attributes, and what a table needs; no class but a language.
_ATTRIBUTES = {
    "a": {"href", "title"},
    "li": {"data-checked"},
    "mention-component": {"entity_identifier", "entity_name", "id"},
    "ol": {"start"},
    "span": {"data-type", "data-name"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "code": {"class"},
}
_SCHEMES = {"http", "https", "mailto"}
# html5ever moves all the rest of the text for each "&": 5 MB of them took more than five minutes.
_AMPERSAND_WORK = 20_000_000_000


def sanitise(html: str) -> str:
    """Return what is left when everything but plain, known markup is taken away."""
    html = encodable(html)
    if html.count("&") * len(html) > _AMPERSAND_WORK or tangled(html):
        return verbatim(source_text(html))
    return _CLEANER.clean(html)


def verbatim(text: str) -> str:
    """Return the text as it is, as a code block."""
    return f"<pre><code>{entities.escape(text, quote=False)}</code></pre>"


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return value if value.startswith("language-") and " " not in value else None
    if name == "id" and tag == "mention-component":
        return None if value.startswith("_") else value[:64]
    return value


_CLEANER = nh3.Cleaner(
    tags=set(BLOCKS | INLINE),
    clean_content_tags=set(UNREAD),
    attributes=_ATTRIBUTES,
    attribute_filter=_keep_attribute,
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
