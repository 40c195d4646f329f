"""The store on SQLite keeps the contract, and what it promises beyond it."""

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from adapters.sql.store import SqlStore
from domain.errors import NotFound, ToolFailed
from domain.events import Outcome
from domain.identifiers import ItemId, RunId
from domain.signals import ItemChanged
from ports.store import QueueName, Transaction
from tests.contracts.store import StoreContract
from tests.contracts.store_steps import (
    ITEM,
    NOW,
    Unwanted,
    a_task,
    after,
    bury,
    claim,
    drained,
    put,
    put_signal,
    replay,
    save,
    settle,
    taken,
    there,
)

DAY = timedelta(days=1)


class TestSqliteStore(StoreContract):
    """In a file, as it is in use."""


async def say(store: SqlStore, statement: str) -> list[tuple[object, ...]]:
    """Say something to the database itself."""

    def do(connection: Connection) -> list[tuple[object, ...]]:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []

    return await store._database.run(do)


@pytest.mark.parametrize(
    "damage",
    ["kind = 'ItemExploded'", "payload = '{'", """payload = '{"actor": null}'"""],
)
async def test_what_cannot_be_read_is_a_dead_letter_and_the_lane_goes_on(
    store: SqlStore, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("first", "second", "third", "fourth"):
        await put(store, key)
    await say(store, f"UPDATE queue_entry SET {damage} WHERE key IN ('first', 'third')")  # noqa: S608
    with caplog.at_level(logging.ERROR):
        assert await drained(store) == ["second", "fourth"]
    dead = await store.transact(lambda tx: tx.inbox.dead())
    assert [letter.attempts for letter in dead] == [0, 0]
    assert all("this version" in letter.error for letter in dead)
    assert caplog.text.count("is a dead letter") == 2


async def test_what_a_newer_version_can_read_is_replayed_there(store: SqlStore) -> None:
    await put(store, "key")
    await say(store, "UPDATE queue_entry SET kind = 'ItemExploded'")
    assert await claim(store) is None
    (letter,) = await store.transact(lambda tx: tx.inbox.dead())
    await say(store, "UPDATE queue_entry SET kind = 'ItemChanged'")
    await replay(store, letter.id)
    assert await drained(store) == ["key"]


async def test_a_task_that_cannot_be_read_says_so(store: SqlStore) -> None:
    await save(store, a_task())
    await say(store, "UPDATE task SET data = '{}'")
    with pytest.raises(ToolFailed, match="Task cannot be read by this version"):
        await store.transact(lambda tx: tx.tasks.of(ITEM))


async def test_another_adapter_announces_its_change_with_it(store: SqlStore) -> None:
    database = store._database
    signal = ItemChanged(item=ITEM, actor=None)

    def change(connection: Connection) -> bool:
        connection.execute(text("CREATE TABLE IF NOT EXISTS board (item TEXT)"))
        connection.execute(text("INSERT INTO board VALUES ('changed')"))
        return store.announce(connection, signal, lane="item", key="1", at=NOW, item=ITEM)

    def change_and_fail(connection: Connection) -> None:
        change(connection)
        raise Unwanted

    with pytest.raises(Unwanted):
        await database.run(change_and_fail)
    assert await claim(store) is None
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(store.wait(QueueName.INBOX, at_most=timedelta(hours=1)))
        await store.ping()
        assert await database.run(change)
    assert not await database.run(change)
    assert (await taken(store)).entry.payload == signal
    assert await say(store, "SELECT count(*) FROM board") == [(2,)]


async def test_what_is_undone_wakes_nobody(store: SqlStore) -> None:
    def put_and_fail(tx: Transaction) -> None:
        assert put_signal(tx, "undone")
        raise Unwanted

    waiting = asyncio.ensure_future(store.wait(QueueName.INBOX, at_most=timedelta(hours=1)))
    with pytest.raises(Unwanted):
        await store.transact(put_and_fail)
    for _ in range(5):
        await store.ping()
    assert not waiting.done()
    await put(store, "key")
    async with asyncio.timeout(60):
        await waiting


async def test_pinging_reaches_the_disk(store: SqlStore) -> None:
    await store.ping()
    before = await say(store, "SELECT value FROM mark")
    await store.ping()
    assert await say(store, "SELECT value FROM mark") != before


async def test_only_a_run_that_is_known_ends(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="ET-9-9"):
        await store.transact(
            lambda tx: tx.runs.end(RunId("ET-9-9"), at=NOW, outcome=Outcome.LOST, exit_code=None)
        )


async def kept(store: SqlStore) -> dict[object, bool]:
    """Return which entries are there, and whether with their contents."""
    rows = await say(store, "SELECT key, payload != '' FROM queue_entry ORDER BY id")
    return {key: bool(full) for key, full in rows}


async def test_pruning_drops_contents_first_and_keys_after_thirty_days(store: SqlStore) -> None:
    for number, key in enumerate(("dead", "early", "late", "open", "newest")):
        await put(store, key, lane=key, at=after(number))
    await bury(store, await taken(store, at=after(0)))
    await settle(store, await taken(store, at=after(1)), at=after(1))
    await settle(store, await taken(store, at=after(2)), at=after(9))
    everything = dict.fromkeys(("dead", "early", "late", "open", "newest"), True)
    await store.prune(at=after(1) + DAY, older_than=DAY)
    assert await kept(store) == everything
    await store.prune(at=after(5) + DAY, older_than=DAY)
    assert await kept(store) == everything | {"early": False}
    assert not await put(store, "early")
    await store.prune(at=after(5) + 30 * DAY, older_than=DAY)
    assert await kept(store) == {"dead": True, "late": False, "open": True, "newest": True}
    assert await put(store, "early", at=after(99))
    assert await drained(store, at=after(99)) == ["open", "newest", "early"]


async def test_pruning_keeps_contents_longer_where_that_is_wanted(store: SqlStore) -> None:
    await put(store, "old")
    await put(store, "newest")
    await drained(store)
    await store.prune(at=NOW + 59 * DAY, older_than=60 * DAY)
    assert await kept(store) == {"old": True, "newest": True}


async def test_pruning_keeps_the_keys_of_items_that_may_be_asked_about_again(
    store: SqlStore,
) -> None:
    for key, item in (("resting", "item-1"), ("over", "item-2"), ("newest", "item-2")):
        await put(store, key, item=ItemId(item))
    await drained(store)
    await store.prune(at=NOW + 99 * DAY, older_than=DAY, keep=[ItemId("item-1")])
    assert await kept(store) == {"resting": False, "newest": True}
    assert not await put(store, "resting")


async def test_pruning_goes_through_everything_and_keeps_the_newest_id(store: SqlStore) -> None:
    """Order in a lane is by id: one that is used again would be out of order."""

    def put_and_settle(tx: Transaction) -> None:
        for number in range(1300):
            assert put_signal(tx, str(number))
            held = tx.inbox.claim(owner="worker", at=NOW, lease=DAY)
            assert tx.inbox.settle(there(held), at=NOW) is None

    await store.transact(put_and_settle)
    await store.prune(at=NOW + 31 * DAY, older_than=DAY)
    assert await kept(store) == {"1299": True}
    assert await say(store, "SELECT count(*) FROM work") == [(0,)]
    await put(store, "next")
    assert there(await claim(store)).entry.id == 1301


async def test_pruning_an_empty_store_does_nothing(store: SqlStore) -> None:
    await store.prune(at=NOW, older_than=DAY)
