"""A container's output, taken apart however it is cut."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.docker.frames import Frame, Frames, since
from adapters.docker.wire import Listed, decoded, moment
from domain.errors import ToolFailed

PRINTED = "2026-11-25T18:47:05.827961224Z"


def packed(*texts: bytes) -> bytes:
    """Frames as the engine sends them."""
    told = [PRINTED.encode() + b" " + text for text in texts]
    return b"".join(struct.pack(">BxxxI", 1 + n % 2, len(t)) + t for n, t in enumerate(told))


@given(cuts=st.lists(st.integers(0, 300), max_size=8))
def test_frames_are_whole_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    texts = [b"one\n", b"", b"two words\n", b"x" * 100]
    stream, frames, found = packed(*texts), Frames(), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), None], strict=True):
        found += list(frames.feed(stream[begin:end]))
    assert found == [Frame(PRINTED, text, 1 + n % 2) for n, text in enumerate(texts)]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ToolFailed, match="no output"):
        list(Frames().feed(b"HTTP/1.1 400 Bad Request"))
    with pytest.raises(ToolFailed, match="no time"):
        list(Frames().feed(struct.pack(">BxxxI", 1, 10) + b"Error here"))
    with pytest.raises(ToolFailed, match="where a time should be"):
        list(Frames().feed(struct.pack(">BxxxI", 1, 25) + b"2026-02-31T00:00:00Z text"))


def test_what_the_engine_says_for_itself_is_no_output() -> None:
    frames, said = Frames(), b"Error grabbing logs: unexpected EOF\n"
    stream = packed(b"one\n") + struct.pack(">BxxxI", 3, len(said)) + said + packed(b"two\n")
    assert [frame.text for frame in frames.feed(stream)] == [b"one\n", b"two\n"]
    assert frames.complaint == "Error grabbing logs: unexpected EOF"


def test_a_moment_is_asked_for_to_the_nanosecond() -> None:
    assert since(PRINTED) == "1795632425.827961224"
    assert since("2026-11-25T18:47:05Z") == "1795632425.000000000"


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (PRINTED, "2026-11-25 18:47:05.827961+00:00"),
        ("2026-11-25T18:47:05.5Z", "2026-11-25 18:47:05.500000+00:00"),
        ("2026-11-25T18:47:05Z", "2026-11-25 18:47:05+00:00"),
        ("0001-01-01T00:00:00Z", "None"),
        ("", "None"),
    ],
)
def test_times_of_the_engine_are_read_however_fine_they_are(told: str, seen: str) -> None:
    assert str(moment(told)) == seen


@pytest.mark.parametrize("told", ["Error", "2026-02-31T00:00:00Z", "2026-01-01T00:00:00", "0"])
def test_a_time_that_is_none_is_the_engines_failure(told: str) -> None:
    with pytest.raises(ToolFailed, match=f"'{told}' where a time should be"):
        moment(told)
    with pytest.raises(ToolFailed, match=f"'{told}' where a time should be"):
        since(told)


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"null",
        b"<html>502 Bad Gateway</html>",
        b'{"Id": "x", "Sta',
        b'{"Id": "x", "State": "\xff\xfe"}',
        b'{"Id": "x", "State": "running", "Mounts": ' + b"[" * 100_000,
        b'{"Id": 7, "State": "running"}',
    ],
    ids=["nothing", "null", "a page", "cut short", "no Unicode", "too deep", "odd"],
)
def test_an_answer_that_makes_no_sense_is_the_engines_failure(told: bytes) -> None:
    with pytest.raises(ToolFailed, match="makes no sense"):
        decoded(told, Listed)


def test_what_an_engine_leaves_empty_is_empty() -> None:
    found = decoded(b'{"Id": "x", "State": "running", "Labels": null, "Created": 1}', Listed)
    assert found.labels == {}
    with pytest.raises(ToolFailed, match="where a time should be"):
        _ = decoded(b'{"Id": "x", "State": "created", "Created": 1e300}', Listed).made_at
