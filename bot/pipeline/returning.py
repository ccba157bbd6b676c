"""What is done about a mail that did not reach its reader. Nothing names an address, not even to those in charge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.pipeline.leaving import note_left, scrub
from bot.pipeline.sealing import week
from bot.store import Store, alarms, mails, readers
from bot.subscribers.bounces import MOST, Meaning, counted, meaning
from bot.subscribers.erasures import Erasures
from bot.subscribers.sealing import Opener, Sealed


async def heed(c: Any, reader: Mapping[str, Any], status: str, journal: Erasures, now: datetime) -> Meaning:
    """Heed one refusal: an address where nothing arrives is barred and its row erased; what is about us is told.

    `reader` is the row. Raises OSError when the journal of erasures cannot be written.
    """
    about = meaning(status)
    if about is Meaning.OURS:
        text = f"Mail servers refuse the newsletter ({status}). That is about our domain or relay, not about readers."
        cure = "`vestka doctor` looks at SPF, DKIM and DMARC; your relay's provider knows whether it is on a list."
        await alarms.raise_event(c, f"mail/refused/{status}/{now:%Y-%m-%d}", text, cure, now)
        return about
    times = counted(reader["bounces"], reader["bounced"], week(now))
    if about is Meaning.GONE or times >= MOST:
        await readers.bar(c, reader["index"], status or "refused")
        await readers.erase(c, [reader["index"]])
        await note_left(c, journal, reader["index"])
    else:
        await readers.count_bounce(c, reader["id"], times, week(now))
    return about


LOOK = timedelta(minutes=5)  # between two looks into the mailbox
FAILS = "mail/mailbox"  # the key of the alarm


class Report(Protocol):
    """A message that came back."""

    token: str
    status: str | None


class Mailbox(Protocol):
    """Where mail comes back."""

    async def look(self) -> Sequence[Any]:
        """The reports that nobody has heeded. Raises `unreadable`."""
        ...

    async def done(self, heeded: Collection[Any], strange: Collection[Any]) -> None:
        """Delete the first, leave the others alone from now on."""
        ...


@dataclass(kw_only=True)
class Returning:
    """The reader of what comes back. `unreadable` is what a mailbox raises that cannot be read."""

    store: Store
    opener: Opener
    mailbox: Mailbox
    unreadable: type[Exception]
    erasures: Erasures
    clock: Callable[[], datetime]
    looked: datetime | None = None

    async def work(self) -> int:
        """Look, when it is time to; how many reports were heeded. A forged one changes nothing."""
        now = self.clock()
        if self.looked is not None and abs(now - self.looked) < LOOK:
            return 0
        self.looked = now
        try:
            reports = await self.mailbox.look()
            heeded = [one for one in reports if await self._heeded(one, now)]
            if reports:
                await self.mailbox.done(heeded, [one for one in reports if one not in heeded])
        except self.unreadable as error:
            async with self.store.write() as c:
                text = f"What comes back of the newsletter cannot be read: {error}."
                await alarms.raise_lasting(c, FAILS, text, "See imap and imap_user, and `vestka doctor`.", now)
            return 0
        async with self.store.write() as c:
            await alarms.clear(c, FAILS, now)
        await scrub(self.store)
        return len(heeded)

    async def _heeded(self, report: Report, now: datetime) -> bool:
        """Heed one report; False when it belongs to no mail that we have sent."""
        async with self.store.write() as c:
            row = await mails.by_token(c, report.token)
            if row is None:
                return False
            if report.status is None or row["state"] == mails.FAILED:
                return True  # it tells of no failure, or of one that counts already
            await mails.came_back(c, row, report.status or "came back")
            try:
                id = self.opener.reveal(row["token"], row["who"]).partition(" ")[0]
            except Sealed:
                return True  # a damaged row: nobody can tell whose it was
            reader = (await mails.readers_of(c, [id])).get(id)
            if reader is not None:
                await heed(c, reader, report.status, self.erasures, now)
        return True
