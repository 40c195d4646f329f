"""The migration makes the tables that the code declares."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from adapters.board.tables import CommentRow
from adapters.sql.store import SqlStore


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
