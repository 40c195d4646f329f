"""What lists are read by that are shown a page at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_task_created", "task", "created_at", None),
    ("ix_task_ended", "task", "created_at", "ended"),
    (
        "ix_board_item_open",
        "board_item",
        "id",
        "archived_at IS NULL AND state NOT IN ('done', 'cancelled')",
    ),
    (
        "ix_board_item_ended",
        "board_item",
        "id",
        "archived_at IS NULL AND state IN ('done', 'cancelled')",
    ),
)


def upgrade() -> None:
    """Make them."""
    for name, table, column, condition in _INDEXES:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Do without."""
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
