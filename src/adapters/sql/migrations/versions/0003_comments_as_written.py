"""Comments of the embedded board are kept as they were written, no longer as HTML."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the old ones as what they are."""
    op.execute("ALTER TABLE board_comment RENAME COLUMN html TO text")
    op.add_column(
        "board_comment",
        sa.Column("form", sa.String(), nullable=False, server_default="html"),
    )


def downgrade() -> None:
    """Take Markdown for HTML: an older version knows nothing else."""
    op.drop_column("board_comment", "form")
    op.execute("ALTER TABLE board_comment RENAME COLUMN text TO html")
