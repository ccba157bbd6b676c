"""What was decided and what went out: renditions, the outbox, attempts; and the people's acts upon them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import (
    Approved,
    Cause,
    Checked,
    CheckedSentence,
    Claimed,
    Delivery,
    DeliveryState,
    Finding,
    Held,
    PublicPart,
    PublicPost,
    Subject,
)
from bot.store.schema import attempt, delivery, rendition, story
from channels import Button, Entity, Media, Post

OCCUPIED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
AFTER_A_GAP = "a part before it was not sent, and will not be"
GIVEN_UP = (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.EXPIRED)


async def save_rendition(
    c: AsyncConnection,
    decision: Approved | Held,
    checked: Checked,
    kind: str,
    now: datetime,
    corrected: datetime | None = None,
) -> int:
    """Keep what was laid out and decided for one channel; its number. `corrected` dates its "Corrected" line."""
    held = isinstance(decision, Held)
    return await _keep(
        c,
        decision.subject,
        decision.posts,
        kind=kind,
        origin=checked.origin,
        state="held" if held else "approved",
        reasons=list(decision.reasons) if isinstance(decision, Held) else [],
        findings=[finding_row(finding) for finding in checked.findings],
        sentences=[sentence_row(one, i) for i, one in enumerate((checked.title, *checked.sentences), -1)],
        approver=None if isinstance(decision, Held) else decision.approver,
        corrected=corrected,
        created=now,
        decided=None if held else now,
    )


async def save_digest(c: AsyncConnection, approved: Approved, kind: str, now: datetime) -> int:
    """Keep several approved posts as one; its number."""
    return await _keep(
        c,
        approved.subject,
        approved.posts,
        kind=kind,
        origin="digest",
        state="approved",
        reasons=[],
        findings=[],
        sentences=[],
        approver=approved.approver,
        created=now,
        decided=now,
    )


async def _keep(c: AsyncConnection, subject: Subject, posts: Sequence[Post], **values: Any) -> int:
    values |= {name: getattr(subject, name) for name in ("revision", "channel", "language", "cause")}
    values |= {"subject": subject.name, "posts": [asdict(one) for one in posts], "hashes": [one.hash for one in posts]}
    made = await c.execute(sa.insert(rendition).values(**values).returning(rendition.c.id))
    return int(made.scalar_one())


async def copy_rendition(c: AsyncConnection, row: Mapping[str, Any], approved: Approved, now: datetime) -> int | None:
    """What was approved under another cause; None when that cause was carried out before (a doubled tap).

    `row` is the rendition that it comes from; its posts may be others (a notice, a text without a name).
    """
    if await renditions(
        c,
        approved.subject.name,
        channel=approved.subject.channel,
        language=approved.subject.language,
        cause=approved.subject.cause,
    ):
        return None
    values = {key: value for key, value in row.items() if key != "id"}
    values |= {"cause": approved.subject.cause, "state": "approved", "approver": approved.approver}
    values |= {"revision": approved.subject.revision, "reasons": []}
    values |= {"posts": [asdict(post) for post in approved.posts], "hashes": list(approved.hashes)}
    made = await c.execute(
        sa.insert(rendition).values(**values | {"created": now, "decided": now}).returning(rendition.c.id)
    )
    return int(made.scalar_one())


async def decide(c: AsyncConnection, number: int, state: str, person: str, now: datetime) -> bool:
    """A person's word on a held rendition; False when it was no longer held."""
    changed = await c.execute(
        sa.update(rendition)
        .where(rendition.c.id == number, rendition.c.state == "held")
        .values(state=state, approver=person, decided=now)
    )
    return changed.rowcount == 1


async def forget_held(c: AsyncConnection, subject: str, revision: int) -> None:
    """A revision is judged anew: what was held of it before gives way."""
    await c.execute(
        sa.delete(rendition).where(
            rendition.c.subject == subject,
            rendition.c.revision == revision,
            rendition.c.cause == Cause.AUTO,
            rendition.c.state == "held",
        )
    )


async def void_older(
    c: AsyncConnection, subject: str, revision: int, why: str = "the page was edited before this was sent"
) -> None:
    """A newer text makes what still waits of the older ones worthless: what is held, and unsent posts, corrections."""
    await c.execute(
        sa.update(rendition)
        .where(rendition.c.subject == subject, rendition.c.revision < revision, rendition.c.state == "held")
        .values(state="void")
    )
    begun = sa.select(delivery.c.rendition_id).where(delivery.c.subject == subject, delivery.c.state.in_(OCCUPIED))
    await c.execute(
        sa.update(delivery)
        .where(
            delivery.c.subject == subject,
            delivery.c.revision < revision,
            ~_of(Cause.RETRACT, Cause.REDACT),
            delivery.c.state == DeliveryState.DUE,
            delivery.c.rendition_id.not_in(begun),
        )
        .values(state=DeliveryState.CANCELLED, error=why)
    )


def _of(*causes: Cause) -> sa.ColumnElement[bool]:
    """Whether a delivery is for one of these causes, whatever the nonce."""
    return sa.or_(*(delivery.c.cause.startswith(f"{cause}-", autoescape=True) for cause in causes))


async def posted(c: AsyncConnection, subject: str, wire: str | None = None) -> set[tuple[str, str]]:
    """(channel, language) on which a post of this subject has begun, has gone out or may have, for whatever cause.

    What was posted of a story that turned out to be a part of this one counts too. What a person dropped after its
    outcome was unknown may be out all the same, and so may mail whose process died over it (`orphans`: its attempt ends
    as due). `wire` None: on any wire.
    """
    doubtful = sa.select(attempt.c.delivery_id).where(attempt.c.outcome.in_((DeliveryState.UNKNOWN, DeliveryState.DUE)))
    query = sa.select(delivery.c.channel, delivery.c.language).where(
        delivery.c.subject.in_(await subjects(c, subject)),
        delivery.c.action == "create",
        delivery.c.state.in_(OCCUPIED) | delivery.c.id.in_(doubtful),
    )
    if wire is not None:
        query = query.where(delivery.c.wire == wire)
    return {(channel, language) for channel, language in await c.execute(query)}


async def public_posts(c: AsyncConnection, subjects: Sequence[str], wire: str) -> list[PublicPost]:
    """What stands in public of some subjects, oldest first: as edited since, and neither deleted nor withdrawn.

    What a person has asked for and is on its way counts as done: a later act begins where it ends.
    """
    coming = delivery.c.state.in_((DeliveryState.DUE, DeliveryState.SENDING)) & (delivery.c.action != "create")
    rows = await c.execute(
        sa.select(delivery)
        .where(
            delivery.c.subject.in_(subjects),
            delivery.c.wire == wire,
            (delivery.c.state == DeliveryState.SENT) | coming,
            delivery.c.recipient.is_(None),
        )
        .order_by(delivery.c.id)  # not by time: a clock may have been put back
    )
    return _standing([dict(row) for row in rows.mappings()])


def _standing(rows: Sequence[Mapping[str, Any]]) -> list[PublicPost]:
    """Replays what was done to posts, in its order."""
    posts: dict[int, list[Mapping[str, Any]]] = {}  # by the rendition that it was created from
    shows: dict[tuple[str, str, str], int] = {}  # channel, language, remote id -> the rendition whose words it shows
    home: dict[int, int] = {}  # a rendition that changed a post -> that post
    answered: set[tuple[str, str, str]] = set()
    for row in rows:
        where = (row["channel"], row["language"])
        if row["action"] == "delete" or row["cause"].startswith(f"{Cause.RETRACT}-"):
            shows.pop((*where, row["target"]), None)
        elif row["action"] == "edit":
            if (*where, row["target"]) in shows:
                shows[(*where, row["target"])] = row["rendition_id"]
                home[row["rendition_id"]] = next(
                    post for post, parts in posts.items() if any(_is_there(part, row) for part in parts)
                )
        elif row["remote_id"] is not None:
            posts.setdefault(home.get(row["rendition_id"], row["rendition_id"]), []).append(row)
            shows[(*where, row["remote_id"])] = row["rendition_id"]
            if row["cause"].startswith(f"{Cause.CORRECT}-") and row["target"] is not None:
                answered.add((*where, row["target"]))
    made = []
    for parts in posts.values():
        left = [row for row in parts if (row["channel"], row["language"], row["remote_id"]) in shows]
        if left:
            first = left[0]
            key = (first["channel"], first["language"], first["remote_id"])
            made.append(
                PublicPost(
                    subject=first["subject"],
                    channel=first["channel"],
                    language=first["language"],
                    kind=first["kind"],
                    place=first["place"],
                    rendition=shows[key],
                    sent_at=first["sent_at"],
                    parts=tuple(
                        PublicPart(part=number, remote_id=row["remote_id"], url=row["url"])
                        for number, row in enumerate(left, 1)
                    ),
                    answered=key in answered,
                )
            )
    return made


def _is_there(part: Mapping[str, Any], edit: Mapping[str, Any]) -> bool:
    """Whether an edit was one of this part."""
    return (part["channel"], part["language"], part["remote_id"]) == (edit["channel"], edit["language"], edit["target"])


async def cancel_waiting(
    c: AsyncConnection, subject: str, why: str, channel: str | None = None, language: str | None = None
) -> int:
    """What of a subject has not gone out is given up, but for what takes something away; how many."""
    query = sa.update(delivery).where(
        delivery.c.subject == subject, delivery.c.state == DeliveryState.DUE, ~_of(Cause.RETRACT, Cause.REDACT)
    )
    if channel is not None:
        query = query.where(delivery.c.channel == channel, delivery.c.language == language)
    changed = await c.execute(query.values(state=DeliveryState.CANCELLED, error=why))
    return int(changed.rowcount)


async def is_withdrawn(c: AsyncConnection, number: int, subject: str, channel: str, language: str) -> bool:
    """Whether a person has withdrawn the place of a delivery since that was written down."""
    found = await c.execute(
        sa.select(delivery.c.id)
        .where(
            delivery.c.subject == subject,
            delivery.c.channel == channel,
            delivery.c.language == language,
            delivery.c.id > number,
            _of(Cause.RETRACT),
        )
        .limit(1)
    )
    return found.first() is not None


async def subjects(c: AsyncConnection, subject: str) -> list[str]:
    """A subject and those that turned out to be a part of it: their posts are its posts."""
    parts = sa.select(story.c.id).where(story.c.part_of == int(subject[1:])) if subject.startswith("s") else None
    joined = [] if parts is None else [f"s{number}" for (number,) in await c.execute(parts)]
    return [subject, *joined]


async def renditions(c: AsyncConnection, subject: str, **match: Any) -> list[Mapping[str, Any]]:
    """All renditions of a subject, oldest first; `match` narrows by column."""
    query = sa.select(rendition).where(rendition.c.subject == subject).order_by(rendition.c.id)
    for column, value in match.items():
        query = query.where(rendition.c[column] == value)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def rendition_of(c: AsyncConnection, number: int) -> Mapping[str, Any]:
    """One rendition by its number."""
    found = await c.execute(sa.select(rendition).where(rendition.c.id == number))
    return dict(found.mappings().one())


async def every_subject(c: AsyncConnection) -> list[str]:
    """Every subject of which something was ever sent."""
    found = await c.execute(sa.select(delivery.c.subject).where(delivery.c.state == DeliveryState.SENT).distinct())
    return [name for (name,) in found]


async def held_renditions(c: AsyncConnection) -> list[Mapping[str, Any]]:
    """Everything that waits for a person, oldest first."""
    query = sa.select(rendition).where(rendition.c.state == "held").order_by(rendition.c.id)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def deliveries(c: AsyncConnection, **match: Any) -> list[Mapping[str, Any]]:
    """Rows of the ledger in the order in which they were made; `match` narrows by column."""
    query = sa.select(delivery).order_by(delivery.c.id)
    for column, value in match.items():
        query = query.where(delivery.c[column].in_(value) if isinstance(value, tuple) else delivery.c[column] == value)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def attempts(c: AsyncConnection, number: int) -> list[Mapping[str, Any]]:
    """The attempts at one delivery."""
    query = sa.select(attempt).where(attempt.c.delivery_id == number).order_by(attempt.c.n)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def enqueue(
    c: AsyncConnection, rows: Sequence[Any], rendition_id: int, *, wire: str, now: datetime, place: str = ""
) -> bool:
    """Write the outbox rows of one approval, all or none; `place` is what the channel leads to.

    False when the ledger refuses: an automatic post of the same subject, channel and language has begun before, at
    whatever revision, or these very keys exist.
    """
    if not rows:
        return False
    subject = rows[0].subject
    if subject.cause == Cause.AUTO and (subject.channel, subject.language) in await posted(c, subject.name, wire):
        return False
    existing = await c.execute(sa.select(delivery.c.id).where(delivery.c.key.in_([row.key for row in rows])))
    if existing.first():
        return False
    await c.execute(
        sa.insert(delivery),
        [
            {
                "key": row.key,
                "rendition_id": rendition_id,
                "subject": subject.name,
                "revision": subject.revision,
                "channel": subject.channel,
                "language": subject.language,
                "part": row.part,
                "parts": row.parts,
                "cause": subject.cause,
                "kind": row.kind,
                "action": row.action,
                "target": row.target,
                "place": place,
                "recipient": row.recipient,
                "public": row.public,
                "payload_hash": row.payload_hash,
                "wire": wire,
                "state": DeliveryState.DUE,
                "attempts": 0,
                "due_at": row.due_at,
                "not_after": row.not_after,
                "message_id": row.message_id,
                "created": now,
            }
            for row in rows
        ],
    )
    return True


async def is_due(c: AsyncConnection, channel: str, *, wire: str, now: datetime) -> bool:
    """Whether a row of a channel is due, or too late."""
    found = await c.execute(
        sa.select(delivery.c.id)
        .where(
            delivery.c.channel == channel,
            delivery.c.state == DeliveryState.DUE,
            delivery.c.wire == wire,
            delivery.c.due_at <= now,
        )
        .limit(1)
    )
    return found.first() is not None


async def expire(c: AsyncConnection, channel: str, *, wire: str, now: datetime) -> list[tuple[str, str]]:
    """What is due on a channel but came too late for an automatic post expires: (key, subject) of each."""
    late = await c.execute(
        sa.update(delivery)
        .where(
            delivery.c.channel == channel,
            delivery.c.state == DeliveryState.DUE,
            delivery.c.wire == wire,
            delivery.c.not_after < now,
        )
        .values(state=DeliveryState.EXPIRED, error="too late: it is older than an automatic post may be")
        .returning(delivery.c.key, delivery.c.subject)
    )
    return [(key, name) for key, name in late]


async def postpone(c: AsyncConnection, subject: str, due_at: datetime, lifetime: timedelta) -> int:
    """What of a subject is still due waits until then, and stays fresh as long after as it would have now; how many."""
    moved = await c.execute(
        sa.update(delivery)
        .where(delivery.c.subject == subject, delivery.c.state == DeliveryState.DUE)
        .values(
            due_at=due_at,
            not_after=sa.case((delivery.c.not_after.is_(None), None), else_=sa.bindparam("late", due_at + lifetime)),
        )
    )
    return moved.rowcount


async def next_due(
    c: AsyncConnection, channel: str, *, wire: str, now: datetime, withdrawals: bool = False, place: str = ""
) -> Delivery | None:
    """The next row of a channel that is due, with its stored post; None when nothing is.

    `withdrawals`: of these only, for they do not wait until a pause is over. `place` is what the channel leads to now:
    a post that stands elsewhere is not touched.

    A part waits until the part before it is sent, and is given up with it. A row whose stored post is no longer the
    approved one fails.
    """
    due = [delivery.c.channel == channel, delivery.c.state == DeliveryState.DUE, delivery.c.wire == wire]
    if withdrawals:
        due.append(_of(Cause.RETRACT, Cause.REDACT))
    before = delivery.alias()
    earlier = sa.select(before.c.id).where(
        before.c.rendition_id == delivery.c.rendition_id,
        sa.func.coalesce(before.c.recipient, "") == sa.func.coalesce(delivery.c.recipient, ""),
        before.c.part < delivery.c.part,
    )
    await _supersede(c, channel, wire)
    busy = before.c.state == DeliveryState.SENDING
    touched = sa.select(before.c.id).where(
        before.c.channel == delivery.c.channel, before.c.target == delivery.c.target, busy
    )
    due.append(~touched.exists())  # two changes of one post never cross on their way
    given_up = earlier.where(before.c.state.in_(GIVEN_UP)).exists()
    await c.execute(sa.update(delivery).where(*due, given_up).values(state=DeliveryState.CANCELLED, error=AFTER_A_GAP))
    unsent = earlier.where(before.c.state != DeliveryState.SENT).exists()
    ready = (delivery.c.due_at <= now, delivery.c.not_after.is_(None) | (delivery.c.not_after >= now), ~unsent)
    while True:
        found = await c.execute(
            sa.select(delivery)
            .where(*due, *ready)
            .order_by(delivery.c.part == 1, delivery.c.due_at, delivery.c.id)  # a begun thread is finished first
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = found.mappings().first()
        if row is None:
            return None
        posts = (
            await c.execute(sa.select(rendition.c.posts).where(rendition.c.id == row["rendition_id"]))
        ).scalar_one()
        post = restore_post(posts[min(row["part"], len(posts)) - 1])  # a part that is only taken away has no words
        wrong = "the stored post is not the one that was approved" if post.hash != row["payload_hash"] else None
        if row["action"] != "create" and row["place"] != place:
            wrong = "its channel leads elsewhere by now; look at the post there, by hand"
        if wrong is None:
            return _delivery(dict(row), post, row["attempts"] + 1)
        await resettle(c, row["id"], DeliveryState.FAILED, now, wrong)


async def begin(
    c: AsyncConnection,
    one: Delivery,
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    place: str = "",
    fee: int = 0,
) -> Claimed:
    """Mark a row as `sending`, before a byte leaves; `fee` is what the call takes, in millionths of a dollar."""
    own = attempt.c.delivery_id == one.number
    await c.execute(
        sa.update(delivery)
        .where(delivery.c.id == one.number)
        .values(state=DeliveryState.SENDING, attempts=one.attempts, owner=owner, lease_until=lease_until, place=place)
    )
    doubtful = await c.execute(
        sa.select(sa.func.min(attempt.c.started)).where(own, attempt.c.outcome == DeliveryState.UNKNOWN)
    )
    tried = doubtful.scalar()
    # `n` of the attempt counts every try; `attempts` of the row only those that count towards giving up.
    tries = (await c.execute(sa.select(sa.func.count()).where(own))).scalar_one()
    await c.execute(sa.insert(attempt).values(delivery_id=one.number, n=tries + 1, owner=owner, started=now, fee=fee))
    rendered = sa.select(delivery.c.rendition_id).where(delivery.c.id == one.number).scalar_subquery()
    parent = await c.execute(
        sa.select(delivery.c.remote_id).where(delivery.c.rendition_id == rendered, delivery.c.part == one.part - 1)
    )
    before = parent.scalar()
    return Claimed(
        delivery=one,
        reply_to=before or one.target,
        corrects=before is None and one.subject.cause.startswith(f"{Cause.CORRECT}-"),
        tried=tried,
        known=await remote_ids(c, one.subject.channel) if tried is not None else frozenset(),
    )


async def remote_ids(c: AsyncConnection, channel: str) -> frozenset[str]:
    """The remote ids of everything that is known to be out on a channel."""
    rows = await c.execute(
        sa.select(delivery.c.remote_id).where(delivery.c.channel == channel, delivery.c.remote_id.is_not(None))
    )
    return frozenset(rows.scalars())


async def revive(c: AsyncConnection, number: int, now: datetime) -> None:
    """A part that had failed is due once more, and so are those behind it that were given up with it."""
    row = (await c.execute(sa.select(delivery).where(delivery.c.id == number))).mappings().one()
    await c.execute(
        sa.update(delivery)
        .where(
            delivery.c.rendition_id == row["rendition_id"],
            delivery.c.part > row["part"],
            delivery.c.state == DeliveryState.CANCELLED,
            delivery.c.error == AFTER_A_GAP,
        )
        .values(state=DeliveryState.DUE, error=None, due_at=now)
    )
    await resettle(c, number, DeliveryState.DUE, now, None)
    await c.execute(sa.update(delivery).where(delivery.c.id == number).values(attempts=0))


async def broken_threads(c: AsyncConnection, **match: Any) -> list[Mapping[str, Any]]:
    """The failed parts of threads whose earlier parts are out: half of a text stands in public."""
    first, end = delivery.alias(), delivery.alias()
    taken_away = sa.select(end.c.id).where(
        end.c.channel == first.c.channel,
        end.c.target == first.c.remote_id,
        end.c.action == "delete",
        end.c.state.in_((DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.SENT)),
    )
    begun = sa.select(first.c.id).where(
        first.c.rendition_id == delivery.c.rendition_id,
        first.c.part < delivery.c.part,
        first.c.state == DeliveryState.SENT,
        ~taken_away.exists(),
    )
    changed = sa.select(end.c.id).where(
        end.c.subject == delivery.c.subject,
        end.c.channel == delivery.c.channel,
        end.c.language == delivery.c.language,
        end.c.id > delivery.c.id,
        sa.or_(*(end.c.cause.startswith(f"{one}-", autoescape=True) for one in (Cause.CORRECT, Cause.RETRACT))),
    )
    query = sa.select(delivery).where(
        delivery.c.state == DeliveryState.FAILED,
        delivery.c.public,
        delivery.c.action == "create",
        begun.exists(),
        ~changed.exists(),  # its words have been put right, or taken back: the old ones are not gone on with
    )
    for column, value in match.items():
        query = query.where(delivery.c[column] == value)
    return [dict(row) for row in (await c.execute(query.order_by(delivery.c.id))).mappings()]


async def spent(c: AsyncConnection, channel: str, since: datetime) -> tuple[int, int]:
    """What a channel's calls have taken, in millionths of a dollar, and how many posts it has created, since then.

    What may have been accepted counts; what was certainly not, does not.
    """
    rows = await c.execute(
        sa.select(delivery.c.action, sa.func.sum(attempt.c.fee), sa.func.count())
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(
            delivery.c.channel == channel,
            delivery.c.wire == "live",
            attempt.c.started >= since,
            attempt.c.outcome.is_(None) | attempt.c.outcome.not_in(("later", "refused", "moved")),
        )
        .group_by(delivery.c.action)
    )
    calls = {action: (int(fees), int(count)) for action, fees, count in rows}
    return sum(fees for fees, _ in calls.values()), calls.get("create", (0, 0))[1]


async def promised(c: AsyncConnection, channel: str) -> list[Post]:
    """The parts of begun threads that have not gone out yet: they are paid for before anything else."""
    begun = sa.select(delivery.c.rendition_id).where(
        delivery.c.channel == channel, delivery.c.action == "create", delivery.c.state.in_(OCCUPIED)
    )
    rows = await c.execute(
        sa.select(delivery.c.part, rendition.c.posts)
        .join(rendition, rendition.c.id == delivery.c.rendition_id)
        .where(
            delivery.c.state == DeliveryState.DUE,
            delivery.c.action == "create",
            delivery.c.wire == "live",
            delivery.c.rendition_id.in_(begun),
        )
    )
    return [restore_post(posts[part - 1]) for part, posts in rows]


async def thread_posts(c: AsyncConnection, one: Delivery) -> list[Post]:
    """All parts of the thread that a part belongs to."""
    posts = await c.execute(
        sa.select(rendition.c.posts)
        .join(delivery, delivery.c.rendition_id == rendition.c.id)
        .where(delivery.c.id == one.number)
    )
    return [restore_post(post) for post in posts.scalar_one()]


async def _supersede(c: AsyncConnection, channel: str, wire: str) -> None:
    """Of several changes of one post only the newest is made: an older one that is tried again must not undo it."""
    newer = delivery.alias()
    waits = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
    changes = (Cause.CORRECT, Cause.RETRACT, Cause.REDACT)
    later = sa.select(newer.c.id).where(
        newer.c.channel == delivery.c.channel,
        newer.c.language == delivery.c.language,
        newer.c.target == delivery.c.target,
        newer.c.id > delivery.c.id,
        newer.c.wire == delivery.c.wire,
        newer.c.state.in_(waits),
        sa.or_(*(newer.c.cause.startswith(f"{one}-", autoescape=True) for one in changes)),
    )
    await c.execute(
        sa.update(delivery)
        .where(
            delivery.c.channel == channel,
            delivery.c.wire == wire,
            delivery.c.state == DeliveryState.DUE,
            _of(*changes),
            later.exists(),
        )
        .values(state=DeliveryState.CANCELLED, error="a newer change of this post took its place")
    )


async def settle(
    c: AsyncConnection, number: int, n: int, owner: str, now: datetime, *, outcome: str, change: Any
) -> bool:
    """Write down what came of an attempt; False when the row has another owner or attempt by now (fencing)."""
    values: dict[str, Any] = {"state": change.state, "owner": None, "lease_until": None, "error": change.error}
    if change.state is DeliveryState.SENT:
        values |= {"remote_id": change.remote_id, "url": change.url, "sent_at": now}
    if change.due_at is not None:
        values["due_at"] = change.due_at
    if change.action is not None:
        values["action"] = change.action
    if not change.counts:
        values["attempts"] = n - 1
    changed = await c.execute(
        sa.update(delivery)
        .where(
            delivery.c.id == number,
            delivery.c.owner == owner,
            delivery.c.attempts == n,
            delivery.c.state == DeliveryState.SENDING,
        )
        .values(**values)
    )
    if changed.rowcount != 1:
        return False
    await _end_attempt(c, number, outcome, change.error, now)
    return True


async def orphans(c: AsyncConnection, owner: str, lease_over: datetime | None) -> list[Mapping[str, Any]]:
    """Rows that a dead process left in `sending`: every other owner's, or, beside living ones, those whose lease is
    over at `lease_over`."""
    query = sa.select(delivery).where(delivery.c.state == DeliveryState.SENDING, delivery.c.owner != owner)
    if lease_over is not None:
        query = query.where(delivery.c.lease_until < lease_over)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def resettle(
    c: AsyncConnection,
    number: int,
    state: DeliveryState,
    now: datetime,
    error: str | None,
    *,
    url: str | None = None,
    remote_id: str | None = None,
) -> None:
    """Give a row a state that no attempt gave it: after a crash, or by a person's word (who may know its address)."""
    values: dict[str, Any] = {"state": state, "owner": None, "lease_until": None, "error": error}
    if url is not None:
        values |= {"url": url, "remote_id": remote_id}
    if state is DeliveryState.DUE:
        values |= {"due_at": now, "not_after": None}
    if state is DeliveryState.SENT:
        values["sent_at"] = now
    await c.execute(sa.update(delivery).where(delivery.c.id == number).values(**values))
    await _end_attempt(c, number, state.value, error, now)


async def hold_back(c: AsyncConnection, rendition_id: int, reason: str) -> bool:
    """What was approved waits for a person after all; False when a part of it has been tried already."""
    rows = await deliveries(c, rendition_id=rendition_id)
    tried = sa.select(attempt.c.delivery_id).where(attempt.c.delivery_id.in_([row["id"] for row in rows]))
    if any(row["state"] != DeliveryState.DUE for row in rows) or (await c.execute(tried)).first():
        return False
    await c.execute(sa.delete(delivery).where(delivery.c.rendition_id == rendition_id))
    await c.execute(
        sa.update(rendition)
        .where(rendition.c.id == rendition_id)
        .values(state="held", reasons=[reason], approver=None, decided=None)
    )
    return True


async def cancel_rehearsed(c: AsyncConnection, wire: str) -> None:
    """Going live: what was rehearsed and not yet carried out must not be sent to real readers."""
    if wire == "live":
        await c.execute(
            sa.update(delivery)
            .where(delivery.c.wire == "rehearsal", delivery.c.state == DeliveryState.DUE)
            .values(state=DeliveryState.CANCELLED, error="rehearsed; the wire is live now")
        )


async def _end_attempt(c: AsyncConnection, number: int, outcome: str, detail: str | None, now: datetime) -> None:
    await c.execute(
        sa.update(attempt)
        .where(attempt.c.delivery_id == number, attempt.c.ended.is_(None))
        .values(ended=now, outcome=outcome, detail=detail)
    )


def approved_of(row: Mapping[str, Any]) -> Held:
    """The posts of a stored rendition, as something that a person may release (or release again)."""
    subject = Subject(
        name=row["subject"],
        revision=row["revision"],
        channel=row["channel"],
        language=row["language"],
        cause=row["cause"],
    )
    posts = tuple(restore_post(post) for post in row["posts"])
    if [post.hash for post in posts] != row["hashes"]:
        raise ValueError(f"{subject}: the stored posts are not those that were shown")
    return Held(subject=subject, posts=posts, reasons=tuple(row["reasons"]))


def restore_post(values: Mapping[str, Any]) -> Post:
    """A post as it was frozen."""
    return Post(
        **{
            **values,
            "entities": tuple(Entity(**entity) for entity in values["entities"]),
            "media": tuple(Media(**media) for media in values["media"]),
            "buttons": tuple(Button(**button) for button in values.get("buttons", ())),
            "variants": tuple((name, text) for name, text in values.get("variants", ())),
        }
    )


def sentence_row(one: CheckedSentence, index: int) -> dict[str, Any]:
    """A sentence as the ledger keeps it; -1 is the title."""
    return {
        "index": index,
        "source": one.source,
        "text": one.text,
        "engine": one.engine,
        "version": one.version,
        "approver": one.approver,
    }


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as the ledger keeps it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(finding).items()}


def _delivery(row: Mapping[str, Any], post: Post, n: int) -> Delivery:
    return Delivery(
        number=row["id"],
        key=row["key"],
        subject=Subject(
            name=row["subject"],
            revision=row["revision"],
            channel=row["channel"],
            language=row["language"],
            cause=row["cause"],
        ),
        part=row["part"],
        parts=row["parts"],
        kind=row["kind"],
        action=row["action"],
        state=DeliveryState.SENDING,
        post=post,
        public=row["public"],
        attempts=n,
        created=row["created"],
        due_at=row["due_at"],
        not_after=row["not_after"],
        recipient=row["recipient"],
        message_id=row["message_id"],
        target=row["target"],
        remote_id=row["remote_id"],
        url=row["url"],
        wire=row["wire"],
        sent_at=row["sent_at"],
        error=row["error"],
    )
