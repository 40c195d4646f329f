"""Nothing that is secret is seen, in whatever pieces it comes."""

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import Mask

SECRET = 'pa$$ "w\\rd/é+1234'
FORMS = [
    SECRET,
    json.dumps(SECRET)[1:-1],
    json.dumps(SECRET, ensure_ascii=False)[1:-1],
    quote(SECRET, safe=""),
    b64encode(SECRET.encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_every_form_it_is_printed_in(form: str) -> None:
    data = f"<{form}>{form}".encode()
    hidden = Mask([SECRET]).hide(data)
    assert len(hidden) == len(data)
    assert form.rstrip("=").encode() not in hidden
    assert hidden.startswith(b"<*")


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
