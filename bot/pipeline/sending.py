"""Out: what is due is sent, each channel by itself; what a dead process left behind is settled."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import delivery, outbox
from bot.model import (
    MACHINE,
    Delivery,
    DeliveryState,
)
from bot.pipeline.parts import Parts
from bot.store import ledger, people
from channels import Outcome


class Sending(Parts):
    """The way out."""

    async def recover(self) -> int:
        """After a crash: what was being sent becomes unknown (public) or due again (mail). Returns how many."""
        now = self.clock()
        async with self.store.write() as c:
            rows = await ledger.orphans(c, self.owner)
            for row in rows:
                state = outbox.orphaned(public=row["public"], action=row["action"])
                error = "the process ended while this was being sent"
                await ledger.resettle(c, row["id"], state, now, error)
                await people.record(
                    c,
                    now,
                    who=MACHINE,
                    what=state.value,
                    subject=row["subject"],
                    detail=f"{row['key']}: {error}",
                )
            await ledger.cancel_rehearsed(c, self.settings.delivery.wire)
        return len(rows)

    async def deliver(self) -> int:
        """Send everything that is due, each channel by itself; the number of attempts."""
        tallies = await asyncio.gather(
            *(
                delivery.work_off(self, name, wire, clock=self.clock, silent=self._is_quiet)
                for name, wire in self.wires.items()
            ),
            return_exceptions=True,
        )
        if bugs := [one for one in tallies if isinstance(one, Exception)]:
            raise ExceptionGroup("a wire or the ledger has a bug; the other channels were served", bugs)
        return sum(one for one in tallies if isinstance(one, int))

    async def claim(self, channel: str, now: datetime) -> tuple[Delivery, str | None] | None:
        """`delivery.Ledger`: commit the next due row of a channel as `sending`."""
        async with self.store.write() as c:
            return await ledger.claim(
                c,
                channel,
                wire=self.settings.delivery.wire,
                owner=self.owner,
                now=now,
                lease_until=now + outbox.LEASE,
            )

    async def settle(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        """`delivery.Ledger`: commit what came of an attempt."""
        change = outbox.settle(outcome, row, public=row.public, now=now)
        async with self.store.write() as c:
            kept = await ledger.settle(
                c, row.number, row.attempts, self.owner, now, outcome=type(outcome).__name__.lower(), change=change
            )
            if kept and change.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
                await people.record(
                    c,
                    now,
                    who=MACHINE,
                    what=change.state.value,
                    subject=row.subject.name,
                    revision=row.subject.revision,
                    detail=f"{row.key}: {change.error}",
                )

    def _is_quiet(self, now: datetime) -> bool:
        hours = self.settings.quiet_hours
        if hours.from_ is None or hours.to is None:
            return False
        local = now.astimezone(ZoneInfo(self.settings.project.timezone))
        start, end = (hour.hour * 60 + hour.minute for hour in (hours.from_, hours.to))
        return outbox.is_quiet(local.hour * 60 + local.minute, start, end)
