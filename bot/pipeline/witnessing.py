"""Evidence: a post of unknown outcome that its platform shows is there. That it shows none proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import channels
from bot import outbox
from bot.model import MACHINE, DeliveryState, Story, StoryState
from bot.pipeline.correcting import Correcting
from bot.store import alarms, gates, intake, ledger, people
from channels import Receipt, Witness

LOOKED = "looked"  # the key under which the number of looks is remembered, with the number of the delivery


class Witnessing(Correcting):
    """Looks for what nobody knows of."""

    async def witness(self, channel: str) -> int:
        """Look for the posts of a channel whose outcome is unknown, when it is time to; how many were found.

        Nothing is created by it, whatever it finds or does not find.
        """
        wire = self.wires[channel]
        looks = channels.abilities(self.settings.channels[channel].kind).looks
        if not isinstance(wire, Witness):
            return 0
        async with self.store.read() as c:
            rows = await ledger.deliveries(
                c, channel=channel, state=DeliveryState.UNKNOWN, action="create", wire=self.settings.delivery.wire
            )
        found = 0
        for row in rows:
            found += await self._looked(wire, row, looks)
        return found

    async def _looked(self, wire: Witness, row: Mapping[str, Any], looks: tuple[float, ...]) -> bool:
        """One look for one post, if it is time; whether it was there."""
        key = f"{LOOKED}/{row['id']}"
        async with self.store.read() as c:
            done = int(await gates.value(c, key) or 0)
            tries = await ledger.attempts(c, row["id"])
            rendition = await ledger.rendition_of(c, row["rendition_id"])
            known = await ledger.remote_ids(c, row["channel"])
        doubtful = [one for one in tries if one["outcome"] == DeliveryState.UNKNOWN]
        if not doubtful or not outbox.look_due(doubtful[-1]["ended"], looks, done, self.clock()):
            return False
        post = ledger.restore_post(rendition["posts"][row["part"] - 1])
        receipt = await wire.find(post, doubtful[0]["started"], known)
        now = self.clock()
        async with self.store.write() as c:
            await gates.save_value(c, key, str(done + 1))
            still = await ledger.deliveries(c, id=row["id"], state=DeliveryState.UNKNOWN)
            if receipt is None or not still:
                return False
            await self._there(c, row, receipt, now)
        return True

    async def _there(self, c: Any, row: Mapping[str, Any], receipt: Receipt, now: datetime) -> None:
        """A post of unknown outcome is there: the ledger says so from now on."""
        story = await self._story(c, int(row["subject"].removeprefix("s")))
        await self.settle_sent(c, row, story, now, url=receipt.url, remote_id=receipt.remote_id)
        detail = f"{row['key']}: the platform shows it ({receipt.url})"
        await people.record(c, now, who=MACHINE, what="found", subject=story.name, detail=detail)

    async def settle_sent(
        self, c: Any, row: Mapping[str, Any], story: Story, now: datetime, *, url: str | None, remote_id: str | None
    ) -> None:
        """What was unknown is known to be there; it is compared with the text that the story has by now."""
        await ledger.resettle(c, row["id"], DeliveryState.SENT, now, None, url=url, remote_id=remote_id)
        await alarms.clear(c, f"unknown/{row['key']}", now)
        if remote_id and story.state is StoryState.OPEN and story.drafted >= story.revision:
            await intake.raise_revision(c, story.number)
