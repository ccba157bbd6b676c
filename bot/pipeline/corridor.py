"""From a story to the posts of every channel: the rooms in their order. Reads engines, touches no ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import channels
from bot import guard, redaction, review
from bot.feed import identity
from bot.model import (
    Approved,
    Checked,
    Finding,
    Held,
    Statement,
    Story,
    Subject,
    Summary,
)
from bot.rendering import Templates, corrected_line, notice, render
from bot.settings import Settings
from bot.store import Store, people, uses
from bot.summary import summarise, written
from bot.text.glossary import Glossary
from bot.translation import Drafting, Engine, Memory, ask_next, begin, key, serves
from bot.translation.memory import candidate
from channels import ChannelSettings, Post, TooLong


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """From a story to the posts of every channel. Reads engines, touches no ledger."""

    settings: Settings
    templates: Templates
    glossary: Glossary
    engines: Mapping[str, Engine]
    memory: Memory

    def chain(self, source: str, target: str) -> tuple[Engine, ...]:
        """The engines that are set for a pair of languages, best first; people's memory stands before them all."""
        names = self.settings.chain(source, target)
        named = ((self.engines[name], draft) for name, draft in names if name in self.engines)
        return tuple(Drafting(engine) if draft else engine for engine, draft in named)

    def second(self, source: str, target: str) -> Engine | None:
        """The engine that is set for a second opinion on every sentence of a pair."""
        name = self.settings.translation.second_opinion.get(f"{source}-{target}")
        return None if name is None else self.engines[name]

    def destinations(self) -> tuple[tuple[str, ChannelSettings, str], ...]:
        """(channel, its settings, language) for every place where a story goes."""
        enabled = ((name, one) for name, one in self.settings.channels.items() if one.enabled)
        return tuple((name, one, language) for name, one in enabled for language in one.languages_served())

    def origin(self, story: Story) -> Statement:
        """The edition to translate from: the first, in the order of the project's languages."""
        order = self.settings.project.languages
        return min(story.editions, key=lambda one: order.index(one.language) if one.language in order else len(order))

    async def edition(self, story: Story, language: str, now: datetime, differ: tuple[Finding, ...] = ()) -> Checked:
        """A story in one language, examined: the site's own edition, a translation, or the original, labelled.

        `differ` says where the site's own editions contradict each other. While the story is under an embargo no engine
        of a third party sees it.
        """
        own = story.edition(language)
        statement = own or self.origin(story)
        summary = summary_of(story, statement)
        if own is not None:
            return guard.examine_authored(own, summary, glossary=self.glossary, disagreements=differ)
        engines = self.chain(statement.language, language)
        second = self.second(statement.language, language)
        if story.embargo is not None and story.embargo > now:
            engines = tuple(engine for engine in engines if engine.privacy != "third-party")
            second = None if second is None or second.privacy == "third-party" else second
        translation = await begin(summary, language, memory=self.memory, engines=engines, second=second)
        if not serves(translation, summary, engines=engines):
            return guard.examine_untranslated(
                statement, summary, language, glossary=self.glossary, disagreements=differ
            )
        checked = guard.examine(statement, summary, translation, glossary=self.glossary, disagreements=differ)
        while checked.wanting and (more := await ask_next(translation, checked.wanting, engines=engines)):
            translation = more
            checked = guard.examine(statement, summary, translation, glossary=self.glossary, disagreements=differ)
        return checked

    def awaited(self, story: Story, now: datetime) -> tuple[frozenset[str], datetime | None]:
        """The languages that are left to editions of the site's own for now, and until when; none when nothing is.

        A site writes itself what it has a source in. Counted from the first edition's date: an old one has had time.
        """
        sources, hosts = self.settings.watched, self.settings.links.aliases
        urls = [url for one in story.editions if one.source in sources for url in sources[one.source].urls]
        sites = {identity.site(url, aliases=hosts) for url in urls}
        written_ = {
            source.language
            for source in sources.values()
            if any(identity.site(url, aliases=hosts) in sites for url in source.urls)
        }
        wanted = {language for _, _, language in self.destinations()} & written_
        wanted -= {edition.language for edition in story.editions}
        first = min(min(one.first_seen, one.published or one.first_seen) for one in story.editions)
        until = first + self.settings.translation.wait_for_editions
        return (frozenset(wanted), until) if wanted and now < until else (frozenset(), None)

    def lay_out(
        self, checked: Checked, settings: ChannelSettings, corrected: datetime | None = None
    ) -> tuple[Post, ...] | TooLong:
        """An examined edition as the posts of one channel, with a line that says when it was `corrected`."""
        return render(
            checked,
            kind=settings.kind,
            channel=channels.load(settings.kind),
            settings=settings,
            templates=self.templates,
            organisation=self.settings.project.name,
            corrected=self.day(corrected) if corrected is not None else None,
        )

    def corrected_line(self, language: str, corrected: datetime) -> str:
        """The line by which a post that was corrected then says so."""
        return corrected_line(self.templates, language, self.day(corrected))

    def notice(self, channel: str, language: str, now: datetime, parts: int) -> tuple[Post, ...]:
        """What stands in the place of so many parts of a post that is withdrawn today."""
        settings = self.settings.channels[channel]
        return notice(
            language,
            kind=settings.kind,
            channel=channels.load(settings.kind),
            settings=settings,
            templates=self.templates,
            organisation=self.settings.project.name,
            on=self.day(now),
            parts=parts,
        )

    def without(self, posts: tuple[Post, ...], names: Collection[str], kind: str, language: str) -> tuple[Post, ...]:
        """Posts without some names."""
        if not names:
            return posts
        word = self.templates.catalogue(language).gettext("[name withheld]")
        channel = channels.load(kind)
        made = []
        for post in posts:
            freed = post
            for name in names:
                found = redaction.redacted(
                    freed,
                    name,
                    language=language,
                    glossary=self.glossary,
                    word=word,
                    length=lambda text: channel.length(text).length,
                )
                freed = found or freed
            made.append(freed)
        return tuple(made)

    def day(self, moment: datetime) -> date:
        """The day of a moment as people here count it."""
        return moment.astimezone(ZoneInfo(self.settings.project.timezone)).date()

    async def judge(
        self, story: Story, now: datetime, *, awaited: Collection[str] = ()
    ) -> list[tuple[Approved | Held, Checked, str]]:
        """Each destination's posts, whether they may leave, the edition behind them, and the kind of the channel.

        Languages that are `awaited` are left out, and all of them where they go out together.
        """
        editions: dict[str, Checked] = {}
        judged: list[tuple[Approved | Held, Checked, str]] = []
        if awaited and self.settings.review.release == "together":
            return judged
        differ = guard.disagreements(story.editions, glossary=self.glossary)
        for name, settings, language in self.destinations():
            if language in awaited:
                continue
            if language not in editions:
                editions[language] = await self.edition(story, language, now, differ)
            subject = Subject(name=story.name, revision=story.revision, channel=name, language=language)
            posts = self.lay_out(editions[language], settings)
            decision = review.judge(subject, editions[language], posts, policy=self.settings.review.policy, now=now)
            judged.append((decision, editions[language], settings.kind))
        if self.settings.review.release == "together":
            decisions = review.together([decision for decision, _, _ in judged])
            judged = [(new, checked, kind) for new, (_, checked, kind) in zip(decisions, judged, strict=True)]
        return judged


def summary_of(story: Story, statement: Statement) -> Summary:
    """An officer's own words in this language, when there are any; else the statement's own sentences."""
    for language, text, _author in story.words:
        if language == statement.language:
            return written(text, language, statement.title)
    return summarise(statement)


class StoreMemory:
    """The memory of approved sentences that the store keeps."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def recall(self, sentences: Sequence[str], source: str, target: str) -> Mapping[str, Any]:
        """Sentence -> its approved translation, for those that are known."""
        keys = {sentence: key(sentence, source, target) for sentence in sentences}
        async with self._store.read() as c:
            found = await people.recall(c, list(keys.values()))
        return {text: candidate(*found[one]) for text, one in keys.items() if one in found}


class StoreUses:
    """The characters that engines were given, which the store counts for every process, month by month (UTC)."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Take the store, and the clock that says which month it is."""
        self._store = store
        self._clock = clock

    async def reserve(self, engine: str, characters: int, limit: int) -> str | None:
        """The month in which they are counted from now on; None when they would go beyond the limit (0: no limit)."""
        month = uses.month_of(self._clock())
        async with self._store.write() as c:
            return month if await uses.reserve(c, engine, month, characters, limit) else None

    async def give_back(self, engine: str, month: str, characters: int) -> None:
        """They were not used."""
        async with self._store.write() as c:
            await uses.give_back(c, engine, month, characters)
