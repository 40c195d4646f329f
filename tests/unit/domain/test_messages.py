"""The catalogue: both languages say the same things, and everything in it is said somewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TypeGuard

import pytest

from domain.messages import CATALOGUE, Locale, Text, role_name, say
from domain.quality_gate import Fault

SOURCES = Path(__file__).parents[3] / "src"
FAULTS = {fault.value for fault in Fault}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", list(Locale))
def test_every_text_is_there_in_every_language(locale: Locale) -> None:
    assert set(CATALOGUE[locale]) == set(Text)


@pytest.mark.parametrize("text", list(Text))
def test_a_text_tells_the_same_in_every_language(text: Text) -> None:
    named = {locale: _placeholders(CATALOGUE[locale][text]) for locale in Locale}
    assert named[Locale.EN] == named[Locale.RU]


@pytest.mark.parametrize("text", list(Text))
def test_a_text_begins_with_the_same_sign_in_every_language(text: Text) -> None:
    signs = {CATALOGUE[locale][text][0] for locale in Locale}
    assert len(signs) == 1 or all(sign.isalpha() for sign in signs)


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("text", list(Text))
def test_no_brace_is_left_when_a_text_is_said(text: Text, locale: Locale) -> None:
    names = _placeholders(CATALOGUE[locale][text])
    spoken = say(locale, text, **dict.fromkeys(names, "value"))
    assert not set("{}") & set(spoken)
    assert spoken.strip() == spoken
    assert "  " not in spoken


def test_what_people_and_agents_wrote_is_put_in_as_it_is() -> None:
    said = say(Locale.EN, Text.REJECTED_HERE, role="Analyst", reason="{role} %s {0}")
    assert said == "🔄 Analyst was restarted. Reason: {role} %s {0}"


def test_no_text_is_in_both_catalogues_by_mistake() -> None:
    """The Russian texts that are the English ones were asked for in English."""
    same = {t for t in Text if CATALOGUE[Locale.EN][t] == CATALOGUE[Locale.RU][t]}
    assert same == {
        Text.QG0_FAILED,
        Text.STAGE_CHANGED,
        Text.STAGE_ENDED,
        Text.PULL_REQUEST_LINK,
    }


@pytest.mark.parametrize("locale", list(Locale))
def test_no_text_of_ours_holds_a_word_that_would_instruct_us(locale: Locale) -> None:
    """But for the request that names it: our own comments come back to us as news."""
    holding = {t for t in Text if ":rejected:" in CATALOGUE[locale][t]}
    asking = {t for t in Text if ":approved:" in CATALOGUE[locale][t]}
    assert holding == set()
    assert asking == {Text.REVIEW_WANTED, Text.REVIEW_WANTED_GENERAL}


# ── used, and used with what they need ───────────────────────────────────────────────────────────


def _calls() -> Iterator[ast.Call]:
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield node


def _names_a_text(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Text"
    )


def _texts(node: ast.expr | None) -> Iterator[Text]:
    """Return the texts that an argument may be, as far as it names them itself."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif node is not None and _names_a_text(node):
        yield Text[node.attr]


def _said_with() -> Iterator[tuple[Text, set[str]]]:
    """Return each text that is said, with the values it is said with."""
    for call in _calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        values = {keyword.arg for keyword in call.keywords if keyword.arg}
        if None in {keyword.arg for keyword in call.keywords}:
            continue
        first = call.args[0] if call.args else None
        if name == "text":
            yield from ((text, values) for text in _texts(first))
        elif name == "notify":
            yield from ((text, values | {"key", "title"}) for text in _texts(first))
        elif name == "block":
            notice = next((k.value for k in call.keywords if k.arg == "notice"), None)
            given = values | {"key", "title", "stage", "why"}
            yield from ((text, given) for text in _texts(notice))


def test_every_text_is_said_somewhere() -> None:
    used = {
        node.attr
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if _names_a_text(node)
    }
    defined = {text.name for text in Text if text.value not in FAULTS}
    assert defined <= used


def test_every_text_is_said_with_all_it_needs() -> None:
    said = list(_said_with())
    assert len({text for text, _ in said}) > 40
    lacking = [
        (text.name, _placeholders(CATALOGUE[Locale.EN][text]) - values)
        for text, values in said
        if _placeholders(CATALOGUE[Locale.EN][text]) - values
    ]
    assert lacking == []


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_of_an_item_can_be_said(fault: Fault) -> None:
    figure = fault is not Fault.NOT_BY_A_MEMBER
    for locale in Locale:
        assert ("7" in say(locale, Text(fault.value), found=7)) is figure


def test_a_role_is_named_to_people_as_people_write() -> None:
    assert role_name("analyst") == "Analyst"
    assert role_name("second-reader") == "Second reader"
