"""What keeps posts back for a while: platforms' paces, pauses, agreement of several persons, others' posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import approval, foreign_post, meta, pace, pause, withheld

EVERY = "*"  # the channel of a pause that is for all
KEPT = timedelta(days=7)  # for so long it is remembered what others have posted


async def paces(c: AsyncConnection, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What is remembered of some paces, by name: `full_at` and `until`. Held for the transaction (PostgreSQL)."""
    found = await c.execute(sa.select(pace).where(pace.c.name.in_(names)).order_by(pace.c.name).with_for_update())
    return {row["name"]: dict(row) for row in found.mappings()}


async def save_pace(c: AsyncConnection, name: str, **values: Any) -> None:
    """Remember `full_at` or `until` of a pace."""
    changed = await c.execute(sa.update(pace).where(pace.c.name == name).values(**values))
    if changed.rowcount == 0:
        await c.execute(sa.insert(pace).values(name=name, **values))


# ---- pauses


async def set_pause(
    c: AsyncConnection, channel: str, until: datetime | None, reason: str, who: str, now: datetime
) -> None:
    """Nothing is sent on a channel until then; the newest word counts."""
    await c.execute(sa.delete(pause).where(pause.c.channel == channel))
    await c.execute(sa.insert(pause).values(channel=channel, until=until, reason=reason, who=who, at=now))


async def end_pause(c: AsyncConnection, channel: str | None, others: Iterable[str]) -> list[str]:
    """End the pause of a channel, or every one; the channels that were paused.

    Where everything is paused and one channel goes on, the `others` stay paused, each by itself.
    """
    query = sa.delete(pause).returning(*pause.c)
    ended = await c.execute(query if channel is None else query.where(pause.c.channel.in_((channel, EVERY))))
    rows = [dict(row) for row in ended.mappings()]
    if channel is None:
        return [row["channel"] for row in rows]
    own = {name for (name,) in await c.execute(sa.select(pause.c.channel))}
    for row in (row for row in rows if row["channel"] == EVERY):
        for other in others:
            if other not in own:  # what it is stopped for already stays its reason
                await set_pause(c, other, row["until"], row["reason"], row["who"], row["at"])
    return [channel] if rows else []


async def paused(c: AsyncConnection, channel: str, now: datetime) -> list[str]:
    """By whom a channel is paused now; nobody: it is not."""
    found = await c.execute(
        sa.select(pause.c.who).where(
            pause.c.channel.in_((channel, EVERY)), pause.c.until.is_(None) | (pause.c.until > now)
        )
    )
    return [name for (name,) in found]


async def pauses(c: AsyncConnection, now: datetime) -> list[Mapping[str, Any]]:
    """Every pause that lasts."""
    found = await c.execute(sa.select(pause).where(pause.c.until.is_(None) | (pause.c.until > now)))
    return [dict(row) for row in found.mappings()]


# ---- agreement


async def agreed(c: AsyncConnection, subject: str, act: str, digest: str) -> list[str]:
    """The persons who have agreed to an act on exactly this (its digest), in their order."""
    same = (approval.c.subject == subject, approval.c.act == act, approval.c.digest == digest)
    found = await c.execute(sa.select(approval.c.person).where(*same).order_by(approval.c.at, approval.c.person))
    return [name for (name,) in found]


async def agree(c: AsyncConnection, subject: str, act: str, digest: str, person: str, now: datetime) -> list[str]:
    """One more person agrees; all who have by now."""
    persons = await agreed(c, subject, act, digest)
    if person in persons:
        return persons
    await c.execute(sa.insert(approval).values(subject=subject, act=act, digest=digest, person=person, at=now))
    return [*persons, person]


async def settle_agreement(c: AsyncConnection, subject: str, act: str) -> None:
    """It is done: the words that were given for it count no more."""
    await c.execute(sa.delete(approval).where(approval.c.subject == subject, approval.c.act == act))


async def take_back(c: AsyncConnection, person: str) -> None:
    """A person's words count no more, wherever they have not led to anything yet."""
    await c.execute(sa.delete(approval).where(approval.c.person == person))


# ---- names that stay out


async def withhold(c: AsyncConnection, subject: str, name: str) -> None:
    """A name stays out of whatever is made of a subject from now on."""
    if name not in await withheld_names(c, subject):
        await c.execute(sa.insert(withheld).values(subject=subject, name=name))


async def withheld_names(c: AsyncConnection, subject: str) -> list[str]:
    """The names that stay out of a subject."""
    found = await c.execute(sa.select(withheld.c.name).where(withheld.c.subject == subject).order_by(withheld.c.name))
    return [name for (name,) in found]


# ---- what others have posted


async def save_foreign(c: AsyncConnection, now: datetime, **values: Any) -> None:
    """Someone else has posted (or edited) something in a channel of ours; what is old is forgotten."""
    same = (foreign_post.c.channel == values["channel"], foreign_post.c.remote_id == values["remote_id"])
    await c.execute(sa.delete(foreign_post).where(sa.and_(*same) | (foreign_post.c.at < now - KEPT)))
    await c.execute(sa.insert(foreign_post).values(**values))


async def foreign_posts(c: AsyncConnection, channel: str) -> list[Mapping[str, Any]]:
    """What others have posted in a channel, the newest first."""
    found = await c.execute(
        sa.select(foreign_post).where(foreign_post.c.channel == channel).order_by(foreign_post.c.at.desc())
    )
    return [dict(row) for row in found.mappings()]


# ---- single values


async def value(c: AsyncConnection, key: str) -> str | None:
    """A remembered value by its key."""
    found = await c.execute(sa.select(meta.c.value).where(meta.c.key == key))
    return found.scalar()


async def save_value(c: AsyncConnection, key: str, text: str | None) -> None:
    """Remember a value; None forgets it."""
    await c.execute(sa.delete(meta).where(meta.c.key == key))
    if text is not None:
        await c.execute(sa.insert(meta).values(key=key, value=text))
