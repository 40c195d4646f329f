"""What is left behind in a data folder: who said what, who was at work, what is still open."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

NOTICE = re.compile(r"^([A-Z]+-\d+) · (.+)$", re.MULTILINE)
_COMMIT = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{10}(?:[0-9a-f]{30})?\b")

_NUMBER = re.compile(r"(part[ -]|Pull request: #)\d+")


@dataclass(frozen=True, slots=True)
class Shift:
    """A line of the agents' diary."""

    what: str
    key: str
    run: str
    pid: int
    at: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A data folder, read past the service that wrote it."""

    data: Path

    def rows(self, query: str, *values: object) -> list[Any]:
        """What the database holds."""
        with closing(sqlite3.connect(self.data / "orchestrator.db")) as connection:
            return connection.execute(query, values).fetchall()

    def keys(self) -> list[str]:
        """All items, the oldest first."""
        return [key for (key,) in self.rows("SELECT key FROM board_item ORDER BY id")]

    def states(self) -> dict[str, str]:
        """What the board shows of each item."""
        return dict(self.rows("SELECT key, state FROM board_item"))

    def stages(self) -> dict[str, tuple[str, str]]:
        """Stage and status of each task."""
        found = ((key, json.loads(data)) for key, data in self.rows("SELECT key, data FROM task"))
        return {key: (task["stage"], task["status"]) for key, task in found}

    def comments(self, key: str, author: str) -> list[str]:
        """Somebody's comments on an item, in order, without what differs each time."""
        query = "SELECT text FROM board_comment WHERE item = ? AND author = ? ORDER BY id"
        return [alike(text, key) for (text,) in self.rows(query, key, author)]

    def history(self, key: str) -> list[tuple[str, str, str]]:
        """What was done to a task, without what differs each time."""
        query = "SELECT who, what, why FROM history WHERE item = ? ORDER BY id"
        return [(who, what, alike(why, key)) for who, what, why in self.rows(query, key)]

    def runs(self, key: str) -> list[tuple[str, str, str, int]]:
        """The task's runs: name, role, outcome, exit code."""
        query = "SELECT run, role, outcome, exit_code FROM agent_run WHERE item = ? ORDER BY id"
        return [(alike(run, key), *rest) for run, *rest in self.rows(query, key)]

    def notices(self, key: str) -> list[str]:
        """The notices of an item that are written down, in order."""
        lines = (self.data / "notices").read_text("utf-8").splitlines()
        texts = [json.loads(line)["notice"] for line in lines]
        return [alike(text, key) for text in texts if text.startswith(f"{key} · ")]

    def dead_letters(self) -> list[Any]:
        """What was given up."""
        return self.rows("SELECT * FROM queue_entry WHERE dead_since IS NOT NULL")

    def left_to_do(self) -> list[Any]:
        """What is still in a queue."""
        return self.rows("SELECT * FROM queue_entry WHERE closed_at IS NULL")


def diary(file: Path) -> list[Shift]:
    """Every line of the agents' diary."""
    lines = (line.split() for line in file.read_text("utf-8").splitlines())
    return [Shift(what, key, run, int(pid), int(at)) for what, key, run, pid, at in lines]


def survivors(folder: Path) -> list[str]:
    """The processes that still work in that folder or for it."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(str(folder) in text for text in told):
            found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def alike(text: str, key: str) -> str:
    """The text without commits and numbers that were given to this item alone."""
    return _NUMBER.sub(r"\1N", _COMMIT.sub("COMMIT", text)).replace(key, "KEY")
