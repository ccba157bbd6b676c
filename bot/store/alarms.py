"""Alarms: what someone must be told, and who has been told what. An alarm is raised in the transaction of its cause."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Alarm, Told
from bot.store.schema import alarm, telling


async def raise_event(c: AsyncConnection, key: str, text: str, cure: str, now: datetime) -> bool:
    """Something has happened: told once. False when this very event (by its key) was raised before."""
    if (await c.execute(sa.select(alarm.c.id).where(alarm.c.key == key))).first():
        return False
    await c.execute(sa.insert(alarm).values(key=key, text=text, cure=cure, lasting=False, raised=now, cleared=now))
    return True


async def raise_lasting(c: AsyncConnection, key: str, text: str, cure: str, now: datetime) -> bool:
    """Something is wrong until it is cleared: told at once, then daily. False when it stands already."""
    standing = await c.execute(
        sa.update(alarm).where(alarm.c.key == key, alarm.c.cleared.is_(None)).values(text=text, cure=cure)
    )
    if standing.rowcount:
        return False
    await c.execute(sa.insert(alarm).values(key=key, text=text, cure=cure, lasting=True, raised=now))
    return True


async def clear(c: AsyncConnection, key: str, now: datetime) -> None:
    """It is over: every standing alarm with this key, or below it (`outage/be` for `outage/be/…`)."""
    below = alarm.c.key.startswith(f"{key}/", autoescape=True)
    await c.execute(sa.update(alarm).where(alarm.c.cleared.is_(None), (alarm.c.key == key) | below).values(cleared=now))


async def of_way(c: AsyncConnection, way: str) -> list[tuple[Alarm, Told | None]]:
    """Every alarm that one way of telling may still have to do with, oldest first, with what it has told of it."""
    mine = sa.select(telling).where(telling.c.way == way).subquery()
    rows = await c.execute(
        sa.select(alarm, mine.c.at, mine.c.cleared.label("ended"))
        .outerjoin(mine, mine.c.alarm_id == alarm.c.id)
        .where(sa.or_(mine.c.at.is_(None), sa.and_(alarm.c.lasting, ~mine.c.cleared)))
        .order_by(alarm.c.id)
    )
    return [
        (_alarm(row), None if row["at"] is None else Told(at=row["at"], end=row["ended"])) for row in rows.mappings()
    ]


async def told(c: AsyncConnection, numbers: list[int], way: str, now: datetime) -> None:
    """These alarms were told by one way just now, their end too where they have ended."""
    for number in numbers:
        ended = sa.select(alarm.c.cleared.is_not(None)).where(alarm.c.id == number).scalar_subquery()
        changed = await c.execute(
            sa.update(telling).where(telling.c.alarm_id == number, telling.c.way == way).values(at=now, cleared=ended)
        )
        if changed.rowcount == 0:
            await c.execute(sa.insert(telling).values(alarm_id=number, way=way, at=now, cleared=ended))


async def standing(c: AsyncConnection) -> list[Alarm]:
    """What is wrong now, oldest first."""
    rows = await c.execute(sa.select(alarm).where(alarm.c.cleared.is_(None)).order_by(alarm.c.id))
    return [_alarm(row) for row in rows.mappings()]


def _alarm(row: sa.RowMapping) -> Alarm:
    return Alarm(
        number=row["id"],
        key=row["key"],
        text=row["text"],
        cure=row["cure"],
        lasting=row["lasting"],
        raised=row["raised"],
        cleared=row["cleared"],
    )
