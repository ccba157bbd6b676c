"""What X must remember: the price of each call, by which a month's budget is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("attempt", sa.Column("fee", sa.BigInteger(), nullable=False, server_default="0"))
