"""Letters to single readers: the pages have asked for them, and only here are their rows opened.

A letter that has gone out is forgotten; one whose outcome is unknown is sent again with the same Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot import outbox
from bot.model import MACHINE
from bot.rendering import Catalogue
from bot.store import Store, alarms, people, readers
from bot.subscribers import letters
from bot.subscribers.erasures import Erasures
from bot.subscribers.letters import Letter
from bot.subscribers.sealing import Opener, Sealed
from channels import Outcome, Receipt, Refused

AT_ONCE = 20  # letters that one look takes up
FAILS = "letters"  # the key of the alarm


class Courier(Protocol):
    """Who lays letters out as mail and hands them over."""

    async def carry(self, letter: Letter, message_id: str, date: datetime) -> Outcome:
        """One letter; the outcome repeats no address."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """The writer of letters."""

    store: Store
    opener: Opener
    courier: Courier
    erasures: Erasures
    catalogue: Callable[[str], Catalogue]
    organisation: str
    public_url: str
    clock: Callable[[], datetime]

    async def forget_the_gone(self) -> int:
        """A restored copy forgets whoever has left since it was made; how many rows that took."""
        async with self.store.write() as c:
            gone = await readers.erase(c, self.erasures.gone())
        if gone:
            await self.store.scrub()
        return gone

    async def work(self) -> int:
        """Sweep, then write every letter that is due; how many have gone out."""
        now = self.clock()
        async with self.store.write() as c:
            swept = await readers.sweep(c, now)
            due = await readers.letters(c, now, AT_ONCE)
        if swept:
            await self.store.scrub()
        return sum([await self._one(row, now) for row in due])

    async def _one(self, row: Mapping[str, Any], now: datetime) -> bool:
        try:
            letter = self._written(row)
        except Sealed:
            await self._settle(row, Refused(reason="a row cannot be opened: the keys are not those it was sealed with"))
            return False
        message_id = hashlib.sha256(f"{row['reader']}/{row['id']}/{row['kind']}".encode()).hexdigest()[:32]
        outcome = await self.courier.carry(letter, message_id, now)
        await self._settle(row, outcome)
        return isinstance(outcome, Receipt)

    def _written(self, row: Mapping[str, Any]) -> Letter:
        """The letter of a row. Raises Sealed."""
        values = self.opener.open(row["reader"], "row", row["row"])
        if row["choices"] is not None:
            values |= self.opener.open(row["reader"], "choices", row["choices"])
        word = ""
        if row["kind"] == "confirm":
            word = self.opener.open(row["reader"], "letter", row["sealed"])["word"]
        words = self.catalogue(values["language"])
        return letters.written(row["kind"], values, word, words, self.organisation, self.public_url)

    async def _settle(self, row: Mapping[str, Any], outcome: Outcome) -> None:
        """Forget the letter, or put it off; someone is told of what does not pass by itself. No reader is named."""
        now = self.clock()
        async with self.store.write() as c:
            over = isinstance(outcome, Receipt) or (isinstance(outcome, Refused) and not outcome.lasting)
            if over or row["attempts"] + 1 >= outbox.MAX_ATTEMPTS:
                await readers.forget_letter(c, row["id"])
            else:
                await readers.put_off(c, row["id"], now + outbox.wait(row["attempts"] + 1))
            if isinstance(outcome, Receipt):
                await alarms.clear(c, FAILS, now)
            elif row["attempts"] >= 2 or isinstance(outcome, Refused):
                text = f"A letter to a reader could not be sent: {outcome.reason}."
                await alarms.raise_lasting(c, FAILS, text, "Look at [channels.newsletter] and its relay.", now)
                await people.record(c, now, who=MACHINE, what="letter", detail=f"{row['kind']}: {outcome.reason}")
