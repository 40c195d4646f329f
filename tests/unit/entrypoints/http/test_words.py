"""Both languages say the same, and nothing is missing."""

import re
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest

from application.show_log import Form
from domain.events import Outcome
from domain.item import Priority, Standing, TrackerState
from domain.messages import Locale
from domain.task import Actor
from entrypoints.http.pages import catalogue
from entrypoints.http.pages.words import Word

TEMPLATES = Path(catalogue.__file__).parent / "templates"


def placeholders(text: str) -> set[str]:
    """Return the names of the values that the text wants."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", Locale)
def test_every_text_is_there_in_every_language(locale: Locale) -> None:
    assert set(catalogue.CATALOGUE[locale]) == set(Word)
    assert all(text.strip() for text in catalogue.CATALOGUE[locale].values())


@pytest.mark.parametrize("word", Word)
def test_every_language_takes_the_same_values(word: Word) -> None:
    assert len({frozenset(placeholders(c[word])) for c in catalogue.CATALOGUE.values()}) == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("state", TrackerState),
        ("priority", Priority),
        ("actor", Actor),
        ("outcome", Outcome),
        ("standing", Standing),
        ("log", Form),
    ],
)
def test_every_value_of_the_domain_can_be_shown(kind: str, values: type[StrEnum]) -> None:
    assert {Word(f"{kind}-{value}") for value in values}


def test_templates_name_only_texts_that_there_are_and_hold_none_themselves() -> None:
    used: set[str] = set()
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text()
        used |= set(re.findall(r"Word\.(\w+)", text))
        bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", text, flags=re.DOTALL)
        assert not set(re.findall(r"[^\W\d_]{2,}", bare)) - {"Orchestrator"}, template.name
    assert used <= set(Word.__members__)


def test_every_text_is_used() -> None:
    folder = TEMPLATES.parent
    sources = [*folder.glob("*.py"), *TEMPLATES.glob("*.html")]
    text = "\n".join(
        path.read_text() for path in sources if path.stem not in {"words", "catalogue"}
    )
    by_value = re.compile(r"(STATE|PRIORITY|ACTOR|OUTCOME|STANDING|PROBLEM)_|LOG_(RAW|TRANSCRIPT)$")
    unused = {
        name for name in Word.__members__ if f"Word.{name}" not in text and not by_value.match(name)
    }
    assert not unused
