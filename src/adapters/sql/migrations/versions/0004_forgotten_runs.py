"""Which runs their runner has forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REMEMBERED = sa.text("ended_at IS NOT NULL AND NOT forgotten")


def upgrade() -> None:
    """All are remembered so far."""
    op.add_column(
        "agent_run",
        sa.Column("forgotten", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_agent_run_remembered",
        "agent_run",
        ["ended_at"],
        unique=False,
        sqlite_where=_REMEMBERED,
        postgresql_where=_REMEMBERED,
    )


def downgrade() -> None:
    """Forget about it."""
    op.drop_index("ix_agent_run_remembered", "agent_run")
    op.drop_column("agent_run", "forgotten")
