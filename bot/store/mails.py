"""Issues of the newsletter and their mails, one row a reader: claimed before a byte leaves, settled after.

Who a row is for stands in it hidden; only the mailing, which has the private key, reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import MACHINE, Cause
from bot.store.gates import EVERY
from bot.store.schema import delivery, digest, digest_item, issue, issue_story, pause, reader, reader_mail, rendition

DOUBT = "nobody knows whether it arrived"
DUE, SENDING, SENT, FAILED, CANCELLED, EXPIRED = "due", "sending", "sent", "failed", "cancelled", "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one mail. `kept`: with which rendition it went out, or may have; None: with none."""

    issue: int
    token: str
    state: str
    due_at: datetime
    attempts: int
    kept: int | None
    error: str | None = None


# ---- issues


async def of_delivery(c: AsyncConnection, key: str) -> Mapping[str, Any]:
    """The delivery that becomes an issue."""
    return dict((await c.execute(sa.select(delivery).where(delivery.c.key == key))).mappings().one())


async def pace_of(c: AsyncConnection, subject: str) -> str | None:
    """For whom a digest is; None for what is none."""
    if not subject.startswith("d"):
        return None
    found = await c.execute(sa.select(digest.c.pace).where(digest.c.id == int(subject[1:])))
    return str(found.scalar_one())


async def stories_of(c: AsyncConnection, subject: str) -> list[str]:
    """The stories that a subject tells: itself, or those of a digest in their order."""
    if not subject.startswith("d"):
        return [subject]
    items = sa.select(digest_item.c.story_id).where(digest_item.c.digest_id == int(subject[1:]))
    return [f"s{number}" for (number,) in await c.execute(items.order_by(digest_item.c.position))]


async def open_issue(
    c: AsyncConnection,
    row: Mapping[str, Any],
    *,
    pace: str | None,
    stories: Sequence[str],
    date: datetime,
    not_after: datetime,
) -> tuple[int, bool]:
    """The issue of a delivery, and whether it is new; its readers are gathered next."""
    there = (await c.execute(sa.select(issue.c.id).where(issue.c.key == row["key"]))).scalar()
    if there is not None:
        return int(there), False
    values = {name: row[name] for name in ("key", "channel", "language", "cause", "rendition_id")}
    values |= {"pace": pace, "state": "gathering", "cursor": "", "date": date, "not_after": not_after}
    made = await c.execute(sa.insert(issue).values(**values).returning(issue.c.id))
    number = int(made.scalar_one())
    if stories:
        await c.execute(sa.insert(issue_story), [{"issue_id": number, "subject": one} for one in stories])
    return number, True


def _earlier(number: int) -> sa.ColumnElement[bool]:
    """Issues before this one that told readers of one of its stories, on its channel and in its language."""
    this = issue.alias()
    mine, theirs = issue_story.alias(), issue_story.alias()
    told = (
        sa.select(theirs.c.subject)
        .join(mine, mine.c.subject == theirs.c.subject)
        .where(theirs.c.issue_id == issue.c.id, mine.c.issue_id == number)
    )
    same = sa.select(this.c.id).where(
        this.c.id == number, this.c.channel == issue.c.channel, this.c.language == issue.c.language
    )
    return sa.and_(issue.c.id < number, told.exists(), same.exists())


async def telling(c: AsyncConnection, subject: str, channel: str, language: str) -> list[Mapping[str, Any]]:
    """The issues under way that tell of a story in one place, oldest first."""
    stories = sa.select(issue_story.c.issue_id).where(issue_story.c.subject == subject)
    place = (issue.c.channel == channel, issue.c.language == language, issue.c.state != "done")
    found = await c.execute(sa.select(issue).where(*place, issue.c.id.in_(stories)).order_by(issue.c.id))
    return [dict(row) for row in found.mappings()]


async def exchange(c: AsyncConnection, number: int, rendition_id: int) -> None:
    """An issue goes on with other words. What went out with the old ones, or may have, is not repeated."""
    await _let_go(c, reader_mail.c.issue_id == number, reader_mail.c.state == DUE)
    await c.execute(sa.update(issue).where(issue.c.id == number).values(rendition_id=rendition_id))


async def end(c: AsyncConnection, number: int, why: str) -> None:
    """Nothing more of an issue goes out; what may have gone out counts as if it had."""
    mine = (reader_mail.c.issue_id == number, reader_mail.c.state == DUE)
    await _let_go(c, *mine)
    await c.execute(sa.update(reader_mail).where(*mine).values(state=CANCELLED, error=why))
    await c.execute(sa.update(issue).where(issue.c.id == number).values(state="done"))


async def in_state(c: AsyncConnection, state: str) -> list[Mapping[str, Any]]:
    """The issues in a state, oldest first."""
    found = await c.execute(sa.select(issue).where(issue.c.state == state).order_by(issue.c.id))
    return [dict(row) for row in found.mappings()]


async def under_way(c: AsyncConnection) -> bool:
    """Whether any issue has not come to its end: a look that takes no lock."""
    return (await c.execute(sa.select(issue.c.id).where(issue.c.state != "done").limit(1))).first() is not None


# ---- gathering


async def readers_after(c: AsyncConnection, cursor: str, most: int) -> list[Mapping[str, Any]]:
    """The next confirmed readers: {id, sealed, choices}."""
    columns = (reader.c.id, reader.c.sealed, reader.c.choices)
    query = sa.select(*columns).where(reader.c.until.is_(None), reader.c.id > cursor).order_by(reader.c.id)
    return [dict(row) for row in (await c.execute(query.limit(most))).mappings()]


async def told_after(c: AsyncConnection, number: int, cursor: str, most: int) -> list[Mapping[str, Any]]:
    """The next mails by which readers were, or may have been, told what this issue puts right."""
    number_, _, token = cursor.partition("/")
    done = sa.tuple_(reader_mail.c.issue_id, reader_mail.c.token) > sa.tuple_(int(number_ or 0), token)
    rendered = sa.select(issue.c.rendition_id).where(issue.c.id == number).scalar_subquery()
    query = (
        sa.select(reader_mail.c.issue_id, reader_mail.c.token, reader_mail.c.who)
        .join(issue, issue.c.id == reader_mail.c.issue_id)
        .where(_earlier(number), done, reader_mail.c.rendition_id != rendered)
        .where(reader_mail.c.state.in_((SENT, SENDING, DUE)))
        .order_by(reader_mail.c.issue_id, reader_mail.c.token)
        .limit(most)
    )
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def gather(
    c: AsyncConnection, number: int, rows: Collection[tuple[str, bytes]], cursor: str | None, now: datetime
) -> None:
    """Write the rows of some readers (token, who) and how far that has come; `cursor` None: they are all there.

    What is there already stays as it is: a reader is written to once.
    """
    if rows:
        values = [{"issue_id": number, "token": t, "who": w, "state": DUE, "due_at": now} for t, w in rows]
        insert = sqlite.insert if c.dialect.name == "sqlite" else postgresql.insert
        await c.execute(insert(reader_mail).on_conflict_do_nothing(), values)
    further = {"state": "sending"} if cursor is None else {"cursor": cursor}
    await c.execute(sa.update(issue).where(issue.c.id == number, issue.c.state == "gathering").values(**further))


# ---- sending

_IS_DUE = reader_mail.c.state == sa.literal_column("'due'")  # no parameter: else SQLite does not use the index of these


def _withdraws(cause: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return cause.startswith(f"{Cause.RETRACT}-", autoescape=True)


# The statements of the one loop that runs for each batch are made once: that is a third of their cost.
_IS_WAITING = (_IS_DUE, reader_mail.c.due_at <= sa.bindparam("now"))
# A person's pause lets through what withdraws something; a machine's, which waits for something to be mended, nothing.
_PAUSED = (
    sa.select(pause.c.channel)
    .where(pause.c.channel.in_((issue.c.channel, sa.literal(EVERY))))
    .where(pause.c.until.is_(None) | (pause.c.until > sa.bindparam("now")))
    .where((pause.c.who == MACHINE) | ~_withdraws(issue.c.cause))
)
_other = issue.alias()
_FIRST = (
    sa.select(issue, sa.select(_other.c.id).where(_other.c.state == "gathering").exists().label("waits"))
    .where(issue.c.state == "sending", ~_PAUSED.exists())
    .where(sa.select(reader_mail.c.token).where(reader_mail.c.issue_id == issue.c.id, *_IS_WAITING).exists())
    .order_by(issue.c.pace.is_not(None), issue.c.id)  # what puts something right goes before all else
    .limit(1)
)
_READY = (
    sa.select(reader_mail)
    .where(reader_mail.c.issue_id == sa.bindparam("number"), *_IS_WAITING)
    .order_by(reader_mail.c.due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_MINE = (
    reader_mail.c.issue_id == sa.bindparam("number"),
    reader_mail.c.token.in_(sa.bindparam("tokens", expanding=True)),
)
_BEGIN = sa.update(reader_mail).where(*_MINE).values(state=SENDING, rendition_id=sa.bindparam("rendition"))
_STALE = reader_mail.c.rendition_id != (
    sa.select(issue.c.rendition_id).where(issue.c.id == reader_mail.c.issue_id).scalar_subquery()
)
_SENT = sa.update(reader_mail).where(*_MINE).values(state=SENT, error=None)
_READERS = sa.select(reader).where(reader.c.id.in_(sa.bindparam("ids", expanding=True)), reader.c.until.is_(None))


async def claim(c: AsyncConnection, now: datetime, most: int) -> tuple[list[Mapping[str, Any]], bool]:
    """Mark the next mails of one issue that are due as `sending`: their rows, with what the issue says; and whether the
    readers of another are still to be gathered.

    `rendition` is what goes out. On a paused channel only what withdraws something goes out; on one that stopped by
    itself, nothing.
    """
    first = (await c.execute(_FIRST, {"now": now})).mappings().first()
    if first is None:
        return [], False
    found = (await c.execute(_READY, {"number": first["id"], "now": now, "most": most})).mappings()
    one = {name: first[name] for name in ("channel", "language", "date")}
    rows: list[Mapping[str, Any]] = [{**row, **one, "rendition": first["rendition_id"]} for row in found]
    tokens = [row["token"] for row in rows]
    await c.execute(_BEGIN, {"number": first["id"], "tokens": tokens, "rendition": first["rendition_id"]})
    return rows, bool(first["waits"])


async def _let_go(c: AsyncConnection, *which: sa.ColumnElement[bool]) -> int:
    """Mails that may have gone out count as if they had: their readers hear of whatever puts them right."""
    doubtful = (*which, reader_mail.c.rendition_id.is_not(None))
    return int((await c.execute(sa.update(reader_mail).where(*doubtful).values(state=SENT, error=DOUBT))).rowcount)


async def readers_of(c: AsyncConnection, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Some confirmed readers by their rows; who has left is not among them."""
    return {row["id"]: dict(row) for row in (await c.execute(_READERS, {"ids": list(ids)})).mappings()}


def _is_plain(one: Settled) -> bool:
    """Whether a mail was simply sent: there is nothing more to write down of it."""
    return one.state == SENT and one.error is None


async def settle(c: AsyncConnection, done: Sequence[Settled]) -> None:
    """Write down what became of mails; those that were sent in one statement."""
    for number in {one.issue for one in done}:
        sent = [one.token for one in done if one.issue == number and _is_plain(one)]
        await c.execute(_SENT, {"number": number, "tokens": sent})
    for one in (one for one in done if not _is_plain(one)):
        await c.execute(
            sa.update(reader_mail)
            .where(reader_mail.c.issue_id == one.issue, reader_mail.c.token == one.token)
            .values(state=one.state, due_at=one.due_at, attempts=one.attempts, rendition_id=one.kept, error=one.error)
        )
    # One whose issue has got other words while it was on its way must not bring the old ones once more.
    again = [one.token for one in done if one.state == DUE and one.kept is not None]
    if again:
        await _let_go(c, reader_mail.c.token.in_(again), _STALE)


async def recover(c: AsyncConnection, now: datetime) -> int:
    """What a dead process was sending is due again, as the same mail; how many."""
    mine = reader_mail.c.state == SENDING
    done = await c.execute(sa.update(reader_mail).where(mine).values(state=DUE, due_at=now))
    return int(done.rowcount)


async def expire(c: AsyncConnection, now: datetime) -> int:
    """What of an issue has not gone out in its time never will; how many mails."""
    late = sa.select(issue.c.id).where(issue.c.not_after < now, issue.c.state != "done")
    mine = (reader_mail.c.state == DUE, reader_mail.c.issue_id.in_(late))
    await _let_go(c, *mine)
    done = await c.execute(sa.update(reader_mail).where(*mine).values(state=EXPIRED, error="too late"))
    await c.execute(sa.update(issue).where(issue.c.id.in_(late)).values(state="sending"))
    return int(done.rowcount)


async def finish(c: AsyncConnection) -> list[tuple[Mapping[str, Any], dict[str, int]]]:
    """Close the issues of which nothing waits any more: each, and how many mails are in which state."""
    waiting = sa.select(reader_mail.c.token).where(
        reader_mail.c.issue_id == issue.c.id, reader_mail.c.state.in_((DUE, SENDING))
    )
    found = await c.execute(sa.select(issue).where(issue.c.state == "sending", ~waiting.exists()))
    ended = [dict(row) for row in found.mappings()]
    for row in ended:
        await c.execute(sa.update(issue).where(issue.c.id == row["id"]).values(state="done"))
    return [(row, await tally(c, row["id"])) for row in ended]


async def tally(c: AsyncConnection, number: int) -> dict[str, int]:
    """How many mails of an issue are in which state."""
    query = sa.select(reader_mail.c.state, sa.func.count().label("times")).where(reader_mail.c.issue_id == number)
    return {row.state: row.times for row in await c.execute(query.group_by(reader_mail.c.state))}


async def tallies(c: AsyncConnection, keys: Collection[str]) -> dict[str, dict[str, int]]:
    """Delivery key -> how many mails of its issue are in which state, for those deliveries that are issues."""
    found = await c.execute(sa.select(issue.c.key, issue.c.id).where(issue.c.key.in_(keys)))
    return {key: await tally(c, number) for key, number in list(found)}


async def forget(c: AsyncConnection, before: datetime) -> int:
    """Whoever got an issue of long ago is forgotten; how many rows."""
    old = sa.select(issue.c.id).where(issue.c.date < before, issue.c.state == "done")
    return int((await c.execute(sa.delete(reader_mail).where(reader_mail.c.issue_id.in_(old)))).rowcount)


# ---- what comes back


async def by_token(c: AsyncConnection, token: str) -> Mapping[str, Any] | None:
    """The mail that a token names, when it has gone out, or may have."""
    out = reader_mail.c.rendition_id.is_not(None)
    found = await c.execute(sa.select(reader_mail).where(reader_mail.c.token == token, out))
    row = found.mappings().first()
    return None if row is None else dict(row)


async def came_back(c: AsyncConnection, row: Mapping[str, Any], error: str) -> None:
    """A mail was not delivered after all."""
    mine = (reader_mail.c.issue_id == row["issue_id"], reader_mail.c.token == row["token"])
    await c.execute(sa.update(reader_mail).where(*mine).values(state=FAILED, error=error))


# ---- digests


async def went_out(
    c: AsyncConnection, channel: str, language: str, pace: str, wire: str, since: datetime, until: datetime
) -> list[str]:
    """The stories that went out by themselves in one place in a span of time, oldest first.

    Less those that a letter of this pace has told already: what is written down a moment too late comes next time.
    """
    told = sa.select(digest_item.c.story_id).join(digest, digest.c.id == digest_item.c.digest_id)
    told = told.where(digest.c.channel == channel, digest.c.language == language, digest.c.pace == pace)
    done = {f"s{number}" for (number,) in await c.execute(told)}
    query = sa.select(delivery.c.subject, sa.func.min(delivery.c.id).label("first")).where(
        delivery.c.channel == channel,
        delivery.c.language == language,
        delivery.c.cause == Cause.AUTO,
        delivery.c.subject.startswith("s"),
        delivery.c.wire == wire,
        delivery.c.state == SENT,
        delivery.c.sent_at > since,
        delivery.c.sent_at <= until,
    )
    found = await c.execute(query.group_by(delivery.c.subject).order_by("first"))
    return [name for name, _ in found if name not in done]


async def newest(c: AsyncConnection, stories: Sequence[str], channel: str, language: str) -> list[Mapping[str, Any]]:
    """The newest approved words of some stories in one place; none of what was withdrawn."""
    made: list[Mapping[str, Any]] = []
    for subject in stories:
        rows = await c.execute(
            sa.select(rendition)
            .where(rendition.c.subject == subject, rendition.c.state == "approved")
            .where(rendition.c.channel == channel, rendition.c.language == language)
            .order_by(rendition.c.id.desc())
            .limit(1)
        )
        made += [dict(row) for row in rows.mappings() if not row["cause"].startswith(f"{Cause.RETRACT}-")]
    return made


async def open_digest(
    c: AsyncConnection, channel: str, language: str, pace: str, items: Sequence[Mapping[str, Any]], hour: datetime
) -> str:
    """A new digest of some renditions, for an hour; its name."""
    values = {"channel": channel, "language": language, "pace": pace, "revision": 1, "created": hour}
    number = int((await c.execute(sa.insert(digest).values(**values).returning(digest.c.id))).scalar_one())
    rows = [
        {
            "digest_id": number,
            "position": position,
            "story_id": int(item["subject"].removeprefix("s")),
            "story_revision": item["revision"],
        }
        for position, item in enumerate(items)
    ]
    await c.execute(sa.insert(digest_item), rows)
    return f"d{number}"


async def hour_of(c: AsyncConnection, name: str) -> datetime:
    """The hour for which a digest was made."""
    found = await c.execute(sa.select(digest.c.created).where(digest.c.id == int(name.removeprefix("d"))))
    hour: datetime = found.scalar_one()
    return hour


async def raise_digest(c: AsyncConnection, name: str) -> int:
    """A digest is laid out anew: its revision from now on."""
    mine = digest.c.id == int(name.removeprefix("d"))
    changed = await c.execute(
        sa.update(digest).where(mine).values(revision=digest.c.revision + 1).returning(digest.c.revision)
    )
    return int(changed.scalar_one())
