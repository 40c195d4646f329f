"""When the board's writes were made, so that they can be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those that are there count from now on."""
    op.add_column("board_write", sa.Column("at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE board_write SET at = CAST(strftime('%s', 'now') AS INTEGER) * 1000000")
    with op.batch_alter_table("board_write") as writes:
        writes.alter_column("at", existing_type=sa.BigInteger(), nullable=False)


def downgrade() -> None:
    """Forget about it."""
    op.drop_column("board_write", "at")
