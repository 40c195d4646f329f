"""Which schema a database has, and how it gets the newest one.

A revision is a file ``migrations/versions/NNNN_what.py`` whose revision id is its number. Alembic
takes a third of a second to import, so it is imported only where there is something to do.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from domain.errors import NotAllowed

_MIGRATIONS = Path(__file__).with_name("migrations")


def revisions() -> list[str]:
    """Return every schema version this code knows, the oldest first."""
    return sorted(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def head() -> str:
    """Return the newest schema version."""
    return revisions()[-1]


def version(connection: Connection) -> str | None:
    """Return the database's schema version, None for a database that has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    stamp: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return stamp


def is_current(connection: Connection, name: object) -> bool:
    """Return whether there is nothing to do. NotAllowed: a newer version of us was here."""
    found = version(connection)
    if found is not None and found not in revisions():
        raise NotAllowed(
            f"{name} has schema {found}, which is newer than this version's {head()};"
            " install the newer version, or restore a backup"
        )
    return found == head()


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest schema, within the transaction that is open."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
