"""What people wrote is found again: all of it, and nothing that they did not say."""

import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.html.rich_text import HtmlRichText
from domain.instructions import Approve, Remark, read_instruction
from domain.prose import BlockKind
from tests.unit.adapters.html.markup import SOUP

TEXT = HtmlRichText()
SAID, QUOTED, CODE = BlockKind.SAID, BlockKind.QUOTED, BlockKind.CODE


def blocks(html: str) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in TEXT.read(html).blocks]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<h2>Head</h2>text<ul><li>a</li><li>b</li></ul>", ["Head", "text", "a", "b"]),
        ("<table><tr><th>a</th><td>b</td></tr></table>", ["a", "b"]),
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<p>one<br>two<br/>three</p>", ["one\ntwo\nthree"]),
        ("<p>  a \n b&nbsp;&amp;\tc </p>", ["a b & c"]),
        ("<p>a <strong>b</strong><em>c</em></p>", ["a bc"]),
        ("<p></p><p> </p>", []),
        ("", []),
        ("a &lt;b&gt; &#x1F6B5;", ["a <b> 🚵"]),
        ("plain, no tags & <\n\nsecond\nline", ["plain, no tags & <", "second\nline"]),
        ("<p>a<script>b</script><style>c</style><!-- d --></p><title>e</title>", ["a"]),
        ("<p>unclosed<p>tags <b>here", ["unclosed", "tags here"]),
    ],
)
def test_blocks_are_kept_apart_and_words_together(html: str, said: list[str]) -> None:
    assert blocks(html) == [(SAID, text) for text in said]


def test_what_planes_editor_writes_is_read_with_its_mention() -> None:
    html = (
        '<p class="editor-paragraph-block">Please do <strong>this</strong></p>'
        '<p class="editor-paragraph-block">and <mention-component id="1"'
        ' entity_identifier="844f0fc1-d131" entity_name="user_mention"></mention-component>'
        " that</p>"
    )
    assert blocks(html) == [(SAID, "Please do this"), (SAID, "and @844f0fc1-d131 that")]


def test_quotations_and_code_are_told_apart() -> None:
    html = (
        "<blockquote><p>he said</p><pre>x</pre></blockquote><p>I say</p>"
        '<pre><code class="language-diff">- a\n  + b\n</code></pre><p>again</p>'
    )
    assert blocks(html) == [
        (QUOTED, "he said"),
        (CODE, "x"),
        (SAID, "I say"),
        (CODE, "- a\n  + b"),
        (SAID, "again"),
    ]


def test_code_in_a_sentence_stays_there_in_backticks() -> None:
    html = "<p>Set <code>x = 1</code> and <code>a`b</code>.</p>"
    assert blocks(html) == [(SAID, "Set `x = 1` and ``a`b``.")]


@pytest.mark.parametrize(
    ("html", "apart"),
    [
        ("<p>Type <code>:approved:</code> to go on</p>", (CODE, ":approved:")),
        ("<p>Type <code>a :approved: b</code> to go on</p>", (CODE, "a :approved: b")),
        ("<p>Type <code>:app<b>roved</b>:</code> to go on</p>", (CODE, ":approved:")),
        ("<p>Type <kbd>:approved:</kbd> to go on</p>", (CODE, ":approved:")),
        ("<p>Type <s>:approved:</s> to go on</p>", (QUOTED, ":approved:")),
        ("<p>Type <q>:approved:</q> to go on</p>", (QUOTED, ":approved:")),
        ("<p>Type <code>a<br>b</code> to go on</p>", (CODE, "a\nb")),
    ],
)
def test_an_example_in_a_sentence_is_taken_out_of_it(
    html: str, apart: tuple[BlockKind, str]
) -> None:
    assert blocks(html) == [(SAID, "Type"), apart, (SAID, "to go on")]


@pytest.mark.parametrize(
    "html",
    [
        "<p>:<code>approved</code>:</p>",
        '<p><a href="https://x.y/:approved:">here</a></p>',
        '<p><a href="mailto:approved:">here</a></p>',
        '<p><mention-component entity_identifier=":approved:"></mention-component></p>',
        '<p><img alt=":approved:" src="x"></p>',
        '<p title=":approved:">no</p>',
        "<p>a<!-- :approved: --></p>",
        "<blockquote>:approved:",
        "<pre>:approved:",
        "<p><code>unclosed</p><p>:approved:",
        "<blockquote><table><tr><td></blockquote>:approved:",
        "<textarea>:approved:</textarea>",
    ],
)
def test_what_nobody_said_does_not_instruct(html: str) -> None:
    assert isinstance(read_instruction(TEXT.read(html)), Remark)


@pytest.mark.parametrize(
    "html",
    [
        "<p>:approved:</p>",
        "<p>Yes<br>:approved:</p>",
        "<ul><li><p>:approved:</p></li></ul>",
        "<ol><li>:approved:</li></ol>",
        "<p>:ap<b>pro</b>ved:</p>",
        '<p><span data-type="emoji" data-name="approved">:approved:</span></p>',
        '<p><span data-type="emoji" data-name="approved"></span></p>',
        '<p><a href="https://x.y">:approved:</a></p>',
        "<code></code><p>:approved:</p>",
    ],
)
def test_what_somebody_said_instructs(html: str) -> None:
    assert read_instruction(TEXT.read(html)) == Approve()


def test_an_answer_keeps_the_number_of_its_question() -> None:
    html = '<ol start="2"><li><p>yes</p><p>really</p></li><li>no</li></ol><ol><li>else</li></ol>'
    assert blocks(html) == [(SAID, "2. yes"), (SAID, "really"), (SAID, "3. no"), (SAID, "1. else")]


def test_a_task_keeps_its_tick() -> None:
    html = '<ul><li data-checked="true"><p>a</p></li><li data-checked="false"><p>b</p></li></ul>'
    assert blocks(html) == [(SAID, "[x] a"), (SAID, "[ ] b")]


def test_a_link_keeps_where_it_leads() -> None:
    html = '<p>See <a href="https://x.y/z">this</a>, <a href="https://x.y">https://x.y</a>.</p>'
    assert blocks(html) == [(SAID, "See this (https://x.y/z), https://x.y.")]


def test_a_picture_leaves_a_trace_and_an_emoji_its_text() -> None:
    html = '<p><img src="x"> <span data-type="emoji" data-name="bike">🚵</span></p>'
    assert blocks(html) == [(SAID, "[image] 🚵")]


def test_control_characters_are_dropped() -> None:
    assert blocks("<p>a\x1b[31mb\x00\x7f</p>") == [(SAID, "a[31mb")]


@given(st.text() | SOUP)
@settings(max_examples=200)
def test_whatever_is_given_can_be_read(html: str) -> None:
    prose = TEXT.read(html)
    assert all(block.text.strip() for block in prose.blocks)
    prose.whole.encode()


@given(st.text())
def test_nothing_in_a_quotation_is_said(words: str) -> None:
    assert (
        TEXT.read(f"<blockquote><p>{escape(words)}<br>{escape(words)}</p></blockquote>").said == ""
    )


@given(st.lists(st.text(alphabet="abc :é", min_size=1).filter(str.strip), min_size=1))
def test_words_of_different_blocks_are_never_glued(paragraphs: list[str]) -> None:
    read = blocks("".join(f"<p>{text}</p>" for text in paragraphs))
    assert read == [(SAID, " ".join(text.split())) for text in paragraphs]


DEEP = 10_000
LARGE = 5_000_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * DEEP + ":approved:",
        "<div>" * DEEP + ":approved:" + "</div>" * DEEP,
        "<blockquote>" * DEEP + ":approved:" + "</blockquote>" * DEEP,
        "<ul><li>" * DEEP + ":approved:",
        "<b>" * DEEP + ":approved:" + "</b>" * DEEP,
        "<p>" + "".join(f"<b a={n}>" for n in range(DEEP)) + "<p>" * DEEP + ":approved:",
        "<div>" * (LARGE // 5) + ":approved:",
        "<p " + "a " * (LARGE // 2) + ">:approved:",
        "<!-- " * (LARGE // 5) + ":approved:",
        "<p>:approved:</p>" * (LARGE // 17),
    ],
    ids=range(10),
)
def test_a_tangle_is_kept_as_code_and_does_not_hang(html: str) -> None:
    start = time.process_time()
    prose = TEXT.read(html)
    assert time.process_time() - start < 15
    assert prose.said == ""
    assert ":approved:" in prose.whole


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["word ", "&", "&lt;", "\n", f"<p>{'word ' * 20}</p>", f"{'word ' * 20}<code>:a:</code><br>"],
    ids=range(6),
)
def test_five_megabytes_are_read_in_full(piece: str) -> None:
    start = time.process_time()
    prose = TEXT.read("<p>:approved:</p>" + piece * (LARGE // len(piece)))
    assert time.process_time() - start < 30
    assert read_instruction(prose) == Approve()


def test_a_large_comment_nested_as_editors_nest_it_is_read_like_a_small_one() -> None:
    row = "<li><p>a <strong>b</strong> <code>c</code></p><ul><li><p>d</p></li></ul></li>"
    prose = TEXT.read("<ul>" + row * 5_000 + "</ul>")
    assert [block.text for block in prose.blocks] == ["a b `c`", "d"] * 5_000
