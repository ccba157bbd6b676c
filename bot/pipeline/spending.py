"""What a platform takes money for: nothing is posted beyond a month's budget, and someone is told, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import channels
from bot import outbox
from bot.model import Delivery
from bot.pipeline.correcting import Correcting
from bot.store import alarms, ledger
from channels import Budget

MILLIONTHS = 1_000_000  # of a dollar, in which the ledger counts
NO_BUDGET = Budget(dollars=None, posts=None)


class Spending(Correcting):
    """Money."""

    def fee(self, one: Delivery) -> Decimal:
        """What one call takes, in US dollars."""
        settings = self.settings.channels[one.subject.channel]
        return channels.abilities(settings.kind).fee(settings, one.action, one.post)

    async def spent(self, c: Any, channel: str, now: datetime) -> tuple[Budget, Decimal, int]:
        """The budget of a channel, and the dollars and posts of this month (UTC) that the ledger knows of."""
        settings = self.settings.channels[channel]
        fees, posts = await ledger.spent(c, channel, outbox.month_begins(now))
        return channels.abilities(settings.kind).budget(settings), Decimal(fees) / MILLIONTHS, posts

    async def spent_so_far(self, c: Any, channel: str, now: datetime) -> str:
        """In words, what a channel has spent this month, and of what; "" where a platform takes nothing."""
        budget, dollars, posts = await self.spent(c, channel, now)
        if not dollars and budget == NO_BUDGET:
            return ""
        limits = _limits(budget)
        return f"${dollars:.3f} in {posts} posts" + (f", of {limits}" if limits else "")

    async def affords(self, c: Any, one: Delivery, now: datetime) -> bool:
        """Whether a post is within the month's budget; a thread is only begun when the whole of it is.

        What takes something away is never too dear. Whoever is in charge is told once a month.
        """
        channel = one.subject.channel
        if self.settings.delivery.wire != "live" or one.action != "create":
            return True
        budget, dollars, posts = await self.spent(c, channel, now)
        if budget == NO_BUDGET:
            return True
        wanted = [one.post]
        if one.part == 1:
            wanted = [*await ledger.thread_posts(c, one), *await ledger.promised(c, channel)]
        settings = self.settings.channels[channel]
        fees = [channels.abilities(settings.kind).fee(settings, "create", post) for post in wanted]
        if outbox.affords(budget, (dollars, posts), fees):
            return True
        await self._tell_spent(c, channel, _limits(budget), f"${dollars:.3f} in {posts} posts", now)
        return False

    async def _tell_spent(self, c: Any, channel: str, limits: str, so_far: str, now: datetime) -> None:
        month = outbox.month_begins(now)
        following = outbox.month_begins(month + timedelta(days=31))
        text = (
            f"The next post would take {channel} beyond its budget of {limits} for {month:%B}; it has spent {so_far}."
        )
        cure = f"Raise it in [channels.{channel}], or wait: it goes on by itself on {following:%d %B} (UTC)."
        await alarms.raise_event(c, f"budget/{channel}/{month:%Y-%m}/{limits}", text, cure, now)


def _limits(budget: Budget) -> str:
    """A budget in words; "" where there is none."""
    words = [f"${budget.dollars}"] if budget.dollars is not None else []
    words += [f"{budget.posts} posts"] if budget.posts is not None else []
    return " and ".join(words)
