"""What an agent leaves goes, however it was left; what stays is said to stay; nothing else goes."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.disk.removal import remove_all_but, remove_marked, remove_tree
from domain.errors import ToolFailed


def deep(folder: Path) -> None:
    """Put folders into each other, thousands deep, which only a program that goes along can."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(3000):
            os.mkdir("d" * 9)  # noqa: PTH102
            os.chdir("d" * 9)
    finally:
        os.chdir(before)
        os.close(before)


def without_rights(folder: Path) -> None:
    """Take the rights of folders away, the outermost last."""
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").touch(0)
    for each in (inner, inner.parent, folder):
        each.chmod(0)


def named_oddly(folder: Path) -> None:
    """Give files names that a careless program takes for options, lines or patterns."""
    for name in ("-rf", "two\nlines", "*", " ", b"\xff\xfe".decode("utf-8", "surrogateescape")):
        (folder / name).touch()


def no_files(folder: Path) -> None:
    """Put in what is neither file nor folder."""
    os.mkfifo(folder / "pipe")
    (folder / "circle").symlink_to(folder)


@pytest.mark.parametrize("leave", [deep, without_rights, named_oddly, no_files])
def test_whatever_an_agent_leaves_is_removed(tmp_path: Path, leave: Callable[[Path], None]) -> None:
    folder = tmp_path / "-home"
    folder.mkdir()
    leave(folder)
    remove_tree(folder)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_links_are_removed_and_what_they_point_to_is_left_alone(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir(mode=0o500)
    folder.mkdir()
    (tmp_path / "file").write_text("ours")
    (tmp_path / "file").chmod(0o400)
    (folder / "out").symlink_to(outside)
    (folder / "file").symlink_to(tmp_path / "file")
    (folder / "home").mkdir()
    remove_all_but(folder, "home")
    assert [path.name for path in folder.iterdir()] == ["home"]
    (folder / "home" / "out").symlink_to(outside)
    remove_tree(folder)
    assert (outside.stat().st_mode & 0o777, (tmp_path / "file").read_text()) == (0o500, "ours")


def test_what_is_not_there_is_removed(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nothing")


def test_all_is_removed_but_what_is_named(tmp_path: Path) -> None:
    for name in ("log", "log.40", "logs", "claim", "brief.md", "outcome.7.new"):
        (tmp_path / name).touch()
    (tmp_path / "home" / "deeper").mkdir(parents=True)
    remove_all_but(tmp_path, "claim", "log", "log.*")
    assert {path.name for path in tmp_path.iterdir()} == {"claim", "log", "log.40"}


def test_a_folder_that_cannot_be_removed_is_said_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that something is mounted in, or that was made immutable."""

    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 1, b"", b"rm: Operation not permitted\n")

    monkeypatch.setattr("subprocess.run", fail)
    (tmp_path / "home").mkdir()
    with pytest.raises(ToolFailed, match="cannot be removed: rm: Operation not permitted"):
        remove_tree(tmp_path)
    with pytest.raises(ToolFailed, match="cannot be removed: rm: Operation not permitted"):
        remove_all_but(tmp_path, "log")


WRITTEN = datetime(2026, 5, 1, tzinfo=UTC)


def marked(folder: Path, name: str) -> Path:
    """A folder that was marked then."""
    made = folder / name
    made.mkdir(parents=True)
    (made / "log").write_text("words")
    (made / "mark").touch()
    os.utime(made / "mark", (WRITTEN.timestamp(), WRITTEN.timestamp()))
    return made


def test_what_was_marked_before_some_time_is_removed_and_nothing_else(tmp_path: Path) -> None:
    marked(tmp_path, "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "file").touch()
    remove_marked(tmp_path, "mark", before=WRITTEN)
    assert (tmp_path / "a" / "log").exists()
    remove_marked(tmp_path, "mark", before=WRITTEN + timedelta(seconds=1))
    assert {path.name for path in tmp_path.iterdir()} == {"b", "file"}
    remove_marked(tmp_path / "nothing", "mark", before=WRITTEN)


def test_a_removal_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    (half := marked(tmp_path, ".going.a")).joinpath("mark").unlink()
    marked(tmp_path, "a")  # which was there again when the next one came
    remove_marked(tmp_path, "mark", before=WRITTEN + timedelta(seconds=1))
    assert not half.exists()
    assert not any(tmp_path.iterdir())


def test_one_that_stays_keeps_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        marked(tmp_path, name)
    remove = subprocess.run

    def fail(command: list[str], **options: object) -> object:
        if Path(command[-1]).name == ".going.b":
            return subprocess.CompletedProcess(command, 1, b"", b"busy")
        return remove(command, **options)  # type: ignore[call-overload]  # handed on as it came

    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(ToolFailed, match=r"going\.b cannot be removed: busy"):
        remove_marked(tmp_path, "mark", before=WRITTEN + timedelta(seconds=1))
    assert [path.name for path in tmp_path.iterdir()] == [".going.b"]
