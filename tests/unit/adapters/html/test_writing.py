"""What we show cannot run, and says what was written."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.html.rich_text import HtmlRichText
from domain.instructions import Remark, read_instruction
from domain.prose import BlockKind
from tests.unit.adapters.html.markup import MARKDOWN, SOUP, harm

TEXT = HtmlRichText()
LINK = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a **b** *c* ~~d~~", "<p>a <strong>b</strong> <em>c</em> <s>d</s></p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("# H\n\n- a\n- b", "<h1>H</h1>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("```py\nx < 1\n```", '<pre><code class="language-py">x &lt; 1\n</code></pre>'),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("a <b>c</b> &amp; <!-- d -->", "<p>a &lt;b&gt;c&lt;/b&gt; &amp; &lt;!-- d --&gt;</p>"),
        ("[x](https://x.y)", f'<p><a href="https://x.y" {LINK}>x</a></p>'),
        ("[x](mailto:a@b.c)", f'<p><a href="mailto:a@b.c" {LINK}>x</a></p>'),
        ("[x](javascript:alert(1)) [y](/local) [z](#top)", "<p>x y z</p>"),
        ("![pic](https://x.y/p.png)", f'<p><a href="https://x.y/p.png" {LINK}>pic</a></p>'),
        ("![pic](data:image/png;base64,AA)", "<p>pic</p>"),
        ("[![pic](http://x.y/p)](http://x.y)", f'<p><a href="http://x.y" {LINK}>pic</a></p>'),
        ("[![pic](http://x.y/p)](x)", f'<p><a href="http://x.y/p" {LINK}>pic</a></p>'),
        ("", ""),
    ],
)
def test_markdown_becomes_what_an_editor_shows(markdown: str, html: str) -> None:
    assert TEXT.render(markdown).strip() == html


def test_a_table_is_a_table() -> None:
    assert re.sub(r"\s", "", TEXT.render("|a|b|\n|-|-|\n|1|2|")) == (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )


@given(st.text() | MARKDOWN)
@settings(max_examples=200)
def test_whatever_is_rendered_cannot_run(markdown: str) -> None:
    assert harm(TEXT.render(markdown)) == []


@given(st.text() | SOUP)
@settings(max_examples=200)
def test_whatever_is_sanitised_cannot_run(html: str) -> None:
    assert harm(TEXT.sanitise(html)) == []


@given(SOUP)
@settings(max_examples=300)
def test_what_is_sanitised_stays_so(html: str) -> None:
    once = TEXT.sanitise(html)
    assert harm(TEXT.sanitise(once)) == []


@given(SOUP)
@example("0\x0c:approved:<?")
@example("0\r:approved:<?")
@settings(max_examples=200)
def test_sanitising_makes_nothing_an_instruction_that_was_none(html: str) -> None:
    """An image that goes may take one with it: what it stood between is one word then."""
    before, after = (read_instruction(TEXT.read(text)) for text in (html, TEXT.sanitise(html)))
    assert type(before) is type(after) or (isinstance(after, Remark) and "<img" in html.lower())


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1))
def test_words_without_markup_are_rendered_word_for_word(words: str) -> None:
    plain = re.sub(r"[^\w ]|_", "x", words)
    said = TEXT.read(TEXT.render("a " + plain)).said
    assert said.split() == ("a " + plain).split()


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p onclick=x>a<script>b</script></p>", "<p>a</p>"),
        ('<a href="javascript:x">a</a>', f"<a {LINK}>a</a>"),
        ('<p style="position:fixed" class="x" id="y">a</p>', "<p>a</p>"),
        ('<img src=x onerror="y">', ""),
        ("<svg><style><img src=x></style></svg>b", "b"),
        ("<form action=http://x><input name=a><button>b</button></form>", "<form></form>"),
        ('<code class="language-py x">a</code>', "<code>a</code>"),
    ],
)
def test_what_could_do_harm_is_taken_away(html: str, safe: str) -> None:
    assert TEXT.sanitise(html) == safe


@pytest.mark.parametrize(
    "html",
    [
        '<p class="x">a <mention-component entity_identifier="u"></mention-component> b</p>',
        '<ol start="3"><li>a</li></ol><ul><li data-checked="true">b</li></ul>',
        '<p>a <code>:approved:</code> <s>:x:</s> <span data-type="emoji" data-name="y"></span></p>',
        "<blockquote>a<pre>b\n c</pre></blockquote><section>d</section><article>e</article>f",
        '<p>see <a href="https://x.y">here</a></p><table><tr><td>1</td><td>2</td></tr></table>',
        "<p>a<script>:approved:</script><textarea>b</textarea><button>c</button></p>",
        "<noscript>:approved:</noscript>",
        "plain & <\n\ntext",
        "<div>" * 10_000 + "deep",
    ],
)
def test_sanitising_changes_nothing_of_what_is_said(html: str) -> None:
    assert TEXT.read(TEXT.sanitise(html)) == TEXT.read(html)


def test_markdown_of_outlandish_length_is_shown_as_it_is() -> None:
    markdown = ":approved: <b>\n\n" * 20_000
    prose = TEXT.read(TEXT.render(markdown))
    assert [block.kind for block in prose.blocks] == [BlockKind.CODE]
    assert prose.blocks[0].text == markdown.strip("\n")


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["[", "![[]()", "*a_ ", "> ", "- ", "a|", "<", "&#", "[a](<b"])
def test_contrived_markdown_does_not_hang(piece: str) -> None:
    start = time.process_time()
    TEXT.render(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "piece", ["<div>", "&", "&lt;", "<", "<p>hello world</p>", "<b x=1>", "a "]
)
def test_five_megabytes_are_sanitised_without_hanging(piece: str) -> None:
    start = time.process_time()
    safe = TEXT.sanitise(piece * (5_000_000 // len(piece)))
    assert time.process_time() - start < 60
    assert "<b" not in safe
