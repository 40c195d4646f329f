"""What runs said of their end, and what everything costs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TOKENS = ("input", "output", "cached", "written")


def upgrade() -> None:
    """Make the table and the columns."""
    op.add_column("agent_run", sa.Column("detail", sa.Text(), nullable=True))
    op.add_column("agent_run", sa.Column("refusals", sa.Text(), nullable=True))
    op.add_column("agent_run", sa.Column("tools", sa.Integer(), nullable=True))
    op.create_table(
        "spending",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("run", "day", "item", "project", "role", "model", "session")
        ),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _TOKENS),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        *(sa.Column(f"told_{name}", sa.Integer(), nullable=False) for name in _TOKENS),
        sa.Column("told_cost", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "day", name="uq_spending_run_day"),
    )
    for column in ("day", "item", "project", "session"):
        op.create_index(f"ix_spending_{column}", "spending", [column], unique=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_table("spending")
    for name in ("tools", "refusals", "detail"):
        op.drop_column("agent_run", name)
