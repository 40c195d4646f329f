"""The demo says the same in every language."""

from dataclasses import asdict
from string import Formatter

import pytest

from domain.messages import Locale
from entrypoints.cli.demo_texts import DEMO_TEXTS

ENGLISH = asdict(DEMO_TEXTS[Locale.EN])


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_is_every_language() -> None:
    assert set(DEMO_TEXTS) == set(Locale)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("name", ENGLISH)
def test_each_text_is_there_with_the_same_placeholders(locale: Locale, name: str) -> None:
    text = asdict(DEMO_TEXTS[locale])[name]
    assert text.strip()
    assert placeholders(text) == placeholders(ENGLISH[name])


def test_what_is_said_in_russian_is_russian() -> None:
    """But for what the pipeline or a shell understands."""
    same = {name for name, text in asdict(DEMO_TEXTS[Locale.RU]).items() if text == ENGLISH[name]}
    assert same == {"approval"}


@pytest.mark.parametrize("locale", Locale)
def test_the_sample_is_fit_to_start(locale: Locale) -> None:
    texts = DEMO_TEXTS[locale]
    assert 5 <= len(texts.title) <= 80
    assert texts.description.count(". ") + texts.description.endswith(".") >= 2
    assert texts.approval == ":approved:"
