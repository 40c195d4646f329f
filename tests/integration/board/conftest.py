"""A board on the service's own database, its people, and what it announced."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection
from sqlalchemy.sql.base import Executable

from adapters.board.board import LocalBoard
from adapters.board.database import Statement
from adapters.board.tracker import BoardTracker
from adapters.html.rich_text import HtmlRichText
from adapters.memory.clock import SteppedClock
from adapters.sql.database import Database, migrate
from adapters.sql.store import SqlStore
from domain.errors import TimedOut
from domain.identifiers import CommentId, ItemId
from domain.item import Priority, TrackerState
from domain.signals import Signal
from ports.store import Entry, Transaction

T = TypeVar("T")
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class ForgetfulDatabase:
    """The real database, whose answer can be lost once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lose = False

    def lose_answer(self) -> None:
        self._lose = True

    def prepare(self, statement: Executable) -> Statement:
        return self._database.prepare(statement)

    async def run(self, do: Callable[[Connection], T]) -> T:
        result = await self._database.run(do)
        if self._lose:
            self._lose = False
            raise TimedOut("the database did not answer")
        return result


@dataclass(frozen=True)
class BoardPeople:
    """People who act on the board."""

    board: LocalBoard
    clock: SteppedClock

    async def create(self, title: str, description: str, priority: Priority) -> ItemId:
        self.clock.advance(timedelta(seconds=1))
        return (await self.board.create(title, description, priority, "you")).id

    async def retitle(self, item: ItemId, title: str) -> None:
        self.clock.advance(timedelta(seconds=1))
        await self.board.edit(item, "you", title=title)

    async def comment(self, item: ItemId, text: str, *, guest: bool = False) -> CommentId:
        self.clock.advance(timedelta(seconds=1))
        return await self.board.comment(item, text, "guest" if guest else "you")

    async def move(self, item: ItemId, state: TrackerState) -> None:
        self.clock.advance(timedelta(seconds=1))
        await self.board.move(item, state, "you")

    async def remove(self, item: ItemId) -> None:
        self.clock.advance(timedelta(seconds=1))
        await self.board.archive(item, "you")


@dataclass(frozen=True)
class Inbox:
    """What was announced."""

    store: SqlStore
    clock: SteppedClock

    async def entries(self) -> list[tuple[str, Entry[Signal]]]:
        """Take all there is, with its lane."""

        def take(tx: Transaction) -> list[tuple[str, Entry[Signal]]]:
            taken: list[tuple[str, Entry[Signal]]] = []
            at = self.clock.now() + timedelta(days=1)
            claim = tx.inbox.claim(owner="test", at=at, lease=timedelta(minutes=1))
            while claim is not None:
                taken.append((claim.lane, claim.entry))
                claim = tx.inbox.settle(claim, at=at) or tx.inbox.claim(
                    owner="test", at=at, lease=timedelta(minutes=1)
                )
            return taken

        return await self.store.transact(take)

    async def signals(self) -> list[Signal]:
        """Take all signals."""
        return [entry.payload for _, entry in await self.entries()]


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made once: the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("board") / "new.db"
    asyncio.run(migrate(path))
    return path


@pytest.fixture
async def store(migrated: Path, tmp_path: Path) -> AsyncGenerator[SqlStore, None]:
    store = SqlStore(Database(shutil.copy(migrated, tmp_path / "board.db")))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def answers(store: SqlStore) -> ForgetfulDatabase:
    return ForgetfulDatabase(store._database)


@pytest.fixture
def board(store: SqlStore, answers: ForgetfulDatabase, clock: SteppedClock) -> LocalBoard:
    return LocalBoard(answers, store.announce, HtmlRichText(), clock)


@pytest.fixture
def tracker(answers: ForgetfulDatabase, clock: SteppedClock) -> BoardTracker:
    return BoardTracker(answers, HtmlRichText(), clock)


@pytest.fixture
def people(board: LocalBoard, clock: SteppedClock) -> BoardPeople:
    return BoardPeople(board, clock)


@pytest.fixture
def inbox(store: SqlStore, clock: SteppedClock) -> Inbox:
    return Inbox(store, clock)
