"""Who waits for a slot since when, and how pressing it is."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A live run is as pressing as its item; none is known to wait until it asks again."""
    op.add_column(
        "agent_run", sa.Column("priority", sa.String(), nullable=False, server_default="none")
    )
    op.add_column("agent_run", sa.Column("waiting_since", sa.BigInteger(), nullable=True))
    run = sa.table("agent_run", sa.column("item"), sa.column("ended_at"), sa.column("priority"))
    task = sa.table("task", sa.column("item"), sa.column("data"))
    connection = op.get_bind()
    live = sa.select(task.c.item, task.c.data).join(run, run.c.item == task.c.item)
    for item, data in connection.execute(live.where(run.c.ended_at.is_(None))).all():
        of_item = sa.update(run).where(run.c.item == item, run.c.ended_at.is_(None))
        connection.execute(of_item.values(priority=json.loads(data)["priority"]))


def downgrade() -> None:
    """Forget about it."""
    op.drop_column("agent_run", "waiting_since")
    op.drop_column("agent_run", "priority")
