"""Which agent was started for a run."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of runs that were started before nobody knows: they are read as the configuration says."""
    for name in ("runtime", "model"):
        column = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("agent_run", column)


def downgrade() -> None:
    """Forget about it."""
    op.drop_column("agent_run", "model")
    op.drop_column("agent_run", "runtime")
