"""Readers of the newsletter: sealed rows, what keeps them from being flooded, and the letters that wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "reader",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("index", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("choices", sa.LargeBinary(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("confirm", sa.String(), nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("week", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader")),
        sa.UniqueConstraint("index", name=op.f("uq_reader_index")),
        sa.UniqueConstraint("link", name=op.f("uq_reader_link")),
        sa.UniqueConstraint("confirm", name=op.f("uq_reader_confirm")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reader_asked",
        sa.Column("index", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_reader_asked")),
    )
    op.create_table(
        "reader_barred",
        sa.Column("index", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_reader_barred")),
    )
    op.create_table(
        "reader_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind in ('confirm', 'known', 'export')", name=op.f("ck_reader_letter_kind")),
        sa.ForeignKeyConstraint(["reader"], ["reader.id"], name=op.f("fk_reader_letter_reader"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_letter")),
    )
