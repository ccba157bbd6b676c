"""Leaving and coming back, noted in the journal of erasures within the transaction that does it."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.store import Store, gates, readers
from bot.subscribers.erasures import MARK, Erasures

SCRUB = "scrub"  # the key under which it is remembered that erased bytes may still lie in the journal of the database


async def note_left(c: Any, journal: Erasures, index: str) -> None:
    """Somebody leaves: a crash between this and the commit erases twice, and never not at all. Raises OSError."""
    await _mark(c, await asyncio.to_thread(journal.left, index))
    await gates.save_value(c, SCRUB, "due")


async def note_came(c: Any, journal: Erasures, index: str) -> None:
    """Somebody confirms; who has never left is written into no journal. Raises OSError."""
    if index in await asyncio.to_thread(journal.gone):
        await _mark(c, await asyncio.to_thread(journal.came, index))


async def _mark(c: Any, length: int) -> None:
    known = int(await gates.value(c, MARK) or 0)
    await gates.save_value(c, MARK, str(max(known, length)))


async def forget_the_gone(store: Store, journal: Erasures) -> int:
    """A copy that was restored forgets whoever has left since it was made; how many rows that took."""
    async with store.write() as c:
        known = int(await gates.value(c, MARK) or 0)
        gone = await readers.erase(c, journal.gone(known)) if journal.length() > known else 0
        await _mark(c, journal.length())
        if gone:
            await gates.save_value(c, SCRUB, "due")
    await scrub(store)
    return gone


async def scrub(store: Store) -> bool:
    """Take erased bytes out of the database's journal, where any may be; False while somebody's reading keeps them."""
    async with store.read() as c:
        due = await gates.value(c, SCRUB)
    if due is None:
        return True
    if not await store.scrub():
        return False
    async with store.write() as c:
        await gates.save_value(c, SCRUB, None)
    return await store.scrub()
