"""What live channels and the admins' chat need: corrections, paces, pauses, approvals, others' posts, cards."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("rendition", sa.Column("corrected", MOMENT))
    op.add_column("delivery", sa.Column("place", sa.String(), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("target", sa.String()))
    op.create_table(
        "pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("full_at", MOMENT),
        sa.Column("until", MOMENT),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    op.create_table(
        "pause",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_pause")),
    )
    op.create_table(
        "approval",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "act", "digest", "person", name=op.f("pk_approval")),
    )
    op.create_table(
        "foreign_post",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "remote_id", name=op.f("pk_foreign_post")),
    )
    op.create_table(
        "withheld",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "name", name=op.f("pk_withheld")),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("message", sa.Integer()),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("person", sa.String()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("shown", sa.String()),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_card_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
    )
    op.create_index("ix_card_kind_subject", "card", ["kind", "subject"])
