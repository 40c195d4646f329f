"""Which tasks have ended, so that the few under way are found among all that were ever done."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("NOT ended")


def upgrade() -> None:
    """Read from each task whether it has ended."""
    op.add_column(
        "task", sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    task = sa.table("task", sa.column("id"), sa.column("data"), sa.column("ended"))
    connection = op.get_bind()
    for row, data in connection.execute(sa.select(task.c.id, task.c.data)).all():
        if json.loads(data)["status"] in ("cancelled", "done"):
            connection.execute(sa.update(task).where(task.c.id == row).values(ended=sa.true()))
    op.create_index(
        "ix_task_under_way",
        "task",
        ["created_at"],
        unique=False,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    )


def downgrade() -> None:
    """Forget about it."""
    op.drop_index("ix_task_under_way", "task")
    op.drop_column("task", "ended")
