"""The fake reads HTML by Telegram's grammar, and says what is wrong in Telegram's words."""

import pytest

from tests.integration.telegram_fake.markup import Unparsable, parse_html


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#x27;&#39;", "a <b> & \"c\" ''", []),
        ("&nbsp;&apos;&", "&nbsp;&apos;&", []),
        ("<b>x</b>", "x", [("bold", 0, 1)]),
        ("<B>x</>", "x", [("bold", 0, 1)]),
        ("🚵<i>🚵</i>", "🚵🚵", [("italic", 2, 2)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b></b>", "", []),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ('<a href="http://localhost/">x</a>', "x", []),
        ('<a href="javascript:x">x</a>', "x", []),
        ('<a href="http://a.b/?x=1&amp;y=2">x</a>', "x", [("text_link", 0, 1)]),
    ],
)
def test_what_it_understands(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    told, found = parse_html(source)
    assert told == text
    assert [(one.type, one.offset, one.length) for one in found] == entities


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("ё<div>", 'Unsupported start tag "div" at byte offset 2'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("1 <", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x!y>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_it_does_not(source: str, problem: str) -> None:
    with pytest.raises(Unparsable) as wrong:
        parse_html(source)
    assert str(wrong.value) == problem
