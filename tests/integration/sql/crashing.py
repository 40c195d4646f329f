"""A store that is killed again and again: ``crashing.py DATABASE JOURNAL KILLS SEED``.

Each life is a fork that puts, takes and settles from several tasks and says on a pipe what was
acknowledged to it; after some of that it is killed. The journal holds all that was said.
"""

import asyncio
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from domain.identifiers import ItemId
from domain.signals import ItemChanged, Signal
from ports.store import Claim, HistoryEntry, Transaction

LANES = [f"lane{number}" for number in range(6)]
LEASE = timedelta(hours=1)


class ThoughtBetterOfIt(Exception):
    """A transaction that is not to be."""


def put(tx: Transaction, *, lane: str, number: int, fails: bool) -> None:
    """Put the lane's entry of that number, and write down that it was put."""
    key, item, at = f"{lane}-{number}", ItemId(lane), datetime.now(UTC)
    tx.inbox.put(ItemChanged(item=item, actor=None), lane=lane, key=key, at=at, item=item)
    entry = HistoryEntry(at=at, who="putter", what=key, why="", event=key)
    tx.history.add(item, [entry])
    if fails:
        raise ThoughtBetterOfIt


class Life:
    """One life of the process."""

    def __init__(self, store: SqlStore, chance: random.Random, pipe: int) -> None:
        """Work on the store and say on the pipe what was acknowledged."""
        self._store = store
        self._chance = chance
        self._pipe = pipe

    def say(self, word: str, key: str) -> None:
        """One line, in one piece."""
        os.write(self._pipe, f"{word} {key}\n".encode())

    async def put(self, lane: str, number: int) -> None:
        """Put one entry after another into a lane."""
        while True:
            fails = self._chance.random() < 0.1
            try:
                await self._store.transact(partial(put, lane=lane, number=number, fails=fails))
            except ThoughtBetterOfIt:
                continue
            self.say("put", f"{lane}-{number}")
            number += 1

    async def take(self, owner: str) -> None:
        """Take, and settle or postpone."""
        while True:
            held = await self._store.transact(
                lambda tx: tx.inbox.claim(owner=owner, at=datetime.now(UTC), lease=LEASE)
            )
            while held:
                held = await self.go_on(held)

    async def go_on(self, held: Claim[Signal]) -> Claim[Signal] | None:
        """Settle what was taken, more often than not."""
        now = datetime.now(UTC)
        self.say("took", held.entry.key)
        if self._chance.random() < 0.2:
            await self._store.transact(lambda tx: tx.inbox.postpone(held, until=now, error=""))
            return None
        more = self._chance.random() < 0.5
        following = await self._store.transact(lambda tx: tx.inbox.settle(held, at=now, more=more))
        self.say("done", held.entry.key)
        return following


def numbers(connection: Connection) -> dict[str, int]:
    """Return how many entries each lane has had."""
    rows = connection.execute(
        text("SELECT lane, count(*) AS number FROM queue_entry GROUP BY lane")
    )
    return {row.lane: row.number for row in rows}


async def live(path: Path, seed: int, pipe: int) -> None:
    """Work until killed."""
    database = Database(path)
    store = SqlStore(database)
    await store.open()
    life = Life(store, random.Random(seed), pipe)
    following = await database.run(numbers)
    async with asyncio.TaskGroup() as group:
        for lane in LANES:
            group.create_task(life.put(lane, following.get(lane, 0)))
        for owner in ("one", "two", "three"):
            group.create_task(life.take(owner))


def one_life(path: Path, seed: int, chance: random.Random) -> bytes:
    """Let a child live until it has said something; kill it; return all that it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            asyncio.run(live(path, seed, writing))
        finally:
            os._exit(1)  # never into the parent's loop
    os.close(writing)
    said = b""
    enough = chance.randrange(1, 2000)
    while len(said) < enough:
        more = os.read(reading, 65536)
        if not more:
            raise SystemExit("the child ended by itself")
        said += more
    time.sleep(chance.random() / 200)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reading, 65536):
        said += more
    os.close(reading)
    return said


def main() -> None:
    """Kill as often as asked for."""
    path, journal, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:])
    chance = random.Random(seed)
    with journal.open("wb") as file:
        for life in range(kills):
            file.write(one_life(path, seed + life, chance) + b"killed -\n")


if __name__ == "__main__":
    main()
