"""Out: what is due is sent, each channel by itself; what a dead process left behind is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import channels
from bot import delivery, outbox
from bot.errors import TemporaryError
from bot.model import (
    MACHINE,
    Cause,
    Claimed,
    Delivery,
    DeliveryState,
    StoryState,
)
from bot.pipeline.leaving import forget_the_gone
from bot.pipeline.spending import MILLIONTHS, Spending
from bot.pipeline.witnessing import At, Witnessing
from bot.store import alarms, gates, intake, ledger, people
from channels import Outcome, Pace, Wire

BUSY_SECONDS = 1.0  # between two tries to write down an outcome


class Sending(Spending, Witnessing):
    """The way out."""

    async def recover(self) -> int:
        """After a crash: what was being sent becomes unknown (public) or due again (mail). Returns how many.

        And after a restore: whoever has left since is forgotten again.
        """
        now = self.clock()
        if self.lettering is not None:
            await forget_the_gone(self.store, self.lettering.erasures)
        async with self.store.write() as c:
            rows = await ledger.orphans(c, self.owner, None if self.alone else now)
            for row in rows:
                state = outbox.orphaned(public=row["public"], action=row["action"])
                error = "the process ended while this was being sent"
                if state is DeliveryState.DUE and await self._refused(c, row["subject"], row["cause"]):
                    state, error = DeliveryState.CANCELLED, f"{error}; a person has refused it since"
                await ledger.resettle(c, row["id"], state, now, error)
                await self._tell_outcome(c, state, row["key"], row["subject"], row["revision"], error, now)
            await ledger.cancel_rehearsed(c, self.settings.delivery.wire)
        return len(rows) + (await self.mailing.recover() if self.mailing is not None else 0)

    async def deliver(self) -> int:
        """Send everything that is due, each channel by itself; the number of attempts."""

        async def work(name: str, wire: Wire) -> int:
            await self.witness(name)
            return await delivery.work_off(self, name, wire, clock=self.clock, silent=self.is_quiet)

        tallies = await asyncio.gather(*(work(*one) for one in self.wires.items()), return_exceptions=True)
        if bugs := [one for one in tallies if isinstance(one, Exception)]:
            raise ExceptionGroup("a wire or the ledger has a bug; the other channels were served", bugs)
        return sum(one for one in tallies if isinstance(one, int))

    async def claim(self, channel: str, now: datetime) -> Claimed | timedelta | None:
        """`delivery.Ledger`: commit the next due row of a channel as `sending`; none while the service is ending.

        A channel that a person has paused takes back what is withdrawn, and nothing more; one whose platform refuses
        everything is not asked at all, and any live one not faster than its platform may be.
        """
        if self.closing:
            return None
        wire = self.settings.delivery.wire
        async with self.store.write() as c:
            for key, subject in await ledger.expire(c, channel, wire=wire, now=now):
                why = "too late for an automatic post"
                await self._tell_outcome(c, DeliveryState.EXPIRED, key, subject, None, why, now)
            pausing = await gates.paused(c, channel, now)
            if MACHINE in pausing:
                return None
            paces = self._paces(channel)
            asked = await gates.paces(c, [one.name for one in paces])
            pause = max((_wait(pace, asked, now) for pace in paces), default=timedelta())
            if pause and await ledger.is_due(c, channel, wire=wire, now=now):
                return pause
            place = await self.leads_to(c, channel)
            one = await ledger.next_due(c, channel, wire=wire, now=now, withdrawals=bool(pausing), place=place)
            if one is not None and not await self.affords(c, one, now):
                one = await ledger.next_due(c, channel, wire=wire, now=now, withdrawals=True, place=place)
            if one is None:
                return None
            for pace in paces:
                full_at = asked[pace.name]["full_at"] if pace.name in asked else None
                await gates.save_pace(c, pace.name, full_at=outbox.pace_spent(full_at, pace, now))
            claimed = await ledger.begin(
                c,
                one,
                owner=self.owner,
                now=now,
                lease_until=now + outbox.LEASE,
                place=place,
                fee=int(self.fee(one) * MILLIONTHS),
            )
            return replace(claimed, place=await self._moved_to(c, channel))

    def _paces(self, channel: str) -> tuple[Pace, ...]:
        """How fast the platform of a channel may be asked; a rehearsal asks nobody."""
        if self.settings.delivery.wire != "live":
            return ()
        settings = self.settings.channels[channel]
        return channels.abilities(settings.kind).paces(settings)

    async def settle(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        """`delivery.Ledger`: commit what came of an attempt, however long the database is busy: only we know it."""
        while True:
            try:
                return await self._settled(row, outcome, now)
            except TemporaryError:
                await asyncio.sleep(BUSY_SECONDS)

    async def _settled(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        can = channels.abilities(row.kind)
        change = outbox.settle(outcome, row, public=row.public, edits=can.edits, deletes=can.deletes, now=now)
        async with self.store.write() as c:
            if change.state is DeliveryState.DUE and await self._given_up(c, row):
                error = f"{change.error}; a person has refused it since"
                change = replace(change, state=DeliveryState.CANCELLED, error=error)
            kept = await ledger.settle(
                c, row.number, row.attempts, self.owner, now, outcome=type(outcome).__name__.lower(), change=change
            )
            if kept and change.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
                name, revision = row.subject.name, row.subject.revision
                broken = bool(await ledger.broken_threads(c, key=row.key))
                await self._tell_outcome(c, change.state, row.key, name, revision, str(change.error), now, broken)
                if change.state is DeliveryState.FAILED and row.subject.cause.startswith(f"{Cause.CORRECT}-"):
                    await intake.raise_revision(c, int(name.removeprefix("s")))  # judged again, it is proposed again
            elif kept and change.state is DeliveryState.SENT and row.action == "create":
                await self.too_late(c, at_of(row), change.remote_id, now)
            await self._heed(c, row.subject.channel, change, now)

    async def _heed(self, c: Any, channel: str, change: outbox.Change, now: datetime) -> None:
        """What an outcome says of the whole channel: leave it alone for a while, it has moved, or it takes nothing."""
        if change.pauses is not None:
            for one in self._paces(channel):
                await gates.save_pace(c, one.name, until=change.pauses)
        if change.place is not None:
            await gates.save_value(c, f"moved/{channel}", f"{self._as_set(channel)}\n{change.place}")
            text = f"The platform says that {channel} has a new id: {change.place}. It is used from now on."
            cure = f"Write it into the settings, under channels.{channel}."
            await alarms.raise_event(c, f"moved/{channel}/{change.place}", text, cure, now)
        if change.stops is not None:
            await gates.set_pause(c, channel, None, change.stops, MACHINE, now)
            text = f"Nothing is posted on {channel} until this is mended: {change.stops}"
            await alarms.raise_lasting(c, f"stopped/{channel}", text, f"Then: vestka resume {channel}", now)

    async def _given_up(self, c: Any, row: Delivery) -> bool:
        """Whether nobody wants any more what was on its way: its story was refused, or withdrawn there."""
        cause = row.subject.cause.partition("-")[0]
        if cause in (Cause.RETRACT, Cause.REDACT):
            return False
        return await self._refused(c, row.subject.name, row.subject.cause) or await self._withdrawn(c, row)

    async def _withdrawn(self, c: Any, row: Delivery) -> bool:
        return await ledger.is_withdrawn(c, row.number, row.subject.name, row.subject.channel, row.subject.language)

    async def _refused(self, c: Any, subject: str, cause: str) -> bool:
        """Whether a person has refused a story, while a post of it was on its way: then it is not tried again."""
        if not subject.startswith("s"):
            return False  # several stories at once are refused one by one
        number = int(subject.removeprefix("s"))
        wanted = cause == Cause.AUTO or cause.startswith(f"{Cause.REPOST}-")
        return wanted and await intake.state_of(c, number) is StoryState.SKIPPED

    async def _tell_outcome(
        self,
        c: Any,
        state: DeliveryState,
        key: str,
        subject: str,
        revision: int | None,
        why: str,
        now: datetime,
        broken: bool = False,
    ) -> None:
        """What did not end as it should stands in the trail, and someone is told; `broken`: a thread ends with it."""
        await people.record(
            c, now, who=MACHINE, what=state.value, subject=subject, revision=revision, detail=f"{key}: {why}"
        )
        if state is DeliveryState.UNKNOWN:
            text = f"Nobody knows whether {key} was posted ({why})."
            cure = f"Look at the channel, then: vestka resolve {key} sent, again or drop."
            await alarms.raise_lasting(c, f"unknown/{key}", text, cure, now)
        elif state in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            done, cure = _of_cause(key.split("/")[5].partition("-")[0], subject.removeprefix("s"))
            if not subject.startswith("s"):
                cure = "Those who hear once a day or a week miss it; its statements can be posted once more by repost."
            if broken:
                down = f"vestka retract {subject.removeprefix('s')} {key.split('/')[2]}"
                cure = f"The parts before it are public. To finish: vestka resolve {key} again. To take down: {down}"
            text = f"{key} was not {done}: {why}."
            await alarms.raise_event(c, f"{state}/{key}/{now:%Y-%m-%dT%H:%M}", text, cure, now)

    async def is_due(self, channel: str) -> bool:
        """Whether anything may be due on a channel: a look that takes no lock."""
        async with self.store.read() as c:
            return await ledger.is_due(c, channel, wire=self.settings.delivery.wire, now=self.clock())

    def is_quiet(self, now: datetime) -> bool:
        """Whether posts make no sound at this moment."""
        hours = self.settings.quiet_hours
        if hours.from_ is None or hours.to is None:
            return False
        local = now.astimezone(ZoneInfo(self.settings.project.timezone))
        start, end = (hour.hour * 60 + hour.minute for hour in (hours.from_, hours.to))
        return outbox.is_quiet(local.hour * 60 + local.minute, start, end)


def at_of(row: Delivery) -> At:
    """Which delivery it is."""
    place = row.subject
    return At(
        number=row.number,
        key=row.key,
        subject=place.name,
        channel=place.channel,
        language=place.language,
        cause=place.cause,
    )


def _of_cause(cause: str, number: str) -> tuple[str, str]:
    """What was not done to a post, and what a person can do about it."""
    return {
        Cause.CORRECT: ("corrected", f"Look at the post; then: vestka correct {number}"),
        Cause.RETRACT: ("taken away", "Look at the channel, and delete it there by hand."),
        Cause.REDACT: ("freed of a name", f"Delete it there by hand, or: vestka retract {number}"),
    }.get(Cause(cause), ("posted", f"When the cause is mended: vestka repost {number}"))


def _wait(pace: Pace, asked: Mapping[str, Mapping[str, Any]], now: datetime) -> timedelta:
    """How long one pace asks to wait."""
    row = asked.get(pace.name)
    if row is None:
        return timedelta()
    return max((row["until"] or now) - now, outbox.pace_wait(row["full_at"], pace, now))
