"""Through: judge a story whose time has come; the decision and its outbox rows are one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot import review
from bot.model import (
    MACHINE,
    Approved,
    Checked,
    FetchFailed,
    Held,
    Story,
    StoryState,
)
from bot.pipeline.parts import Parts
from bot.store import intake, ledger, people

EDITED_SINCE = "The page was edited after this had been posted; nothing is sent again by itself."
NEW_PLACE = "This channel was not there when the story was first posted; nothing old is sent there by itself."


class Judging(Parts):
    """The way through."""

    async def to_draft(self) -> list[int]:
        """The stories whose time to be judged has come, oldest first."""
        async with self.store.read() as c:
            return await intake.to_draft(c, self.clock())

    async def draft(self, number: int) -> None:
        """Judge one story; the decision and its outbox rows are one transaction."""
        async with self.store.read() as c:
            story = await intake.load_story(c, number)
        assert story is not None  # to_draft has just named it
        now = self.clock()
        asked = story.reason is None and story.drafted == 0  # what a person released is not asked for again
        if asked and (dead := await self._dead_link(story)):
            async with self.store.write() as c:
                await intake.save_story(c, number, state=StoryState.HELD, reason=dead)
            return
        judged = await self.corridor.judge(story, now)
        async with self.store.write() as c:
            if not await intake.is_current(c, number, story.revision):
                return  # it changed while we were at it; the next run judges the newer text
            await ledger.void_older(c, story.name, story.revision)
            await ledger.forget_held(c, story.name, story.revision)
            taken = await ledger.posted(c, story.name)
            shown = {(row["channel"], row["language"]) for row in await ledger.renditions(c, story.name)}
            acts = []
            for decision, checked, kind in judged:
                place = (decision.subject.channel, decision.subject.language)
                if place in taken:
                    if await self._same_as_posted(c, decision):
                        continue
                    decision = review.held_for(decision, EDITED_SINCE)  # noqa: PLW2901  # the same decision, stopped
                elif shown and place not in shown:
                    decision = review.held_for(decision, NEW_PLACE)  # noqa: PLW2901  # the same decision, stopped
                acts.append(await self._decide(c, decision, checked, kind, now))
            await people.record_all(c, now, acts)
            await intake.save_story(c, number, drafted=story.revision)

    async def _decide(
        self, c: Any, decision: Approved | Held, checked: Checked, kind: str, now: datetime
    ) -> people.Act:
        """Write down what was decided for one channel, its outbox rows with it; what the audit trail says of it."""
        rendition = await ledger.save_rendition(c, decision, checked, kind, now)
        subject = decision.subject
        if isinstance(decision, Approved):
            await self._enqueue(c, decision, kind, rendition, now)
        what, why = ("approved", "") if isinstance(decision, Approved) else ("held", " ".join(decision.reasons))
        return people.Act(
            who=MACHINE,
            what=what,
            subject=subject.name,
            revision=subject.revision,
            detail=f"{subject.channel} {subject.language}{': ' + why if why else ''}",
        )

    async def _same_as_posted(self, c: Any, decision: Approved | Held) -> bool:
        """Whether these are, to the letter, the posts that went out: then the edit does not concern this place."""
        subject = decision.subject
        rows = await ledger.deliveries(
            c,
            subject=subject.name,
            channel=subject.channel,
            language=subject.language,
            wire=self.settings.delivery.wire,
        )
        sent = {row["payload_hash"] for row in rows if row["state"] in ledger.OCCUPIED}
        return bool(decision.posts) and {post.hash for post in decision.posts} == sent

    async def _dead_link(self, story: Story) -> str | None:
        """Why a story waits whose page is gone; unreachable is not gone. Only the source's own hosts are asked."""
        for edition in story.editions:
            source = self.settings.sources.get(edition.source)
            if source is None or not source.check_links:
                continue
            host = urlsplit(edition.url).hostname
            if host not in {urlsplit(url).hostname for url in source.urls}:
                continue
            answer = await self.fetcher.fetch(edition.url, allow_private=source.allow_private)
            if isinstance(answer, FetchFailed) and answer.status in (404, 410):
                return f"Its page answers {answer.status}: {edition.url}"
        return None
