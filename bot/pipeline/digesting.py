"""Several statements as one letter, for those who want to hear once a day or once a week: each as it was approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import channels
from bot import outbox, review
from bot.model import Approved, Subject
from bot.pipeline.corridor import Corridor
from bot.pipeline.parts import Parts
from bot.rendering import framed
from bot.store import gates, ledger, mails
from channels import Rhythm

Row = Mapping[str, Any]
LATE = timedelta(days=2)  # so long after its hour a statement may still be found that was to be told then


class Digesting(Parts):
    """Gathering."""

    async def digest(self) -> int:
        """Put together what is due by now; how many letters that made. Where nothing happened, none is made."""
        now, made = self.clock(), 0
        zone = ZoneInfo(self.settings.project.timezone)
        for name, one in self.settings.channels.items():
            if not one.enabled:
                continue
            for rhythm in channels.abilities(one.kind).rhythms(one):
                slot = _slot(rhythm, now, zone)
                for language in one.languages_served():
                    key = f"digest/{name}/{language}/{rhythm.name}"
                    if self.slots.get(key) != slot:
                        made += await self._digest(key, name, language, rhythm.name, slot, now)
                        self.slots[key] = slot
        return made

    async def _digest(self, key: str, channel: str, language: str, pace: str, slot: datetime, now: datetime) -> int:
        """The digests of one place at one hour: more than one when a letter would grow too long."""
        made = 0
        async with self.store.write() as c:
            # The first hour of all, from which on statements count, and the last that was served.
            first, _, last = (await gates.value(c, key) or "").partition(" ")
            if last and slot <= datetime.fromisoformat(last):
                return 0  # done before; or a clock was put back
            await gates.save_value(c, key, f"{first or slot.isoformat()} {slot.isoformat()}")
            if not last:
                return 0
            since = max(datetime.fromisoformat(first), datetime.fromisoformat(last) - LATE)
            wire = self.settings.delivery.wire
            stories = await mails.went_out(c, channel, language, pace, wire, since, slot)
            rows = await mails.newest(c, stories, channel, language)
            while rows:
                rows = rows[await self._put_together(c, channel, language, pace, rows, slot, now) :]
                made += 1
        return made

    async def _put_together(
        self, c: Any, channel: str, language: str, pace: str, rows: Sequence[Row], slot: datetime, now: datetime
    ) -> int:
        """Book one digest of the first of these renditions, dated by its hour; how many of them it holds."""
        items = await restored(c, self.corridor, rows, now)
        place = Subject(name="d0", revision=1, channel=channel, language=language)
        _, count = lay_out(self.corridor, place, pace, items, slot)
        name = await mails.open_digest(c, channel, language, pace, rows[:count], slot)
        approved, _ = lay_out(self.corridor, replace(place, name=name), pace, items[:count], slot)
        kind = self.settings.channels[channel].kind
        rendition = await ledger.save_digest(c, approved, kind, now)
        lifetime = self.settings.delivery.not_after
        public = channels.load(kind).public
        booked = outbox.enqueue(approved, kind=kind, public=public, now=now, lifetime=lifetime)
        await self._book(c, booked, rendition, channel, now)
        return count


def lay_out(
    corridor: Corridor, subject: Subject, pace: str, items: Sequence[Approved], hour: datetime
) -> tuple[Approved, int]:
    """Some posts as one letter of an hour, approved because each of them is; and how many of them it holds."""
    settings = corridor.settings.channels[subject.channel]
    digest = channels.abilities(settings.kind).digest
    assert digest is not None  # it has a rhythm
    frame = framed(
        corridor.templates,
        settings.kind,
        subject.language,
        organisation=corridor.settings.project.name,
        weekly=pace == "weekly",
        on=corridor.day(hour),
    )
    post, count = digest([item.posts[0] for item in items], frame, settings)
    return review.gathered(subject, items[:count], post, hour), count


async def restored(c: Any, corridor: Corridor, rows: Sequence[Row], now: datetime) -> list[Approved]:
    """What was approved, out of the ledger, without the names that were taken out since.

    Raises ValueError when it is no longer the same.
    """
    made = []
    for row in rows:
        held = ledger.approved_of(row)
        names = await gates.withheld_names(c, row["subject"])
        posts = corridor.without(held.posts, names, row["kind"], row["language"])
        approved = review.approve(replace(held, posts=posts), person=row["approver"], now=now)
        assert approved is not None  # it went out
        made.append(approved)
    return made


def _slot(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment up to now at which a rhythm came round, in UTC: an hour that a clock skips or repeats is one."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=0 if rhythm.day is None else (local.weekday() - rhythm.day) % 7)
    slot = datetime.combine(day, rhythm.at, zone).astimezone(UTC)
    if slot > now:
        before = day - timedelta(days=1 if rhythm.day is None else 7)
        slot = datetime.combine(before, rhythm.at, zone).astimezone(UTC)
    return slot
