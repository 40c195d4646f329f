"""A notice says what it can within Telegram's limits, and never half a tag."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.notice import LIMIT, compose, cut, units
from domain.evidence import PullRequest
from domain.identifiers import TaskKey
from tests.integration.telegram_fake.markup import parse_html

KEY = TaskKey("ET-1")
URL = "http://plane.lan/ET-1"
REQUEST = PullRequest(number=3, url="http://git.lan/pulls/3")

texts = st.text(st.characters(), max_size=300) | st.builds(
    lambda text, times: text * times,
    st.sampled_from(["word ", "<b>&", "ёж ", "🚵", "'\"", "e\u0301", "👩\u200d💻"]),
    st.integers(min_value=1, max_value=6000),
)
addresses = st.sampled_from(
    [
        None,
        URL,
        "http://localhost:8500/items/ET-1",
        "javascript:alert(1)",
        "http://[bad",
        "h" * 9000,
    ]
)


def shown(text: str, url: str | None = None, request: PullRequest | None = None) -> str:
    return compose(KEY, text, url=url, pull_request=request).html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("❓ ET-1: questions", f'❓ <a href="{URL}">ET-1</a>: questions'),
        ("no key here", f'<a href="{URL}">ET-1</a>: no key here'),
        ("ET-12 is another", f'<a href="{URL}">ET-1</a>: ET-12 is another'),
        ("MEET-1 is another", f'<a href="{URL}">ET-1</a>: MEET-1 is another'),
        ("ET-1 and ET-1", f'<a href="{URL}">ET-1</a> and ET-1'),
        ("", f'<a href="{URL}">ET-1</a>:'),
        ("<ET-1>", f'&lt;<a href="{URL}">ET-1</a>&gt;'),
    ],
)
def test_the_key_is_the_link_to_the_item(text: str, expected: str) -> None:
    assert shown(text, URL).rstrip() == expected


def test_the_pull_request_stands_below() -> None:
    link = '<a href="http://git.lan/pulls/3">Pull request #3</a>'
    assert shown("ET-1 is done", None, REQUEST) == f"ET-1 is done\n{link}"


def test_a_pull_request_without_a_page_is_left_out() -> None:
    assert shown("ET-1", None, PullRequest(number=3, url="")) == "ET-1"


def test_of_a_long_text_the_links_stay() -> None:
    text, entities = parse_html(shown("ET-1 " + "word " * 2000, URL, REQUEST))
    assert [entity.url for entity in entities] == [URL, REQUEST.url]
    assert text.endswith("…\nPull request #3")


@given(text=texts, url=addresses, request=st.none() | st.just(REQUEST))
def test_every_notice_is_one_that_telegram_takes(
    text: str, url: str | None, request: PullRequest | None
) -> None:
    notice = compose(KEY, text, url=url, pull_request=request)
    told, entities = parse_html(notice.html)
    for part in (told, notice.plain):
        assert units(part) <= LIMIT
        assert KEY in part
    assert len(notice.html.encode()) <= 32768
    assert len(notice.plain.encode()) <= 32768
    assert {one.type for one in entities} <= {"text_link"}
    for entity in entities:
        assert entity.url in {URL, REQUEST.url}


@given(text=st.text(max_size=200))
def test_a_short_text_is_there_to_the_last_character(text: str) -> None:
    told, _ = parse_html(shown(text))
    assert text.strip() in told
    assert html.unescape(shown(text)) == told or "&" in text


@given(text=st.text(max_size=50), most=st.integers(min_value=1, max_value=60))
def test_what_is_cut_is_the_beginning_and_says_so(text: str, most: int) -> None:
    short = cut(text, most)
    assert units(short) <= most
    if units(text) <= most:
        assert short == text
    else:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


def test_no_character_is_cut_in_half() -> None:
    assert cut("🚵🚵", 2) == "…"
    assert cut("🚵🚵", 3) == "🚵…"
