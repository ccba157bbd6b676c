"""Out: what is due is sent, each channel by itself; what a dead process left behind is settled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot import delivery, outbox
from bot.errors import TemporaryError
from bot.model import (
    MACHINE,
    Cause,
    Delivery,
    DeliveryState,
    StoryState,
)
from bot.pipeline.parts import Parts
from bot.store import alarms, intake, ledger, people
from channels import Outcome

BUSY_SECONDS = 1.0  # between two tries to write down an outcome


class Sending(Parts):
    """The way out."""

    async def recover(self) -> int:
        """After a crash: what was being sent becomes unknown (public) or due again (mail). Returns how many."""
        now = self.clock()
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
        return len(rows)

    async def deliver(self) -> int:
        """Send everything that is due, each channel by itself; the number of attempts."""
        tallies = await asyncio.gather(
            *(
                delivery.work_off(self, name, wire, clock=self.clock, silent=self.is_quiet)
                for name, wire in self.wires.items()
            ),
            return_exceptions=True,
        )
        if bugs := [one for one in tallies if isinstance(one, Exception)]:
            raise ExceptionGroup("a wire or the ledger has a bug; the other channels were served", bugs)
        return sum(one for one in tallies if isinstance(one, int))

    async def claim(self, channel: str, now: datetime) -> tuple[Delivery, str | None] | None:
        """`delivery.Ledger`: commit the next due row of a channel as `sending`; none while the service is ending."""
        if self.closing:
            return None
        async with self.store.write() as c:
            for key, subject in await ledger.expire(c, channel, wire=self.settings.delivery.wire, now=now):
                why = "too late for an automatic post"
                await self._tell_outcome(c, DeliveryState.EXPIRED, key, subject, None, why, now)
            return await ledger.claim(
                c,
                channel,
                wire=self.settings.delivery.wire,
                owner=self.owner,
                now=now,
                lease_until=now + outbox.LEASE,
            )

    async def settle(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        """`delivery.Ledger`: commit what came of an attempt, however long the database is busy: only we know it."""
        while True:
            try:
                return await self._settled(row, outcome, now)
            except TemporaryError:
                await asyncio.sleep(BUSY_SECONDS)

    async def _settled(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        change = outbox.settle(outcome, row, public=row.public, now=now)
        async with self.store.write() as c:
            if change.state is DeliveryState.DUE and await self._refused(c, row.subject.name, row.subject.cause):
                error = f"{change.error}; a person has refused it since"
                change = replace(change, state=DeliveryState.CANCELLED, error=error)
            kept = await ledger.settle(
                c, row.number, row.attempts, self.owner, now, outcome=type(outcome).__name__.lower(), change=change
            )
            if kept and change.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
                name, revision = row.subject.name, row.subject.revision
                await self._tell_outcome(c, change.state, row.key, name, revision, str(change.error), now)

    async def _refused(self, c: Any, subject: str, cause: str) -> bool:
        """Whether a person has refused a story, while a post of it was on its way: then it is not tried again."""
        number = int(subject.removeprefix("s"))
        return cause == Cause.AUTO and await intake.state_of(c, number) is StoryState.SKIPPED

    async def _tell_outcome(
        self, c: Any, state: DeliveryState, key: str, subject: str, revision: int | None, why: str, now: datetime
    ) -> None:
        """What did not end as it should stands in the trail, and someone is told."""
        await people.record(
            c, now, who=MACHINE, what=state.value, subject=subject, revision=revision, detail=f"{key}: {why}"
        )
        if state is DeliveryState.UNKNOWN:
            text = f"Nobody knows whether {key} was posted ({why})."
            cure = f"Look at the channel, then: vestka resolve {key} sent, again or drop."
            await alarms.raise_lasting(c, f"unknown/{key}", text, cure, now)
        elif state in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            text = f"{key} was not posted: {why}."
            cure = f"When the cause is mended: vestka repost {subject.removeprefix('s')}"
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
