"""What translation must remember: characters that each engine was given, and what wrote what a person approved."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns."""
    op.add_column("memory", sa.Column("engine", sa.String(), nullable=False, server_default=""))
    op.add_column("memory", sa.Column("version", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "engine_use",
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("engine", "month", name=op.f("pk_engine_use")),
    )
