"""The newsletter's live wire: a post that goes out becomes an issue, whose readers the mailing serves one by one.

A correction or withdrawal goes to those who were told; for everybody else the issue that is under way goes on with the
new words, or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.model import Cause, Subject
from bot.pipeline.corridor import Corridor
from bot.pipeline.digesting import lay_out, restored
from bot.store import Store, alarms, ledger, mails
from bot.subscribers.choices import Pace
from channels import Checkup, Envelope, Outcome, Post, Receipt

LIFETIME = timedelta(days=7)  # what has not reached a reader by then is no news any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """A `Wire` that sends nothing by itself; it writes into the ledger, and twice is as good as once."""

    store: Store
    corridor: Corridor
    clock: Callable[[], datetime]

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """Open the issue of a delivery; the receipt names it."""
        now = self.clock()
        async with self.store.write() as c:
            row = await mails.of_delivery(c, envelope.key)
            told = _of(row["cause"]) in (Cause.CORRECT, Cause.RETRACT)
            number, new = await mails.open_issue(
                c,
                row,
                pace=None if told else await mails.pace_of(c, row["subject"]) or Pace.EACH.value,
                stories=await mails.stories_of(c, row["subject"]),
                date=envelope.date,
                not_after=now + LIFETIME,
            )
            if new and told:
                for one in await mails.earlier(c, number):
                    await self._overtake(c, one, row, now)
        return Receipt(remote_id=f"issue-{number}", url=None, wire="live")

    async def _overtake(self, c: Any, one: Mapping[str, Any], row: Mapping[str, Any], now: datetime) -> None:
        """What the issue under way still has to say, by the word that was just given."""
        subject = one["key"].split("/")[0]
        if subject.startswith("d"):
            await self._overtake_digest(c, one, subject, now)
        elif _of(row["cause"]) is Cause.RETRACT:
            await mails.end(c, one["id"], "withdrawn")
        else:
            await mails.exchange(c, one["id"], row["rendition_id"])

    async def _overtake_digest(self, c: Any, one: Mapping[str, Any], name: str, now: datetime) -> None:
        """A digest under way goes on with the newest words of its stories, without those that were withdrawn."""
        rows = await mails.newest(c, await mails.stories_of(c, name), one["channel"], one["language"])
        if not rows:
            return await mails.end(c, one["id"], "withdrawn")
        revision = await mails.raise_digest(c, name)
        place = Subject(name=name, revision=revision, channel=one["channel"], language=one["language"])
        items = await restored(c, self.corridor, rows, now)
        approved, count = lay_out(self.corridor, place, one["pace"], items, one["date"])
        if count < len(rows):
            text = f"{one['key']} was corrected while it went out, and grew too long: the rest of its readers miss it."
            await alarms.raise_event(c, f"overtaken/{one['key']}", text, "Publish its statements by repost.", now)
            return await mails.end(c, one["id"], "too long once it was corrected")
        kind = self.corridor.settings.channels[one["channel"]].kind
        await mails.exchange(c, one["id"], await ledger.save_digest(c, approved, kind, now))

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """The relays have lines of their own in `doctor`."""
        return ()

    async def close(self) -> None:
        """There is nothing to let go of."""


def _of(cause: str) -> Cause:
    return Cause(cause.partition("-")[0])
