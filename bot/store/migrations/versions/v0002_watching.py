"""What a service that watches unattended must remember: pauses, embargoes, awaited editions, alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STANDING = sa.text("cleared is null")


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("source", sa.Column("last_full", sa.DateTime(timezone=True)))
    op.add_column("source", sa.Column("gone", sa.JSON()))
    op.add_column("source", sa.Column("present", sa.JSON()))
    op.add_column("story", sa.Column("embargo", sa.DateTime(timezone=True)))
    op.add_column("story", sa.Column("wait_until", sa.DateTime(timezone=True)))
    op.add_column("story", sa.Column("awaits", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("story", sa.Column("part_of", sa.Integer()))
    op.add_column("statement", sa.Column("reread", sa.DateTime(timezone=True)))
    op.add_column("statement", sa.Column("vanished", sa.DateTime(timezone=True)))
    op.add_column("revision", sa.Column("body_hash", sa.String()))
    op.add_column("revision", sa.Column("excerpt", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_revision_body_hash", "revision", ["body_hash"])
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("cure", sa.String(), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("raised", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(
        "uq_alarm_standing", "alarm", ["key"], unique=True, sqlite_where=STANDING, postgresql_where=STANDING
    )
    op.create_table(
        "telling",
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_telling_alarm_id")),
        sa.PrimaryKeyConstraint("alarm_id", "way", name=op.f("pk_telling")),
    )
