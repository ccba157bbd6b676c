"""Evidence: a post of unknown outcome that its platform shows is there. That it shows none proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import channels
from bot import outbox
from bot.model import MACHINE, Cause, DeliveryState, Story, StoryState
from bot.pipeline.correcting import Correcting
from bot.store import alarms, gates, intake, ledger, people
from channels import Receipt, Witness

LOOKED = "looked"  # the key under which the number of looks is remembered, with the number of the delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Which delivery of which place is spoken of."""

    number: int
    key: str
    subject: str
    channel: str
    language: str
    cause: str


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
        async with self.store.read() as c:
            tries = await ledger.attempts(c, row["id"])
            rendition = await ledger.rendition_of(c, row["rendition_id"])
            known = await ledger.remote_ids(c, row["channel"])
            doubtful = [one for one in tries if one["outcome"] == DeliveryState.UNKNOWN]
            key = f"{LOOKED}/{row['id']}/{len(doubtful)}"  # each doubtful try has its own looks
            done = int(await gates.value(c, key) or 0)
        if not doubtful or not outbox.look_due(doubtful[-1]["ended"], looks, done, self.clock()):
            return False
        post = ledger.restore_post(rendition["posts"][row["part"] - 1])
        async with self.store.write() as c:
            await gates.save_value(c, key, str(done + 1))  # before the look: one that fails is one, too
        receipt = await wire.find(post, doubtful[0]["started"], known)
        now = self.clock()
        async with self.store.write() as c:
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
        """What was unknown is known to be there: taken back if it was withdrawn meanwhile, else compared with the text
        that the story has by now."""
        await ledger.resettle(c, row["id"], DeliveryState.SENT, now, None, url=url, remote_id=remote_id)
        await alarms.clear(c, f"unknown/{row['key']}", now)
        names = ("key", "subject", "channel", "language", "cause")
        await self.too_late(c, At(number=row["id"], **{name: row[name] for name in names}), remote_id, now)
        if remote_id and story.state is StoryState.OPEN and story.drafted >= story.revision:
            await intake.raise_revision(c, story.number)

    async def too_late(self, c: Any, at: At, remote_id: str | None, now: datetime) -> None:
        """What went out while its story was withdrawn is taken back; after a mere refusal someone is told."""
        if at.cause.startswith(f"{Cause.RETRACT}-") or not at.subject.startswith("s"):
            return
        story = await self._story(c, int(at.subject.removeprefix("s")))
        skipped = story.state is StoryState.SKIPPED
        acts = [act for act in await people.trail(c, story.name) if act["what"] in ("retract", "skip")]
        withdrawn = await ledger.is_withdrawn(c, at.number, at.subject, at.channel, at.language)
        if acts and (withdrawn or (skipped and acts[-1]["what"] == "retract") or await self._took_back(c, at)):
            for post in await self.standing(c, story):
                if any(part.remote_id == remote_id for part in post.parts) and post.channel == at.channel:
                    cause = f"{Cause.RETRACT}-late-{at.number}"
                    line = await self._withdraw(c, story, post, cause, acts[-1]["who"], now)
                    await self._say(c, story, "retract", [f"{line}: it was on its way"], acts[-1]["who"], now)
        elif skipped:
            text = f"{at.key} went out while {story.name} was being refused."
            cure = f"If it must not stay: vestka retract {story.number}"
            await alarms.raise_event(c, f"late/{at.key}", text, cure, now)

    async def _took_back(self, c: Any, at: At) -> bool:
        """Whether somebody withdrew this very post when nobody knew whether it was public."""
        acts = await people.trail(c, at.subject)
        return any(act["what"] == "retract" and f"{at.key}:" in act["detail"] for act in acts)
