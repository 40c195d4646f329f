"""Names that come from outside can be used in paths, branches and URLs, or are refused."""

import re
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.identifiers import TaskKey, branch_name, parse_task_key, run_id

KEY = TaskKey("ET-7")
TITLES = [
    "Export to CSV",
    "Экспорт в CSV",
    "Экспорт",
    "",
    "..",
    "~^:?*[\\",
    "@{upstream}",
    "a.lock",
    "-x" * 60,
    "İstanbul ﬁle",
    "a" * 39 + "- b",
    "\x00\n\x7f",
]


@pytest.mark.parametrize("key", ["ET-7", "A-1", "AG_PROJ-12", "X9-9999999999"])
def test_a_key_is_taken_as_it_is(key: str) -> None:
    assert parse_task_key(key) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ET",
        "ET-",
        "ET-0",
        "ET-07",
        "et-7",
        "ET-7 ",
        "ET-7\n",
        "../ET-7",
        "ET-7/..",
        "ET/7-1",
        "-7",
        "ЕТ-7",
        "ET-７",
        "ET-1７",
        "ET-7;rm",
        "E" * 33 + "-1",
        "ET-12345678901",
    ],
)
def test_what_is_no_key_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="ET-7") as refusal:
        parse_task_key(text)
    assert refusal.value.field == "key"
    assert len(str(refusal.value)) < 200


@for_all(st.text(max_size=50) | st.from_regex(r"[A-Z./\\ -]{1,9}-[0-9]{1,3}\s?"))
def test_no_key_leaves_its_folder(text: str) -> None:
    try:
        key = parse_task_key(text)
    except Invalid:
        return
    path = PurePosixPath("docs/work-items") / key / "01-brd.md"
    assert path.parts == ("docs", "work-items", key, "01-brd.md")
    assert key.isascii()
    assert not key.startswith((".", "-"))


@for_all(st.text(max_size=200))
def test_a_branch_is_named_in_plain_letters_whatever_the_title(title: str) -> None:
    name = branch_name(KEY, title)
    assert re.fullmatch(r"orchestrator/ET-7(-[a-z0-9]+)*", name, re.ASCII)
    assert len(name) <= 64
    assert branch_name(KEY, title) == name


@pytest.mark.parametrize("title", TITLES)
def test_git_takes_the_branchs_name(title: str) -> None:
    name = branch_name(KEY, title)
    command = ["git", "check-ref-format", "--branch", name]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == name


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("Export to CSV", "orchestrator/ET-7-export-to-csv"),
        ("Café déjà vu!", "orchestrator/ET-7-cafe-deja-vu"),
        ("Экспорт", "orchestrator/ET-7"),
        ("a" * 39 + " b", "orchestrator/ET-7-" + "a" * 39),
    ],
)
def test_a_branch_tells_what_it_is_about(title: str, branch: str) -> None:
    assert branch_name(KEY, title) == branch


def test_no_two_runs_share_a_name() -> None:
    keys = [TaskKey("ET-1"), TaskKey("ET-11"), TaskKey("ET_1-1"), TaskKey("ET-2")]
    names = {run_id(key, number) for key in keys for number in range(1, 30)}
    assert len(names) == len(keys) * 29
