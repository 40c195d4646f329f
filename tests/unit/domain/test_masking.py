"""Nothing that is secret is seen, in whatever pieces it comes."""

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import Mask

SECRET = 'pa$$ "w\\rd/é+1234'
FORMS = [
    SECRET,
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    json.dumps(json.dumps(SECRET))[3:-3],
    json.dumps(SECRET)[1:-1].replace("/", r"\/"),
    quote(SECRET, safe=""),
    quote(SECRET, safe="/"),
    quote_plus(SECRET),
    re.sub("%..", lambda code: code.group().lower(), quote(SECRET, safe="")),
    b64encode(SECRET.encode()).decode(),
    urlsafe_b64encode(SECRET.encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_every_form_it_is_printed_in(form: str) -> None:
    data = f"<{form}>{form}".encode()
    hidden = Mask([SECRET]).hide(data)
    assert len(hidden) == len(data)
    assert form.rstrip("=").encode() not in hidden
    assert hidden.startswith(b"<*")


@given(
    st.binary(max_size=9),
    st.text("abcXYZ019-_", min_size=20, max_size=40),
    st.binary(max_size=9),
    st.sampled_from([b64encode, urlsafe_b64encode]),
)
def test_of_a_secret_within_base64_nothing_can_be_told_but_its_outermost_bytes(
    before: bytes, secret: str, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    shown = Mask([secret]).hide(encode(before + secret.encode() + after))
    told = urlsafe_b64decode(shown.translate(bytes.maketrans(b"*+/", b"A-_")))
    assert set(told[len(before) :][: len(secret)][1:-1]) <= {0}, shown


def test_a_login_as_programs_send_it_is_masked() -> None:
    """As in "Authorization: Basic …", which git and curl show when they are told to."""
    token = "glpat-0123456789abcdef"
    for user in ("orchestrator", "x", "ab", "abc"):
        sent = b64encode(f"{user}:{token}".encode())
        shown = Mask([token]).hide(b"Basic " + sent)
        assert b"*" * 26 in shown
        assert token[3:-3].encode() not in b64decode(shown[6:].replace(b"*", b"A"))


BREAKS = ["\n", "\r\n", r"\n", r"\\n", r"\r\n", r"\\r\\n"]
"""As they are printed, and as they stand in a JSON text, and in one that stands in another."""
KEYS = ["sk-ant-0123456789ab", "sk-ant-" + "0123456789abcdefghij" * 4, "aB3-" * 50]


def broken(data: bytes, columns: int, line_break: str) -> bytes:
    """The data as base64 in lines, each of which ends."""
    text = b64encode(data).decode()
    lines = [text[at : at + columns] + line_break for at in range(0, len(text), columns)]
    return "".join(lines).encode()


@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize("columns", [60, 64, 76])
@pytest.mark.parametrize("key", KEYS)
def test_of_base64_in_lines_all_is_masked_but_the_breaks_and_a_few_bits(
    key: str, columns: int, line_break: str
) -> None:
    mask, secret = Mask([key]), key.encode()
    for before in (*range(7), *range(30, 80, 5)):
        printed = broken(b"x" * before + secret + b" and more", columns, line_break)
        shown = mask.hide(printed)
        assert len(shown) == len(printed)
        assert shown.count(line_break.encode()) == printed.count(line_break.encode())
        whole = shown.replace(line_break.encode(), b"").replace(b"*", b"A")
        told = b64decode(whole)[before : before + len(secret)]
        assert set(told[5:-1]) == {0}
        assert b64decode(whole)[:before].startswith(b"x" * (before - 1))
        assert b64decode(whole).endswith(b"and more")


def test_what_is_next_to_a_break_by_chance_is_not_masked() -> None:
    key = KEYS[1]
    line = b64encode(key.encode())
    for text in (line[:30] + b" \n" + line[30:], line[:30] + b"\nn" + line[30:], line[:30]):
        assert Mask([key]).hide(text) == text
    every_ten = b"\n".join(line[at : at + 10] for at in range(0, len(line), 10))
    assert Mask([key]).hide(every_ten) == every_ten  # nothing prints such lines


def test_secrets_that_overlap_are_masked_whole() -> None:
    mask = Mask(["abcdefgh", "efghijkl"])
    assert mask.hide(b"-abcdefghijkl-") == b"-************-"
    assert mask.hide(b"-aabcdefgh-") == b"-a********-"
    assert Mask(["ababab"]).hide(b"abababab") == b"********"


def test_words_are_not_masked_though_somebody_took_one_for_a_secret() -> None:
    assert Mask(["", "  ", "on", "hello"]).hide(b"hello, on") == b"hello, on"


def test_a_secret_from_a_file_is_known_without_its_line_break() -> None:
    assert Mask(["s3cret-value\n"]).hide(b"s3cret-value!") == b"************!"


def test_of_a_secret_that_was_cut_the_rest_goes_as_well() -> None:
    mask = Mask(["0123456789"])
    assert mask.hide(b"456789 ok", cut_before=True) == b"****** ok"
    assert mask.hide(b"ok 012345", cut_after=True) == b"ok ******"
    assert mask.hide(b"456789 012345") == b"456789 012345"


def test_what_may_become_a_secret_is_pending() -> None:
    mask = Mask(["0123456789", "789xyz"])
    assert mask.pending(b"..0123") == 4
    assert mask.pending(b"..0123456789") == 3
    assert mask.pending(b"..") == 0
    assert Mask().pending(b"0123") == 0


def test_a_mask_shows_no_secret_of_its_own() -> None:
    assert "0123456789" not in repr(Mask(["0123456789"]))


def in_lines(line_break: str, before: int, columns: int) -> bytes:
    """A log that holds base64 of a key."""
    return b"ok\n" + broken(b"x" * before + KEYS[1].encode() + b"x", columns, line_break) + b"ok\n"


PRINTED = st.builds(
    in_lines, st.sampled_from(BREAKS), st.integers(0, 80), st.sampled_from([60, 64, 76])
)


@given(PRINTED, st.integers(0, 400))
def test_wherever_a_window_on_lines_begins_it_shows_what_the_whole_shows(
    data: bytes, at: int
) -> None:
    mask, at = Mask([KEYS[1]]), min(at, len(data))
    begin = max(0, at - mask.reach)
    window = mask.hide(data[begin : at + 1 + mask.reach])
    assert window[at - begin : at - begin + 1] == mask.hide(data)[at : at + 1]


@given(PRINTED, st.lists(st.integers(1, 90), max_size=9))
def test_lines_that_come_in_pieces_come_out_as_in_one(data: bytes, sizes: list[int]) -> None:
    mask, shown, kept, at = Mask([KEYS[1]]), b"", b"", 0
    for size in [*sizes, len(data)]:
        piece = kept + data[at : at + size]
        at += size
        until = len(piece) - mask.pending(piece)
        shown, kept = shown + mask.hide(piece)[:until], piece[until:]
    assert shown + mask.hide(kept, cut_after=True) == mask.hide(data)


@given(PRINTED, st.integers(0, 400))
def test_of_lines_that_were_cut_the_rest_of_the_key_goes_as_well(data: bytes, at: int) -> None:
    mask, whole = Mask([KEYS[1]]), Mask([KEYS[1]]).hide(data)
    hidden = mask.hide(data[:at], cut_after=True) + mask.hide(data[at:], cut_before=True)
    seen = [place for place, char in enumerate(whole) if char == ord("*") != hidden[place]]
    assert len(seen) <= 2 * 5  # what is as short is a word as well


@pytest.mark.parametrize("end", ["k", "sk\n", "c2stYW50\n", "\\"])
def test_little_of_a_line_is_kept_back(end: str) -> None:
    assert Mask(KEYS).pending(f"It is done, {end}".encode()) <= len("c2stYW50\n")
    assert Mask(KEYS).pending(b"It is done, sk\n") == 0


@given(
    st.lists(st.text("ab", min_size=6, max_size=9), max_size=3),
    st.text("ab", max_size=60),
    st.integers(0, 60),
)
def test_wherever_a_window_begins_it_shows_what_the_whole_shows(
    secrets: list[str], text: str, at: int
) -> None:
    mask, data = Mask(secrets), text.encode()
    at = min(at, len(data))
    begin = max(0, at - mask.reach)
    window = mask.hide(data[begin : at + 1 + mask.reach])
    assert window[at - begin : at - begin + 1] == mask.hide(data)[at : at + 1]


@given(
    st.lists(st.text("abc", min_size=6, max_size=8), max_size=3),
    st.lists(st.text("abc", max_size=9), max_size=9),
)
def test_in_pieces_it_comes_out_as_in_one(secrets: list[str], pieces: list[str]) -> None:
    mask, shown, kept = Mask(secrets), b"", b""
    for piece in pieces:
        data = kept + piece.encode()
        until = len(data) - mask.pending(data)
        shown, kept = shown + mask.hide(data)[:until], data[until:]
    for secret in secrets:
        assert secret.encode() not in shown + kept
