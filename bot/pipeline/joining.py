"""One story, several pages: editions that turn out to belong together are joined, by the site's word or a person's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.errors import UsageError
from bot.feed import identity
from bot.model import Statement, Story, StoryState
from bot.pipeline.parts import Parts
from bot.store import alarms, intake, ledger, people


def primary(tag: str) -> str:
    """The language of a tag: "en" of "en-US". BCP 47, RFC 5646 section 2.1."""
    return tag.replace("_", "-").split("-")[0].lower()


RECORDED = "A new edition has come of a statement that was recorded or refused before."


class Joining(Parts):
    """Joining stories."""

    def canonical(self, alternates: Sequence[tuple[str, str]], language: str) -> list[tuple[str, str]]:
        """The pages in other languages that a page in `language` names: (language, canonical address)."""
        hosts = self.settings.links.aliases
        named = [(primary(tag), identity.canonical_url(there, aliases=hosts)) for tag, there in alternates]
        return [(other, there) for other, there in dict.fromkeys(named) if other != language]

    async def _join_named(self, c: Any, story: Story, named: Sequence[tuple[str, str]], now: datetime) -> bool:
        """Join a story with those whose pages its own page names; False when this one is a part of another now."""
        for language, url in named:
            other = await intake.story_at(c, language, url)
            if other is None or other == story.number:
                continue
            older, younger = sorted((other, story.number))
            into, part = await self._story(c, older), await self._story(c, younger)
            if {one.language for one in into.editions} & {one.language for one in part.editions}:
                continue  # two pages in one language are two statements, whatever a third page says
            if await ledger.posted(c, part.name):
                text = f"{into.name} and {part.name} are one statement in two languages, and {part.name} was posted."
                cure = f"vestka link {older} {younger} joins them; nothing is sent again by itself."
                await alarms.raise_event(c, f"link/{older}/{younger}", text, cure, now)
                continue
            await self._join_stories(c, into, part, now, who="feed")
            return younger != story.number
        return True

    async def _join_stories(self, c: Any, into: Story, part: Story, now: datetime, *, who: str) -> None:
        """Make one story of two: the editions of `part` become those of `into`, which is judged again."""
        for edition in part.editions:
            mine = into.edition(edition.language)
            if mine is None:
                await intake.move_edition(c, edition.number, into.number)
            else:
                await self._take_over(c, mine, edition, now)
        reason = f"It is a part of {into.name}."
        await intake.save_story(
            c,
            part.number,
            state=StoryState.SKIPPED,
            reason=reason,
            drafted=part.revision,
            wait_until=None,
        )
        await intake.make_part(c, part.number, into.number)
        embargo = max((one.embargo for one in (into, part) if one.embargo is not None), default=None)
        settled = max(into.not_before, part.not_before)
        await intake.save_story(c, into.number, embargo=embargo, not_before=settled)
        await intake.give_words(c, part.number, into.number)
        await ledger.void_older(c, part.name, part.revision + 1, f"it is a part of {into.name}")
        revision = await intake.raise_revision(c, into.number)
        await ledger.void_older(c, into.name, revision)
        if into.state in (StoryState.BASELINE, StoryState.SKIPPED) and part.state in (StoryState.OPEN, StoryState.HELD):
            await intake.save_story(c, into.number, state=StoryState.HELD, reason=RECORDED)
        elif part.state is StoryState.HELD and into.state is StoryState.OPEN and who == "feed":
            await intake.save_story(c, into.number, state=StoryState.HELD, reason=part.reason)
        for name in (into.name, part.name):
            await people.record(
                c, now, who=who, what="link", subject=name, detail=f"{part.name} is a part of {into.name}"
            )

    async def _take_over(self, c: Any, mine: Statement, theirs: Statement, now: datetime) -> None:
        """The page of another story is the same page of ours, edited: its names are ours now, and its text if newer."""
        await intake.give_names(c, theirs.number, mine.number)
        if theirs.number < mine.number:
            return
        title, blocks = (await intake.texts(c, theirs.number))[-1]
        digest = await intake.digest(c, theirs.number)
        await intake.save_statement(c, mine.number, url=theirs.url, source=theirs.source, digest=digest)
        await intake.add_revision(
            c,
            mine.number,
            title,
            blocks,
            identity.content_hash(title, blocks),
            now,
            body_hash=identity.text_key(title, blocks),
            excerpt=theirs.excerpt,
        )

    async def link(self, number: int, other: int, *, person: str, dry_run: bool = False) -> list[str]:
        """A person says that two stories are one: the pages of the second belong to the first."""
        now = self.clock()
        if number == other:
            raise UsageError(f"s{number}: name two stories")
        async with self.store.write() as c:
            into, part = await self._undivided(c, number), await self._undivided(c, other)
            await self._join_stories(c, into, part, now, who=person)
            into = await self._story(c, number)
            if dry_run:
                await c.rollback()
        languages = ", ".join(one.language for one in into.editions)
        follows = "it is judged again with the next run"
        if into.state is not StoryState.OPEN:
            follows = f"nothing is sent: {into.name} is {into.state}; release it with publish"
        return [f"{part.name} is a part of {into.name} now ({languages}); {follows}"]
