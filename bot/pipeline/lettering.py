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
from bot.errors import SettingsError
from bot.model import MACHINE
from bot.pipeline.leaving import SCRUB, scrub
from bot.rendering import Catalogue
from bot.store import Store, alarms, gates, people, readers
from bot.subscribers import letters
from bot.subscribers.erasures import Erasures
from bot.subscribers.letters import Letter
from bot.subscribers.sealing import Opener, Sealed
from channels import Outcome, Receipt, Refused, Unknown

AT_ONCE = 20  # letters that one look takes up
FAILS = "letters"  # the key of the alarm
MOST_TRIES = 200  # at most one an hour: longer than any word that confirms is good for


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

    async def work(self) -> int:
        """Sweep, then write every letter that is due; how many have gone out."""
        now = self.clock()
        async with self.store.write() as c:
            if await readers.sweep(c, now):
                await gates.save_value(c, SCRUB, "due")
            due = await readers.letters(c, now, AT_ONCE)
        await scrub(self.store)
        return sum([await self._one(row["id"], now) for row in due])

    async def _one(self, number: int, now: datetime) -> bool:
        async with self.store.read() as c:
            row = await readers.letter(c, number)
        if row is None:
            return False  # whoever it was for has left meanwhile
        try:
            letter = self._written(row)
        except Sealed:
            reason = "a row cannot be opened: the keys are not those it was sealed with"
            await self._settle(row, Refused(reason=reason, lasting=True))
            return False
        except (KeyError, SettingsError) as error:  # a language that was taken off since, or a row that is not ours
            await self._settle(row, Refused(reason=f"it cannot be written: {error}"))
            return False
        # Each letter has sealed bytes of its own: its Message-ID is the same at each try, and no other's.
        outcome = await self.courier.carry(letter, hashlib.sha256(row["sealed"]).hexdigest()[:32], now)
        await self._settle(row, outcome)
        return isinstance(outcome, Receipt)

    def _written(self, row: Mapping[str, Any]) -> Letter:
        """The letter of a row. Raises Sealed."""
        values = self.opener.open(row["reader"], "row", row["row"])
        if row["choices"] is not None:
            values |= self.opener.open(row["reader"], "choices", row["choices"])
        values["week"] = row["week"]
        word = self.opener.open(row["reader"], "letter", row["sealed"])["word"]
        words = self.catalogue(values["language"])
        return letters.written(row["kind"], values, word, words, self.organisation, self.public_url)

    async def _settle(self, row: Mapping[str, Any], outcome: Outcome) -> None:
        """Forget the letter, or put it off; someone is told of what does not pass by itself. No reader is named."""
        now = self.clock()
        async with self.store.write() as c:
            tries = row["attempts"] + 1
            lasting = isinstance(outcome, Refused) and outcome.lasting
            most = outbox.MAX_ATTEMPTS if isinstance(outcome, Unknown) else MOST_TRIES
            if lasting or (not isinstance(outcome, Receipt | Refused) and tries < most):
                # What a person must mend is no letter's failed try.
                await readers.put_off(c, row["id"], now + outbox.wait(tries), counts=not lasting)
            else:
                await readers.forget_letter(c, row["id"])
            if isinstance(outcome, Receipt):
                await alarms.clear(c, FAILS, now)
            elif row["attempts"] >= 2 or isinstance(outcome, Refused):
                text = f"A letter to a reader could not be sent: {outcome.reason}."
                await alarms.raise_lasting(c, FAILS, text, "Look at [channels.newsletter] and its relay.", now)
                await people.record(c, now, who=MACHINE, what="letter", detail=f"{row['kind']}: {outcome.reason}")
