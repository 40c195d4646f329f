"""HTML and Markdown as nobody should write it, and a look at what a browser would do with it."""

from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser


def _names(text: str) -> list[str]:
    return text.split()


_TAGS = _names(
    """
    p div span b code pre blockquote ul ol li table tr td a br img script style svg math template
    textarea title mention-component h1 hr s q button form iframe object noscript x-y select option
    """
)
_ATTRIBUTES = st.sampled_from(
    [
        "",
        " href='javascript:alert(1)'",
        ' href="https://example.org/:approved:"',
        " href=http://x.y",
        " onclick=alert(1)",
        ' style="display:none"',
        ' class="language-py"',
        ' id="x"',
        ' start="3"',
        ' data-checked="true"',
        ' data-type="emoji" data-name="approved"',
        ' entity_identifier=":approved:" entity_name="user_mention"',
        ' src="data:text/html,<script>alert(1)</script>" onerror="x"',
        " href='JaVaScRiPt&colon;alert(1)'",
        " href='\tjava\nscript:x'",
        " title='</p><script>'",
        ' "',
    ]
)
_WORDS = st.sampled_from(
    ["word", " ", ":approved:", ":rejected: why", "\n", "&amp;", "&lt;script&gt;", "<", ">", "`"]
) | st.text(max_size=6)
_PIECES = st.one_of(
    _WORDS,
    st.builds(lambda tag, rest: f"<{tag}{rest}>", st.sampled_from(_TAGS), _ATTRIBUTES),
    st.builds(lambda tag: f"</{tag}>", st.sampled_from(_TAGS)),
    st.sampled_from(["<!--", "-->", "<![CDATA[", "]]>", "<?x", "<!doctype html>"]),
)
SOUP = st.lists(_PIECES, max_size=30).map("".join)
"""Tags opened and closed at random."""

MARKDOWN = st.lists(
    st.one_of(
        _PIECES,
        st.sampled_from(
            _names("#_ >_ -_ 1._ ``` ` ** _ ~~ [ ]( ) ! [a] --- _ ____ \\ &colon; http://x.y")
        ).map(lambda mark: mark.replace("_", " ")),
        st.sampled_from(["\n", "\n\n", "\t", "[a]: javascript:alert(1)\n", "javascript:alert(1)"]),
        st.sampled_from(["<http://x.y>", "<javascript:x>", "_", "__"]),
        st.just("|a|b|\n|-|-|\n|1|2|\n"),
    ),
    max_size=30,
).map("".join)

_HARMLESS = _names(
    """
    a address article aside b big blockquote body br caption center code dd del details dir div dl
    dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i kbd
    legend li main mention-component menu nav ol p pre q s samp search section small span strike
    strong sub summary sup table tbody td tfoot th thead tr tt u ul
    """
)
_KNOWN = _names(
    """
    class colspan data-checked data-name data-type entity_identifier entity_name href id rel
    rowspan start title
    """
)


def harm(html: str) -> list[str]:
    """Return all that a browser would find in the HTML and that has no business there."""
    found: list[str] = []
    for node in LexborHTMLParser(html).css("*"):
        if node.tag not in _HARMLESS:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            if name not in _KNOWN:
                found.append(f"{node.tag} {name}")
            elif name == "href" and not (value or "").lower().startswith(
                ("http://", "https://", "mailto:")
            ):
                found.append(f"link to {value}")
    return found
