"""In, once more: a text that was taken from its page is looked at there again, for the feed tells of no edit of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.feed import identity, whole
from bot.model import Fetched, Quarantined
from bot.pipeline.taking import Taking
from bot.store import intake, ledger

EVERY = timedelta(hours=6)
DURING = timedelta(days=7)  # after it was first seen; publishers mend their texts soon or not at all


class Rereading(Taking):
    """Reading pages again."""

    async def to_reread(self) -> list[int]:
        """The statements whose page is to be read again."""
        async with self.store.read() as c:
            return await intake.to_reread(c, self.clock())

    async def reread(self, number: int) -> None:
        """Read the page of a posted statement again; an edit is told of and proposed, as one in the feed is.

        A page that cannot be read, or does not say any more what the feed says, tells nothing.
        """
        now = self.clock()
        async with self.store.read() as c:
            statement = await intake.load_statement(c, number)
            beginning = await intake.beginning(c, number)
            # What was listed without a text has the list's title there, and perhaps its page's since.
            listed = [title for title, blocks in await intake.texts(c, number) if not blocks]
            posted = await ledger.posted(c, f"s{statement.story}")
        source = self.settings.sources.get(statement.source)
        changed = None
        if posted and source is not None and self.is_own(source, statement.url):
            answer = await self.fetcher.fetch(
                statement.url, allow_private=source.allow_private, proxy=source.proxy or None
            )
            if isinstance(answer, Fetched) and self.is_own(source, answer.url):
                title = statement.title if beginning else listed[-1]
                read = await whole(answer, replace(statement, title=title, blocks=beginning))
                if not isinstance(read, Quarantined):
                    same = identity.text_key(statement.title, statement.blocks)
                    edited = identity.text_key(statement.title, read.blocks) != same
                    changed = read if edited or read.title != statement.title else None
        async with self.store.write() as c:
            over = now + EVERY > statement.first_seen + DURING
            await intake.save_statement(c, number, reread=None if over else now + EVERY)
            if changed is None or source is None:
                return
            content_hash = await intake.newest_hash(c, number)  # still that of what the feed says
            body_hash = identity.text_key(changed.title, changed.blocks)
            await intake.add_revision(c, number, changed.title, changed.blocks, content_hash, now, body_hash=body_hash)
            before, after = (statement.title, statement.blocks), (changed.title, changed.blocks)
            await self._edited(c, number, before, after, source, now, None)
