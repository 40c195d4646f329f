"""The migrations make what the tables say."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

import adapters.sql.history
import adapters.sql.marks
import adapters.sql.queue_sql
import adapters.sql.runs
import adapters.sql.spending
import adapters.sql.tasks
from adapters.sql import schema
from adapters.sql.database import Database, migrate
from adapters.sql.group_commit import driver_of
from adapters.sql.prepared import Prepared
from domain.task import ENDED, Status

ADAPTERS = Path(schema.__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    """Every adapter's tables: those of the embedded board are in the same database."""
    for path in sorted(ADAPTERS.glob("*/tables.py")):
        importlib.import_module(f"adapters.{path.parent.name}.tables")


async def test_tables_and_migrations_agree(database: Database) -> None:
    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    assert await database.run(compare) == []


async def test_indexes_are_as_narrow_as_the_tables_say(database: Database) -> None:
    """Alembic does not compare the conditions of partial indexes."""

    def made(connection: Connection) -> dict[str, str]:
        return {
            str(index["name"]): str(index["dialect_options"]["sqlite_where"])
            for name in SQLModel.metadata.tables
            for index in inspect(connection).get_indexes(name)
            if "sqlite_where" in index.get("dialect_options", {})
        }

    wanted = {
        str(index.name): str(index.dialect_options["sqlite"]["where"])
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert await database.run(made) == wanted


async def test_nothing_is_looked_for_among_all_that_was_ever_done(database: Database) -> None:
    """Each is said again and again, for years."""
    modules = [
        adapters.sql.history,
        adapters.sql.marks,
        adapters.sql.queue_sql,
        adapters.sql.runs,
        adapters.sql.spending,
        adapters.sql.tasks,
    ]
    statements = {
        f"{module.__name__}.{name}": statement
        for module in modules
        for name, statement in vars(module).items()
        if isinstance(statement, Prepared)
    }

    def searching(connection: Connection) -> set[str]:
        found = set()
        for name, statement in statements.items():
            values = dict.fromkeys(re.findall(r":(\w+)", statement._sql), 1)
            plan = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {statement._sql}", values)
            if any(re.fullmatch(r"SCAN \w+", step[3]) for step in plan):
                found.add(name)
        return found

    assert len(statements) > 50
    assert await database.run(searching) == {
        "adapters.sql.queue_sql.FORGET_CLAIMS",  # once, at the start
    }


async def test_a_new_database_has_the_newest_schema(database: Database) -> None:
    assert await database.run(schema.version) == schema.head()


def test_revisions_are_one_line_and_named_by_their_numbers() -> None:
    """So that the newest is known without asking Alembic."""
    scripts = ScriptDirectory(str(ADAPTERS / "sql" / "migrations"))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == schema.revisions()
    assert scripts.get_heads() == [schema.head()]


async def test_every_revision_can_be_undone_and_done_again(database: Database) -> None:
    def back_and_forth(connection: Connection) -> list[str]:
        config = Config()
        config.set_main_option("script_location", str(ADAPTERS / "sql" / "migrations"))
        config.attributes["connection"] = connection
        for _ in schema.revisions():
            command.downgrade(config, "-1")
            command.upgrade(config, "+1")
            command.downgrade(config, "-1")
        left = inspect(connection).get_table_names()
        schema.upgrade(connection)
        return left

    assert await database.run(back_and_forth) == ["alembic_version"]
    assert await database.run(schema.version) == schema.head()


async def test_a_run_that_waits_is_as_pressing_as_its_item_after_the_migration(
    database: Database,
) -> None:
    """The column is newer than the run."""

    def migrated(connection: Connection) -> list[Any]:
        _back_to("0005", connection)
        _add_task(connection, "i", """{"priority": "urgent", "status": "working"}""")
        for number, ended in ((1, 5), (2, None)):
            connection.execute(
                text(
                    "INSERT INTO agent_run (run, stage, role, number, attempt, base, item, key,"
                    " asked_at, ended_at, forgotten)"
                    " VALUES (:run, 's', 'r', 1, 1, 'b', 'i', 'ET-1', 0, :ended, FALSE)"
                ),
                {"run": f"ET-1-{number}", "ended": ended},
            )
        schema.upgrade(connection)
        rows = connection.execute(text("SELECT priority FROM agent_run ORDER BY run"))
        return [row.priority for row in rows]

    assert await database.run(migrated) == ["none", "urgent"]


async def test_a_task_that_had_ended_is_not_under_way_after_the_migration(
    database: Database,
) -> None:
    def migrated(connection: Connection) -> list[Any]:
        _back_to("0006", connection)
        for status in Status:
            _add_task(connection, status, f"""{{"status": "{status}"}}""")
        schema.upgrade(connection)
        rows = connection.execute(text("SELECT item FROM task WHERE ended"))
        return [row.item for row in rows]

    assert set(await database.run(migrated)) == ENDED


def _back_to(revision: str, connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(ADAPTERS / "sql" / "migrations"))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def _add_task(connection: Connection, item: str, data: str) -> None:
    connection.execute(
        text(
            "INSERT INTO task (item, key, version, created_at, data)"
            " VALUES (:item, 'ET-1', 1, 0, :data)"
        ),
        {"item": item, "data": data},
    )


async def test_migrating_is_done_once_and_says_where_it_got(path: Path) -> None:
    for _ in range(2):
        assert await migrate(path) == schema.head()


async def test_opening_a_database_that_is_up_to_date_imports_no_alembic(path: Path) -> None:
    async with Database(path):
        pass
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from adapters.sql.database import Database\n"
        f"asyncio.run(Database(Path({str(path)!r})).open())\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ADAPTERS.parent)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "False"
