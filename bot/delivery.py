"""One attempt, written down before a byte leaves and after its outcome is known: a killed process leaves the truth.

Knows the ledger by what it needs of it (`Ledger`) and a wire by its Protocol; decides nothing (that is the outbox).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.model import Claimed, Delivery
from channels import Envelope, Outcome, Unknown, Wire

PATIENCE = timedelta(seconds=5)  # a pace that asks for more is left to the next look at what is due


class Ledger(Protocol):
    """What delivery needs of the store; each call is one committed transaction."""

    async def claim(self, channel: str, now: datetime) -> Claimed | timedelta | None:
        """Commit the next due delivery of a channel as `sending`; how long to wait, where the platform's pace says so;
        None when nothing is due."""
        ...

    async def settle(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Commit the outcome of the attempt; refused when the row has another owner or attempt by now."""
        ...


async def work_off(
    ledger: Ledger, channel: str, wire: Wire, *, clock: Callable[[], datetime], silent: Callable[[datetime], bool]
) -> int:
    """Send everything that is due on one channel, one after the other; returns the number of attempts."""
    attempts = 0
    while (claimed := await ledger.claim(channel, clock())) is not None:
        if isinstance(claimed, timedelta):
            if claimed > PATIENCE:
                break
            await asyncio.sleep(claimed.total_seconds())
            continue
        delivery = claimed.delivery
        create = delivery.action == "create"
        envelope = Envelope(
            key=delivery.key,
            channel=channel,
            language=delivery.subject.language,
            date=delivery.created,
            action=delivery.action,
            reply_to=claimed.reply_to if create else None,
            corrects=claimed.corrects,
            tried=claimed.tried,
            known=claimed.known,
            remote_id=None if create else delivery.target,
            place=claimed.place,
            silent=silent(clock()),
            message_id=delivery.message_id,
            recipient=delivery.recipient,
        )
        try:
            outcome = await wire.send(delivery.post, envelope)
        except Exception as bug:  # raised again below, once the ledger knows that nobody knows
            unknown = Unknown(reason=f"a bug in the wire: {type(bug).__name__}")
            await asyncio.shield(ledger.settle(delivery, unknown, clock()))
            raise
        # The post is out: a cancelled task must not take the knowledge of it along.
        await asyncio.shield(ledger.settle(delivery, outcome, clock()))
        attempts += 1
    return attempts
