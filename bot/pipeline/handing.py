"""A statement that an officer hands in: it enters the corridor like a page of the site, and is judged like one."""

from __future__ import annotations

import hashlib

from bot.errors import UsageError
from bot.feed import clean, identity
from bot.model import Entry, Quarantined, Statement, StoryState
from bot.pipeline.parts import Parts
from bot.settings import LANGUAGES
from bot.store import intake, people
from bot.text import letters

LONGEST = 100_000  # characters


class Handing(Parts):
    """Handing in."""

    def handed(self, text: str, language: str | None) -> tuple[str, Statement]:
        """(name of the source, statement) of a text whose first line is its title. Raises UsageError with the cure."""
        sources = {name: one for name, one in self.settings.sources.items() if one.kind == "manual"}
        if not sources:
            raise UsageError('no source takes texts in: add [sources.desk] with kind = "manual" to the settings')
        name, source = next(iter(sources.items()))
        spoken = language or letters.language_of(text) or source.language
        if spoken not in LANGUAGES:
            raise UsageError(f"{spoken[:20]!r} is none of {', '.join(LANGUAGES)}")
        if len(text) > LONGEST:
            raise UsageError(f"{len(text):,} characters are too long for a statement; {LONGEST:,} at most")
        blocks = clean.blocks(text, is_html=False, base="")
        if isinstance(blocks, Quarantined):
            raise UsageError(f"nothing can be made of this text: {blocks.reason}")
        if len(blocks) < 2:
            raise UsageError("the first line is the title, and the text follows after an empty line")
        now = self.clock()
        return name, Statement(
            source=name,
            language=spoken,
            url="",
            title=" ".join(blocks[0].text.split()),
            blocks=blocks[1:],
            first_seen=now,
            published=now,
        )

    async def hand_in(self, text: str, language: str | None, *, person: str, dry_run: bool = False) -> list[str]:
        """Take a text in as a new statement; what it is and when it goes out, in a line."""
        now = self.clock()
        name, statement = self.handed(text, language)
        key = identity.text_key(statement.title, statement.blocks)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        entry = Entry(
            guid=None, link=None, title=statement.title, markup=text, is_html=False, language=statement.language,
            published=now, published_raw="", alternates=(), digest=digest,
        )  # fmt: skip
        async with self.store.write() as c:
            if key and (same := await intake.same_text(c, [key])):
                story = await intake.story_of(c, same[key].number)
                raise UsageError(f"s{story} says this already; see `vestka show {story}`")
            story = await intake.add_story(c, StoryState.OPEN, None, now, now + self.settings.sources[name].settle)
            aliases = [("text", digest)]
            number = await intake.add_statement(c, story, statement, entry, aliases, ())
            content = identity.content_hash(statement.title, statement.blocks)
            await intake.add_revision(c, number, statement.title, statement.blocks, content, now, body_hash=key)
            await people.record(
                c, now, who=person, what="statement", subject=f"s{story}", revision=1, detail=statement.language
            )
            if dry_run:
                await c.rollback()
        settle = self.settings.sources[name].settle
        when = f"after {int(settle.total_seconds() // 60)} min" if settle else "with the next run"
        return [f"s{story}: taken in ({statement.language}): {statement.title}; it is judged {when}"]
