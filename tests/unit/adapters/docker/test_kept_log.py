"""What is kept of a container's output: never more than allowed, never a byte moved."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.docker.kept_log import KeptLog, Mark
from domain.masking import Mask
from ports.agent_runner import LogChunk

LIMIT = 4000


def read_all(log: KeptLog) -> tuple[str, int]:
    """All that is kept, and where it ends."""
    text, cursor, ended = "", 0, False
    while not ended:
        chunk = log.read(cursor, ended=True)
        text, cursor, ended = text + chunk.text, chunk.next, chunk.ended
    return text, cursor


def test_the_beginning_and_the_latest_are_kept(tmp_path: Path) -> None:
    log = KeptLog(tmp_path, LIMIT)
    lines = [f"line {number:05}\n" for number in range(5000)]
    for line in lines:
        log.append(line.encode(), Mark(printed="2026-01-01T00:00:00Z", same=1))
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < LIMIT + 500
    text, end = read_all(log)
    assert end == sum(map(len, lines))
    assert text.startswith("".join(lines[:100]))
    assert text.endswith("".join(lines[-80:]))
    assert text.count("bytes cut out]") == 1
    assert log.read(end - 11, ended=True).text == lines[-1]


def test_what_was_not_marked_is_cut_off_and_can_be_written_again(tmp_path: Path) -> None:
    log = KeptLog(tmp_path, LIMIT)
    mark = Mark(printed="2026-01-01T00:00:01.5Z", same=2)
    log.append(b"marked\n", mark)
    with (tmp_path / "log").open("ab") as file:
        file.write(b"we died while we wrote th")
    assert KeptLog(tmp_path, LIMIT).resume() == mark
    assert read_all(log) == ("marked\n", 7)


def test_a_piece_that_was_begun_and_not_marked_goes(tmp_path: Path) -> None:
    log = KeptLog(tmp_path, LIMIT)
    log.append(b"x" * (LIMIT // 2), Mark())
    (tmp_path / f"log.{LIMIT // 2}").write_bytes(b"not marked")
    log.resume()
    assert read_all(log) == ("x" * (LIMIT // 2), LIMIT // 2)


def test_a_run_that_never_printed_has_an_empty_log(tmp_path: Path) -> None:
    log = KeptLog(tmp_path, LIMIT)
    assert log.resume() == Mark()
    assert log.read(0, ended=False) == LogChunk(text="", next=0, ended=False)
    assert log.read(7, ended=True) == LogChunk(text="", next=0, ended=True)


def test_half_a_character_waits_for_the_other_half(tmp_path: Path) -> None:
    log = KeptLog(tmp_path, LIMIT)
    letter = "ж".encode()
    log.append(b"a" + letter[:1], Mark())
    assert log.read(0, ended=False) == LogChunk(text="a", next=1, ended=False)
    log.append(letter[1:], Mark())
    assert log.read(1, ended=False) == LogChunk(text="ж", next=3, ended=False)
    log.append(letter[:1], Mark())
    assert log.read(3, ended=True) == LogChunk(text="\ufffd", next=4, ended=True)


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.integers(1, 900), max_size=40))
def test_a_reader_who_keeps_up_misses_nothing(tmp_path_factory: object, pieces: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        log, cursor, seen, wrote = KeptLog(Path(name), LIMIT), 0, "", ""
        for number, size in enumerate(pieces):
            text = chr(ord("a") + number % 26) * size
            log.append(text.encode(), Mark())
            wrote += text
            while (chunk := log.read(cursor, ended=False)).text:
                seen, cursor = seen + chunk.text, chunk.next
        assert seen == wrote


def test_a_secret_that_comes_in_pieces_is_never_written_down(tmp_path: Path) -> None:
    log, secret = KeptLog(tmp_path, LIMIT, Mask(["s3cret-value"])), b"s3cret-value"
    for at in range(len(secret)):
        log.append(secret[at : at + 1], Mark(printed=f"{at}"))
        assert b"s" not in log.tail(99)
    log.append(b" s3c", Mark(printed="x"))
    assert log.tail(99) == b"************ "
    log.finish(Mark(printed="y"))
    assert log.tail(99) == b"************ s3c"
    assert KeptLog(tmp_path, LIMIT).resume() == Mark(printed="y")


def test_what_was_kept_back_when_we_died_is_copied_again(tmp_path: Path) -> None:
    mask = Mask(["s3cret-value"])
    log = KeptLog(tmp_path, LIMIT, mask)
    log.append(b"one ", Mark(printed="1"))
    log.append(b"two s3cret", Mark(printed="2"))
    after = KeptLog(tmp_path, LIMIT, mask)
    assert after.resume() == Mark(printed="1")
    after.append(b"two s3cret", Mark(printed="2"))
    after.append(b"-value\n", Mark(printed="3"))
    assert after.tail(99) == b"one two ************\n"
