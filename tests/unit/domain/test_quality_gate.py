"""QG-0: which items are fit to start."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.quality_gate import Fault, Finding, count_sentences, validate

FINE = "Users want a file. Excel must open it."


def _faults(title: str, description: str = FINE) -> list[Fault]:
    return [finding.fault for finding in validate(title, description)]


@pytest.mark.parametrize(
    ("length", "faults"),
    [
        (0, [Fault.TITLE_TOO_SHORT]),
        (4, [Fault.TITLE_TOO_SHORT]),
        (5, []),
        (80, []),
        (81, [Fault.TITLE_TOO_LONG]),
    ],
)
def test_a_title_has_5_to_80_characters(length: int, faults: list[Fault]) -> None:
    assert _faults("x" * length) == faults


def test_blanks_around_a_title_do_not_count() -> None:
    assert validate("  CSV  ", FINE) == (Finding(fault=Fault.TITLE_TOO_SHORT, found=3),)


def test_a_cyrillic_title_is_measured_in_characters() -> None:
    assert _faults("Отчёт") == []


@pytest.mark.parametrize(
    ("description", "sentences"),
    [
        ("", 0),
        ("   \n ", 0),
        ("Export rides", 1),
        ("Export rides.", 1),
        ("Export rides. As a file.", 2),
        ("Export rides.As a file.", 1),
        ("Экспорт поездок! Нужен файл?", 2),
        ("First line\nsecond line", 2),
        ("- first point\n- second point\n- third point", 3),
        ("Wait... what is it?", 1),
        ("It crashes in version 1.2.3 of the app.", 1),
        ("See example.org now. Then mend it…", 2),
        (". . . . .", 0),
        ("1. 2. 3. 4.", 0),
        ("--- ***\n\n===", 0),
    ],
)
def test_sentences_are_counted_as_a_reader_would(description: str, sentences: int) -> None:
    assert count_sentences(description) == sentences


def test_one_sentence_is_too_few() -> None:
    assert validate("Export", "Export rides.") == (
        Finding(fault=Fault.DESCRIPTION_TOO_SHORT, found=1),
    )


def test_every_fault_is_found_at_once() -> None:
    assert _faults("CSV", "") == [Fault.TITLE_TOO_SHORT, Fault.DESCRIPTION_TOO_SHORT]


@for_all(st.text(), st.text())
def test_more_text_never_makes_fewer_sentences(text: str, more: str) -> None:
    assert count_sentences(f"{text}\n{more}") == count_sentences(text) + count_sentences(more)


def test_what_is_not_a_members_is_not_fit_however_well_it_is_written() -> None:
    (finding,) = validate("Export rides as GPX", "It is there. It is good.", by_member=False)
    assert finding.fault is Fault.NOT_BY_A_MEMBER
