"""A folder that an agent had and that cannot be removed is said to stay, not taken for gone."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.docker import disk
from adapters.process import run_folder
from domain.errors import ToolFailed

REMOVERS = [disk.remove, run_folder._remove]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that resists, as one does that something is mounted in."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError

    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr("shutil.rmtree", refuse)
    monkeypatch.setattr("subprocess.run", fail)
    return tmp_path


@pytest.mark.parametrize("remove", REMOVERS)
def test_what_cannot_be_removed_is_said(folder: Path, remove: Callable[[Path], None]) -> None:
    with pytest.raises(ToolFailed, match="cannot be removed"):
        remove(folder)


@pytest.mark.parametrize("remove", REMOVERS)
def test_what_is_not_there_is_removed(tmp_path: Path, remove: Callable[[Path], None]) -> None:
    remove(tmp_path / "nothing")
