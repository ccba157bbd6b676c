"""The newsletter on its way: issues, one row for each reader's mail, digests by their pace, and what came back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables and columns."""
    op.add_column("digest", sa.Column("pace", sa.String(), server_default="", nullable=False))
    op.add_column("reader", sa.Column("bounces", sa.Integer(), server_default="0", nullable=False))
    op.add_column("reader", sa.Column("bounced", sa.String(), nullable=True))
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("pace", sa.String(), nullable=True),
        sa.Column("rendition_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("date", MOMENT, nullable=False),
        sa.Column("not_after", MOMENT, nullable=False),
        sa.CheckConstraint("state in ('gathering', 'sending', 'done')", name=op.f("ck_issue_state")),
        sa.ForeignKeyConstraint(["rendition_id"], ["rendition.id"], name=op.f("fk_issue_rendition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("key", name=op.f("uq_issue_key")),
    )
    op.create_table(
        "issue_story",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_story_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "subject", name=op.f("pk_issue_story")),
    )
    states = "state in ('due', 'sending', 'sent', 'failed', 'cancelled', 'expired')"
    op.create_table(
        "reader_mail",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("rendition_id", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(states, name=op.f("ck_reader_mail_state")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_reader_mail_issue_id")),
        sa.ForeignKeyConstraint(["rendition_id"], ["rendition.id"], name=op.f("fk_reader_mail_rendition_id")),
        sa.PrimaryKeyConstraint("issue_id", "token", name=op.f("pk_reader_mail")),
        sqlite_with_rowid=False,
    )
    due = sa.text("state = 'due'")
    op.create_index("ix_reader_mail_due", "reader_mail", ["issue_id", "due_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_reader_mail_token", "reader_mail", ["token"])
