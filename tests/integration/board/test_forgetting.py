"""The record of writes does not grow for ever, and nothing is done twice because of that."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from adapters.board.board import LocalBoard
from adapters.board.tracker import BoardTracker
from adapters.memory.agent_runner import MemoryRunner
from adapters.memory.clock import SteppedClock
from adapters.sql.store import SqlStore
from application.tidy import WRITES_KEPT, Tidy
from domain.effects import Effect, PostComment
from domain.identifiers import ItemId, TaskKey
from domain.item import TrackerState
from ports.store import Claim, Transaction

SECOND = timedelta(seconds=1)


@pytest.fixture
async def tidy(store: SqlStore, clock: SteppedClock, board: LocalBoard) -> AsyncGenerator[Tidy]:
    runner = MemoryRunner(clock)
    yield Tidy(store, clock, runner, board, keepers=[], logs_kept=timedelta(days=90))
    await runner.close()


async def remembered(store: SqlStore) -> int:
    """How many writes are known by their keys."""

    def count(connection: Connection) -> int:
        return int(connection.execute(text("SELECT count(*) FROM board_write")).scalar_one())

    return await store._database.run(count)


async def made(board: LocalBoard, request_key: str) -> TaskKey:
    return (await board.create("A title", "", "none", "you", request_key=request_key)).key


async def test_a_repetition_is_known_for_thirty_days_and_then_forgotten(
    store: SqlStore, board: LocalBoard, tracker: BoardTracker, clock: SteppedClock, tidy: Tidy
) -> None:
    key = await made(board, "r-1")
    comment = await board.comment(key, "Hello.", "you", request_key="c-1")
    await tracker.move(ItemId(key), TrackerState.IN_PROGRESS, key="e-1")
    clock.advance(WRITES_KEPT)
    later = await made(board, "r-2")
    await tidy()
    assert await remembered(store) == 4
    assert await board.comment(key, "Hello.", "you", request_key="c-1") == comment
    clock.advance(SECOND)
    await tidy()
    assert await remembered(store) == 1
    assert await made(board, "r-2") == later
    assert await made(board, "r-1") != key


async def test_more_than_are_forgotten_at_once_are_forgotten_at_last(
    store: SqlStore, tracker: BoardTracker, board: LocalBoard, clock: SteppedClock, tidy: Tidy
) -> None:
    key = await made(board, "r-1")
    for number in range(1_100):
        await tracker.move(ItemId(key), TrackerState.TODO, key=str(number))
    clock.advance(WRITES_KEPT + SECOND)
    await tidy()
    assert await remembered(store) == 0


@pytest.mark.parametrize("fate", ["left", "given up"])
async def test_what_may_still_be_tried_again_is_not_done_twice_however_late(
    store: SqlStore,
    board: LocalBoard,
    tracker: BoardTracker,
    clock: SteppedClock,
    tidy: Tidy,
    *,
    fate: str,
) -> None:
    """We were killed between the write and the word that it is done, and stayed away for long."""
    item = ItemId(await made(board, "r-1"))
    clock.advance(SECOND)
    effect = PostComment(item=item, text="Done.")

    def put(tx: Transaction) -> Claim[Effect] | None:
        tx.outbox.put(effect, lane="lane", key="e-1", at=clock.now(), item=item)
        return tx.outbox.claim(owner="us", at=clock.now(), lease=SECOND)

    claim = await store.transact(put)
    assert claim is not None
    clock.advance(SECOND / 2)
    await tracker.post_comment(item, "Done.", key="e-1")
    if fate == "given up":
        await store.transact(lambda tx: tx.outbox.bury(claim, at=clock.now(), error="it failed"))
    clock.advance(3 * WRITES_KEPT)
    await tidy()
    assert await remembered(store) == 1
    await tracker.post_comment(item, "Done.", key="e-1")
    assert len((await board.thread(item)).comments) == 1
    if fate == "given up":
        (letter,) = await store.transact(lambda tx: tx.outbox.dead())
        await store.transact(lambda tx: tx.outbox.replay(letter.id, at=clock.now()))

    def settle(tx: Transaction) -> None:
        again = tx.outbox.claim(owner="us", at=clock.now(), lease=SECOND)
        assert again is not None
        tx.outbox.settle(again, at=clock.now())

    await store.transact(settle)
    await tidy()
    assert await remembered(store) == 0
