"""What people wrote is shown as what it is: said, quoted or code, and stays what it is."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from domain.prose import Block, BlockKind, Prose, fenced
from tests.unit.domain.given import prose

MARKDOWN = MarkdownIt("commonmark")
tricky = st.text(alphabet="`~>#-=* \n\r\tab", max_size=60)


@for_all(tricky)
def test_a_fence_cannot_be_closed_from_inside(text: str) -> None:
    tokens = MARKDOWN.parse(fenced(text))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == f"{text}\n".replace("\r\n", "\n").replace("\r", "\n")
    assert tokens[0].info == ""


@pytest.mark.parametrize("text", ["```", "````\n```", "``` python", "a\n`````\nb", "~~~"])
def test_the_usual_ways_out_of_a_fence_are_shut(text: str) -> None:
    assert [t.type for t in MARKDOWN.parse(f"{fenced(text)}\n\nafter")] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


def test_an_ordinary_fence_is_three_ticks() -> None:
    assert fenced("a = 1") == "```\na = 1\n```"


@for_all(tricky)
def test_a_quotation_cannot_be_left_from_inside(text: str) -> None:
    tokens = MARKDOWN.parse(prose(quoted=text or "x").whole)
    outermost = [token.type for token in tokens if token.level == 0]
    assert outermost == ["blockquote_open", "blockquote_close"]


def test_only_the_writers_words_are_said() -> None:
    body = prose("No.", "Not yet.", quoted=":approved:", code="git push")
    assert body.said == "No.\n\nNot yet."
    assert body.whole == "> :approved:\n\nNo.\n\nNot yet.\n\n```\ngit push\n```"


def test_blocks_stay_in_the_order_of_writing() -> None:
    kinds = [BlockKind.SAID, BlockKind.CODE, BlockKind.SAID]
    body = Prose(tuple(Block(kind=kind, text=str(n)) for n, kind in enumerate(kinds)))
    assert body.whole == "0\n\n```\n1\n```\n\n2"


def test_a_comment_of_nothing_says_nothing() -> None:
    assert Prose().said == ""
    assert Prose().whole == ""
