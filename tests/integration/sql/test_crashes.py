"""Whoever is killed at any moment: nothing is lost, nothing is doubled, order holds."""

import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from adapters.sql.database import Database
from tests.integration.sql import crashing

KILLS = 40


def crash(path: Path, journal: Path) -> list[tuple[str, str]]:
    """Let a store be killed over and over; return what it had acknowledged, in order."""
    seed = random.randrange(1_000_000)
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-W", "error", crashing.__file__, path, journal, str(KILLS), str(seed)],
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    words = (line.split() for line in journal.read_text().splitlines())
    return [(word, key) for word, key in words]


def by_lane(keys: list[str]) -> dict[str, list[int]]:
    """Return the numbers of each lane in the order in which they come."""
    lanes = defaultdict(list)
    for key in keys:
        lane, number = key.split("-")
        lanes[lane].append(int(number))
    return lanes


@pytest.mark.slow
async def test_kills_lose_nothing_and_double_nothing(path: Path, tmp_path: Path) -> None:
    journal = crash(path, tmp_path / "journal")
    said: dict[str, list[str]] = {"put": [], "took": [], "done": [], "killed": []}
    done: set[str] = set()
    for word, key in journal:
        said[word].append(key)
        assert key not in done, f"{word} {key} after it had been done"
        if word == "done":
            done.add(key)
    assert len(said["killed"]) == KILLS
    assert len(said["put"]) > KILLS
    assert len(said["done"]) > KILLS

    async with Database(path) as database:
        rows = await database.run(
            lambda c: c.execute(
                text("SELECT key, closed_at IS NOT NULL FROM queue_entry ORDER BY id")
            ).all()
        )
        history = await database.run(
            lambda c: list(c.execute(text("SELECT what FROM history ORDER BY id")).scalars())
        )
        assert await database.run(check) == "ok"
    stored = [str(key) for key, _ in rows]
    closed = [str(key) for key, is_closed in rows if is_closed]

    assert set(said["put"]) <= set(stored)
    assert set(said["done"]) <= set(closed)
    assert history == stored  # one transaction wrote both
    for found in by_lane(stored).values():
        assert found == list(range(len(found)))
    for found in by_lane(closed).values():
        assert found == list(range(len(found)))
    for found in by_lane(said["done"]).values():
        assert found == sorted(found)


def check(connection: Connection) -> str:
    """Ask SQLite whether the file is whole."""
    return str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one())
