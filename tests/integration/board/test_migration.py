"""The migration makes the tables that the code declares."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from adapters.board.board import LocalBoard
from adapters.board.tables import CommentRow
from adapters.board.tracker import BoardTracker
from adapters.sql import schema
from adapters.sql.store import SqlStore
from domain.identifiers import ItemId


async def test_a_new_database_has_the_boards_tables_just_as_they_are_declared(
    store: SqlStore,
) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        return [
            diff for diff in compare_metadata(context, SQLModel.metadata) if "board" in str(diff)
        ]

    assert CommentRow.__tablename__ in SQLModel.metadata.tables
    assert await store._database.run(differences) == []


def back_to(connection: Connection, revision: str) -> None:
    """Make the schema an older one."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


async def test_comments_that_were_kept_as_html_say_the_same_as_before(
    store: SqlStore, board: LocalBoard, tracker: BoardTracker
) -> None:
    key = (await board.create("A title", "Text.", "low", "you")).key

    def as_it_was(connection: Connection) -> None:
        back_to(connection, "0002")
        connection.execute(
            text(
                "INSERT INTO board_comment (item, author, html, made_at)"
                " VALUES (:item, 'you', '<p>Is <code>*this*</code> &lt;b&gt;?</p>', 1)"
            ),
            {"item": key},
        )
        schema.upgrade(connection)

    await store._database.run(as_it_was)
    (shown,) = (await board.thread(key)).comments
    assert shown.html == "<p>Is <code>*this*</code> &lt;b&gt;?</p>"
    read = await tracker.comment(ItemId(key), shown.id)
    assert read.body.said == "Is `*this*` <b>?"


async def test_writes_from_before_their_age_was_kept_are_as_old_as_the_migration(
    store: SqlStore, board: LocalBoard
) -> None:
    """They may still be repeated: to take them for old ones would do them twice."""
    made = await board.create("A title", "", "low", "you", request_key="r-1")

    def migrated(connection: Connection) -> int:
        back_to(connection, "0008")
        schema.upgrade(connection)
        age = text("SELECT strftime('%s', 'now') - at / 1000000 FROM board_write")
        return int(connection.execute(age).scalar_one())

    assert 0 <= await store._database.run(migrated) < 60
    assert await board.create("A title", "", "low", "you", request_key="r-1") == made
