"""What agents wrote, cut to what a comment can carry."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.reports import COMMENT_LENGTH, SUMMARY_LENGTH, quoted, summary_of


@pytest.mark.parametrize(
    ("report", "summary"),
    [
        ("Two tests fail.", "Two tests fail"),
        ("# Report\n\nTwo tests fail.\nMore.", "Two tests fail"),
        ("---\nverdict: FAIL\n---\n\nTwo tests fail.", "Two tests fail"),
        ("---\r\nverdict: FAIL\r\n---\r\nTwo tests fail.", "Two tests fail"),
        ("**Verdict:** FAIL\n\nTwo tests fail", "Two tests fail"),
        ("Вердикт: FAIL\nДва теста не прошли.", "Два теста не прошли"),
        ("- export_empty fails", "export_empty fails"),
        ("> quoted words", "quoted words"),
        ("***\n---\n\nTwo tests fail", "Two tests fail"),
        ("", "the report"),
        ("# Only\n## headings", "the report"),
        ("verdict: FAIL", "the report"),
        ("| Criterion | Result |\n|---|---|\n| 2 | failed |\n\n3 of 4 passed.", "3 of 4 passed"),
    ],
)
def test_the_summary_is_the_first_line_that_says_something(report: str, summary: str) -> None:
    assert summary_of(report, otherwise="the report") == summary


@for_all(st.text(max_size=500))
def test_a_summary_is_one_short_line(report: str) -> None:
    summary = summary_of(report, otherwise="the report")
    assert len(summary) <= SUMMARY_LENGTH
    assert len(summary.splitlines()) <= 1


def test_a_long_summary_shows_that_it_was_cut() -> None:
    assert summary_of("x" * 300, otherwise="") == "x" * (SUMMARY_LENGTH - 1) + "…"


def test_a_report_is_quoted_without_its_front_matter() -> None:
    assert quoted("---\nverdict: FAIL\n---\n\n# Report\n\nTwo fail.\n") == "# Report\n\nTwo fail."


def test_a_report_that_fits_is_quoted_whole() -> None:
    assert quoted("x" * COMMENT_LENGTH) == "x" * COMMENT_LENGTH


def test_a_report_that_does_not_fit_shows_that_it_was_cut() -> None:
    cut = quoted("x" * (COMMENT_LENGTH + 1))
    assert len(cut) == COMMENT_LENGTH
    assert cut.endswith("x…")


@for_all(st.text(alphabet="-\nab: \r", max_size=60))
def test_quoting_never_adds_anything(text: str) -> None:
    assert quoted(text) in text
