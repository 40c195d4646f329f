"""The console's notices: once, whoever died in between."""

import io
import json
import logging
from pathlib import Path

import pytest

from adapters.console.notice_log import NoticeLog
from adapters.console.notifier import ConsoleNotifier
from domain.identifiers import TaskKey

KEY = TaskKey("ET-1")


async def told(folder: Path, *effects: str) -> list[str]:
    """What a process that begins now prints for these effects."""
    stream = io.StringIO()
    notifier = ConsoleNotifier(stream, NoticeLog(folder))
    for effect in effects:
        await notifier.notify(KEY, f"Notice {effect}", url=None, effect=effect)
    return stream.getvalue().splitlines()


def entries(folder: Path) -> list[str]:
    lines = (folder / "notices").read_text("utf-8").splitlines()
    return [json.loads(line)["effect"] for line in lines]


async def test_a_notice_is_not_repeated_by_whoever_comes_next(tmp_path: Path) -> None:
    assert await told(tmp_path, "a", "b", "a") == ["ET-1 · Notice a", "ET-1 · Notice b"]
    assert await told(tmp_path, "b", "c") == ["ET-1 · Notice c"]
    assert entries(tmp_path) == ["a", "b", "c"]


async def test_the_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert len(await told(tmp_path / "var", "a")) == 1
    assert entries(tmp_path / "var") == ["a"]


@pytest.mark.parametrize("spoilt", ['{"effect": "b", "no', "\0\0\0\n", "[]\n", '{"effect": 7}\n'])
async def test_what_a_power_cut_spoilt_is_passed_over(tmp_path: Path, spoilt: str) -> None:
    await told(tmp_path, "a")
    with (tmp_path / "notices").open("a", encoding="utf-8") as log:
        log.write(spoilt)
    assert await told(tmp_path, "a", "b") == ["ET-1 · Notice b"]
    assert await told(tmp_path, "a", "b") == []


async def test_a_log_that_cannot_be_written_costs_a_repetition_not_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "notices").mkdir()
    with caplog.at_level(logging.WARNING):
        assert await told(tmp_path, "a", "a") == ["ET-1 · Notice a"]
    assert "may come twice" in caplog.text
    assert await told(tmp_path, "a") == ["ET-1 · Notice a"]
