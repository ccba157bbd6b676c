"""What keeps posts back: a person's pause, and what others have posted in our channels by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot import review
from bot.errors import UsageError
from bot.feed import identity
from bot.model import Cause, DeliveryState
from bot.pipeline.parts import Parts
from bot.store import alarms, gates, intake, ledger, people
from bot.text import timing


class Gating(Parts):
    """Gates."""

    async def pause(
        self, channel: str | None = None, duration: str | None = None, *, person: str, dry_run: bool = False
    ) -> list[str]:
        """Send nothing on a channel (None: on any) for a while ("2h"), or until it is resumed."""
        now = self.clock()
        self._known(channel)
        until = None
        if duration is not None:
            until = timing.moment(duration, now, ZoneInfo(self.settings.project.timezone))
            if until is None or until <= now:
                raise UsageError(f'{duration[:40]!r} is no time to come: say "2h", "30m", "18:00"')
        async with self.store.write() as c:
            reason = f"paused by {person}"
            await gates.set_pause(c, channel or gates.EVERY, until, reason, person, now)
            how_long = f"until {self.local(until)}" if until else "until it is resumed"
            line = f"{channel or 'every channel'}: nothing is sent {how_long}; what comes in waits"
            await people.record(c, now, who=person, what="pause", detail=line)
            if dry_run:
                await c.rollback()
        return [line]

    async def resume(self, channel: str | None = None, *, person: str, dry_run: bool = False) -> list[str]:
        """Send again on a channel, or on all; what a platform has refused is tried anew."""
        now = self.clock()
        self._known(channel)
        async with self.store.write() as c:
            others = [name for name in self.settings.channels if name != channel]
            ended = await gates.end_pause(c, channel, others)
            for name in ended:
                await alarms.clear(c, f"stopped/{name}", now)
            names = ", ".join("every channel" if name == gates.EVERY else name for name in ended)
            line = f"{names}: sends again" if ended else f"{channel or 'no channel'}: was not paused"
            await people.record(c, now, who=person, what="resume", detail=line)
            if dry_run:
                await c.rollback()
        return [line]

    def _known(self, channel: str | None) -> None:
        if channel is not None and channel not in self.settings.channels:
            known = ", ".join(self.settings.channels)
            raise UsageError(f"{channel[:60]!r} is no channel; there are: {known}")

    # ---- what others have posted

    async def hand_posted(
        self, channel: str, remote_id: str, text: str, links: Sequence[str], url: str | None, at: datetime
    ) -> None:
        """Someone else has posted in a channel of ours: what says the same and has not gone out yet waits."""
        now = self.clock()
        pages = [identity.canonical_url(one, aliases=self.settings.links.aliases) for one in links]
        async with self.store.write() as c:
            await gates.save_foreign(
                c, now, channel=channel, remote_id=remote_id, text=text, links=pages, url=url, at=at
            )
            for row in await ledger.deliveries(c, channel=channel, cause=Cause.AUTO, state=DeliveryState.DUE, part=1):
                held = (await ledger.renditions(c, row["subject"], id=row["rendition_id"]))[0]
                said = await self._by_hand(c, channel, row["subject"], [post["text"] for post in held["posts"]])
                if said and await ledger.hold_back(c, held["id"], said):
                    story = await self._story(c, int(row["subject"].removeprefix("s")))
                    await people.record(
                        c, now, who="hand", what="held", subject=story.name, detail=f"{channel}: {said}"
                    )
                    await self._tell_held(c, story, said, now)

    async def _by_hand(self, c: Any, channel: str, subject: str, texts: Sequence[str]) -> str | None:
        """Why a post waits that someone has made by hand already; None when nobody has."""
        story = await intake.load_story(c, int(subject.removeprefix("s")))
        pages = [edition.url for edition in story.editions] if story is not None else []
        links = [identity.canonical_url(one, aliases=self.settings.links.aliases) for one in pages if _is_page(one)]
        for row in await gates.foreign_posts(c, channel):
            if review.same_post("\n".join(texts), links, row["text"], row["links"]):
                where = f" ({row['url']})" if row["url"] else ""
                return (
                    f"Someone has posted much the same on {channel} by hand, {self.local(row['at'])}{where}; "
                    "nothing is posted twice by itself."
                )
        return None


def _is_page(url: str) -> bool:
    """Whether an address is that of one page: every post may name the site itself."""
    return len(url.split("/", 3)[-1]) > 0 and url.count("/") >= 3
