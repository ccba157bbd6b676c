"""How many characters each engine was given in a month: reserved before they leave, so that no two overspend."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import engine_use

# Both databases read it; of two programs that begin a month at once neither fails.
BEGIN = sa.text("insert into engine_use (engine, month, characters) values (:engine, :month, 0) on conflict do nothing")


def month_of(moment: datetime) -> str:
    """The month of a moment, such as "2026-11", in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m}"


async def reserve(c: AsyncConnection, engine: str, month: str, characters: int, limit: int) -> bool:
    """Count characters for an engine in a month such as "2026-11"; False, and nothing is counted, beyond a limit.

    A limit of 0 is none. One statement compares and counts: whoever else reserves meanwhile is seen.
    """
    await c.execute(BEGIN, {"engine": engine, "month": month})
    row = (engine_use.c.engine == engine) & (engine_use.c.month == month)
    room = engine_use.c.characters + characters <= limit if limit else sa.true()
    changed = await c.execute(
        sa.update(engine_use).where(row, room).values(characters=engine_use.c.characters + characters)
    )
    return bool(changed.rowcount)


async def give_back(c: AsyncConnection, engine: str, month: str, characters: int) -> None:
    """Take back what was reserved and not used."""
    row = (engine_use.c.engine == engine) & (engine_use.c.month == month)
    await c.execute(sa.update(engine_use).where(row).values(characters=engine_use.c.characters - characters))


async def used(c: AsyncConnection, month: str) -> dict[str, int]:
    """engine -> its characters in a month."""
    query = sa.select(engine_use.c.engine, engine_use.c.characters).where(engine_use.c.month == month)
    return {row.engine: row.characters for row in await c.execute(query)}
