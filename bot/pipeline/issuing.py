"""The newsletter's live wire: a post that goes out becomes an issue, whose readers the mailing serves one by one.

A correction or withdrawal goes to those who were told; for everybody else the issue that is under way goes on with the
new words, or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
            if new and row["subject"].startswith("d"):
                # It may have waited, and one of its statements been put right, taken back or freed of a name since.
                opened = {**row, "id": number, "pace": await mails.pace_of(c, row["subject"])}
                await freshen(c, self.corridor, opened, now)
        return Receipt(remote_id=f"issue-{number}", url=None, wire="live")

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """The relays have lines of their own in `doctor`."""
        return ()

    async def close(self) -> None:
        """There is nothing to let go of."""


async def overtake(c: Any, corridor: Corridor, place: Subject, rendition: int | None, now: datetime) -> None:
    """A person has put a story right in one place (`rendition`), or taken it back (None): what of it is under way.

    Whoever has not had it gets the new words at once; what was to put an older text right gives way to what does now.
    """
    for one in await mails.telling(c, place.name, place.channel, place.language):
        if one["key"].startswith("d"):
            await freshen(c, corridor, one, now)
        elif rendition is None or one["pace"] is None:
            await mails.end(c, one["id"], "overtaken")
        else:
            await mails.exchange(c, one["id"], rendition)


async def freshen(c: Any, corridor: Corridor, one: Mapping[str, Any], now: datetime) -> None:
    """A digest goes on with the newest words of its stories, without those that were withdrawn and without the names
    that were taken out."""
    name = one["key"].split("/")[0]
    rows = await mails.newest(c, await mails.stories_of(c, name), one["channel"], one["language"])
    if not rows:
        return await mails.end(c, one["id"], "withdrawn")
    items = await restored(c, corridor, rows, now)
    place = Subject(name=name, revision=1, channel=one["channel"], language=one["language"])
    approved, count = lay_out(corridor, place, one["pace"], items, await mails.hour_of(c, name))
    if count < len(rows):
        text = f"{one['key']} was corrected while it went out, and grew too long: the rest of its readers miss it."
        await alarms.raise_event(c, f"overtaken/{one['key']}", text, "Publish its statements by repost.", now)
        return await mails.end(c, one["id"], "too long once it was corrected")
    if approved.hashes == tuple((await ledger.rendition_of(c, one["rendition_id"]))["hashes"]):
        return None
    kind = corridor.settings.channels[one["channel"]].kind
    newer = replace(approved, subject=replace(place, revision=await mails.raise_digest(c, name)))
    await mails.exchange(c, one["id"], await ledger.save_digest(c, newer, kind, now))


def _of(cause: str) -> Cause:
    return Cause(cause.partition("-")[0])
