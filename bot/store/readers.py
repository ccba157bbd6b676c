"""Readers in the database: sealed rows, keyed hashes, and what keeps anybody from being flooded with letters.

Whoever asks runs the same statements, whether the address is new, known or barred: no answer tells, nor does its time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import reader, reader_asked, reader_barred, reader_letter

COOLDOWN = timedelta(minutes=15)  # between two letters that one address is asked for
A_DAY, MOST_A_DAY = timedelta(days=1), 3
EVERYBODY = "*"  # the row of all askers together
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
MOST_AN_HOUR, AN_HOUR = 500, timedelta(hours=1)

# Both databases read it. One statement looks and counts: whoever asks at the same moment is seen.
_ASK = sa.text(
    """
    insert into reader_asked ("index", at, since, times) values (:index, :now, :now, 1)
    on conflict ("index") do update set
        times = case when reader_asked.since <= :forgotten then 1 else reader_asked.times + 1 end,
        since = case when reader_asked.since <= :forgotten then :now else reader_asked.since end,
        at = :now
    where reader_asked.at <= :cool and (reader_asked.since <= :forgotten or reader_asked.times < :most)
    """
).bindparams(*(sa.bindparam(name, type_=reader_asked.c.at.type) for name in ("now", "forgotten", "cool")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who asks for the newsletter, as the pages have sealed it."""

    id: str
    index: str
    sealed: bytes
    link: str
    confirm: str
    week: str


async def may_ask(c: AsyncConnection, index: str, now: datetime) -> bool:
    """Count one more letter to an address, and one more to anybody; False, when that would be too many."""
    mine = {"index": index, "now": now, "forgotten": now - A_DAY, "cool": now - COOLDOWN, "most": MOST_A_DAY}
    every = {"index": EVERYBODY, "now": now, "forgotten": now - AN_HOUR, "cool": FOR_EVER, "most": MOST_AN_HOUR}
    return (await c.execute(_ASK, mine)).rowcount == 1 and (await c.execute(_ASK, every)).rowcount == 1


async def come(c: AsyncConnection, one: Newcomer, until: datetime, *, allowed: bool) -> str | None:
    """Take somebody in, unconfirmed until then; the row of the address, None where there is none.

    A row that is there stays as it is; an unconfirmed one is given the new word to confirm with.
    """
    await _insert(c, one, one.confirm, until, allowed=allowed)
    mine = (reader.c.index == one.index, reader.c.until.is_not(None), sa.literal(allowed))
    await c.execute(sa.update(reader).where(*mine).values(confirm=one.confirm, until=until))
    found = await c.execute(sa.select(reader.c.id).where(reader.c.index == one.index, ~_barred(one)))
    number: str | None = found.scalar()
    return number


def _barred(one: Newcomer) -> sa.Exists:
    return sa.select(reader_barred.c.index).where(reader_barred.c.index == one.index).exists()


async def _insert(
    c: AsyncConnection, one: Newcomer, confirm: str | None, until: datetime | None, *, allowed: bool
) -> bool:
    """A new row, unless the address has one or is barred."""
    values = (one.id, one.index, one.sealed, one.link, confirm, until, one.week)
    columns = ("id", "index", "sealed", "link", "confirm", "until", "week")
    there = sa.select(reader.c.id).where(reader.c.index == one.index).exists()
    chosen = sa.select(*(sa.literal(value, reader.c[name].type) for name, value in zip(columns, values, strict=True)))
    fits = chosen.where(sa.literal(allowed), ~_barred(one), ~there)
    made = await c.execute(sa.insert(reader).from_select(columns, fits).returning(reader.c.id))
    return made.scalar() is not None


async def write_to(c: AsyncConnection, id: str, choices: bytes, sealed: bytes, now: datetime, *, allowed: bool) -> None:
    """Ask for a letter to a row: to confirm, or, where that has been done, with the reader's own link.

    Of an unconfirmed row the newest form's choices count.
    """
    mine = (reader.c.id == id, reader.c.until.is_not(None), sa.literal(allowed))
    await c.execute(sa.update(reader).where(*mine).values(choices=choices))
    kind = sa.case((reader.c.until.is_(None), "known"), else_="confirm")
    word = sa.literal(sealed, reader_letter.c.sealed.type)
    due = sa.literal(now, reader_letter.c.due_at.type)
    row = sa.select(reader.c.id, kind, word, due).where(reader.c.id == id, sa.literal(allowed))
    await c.execute(sa.insert(reader_letter).from_select(("reader", "kind", "sealed", "due_at"), row))


async def confirm(c: AsyncConnection, digest: str, week: str, now: datetime) -> str | None:
    """Somebody confirms, once and in time; the keyed hash of their address, None when nobody does."""
    done = await c.execute(
        sa.update(reader)
        .where(reader.c.confirm == digest, reader.c.until > now)
        .values(confirm=None, until=None, week=week)
        .returning(reader.c.index)
    )
    index: str | None = done.scalar()
    return index


async def find(c: AsyncConnection, digest: str) -> str | None:
    """The confirmed row to which a reader's link belongs."""
    found = await c.execute(sa.select(reader.c.id).where(reader.c.link == digest, reader.c.until.is_(None)))
    id: str | None = found.scalar()
    return id


async def choose(c: AsyncConnection, id: str, sealed: bytes) -> None:
    """Keep the newer choices of a row."""
    await c.execute(sa.update(reader).where(reader.c.id == id).values(choices=sealed))


async def ask_export(c: AsyncConnection, id: str, sealed: bytes, now: datetime) -> None:
    """Ask for a letter with all that is stored, unless one waits already; `sealed` only tells it from the next one."""
    waiting = sa.select(reader_letter.c.id).where(reader_letter.c.reader == id, reader_letter.c.kind == "export")
    word = sa.literal(sealed, reader_letter.c.sealed.type)
    due = sa.literal(now, reader_letter.c.due_at.type)
    row = sa.select(sa.literal(id, reader.c.id.type), sa.literal("export"), word, due).where(~waiting.exists())
    await c.execute(sa.insert(reader_letter).from_select(("reader", "kind", "sealed", "due_at"), row))


async def leave(c: AsyncConnection, digest: str) -> str | None:
    """Somebody leaves by their link: nothing of the row is left; the keyed hash of their address, None for nobody."""
    gone = await c.execute(sa.delete(reader).where(reader.c.link == digest).returning(reader.c.index))
    index: str | None = gone.scalar()
    if index is not None:
        await c.execute(sa.delete(reader_asked).where(reader_asked.c.index == index))
    return index


async def erase(c: AsyncConnection, indexes: Collection[str]) -> int:
    """Erase the rows of some addresses, by their keyed hashes; how many there were."""
    gone = 0
    for index in indexes:
        done = await c.execute(sa.delete(reader).where(reader.c.index == index))
        await c.execute(sa.delete(reader_asked).where(reader_asked.c.index == index))
        gone += done.rowcount
    return gone


async def bar(c: AsyncConnection, index: str, reason: str) -> None:
    """No letter goes to this address any more."""
    await c.execute(sa.delete(reader_barred).where(reader_barred.c.index == index))
    await c.execute(sa.insert(reader_barred).values(index=index, reason=reason))


async def count_bounce(c: AsyncConnection, id: str, times: int, week: str) -> None:
    """Letters to a reader have come back so many times in a row, the last in this week."""
    await c.execute(sa.update(reader).where(reader.c.id == id).values(bounces=times, bounced=week))


async def add(c: AsyncConnection, one: Newcomer) -> bool:
    """Take in somebody who has confirmed elsewhere; False where the address is there or barred, and nothing changes."""
    return await _insert(c, one, None, None, allowed=True)


async def of(c: AsyncConnection, index: str) -> Mapping[str, Any] | None:
    """The row of an address, by its keyed hash."""
    found = (await c.execute(sa.select(reader).where(reader.c.index == index))).mappings().first()
    return None if found is None else dict(found)


async def count(c: AsyncConnection) -> int:
    """How many have confirmed."""
    found = await c.execute(sa.select(sa.func.count()).select_from(reader).where(reader.c.until.is_(None)))
    return int(found.scalar_one())


async def rows(c: AsyncConnection, batch: int = 500) -> AsyncIterator[Mapping[str, Any]]:
    """Every confirmed row, by keyset: memory does not grow with their number."""
    after = ""
    while True:
        found = await c.execute(
            sa.select(reader).where(reader.c.until.is_(None), reader.c.id > after).order_by(reader.c.id).limit(batch)
        )
        page = [dict(row) for row in found.mappings()]
        for row in page:
            yield row
        if len(page) < batch:
            return
        after = page[-1]["id"]


# ---- letters


async def letters(c: AsyncConnection, now: datetime, most: int) -> list[Mapping[str, Any]]:
    """Letters that are due, each with the sealed row of its reader."""
    query = _letters().where(reader_letter.c.due_at <= now)
    found = await c.execute(query.order_by(reader_letter.c.id).limit(most))
    return [dict(row) for row in found.mappings()]


async def letter(c: AsyncConnection, number: int) -> Mapping[str, Any] | None:
    """One letter as `letters` gives it; None when its reader has left meanwhile."""
    found = (await c.execute(_letters().where(reader_letter.c.id == number))).mappings().first()
    return None if found is None else dict(found)


def _letters() -> sa.Select[Any]:
    columns = (reader_letter, reader.c.sealed.label("row"), reader.c.choices, reader.c.week)
    return sa.select(*columns).join(reader, reader.c.id == reader_letter.c.reader)


async def put_off(c: AsyncConnection, number: int, due_at: datetime, *, counts: bool) -> None:
    """A letter could not be sent: it is due again; `counts`: that was a try."""
    row = reader_letter.c.id == number
    values = {"due_at": due_at, "attempts": reader_letter.c.attempts + (1 if counts else 0)}
    await c.execute(sa.update(reader_letter).where(row).values(values))


async def forget_letter(c: AsyncConnection, number: int) -> None:
    """A letter has gone out, or never will."""
    await c.execute(sa.delete(reader_letter).where(reader_letter.c.id == number))


async def sweep(c: AsyncConnection, now: datetime) -> int:
    """Forget who has not confirmed in time, and who asked a day ago; how many rows of readers went."""
    gone = await c.execute(sa.delete(reader).where(reader.c.until <= now))
    await c.execute(sa.delete(reader_asked).where(reader_asked.c.at <= now - A_DAY))
    return int(gone.rowcount)
