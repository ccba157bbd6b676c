"""The tables: the ledger of what came in, what was decided and what went out.

Portable types only (SQLite and PostgreSQL read one schema), UTC times, named constraints. Changed by migrations alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)


class Utc(sa.types.TypeDecorator[datetime]):
    """A moment in UTC; one without a zone is a bug, not a guess."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse what has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives the moment back without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


# One row a source: what the next request must say, and how the last ones went.
source = sa.Table(
    "source",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("validated_url", sa.String),  # the address that the validators belong to
    sa.Column("body_hash", sa.String),
    sa.Column("baseline_at", Utc),
    sa.Column("last_ok", Utc),
    sa.Column("last_changed", Utc),
    sa.Column("last_full", Utc),  # the last answer that was asked for without validators
    sa.Column("next_poll", Utc),  # None: as soon as possible
    sa.Column("gone", sa.JSON),  # the addresses of the settings when the site answered 410: they are not asked again
    sa.Column("present", sa.JSON),  # statements of the last document, in its order
    sa.Column("fails", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", sa.String),
)

# What happened once, however many pages tell it. `revision` rises when any edition changes.
story = sa.Table(
    "story",
    metadata,
    _id(),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("drafted", sa.Integer, nullable=False, default=0),  # the last revision that was judged
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("created", Utc, nullable=False),
    sa.Column("not_before", Utc, nullable=False),
    sa.Column("embargo", Utc),  # a person's word: nobody sees it before, not even an engine
    sa.Column("wait_until", Utc),  # until then the languages of `awaits` are left to the site's own editions
    sa.Column("awaits", sa.JSON, nullable=False, default=list, server_default="[]"),
    sa.Column("part_of", sa.Integer),  # the story that this one turned out to be a part of
    sa.CheckConstraint("state in ('baseline', 'open', 'held', 'skipped')", name="state"),
)
sa.Index("ix_story_state", story.c.state, story.c.not_before)

# One page in one language; its text is that of its newest revision.
statement = sa.Table(
    "statement",
    metadata,
    _id(),
    sa.Column("story_id", sa.ForeignKey("story.id"), nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("guid", sa.String),
    sa.Column("published", Utc),
    sa.Column("published_raw", sa.String, nullable=False, default=""),
    sa.Column("first_seen", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("digest", sa.String, nullable=False),  # of the feed's entry: the same digest needs no second look
    sa.Column("reread", Utc),  # when its page, from which its text was taken, is to be read again
    sa.Column("vanished", Utc),  # when its entry was first missing although older ones were there
    sa.UniqueConstraint("story_id", "language"),
)

statement_alias = sa.Table(
    "statement_alias",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("value", sa.String, primary_key=True),
    sa.Column("statement_id", sa.ForeignKey("statement.id"), nullable=False),
)

# The pages in other languages that a page names (hreflang), whether we have seen them or not.
alternate = sa.Table(
    "alternate",
    metadata,
    sa.Column("statement_id", sa.ForeignKey("statement.id"), primary_key=True),
    sa.Column("language", sa.String, primary_key=True),
    sa.Column("url", sa.String, primary_key=True),
)
sa.Index("ix_alternate_url", alternate.c.url)

# Never updated: what the page said, each time that it changed.
revision = sa.Table(
    "revision",
    metadata,
    sa.Column("statement_id", sa.ForeignKey("statement.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("content_hash", sa.String, nullable=False),  # of what the feed said, also where the page said more
    sa.Column("body_hash", sa.String),  # of the same without title and signatories: tells a text that comes again
    sa.Column("title", sa.String, nullable=False),
    sa.Column("blocks", sa.JSON, nullable=False),
    sa.Column("excerpt", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("fetched_at", Utc, nullable=False),
)
sa.Index("ix_revision_body_hash", revision.c.body_hash)

# An officer's own words for a story, in one language; the newest counts.
written = sa.Table(
    "written",
    metadata,
    _id(),
    sa.Column("story_id", sa.ForeignKey("story.id"), nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    _id(),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("content_hash", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("first_seen", Utc, nullable=False),
    sa.Column("last_seen", Utc, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.UniqueConstraint("source", "content_hash"),
)

# Sentences that a person has approved, word for word.
memory = sa.Table(
    "memory",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("source_language", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("target", sa.String, nullable=False),
    sa.Column("approver", sa.String, nullable=False),
    sa.Column("engine", sa.String, nullable=False, server_default=""),  # what wrote it, "" for the person
    sa.Column("version", sa.String, nullable=False, server_default=""),
    sa.Column("at", Utc, nullable=False),
)

# Several statements that go out as one mail: an ordered list of editions.
digest = sa.Table(
    "digest",
    metadata,
    _id(),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("pace", sa.String, nullable=False, server_default=""),  # for whom: "daily" or "weekly"
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created", Utc, nullable=False),
)
digest_item = sa.Table(
    "digest_item",
    metadata,
    sa.Column("digest_id", sa.ForeignKey("digest.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("story_id", sa.ForeignKey("story.id"), nullable=False),
    sa.Column("story_revision", sa.Integer, nullable=False),
)

# What was laid out for one channel in one language, what the guard said, and what was decided: frozen posts.
rendition = sa.Table(
    "rendition",
    metadata,
    _id(),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("posts", sa.JSON, nullable=False),
    sa.Column("hashes", sa.JSON, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("sentences", sa.JSON, nullable=False),
    sa.Column("approver", sa.String),
    sa.Column("corrected", Utc),  # the date that its "Corrected" line bears
    sa.Column("created", Utc, nullable=False),
    sa.Column("decided", Utc),
    sa.UniqueConstraint("subject", "revision", "channel", "language", "cause"),
    sa.CheckConstraint("state in ('held', 'approved', 'void', 'skipped')", name="state"),
)

# The outbox and the ledger of deliveries: one row for each part, place and recipient.
delivery = sa.Table(
    "delivery",
    metadata,
    _id(),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("rendition_id", sa.ForeignKey("rendition.id"), nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("recipient", sa.String),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("payload_hash", sa.String, nullable=False),
    sa.Column("wire", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("not_after", Utc),
    sa.Column("owner", sa.String),
    sa.Column("lease_until", Utc),
    sa.Column("message_id", sa.String),
    sa.Column("created", Utc, nullable=False),
    sa.Column("place", sa.String, nullable=False, default="", server_default=""),  # what the channel led to
    sa.Column("target", sa.String),  # the remote id of the post that is edited, deleted or answered
    sa.Column("remote_id", sa.String),
    sa.Column("url", sa.String),
    sa.Column("sent_at", Utc),
    sa.Column("error", sa.String),
    sa.CheckConstraint(
        "state in ('due', 'sending', 'sent', 'unknown', 'failed', 'cancelled', 'expired')", name="state"
    ),
    sa.CheckConstraint("action in ('create', 'edit', 'delete')", name="action"),
    sa.CheckConstraint("wire in ('live', 'rehearsal')", name="wire"),
)
sa.Index("ix_delivery_due", delivery.c.channel, delivery.c.state, delivery.c.due_at)
sa.Index("ix_delivery_subject", delivery.c.subject, delivery.c.channel, delivery.c.language)
# The law itself, kept by the database: an automatic post is created once for each channel, language and part.
sa.Index(
    "uq_delivery_automatic",
    delivery.c.subject,
    delivery.c.channel,
    delivery.c.language,
    delivery.c.part,
    delivery.c.wire,
    sa.func.coalesce(delivery.c.recipient, ""),
    unique=True,
    sqlite_where=sa.text("cause = 'auto' and action = 'create' and state in ('sending', 'sent', 'unknown')"),
    postgresql_where=sa.text("cause = 'auto' and action = 'create' and state in ('sending', 'sent', 'unknown')"),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("delivery_id", sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("started", Utc, nullable=False),
    sa.Column("ended", Utc),
    sa.Column("outcome", sa.String),
    sa.Column("detail", sa.String),
    sa.Column("fee", sa.BigInteger, nullable=False, default=0, server_default="0"),  # in millionths of a dollar
)

# How fast a platform may be asked: when a bucket is empty again, and until when the platform wants to be left alone.
pace = sa.Table(
    "pace",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("full_at", Utc),  # the theoretical arrival time of the generic cell rate algorithm
    sa.Column("until", Utc),
)

# A channel on which nothing is sent: by a person's word, or until what the platform refused is mended.
pause = sa.Table(
    "pause",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("until", Utc),  # None: until someone ends it
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

# Persons who have approved, where one alone is not enough: `digest` binds it to the very posts that were shown.
approval = sa.Table(
    "approval",
    metadata,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("act", sa.String, primary_key=True),
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("person", sa.String, primary_key=True),
    sa.Column("at", Utc, nullable=False),
)

# What others have posted in our channels: a post of ours that says the same is not made by itself.
foreign_post = sa.Table(
    "foreign_post",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("remote_id", sa.String, primary_key=True),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("links", sa.JSON, nullable=False),
    sa.Column("url", sa.String),
    sa.Column("at", Utc, nullable=False),
)

# Names that a person has had taken out of what is public of a story: they stay out of whatever is made of it later.
withheld = sa.Table(
    "withheld",
    metadata,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
)

# A message to those who decide, with buttons: the row is its state, and each showing has a word of its own (`nonce`).
card = sa.Table(
    "card",
    metadata,
    _id(),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),  # a story, or the key of a delivery
    sa.Column("revision", sa.Integer, nullable=False, default=0),
    sa.Column("chat", sa.String, nullable=False),
    sa.Column("message", sa.Integer),
    sa.Column("nonce", sa.String, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False, default=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("person", sa.String),  # for whom alone it is; None: for every reviewer
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("shown", sa.String),  # the SHA-256 of what the message says by now
    sa.Column("created", Utc, nullable=False),
    sa.Column("expires", Utc),
    sa.CheckConstraint("state in ('open', 'closed')", name="state"),
)
sa.Index("ix_card_kind_subject", card.c.kind, card.c.subject)

# Append-only: who did what; each row carries the hash of the one before it.
event = sa.Table(
    "event",
    metadata,
    _id(),
    sa.Column("at", Utc, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("subject", sa.String),
    sa.Column("revision", sa.Integer),
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("chain", sa.String, nullable=False),
)

# What someone must be told: an event once, a lasting one daily until it is over, and its end.
alarm = sa.Table(
    "alarm",
    metadata,
    _id(),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("cure", sa.String, nullable=False),
    sa.Column("lasting", sa.Boolean, nullable=False),
    sa.Column("raised", Utc, nullable=False),
    sa.Column("cleared", Utc),
)
sa.Index(
    "uq_alarm_standing",
    alarm.c.key,
    unique=True,
    sqlite_where=sa.text("cleared is null"),
    postgresql_where=sa.text("cleared is null"),
)

# Who has been told what of an alarm, by which way; each way keeps its own pace.
telling = sa.Table(
    "telling",
    metadata,
    sa.Column("alarm_id", sa.ForeignKey("alarm.id"), primary_key=True),
    sa.Column("way", sa.String, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("cleared", sa.Boolean, nullable=False),  # whether its end was told
)

# Characters that an engine of translation was given in a month ("2026-11", UTC): what a budget is counted by.
engine_use = sa.Table(
    "engine_use",
    metadata,
    sa.Column("engine", sa.String, primary_key=True),
    sa.Column("month", sa.String, primary_key=True),
    sa.Column("characters", sa.BigInteger, nullable=False),
)

# Who reads the newsletter. Nothing here tells who: the address and the choices are sealed, the rest is keyed or hashed.
reader = sa.Table(
    "reader",
    metadata,
    sa.Column("id", sa.String, primary_key=True),  # a random word: no count of readers can be read off it
    sa.Column("index", sa.String, nullable=False, unique=True),  # keyed hash of the address
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # address, choices and the word of the reader's link
    sa.Column("choices", sa.LargeBinary),  # newer choices than the sealed ones, sealed by the pages
    sa.Column("link", sa.String, nullable=False, unique=True),  # hash of the word of the reader's link
    sa.Column("confirm", sa.String, unique=True),  # hash of the word that confirms; None once it is used
    sa.Column("until", Utc),  # when an unconfirmed row goes; None once it is confirmed
    sa.Column("week", sa.String, nullable=False),  # "2026-W48": no day is kept
    sa.Column("bounces", sa.Integer, nullable=False, default=0, server_default="0"),  # letters that came back of late
    sa.Column("bounced", sa.String),  # the week of the last of them
    sqlite_with_rowid=False,  # a row's number would tell in which order readers came
)

# When a letter was last asked for to an address, by its keyed hash: nobody can be flooded. Kept for a day.
reader_asked = sa.Table(
    "reader_asked",
    metadata,
    sa.Column("index", sa.String, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("since", Utc, nullable=False),  # the first of the last day
    sa.Column("times", sa.Integer, nullable=False),
)

# Addresses to which mail cannot be delivered, by their keyed hash.
reader_barred = sa.Table(
    "reader_barred",
    metadata,
    sa.Column("index", sa.String, primary_key=True),
    sa.Column("reason", sa.String, nullable=False),
)

# Letters to one reader that the pages have asked for; the worker writes and sends them, and forgets them.
reader_letter = sa.Table(
    "reader_letter",
    metadata,
    _id(),
    sa.Column("reader", sa.ForeignKey("reader.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # the word of a link that only this letter may bear
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.CheckConstraint("kind in ('confirm', 'known', 'export')", name="kind"),
)

# One delivery of the newsletter on its way to its readers; its rendition may be exchanged for a corrected one.
issue = sa.Table(
    "issue",
    metadata,
    _id(),
    sa.Column("key", sa.String, nullable=False, unique=True),  # of the delivery
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("cause", sa.String, nullable=False),
    sa.Column("pace", sa.String),  # of its readers; None: whoever got an earlier issue of the same story
    sa.Column("rendition_id", sa.ForeignKey("rendition.id"), nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("cursor", sa.String, nullable=False),  # the last row from which readers were gathered
    sa.Column("date", Utc, nullable=False),
    sa.Column("not_after", Utc, nullable=False),
    sa.CheckConstraint("state in ('gathering', 'sending', 'done')", name="state"),
)
issue_story = sa.Table(
    "issue_story",
    metadata,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True),
    sa.Column("subject", sa.String, primary_key=True),
)

# One reader's mail of an issue. Whose it is can be told with the private key only: who reads what is nobody's business.
reader_mail = sa.Table(
    "reader_mail",
    metadata,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True),
    sa.Column("token", sa.String, primary_key=True),  # keyed hash of issue and reader; its order tells nothing
    sa.Column("who", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("rendition_id", sa.ForeignKey("rendition.id")),  # the words that went out, or may have
    sa.Column("error", sa.String),
    sa.CheckConstraint("state in ('due', 'sending', 'sent', 'failed', 'cancelled', 'expired')", name="state"),
    sqlite_with_rowid=False,
)
sa.Index(
    "ix_reader_mail_due",
    reader_mail.c.issue_id,
    reader_mail.c.due_at,
    sqlite_where=sa.text("state = 'due'"),
    postgresql_where=sa.text("state = 'due'"),
)
sa.Index("ix_reader_mail_token", reader_mail.c.token)

meta = sa.Table(
    "meta", metadata, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)
