"""What the walks share: the parts that the composition root made, and the few steps that several of them take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import channels
from bot import outbox
from bot.errors import UsageError
from bot.feed import Fetcher
from bot.model import (
    Approved,
    Story,
)
from bot.pipeline.corridor import Corridor
from bot.store import Store, intake, ledger
from channels import Wire


class Parts:
    """What every walk through the corridor needs. `owner` names this process in the rows that it claims."""

    def __init__(
        self,
        corridor: Corridor,
        *,
        store: Store,
        fetcher: Fetcher,
        wires: Mapping[str, Wire],
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        """Take the parts that the composition root has made."""
        self.corridor = corridor
        self.settings = corridor.settings
        self.store = store
        self.fetcher = fetcher
        self.wires = wires
        self.clock = clock
        self.owner = owner

    async def _enqueue(self, c: Any, approved: Approved, kind: str, rendition: int, now: datetime) -> bool:
        public = channels.load(kind).public
        rows = outbox.enqueue(approved, kind=kind, public=public, now=now, lifetime=self.settings.delivery.not_after)
        return await ledger.enqueue(c, rows, rendition, wire=self.settings.delivery.wire, now=now)

    async def _story(self, c: Any, number: int) -> Story:
        story = await intake.load_story(c, number)
        if story is None:
            raise UsageError(f"s{number}: there is no such story; see `vestka queue`")
        return story
