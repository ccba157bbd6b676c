"""In: poll a source, take in what it says. New stories, revisions and validators are one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bot.feed import clean, identity, parse
from bot.model import (
    Block,
    Document,
    Entry,
    Fetched,
    FetchFailed,
    NotModified,
    Quarantined,
    Statement,
    StoryState,
)
from bot.pipeline.parts import Parts
from bot.settings import LANGUAGES, Source
from bot.store import intake, ledger, people

FUTURE = timedelta(hours=1)  # a clock may be off by this much; a later date is not believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of one poll of one source."""

    source: str
    outcome: str
    new: int = 0
    changed: int = 0
    quarantined: tuple[str, ...] = ()
    failed: bool = False


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """An entry on its way in: its names, and its text once that has been read."""

    entry: Entry
    aliases: tuple[tuple[str, str], ...]
    title: str = ""
    blocks: tuple[Block, ...] = ()
    fault: str | None = None


class Watching(Parts):
    """The way in."""

    async def poll(self, name: str) -> Polled:
        """Ask one source what is new, its mirrors in turn, and take in what it says."""
        source = self.settings.sources[name]
        async with self.store.read() as c:
            row = await intake.source_row(c, name)
        answer: Fetched | NotModified | FetchFailed = FetchFailed(reason="no address")
        for url in source.urls:
            ours = row.get("validated_url") == url  # a mirror's validators say nothing about another
            answer = await self.fetcher.fetch(
                url,
                etag=row.get("etag") if ours else None,
                last_modified=row.get("last_modified") if ours else None,
                allow_private=source.allow_private,
            )
            if not isinstance(answer, FetchFailed):
                break
        now = self.clock()
        match answer:
            case NotModified():
                return await self._nothing_new(name, {}, now)
            case FetchFailed():
                return await self._failed(name, row, answer, now)
            case Fetched():
                return await self._read(name, url, row, answer, now)

    async def _nothing_new(self, name: str, values: Mapping[str, Any], now: datetime) -> Polled:
        async with self.store.write() as c:
            await intake.save_source(c, name, last_ok=now, fails=0, last_error=None, **values)
        return Polled(source=name, outcome="nothing new")

    async def _failed(self, name: str, row: Mapping[str, Any], answer: FetchFailed, now: datetime) -> Polled:
        fails = row.get("fails", 0) + 1
        async with self.store.write() as c:
            await intake.save_source(c, name, fails=fails, last_error=answer.reason)
            if answer.hostile:
                await self._quarantine(c, name, answer.reason, answer.reason.encode(), now)
        quarantined = (answer.reason,) if answer.hostile else ()
        return Polled(source=name, outcome=answer.reason, quarantined=quarantined, failed=True)

    async def _read(self, name: str, url: str, row: Mapping[str, Any], got: Fetched, now: datetime) -> Polled:
        body_hash = hashlib.sha256(got.body).hexdigest()
        remembered = {
            "etag": got.etag,
            "last_modified": got.last_modified,
            "validated_url": url,
            "body_hash": body_hash,
        }
        if row.get("body_hash") == body_hash:
            return await self._nothing_new(name, remembered, now)
        language = self.settings.sources[name].language
        document = await parse(got.body, content_type=got.content_type, url=got.url, script=language)
        if isinstance(document, Quarantined):
            async with self.store.write() as c:
                await intake.save_source(c, name, fails=row.get("fails", 0) + 1, last_error=document.reason)
                await self._quarantine(c, name, document.reason, got.body, now)
            return Polled(source=name, outcome=document.reason, quarantined=(document.reason,), failed=True)
        return await self.take_in(name, document, got.url, remembered, now)

    async def take_in(
        self, name: str, document: Document, url: str, remembered: Mapping[str, Any], now: datetime
    ) -> Polled:
        """Take in a document: new stories, new revisions, and what to ask next time, in one transaction.

        The validators are committed with what they stand for: a crash in between must not hide an entry for ever.
        """
        arrivals = self._arrivals(document)
        async with self.store.read() as c:
            before = await intake.known(c, name, [alias for one in arrivals for alias in one.aliases])
        for arrival in arrivals:
            seen = _match(before, arrival)
            if seen is None or seen.digest != arrival.entry.digest:
                _open(arrival, url)
        fresh = sum(arrival.fault is None and not _match(before, arrival) for arrival in arrivals)
        new = changed = 0
        async with self.store.write() as c:
            row = await intake.source_row(c, name)
            known = await intake.known(c, name, [alias for one in arrivals for alias in one.aliases])
            touched: set[int] = set()
            for arrival in arrivals:
                seen = _match(known, arrival)
                if seen is not None and seen.source != name:
                    if seen.source in self.settings.sources:
                        continue  # another source of ours tells of the same page, and is the one that we watch it in
                    await intake.save_statement(c, seen.number, source=name)
                if arrival.fault is not None:
                    await self._refuse(c, name, arrival, seen, now)
                    continue
                twin = seen if seen is not None and await self._is_twin(c, arrival, seen) else None
                if seen is None or twin is not None:
                    number = await self._add(c, name, arrival, twin, (url, document.language, row, fresh), now)
                    new += 1
                elif seen.digest == arrival.entry.digest or not arrival.blocks:
                    number = seen.number
                else:
                    number = seen.number
                    changed += await self._compare(c, name, arrival, number, touched, now)
                touched.add(number)
                mine = intake.Known(number, arrival.entry.digest, name, arrival.entry.guid)
                known |= {alias: mine for alias in arrival.aliases if twin is None or alias not in known}
            await intake.save_source(
                c,
                name,
                **remembered,
                last_ok=now,
                fails=0,
                last_error=None,
                baseline_at=row.get("baseline_at") or now,
                last_changed=now if new or changed else row.get("last_changed"),
            )
        reasons = tuple(arrival.fault for arrival in arrivals if arrival.fault is not None)
        return Polled(source=name, outcome="read", new=new, changed=changed, quarantined=reasons)

    def _arrivals(self, document: Document) -> list[_Arrival]:
        """The entries, oldest first, with what identifies each; a guid that several pages are given names none."""
        hosts = self.settings.links.aliases
        made = [_Arrival(entry=one, aliases=identity.aliases(one, hosts=hosts)) for one in in_order(document)]
        pages: dict[tuple[str, str], set[str]] = {}
        for arrival in made:
            named = dict(arrival.aliases)
            if "guid" in named and "url" in named:
                pages.setdefault(("guid", named["guid"]), set()).add(named["url"])
        shared = {alias for alias, urls in pages.items() if len(urls) > 1}
        for arrival in made:
            arrival.aliases = tuple(alias for alias in arrival.aliases if alias not in shared)
        return made

    async def _is_twin(self, c: Any, arrival: _Arrival, seen: intake.Known) -> bool:
        """Whether an entry has the address of a page that we know, but a guid and a text of its own."""
        guids = {value for kind, value in arrival.aliases if kind == "guid"}
        if not guids or seen.guid is None or not arrival.blocks:
            return False
        if guids & set(await intake.guids(c, seen.number)):
            return False
        return identity.content_hash(arrival.title, arrival.blocks) != await intake.newest_hash(c, seen.number)

    async def _refuse(self, c: Any, name: str, arrival: _Arrival, seen: intake.Known | None, now: datetime) -> None:
        """Put an entry aside; when it is a page that we know, what waits of its former text waits for a person."""
        raw = repr((arrival.entry.guid, arrival.entry.link, arrival.entry.digest)).encode()
        await self._quarantine(c, name, str(arrival.fault), raw, now)
        if seen is None:
            return
        story = await intake.load_story(c, await intake.story_of(c, seen.number))
        if story is not None and story.state is StoryState.OPEN:
            reason = f"Its page now reads in a way that cannot be taken in: {arrival.fault}."
            await intake.save_story(c, story.number, state=StoryState.HELD, reason=reason)
            await ledger.void_older(c, story.name, story.revision + 1)

    async def _add(
        self,
        c: Any,
        name: str,
        arrival: _Arrival,
        twin: intake.Known | None,
        where: tuple[str, str | None, Mapping[str, Any], int],
        now: datetime,
    ) -> int:
        """A new edition: of a story that hreflang names, or of a story of its own. Returns the statement's number.

        `twin` is the page that has its address already. `where` is what it stands in: (the document's address, its
        language, what is remembered of the source, how many entries are new).
        """
        url, document_language, row, fresh = where
        source, entry, hosts = self.settings.sources[name], arrival.entry, self.settings.links.aliases
        link = entry.link or url
        statement = Statement(
            source=name,
            language=spoken(entry, document_language, source.language),
            url=link,
            title=arrival.title,
            blocks=arrival.blocks,
            first_seen=now,
            published=entry.published,
            guid=entry.guid,
        )
        alternates = self._alternates(entry, statement.language)
        here = identity.canonical_url(link, aliases=hosts)
        story = await intake.linked_story(c, statement.language, here, alternates)
        state, reason = standing(entry, source, first_poll=not row.get("baseline_at"), fresh=fresh, now=now)
        if twin is not None:
            other = await intake.story_of(c, twin.number)
            state, story = StoryState.HELD, None
            reason = f"It has the address of s{other} under another identifier: an edit of it, or a new statement?"
        if story is None:
            story = await intake.add_story(c, state, reason, now, now + source.settle)
        else:
            await self._join(c, story, state, reason, now + source.settle)
        number = await intake.add_statement(c, story, statement, entry, arrival.aliases, alternates)
        content_hash = identity.content_hash(arrival.title, arrival.blocks)
        await intake.add_revision(c, number, arrival.title, arrival.blocks, content_hash, now)
        await people.record(c, now, who="feed", what="seen", subject=f"s{story}", detail=f"{statement.language} {link}")
        return number

    async def _join(self, c: Any, number: int, state: StoryState, reason: str | None, not_before: datetime) -> None:
        """A further edition arrives of a story that we have; what stops the edition stops the story, and is shown."""
        story = await intake.load_story(c, number)
        assert story is not None  # it was found by one of its editions
        if state is StoryState.OPEN and story.state in (StoryState.BASELINE, StoryState.SKIPPED):
            state, reason = (
                StoryState.HELD,
                "A new edition has come of a statement that was recorded or refused before.",
            )
        if state is StoryState.HELD:
            await intake.save_story(c, number, state=state, reason=reason)
        await intake.save_story(c, number, not_before=max(story.not_before, not_before))

    def _alternates(self, entry: Entry, language: str) -> list[tuple[str, str]]:
        """The pages in other languages that an entry names: (language, canonical address)."""
        hosts = self.settings.links.aliases
        named = [(primary(tag), identity.canonical_url(there, aliases=hosts)) for tag, there in entry.alternates]
        return [(other, there) for other, there in dict.fromkeys(named) if other != language]

    async def _compare(
        self, c: Any, name: str, arrival: _Arrival, number: int, touched: set[int], now: datetime
    ) -> bool:
        """A page that we know, in an entry that reads differently: whether its words have changed, and what follows."""
        await intake.add_aliases(c, number, name, arrival.aliases)
        await intake.add_alternates(c, number, self._alternates(arrival.entry, ""))
        await intake.save_statement(c, number, digest=arrival.entry.digest)
        content_hash = identity.content_hash(arrival.title, arrival.blocks)
        if content_hash == await intake.newest_hash(c, number):
            return False
        story, revision = await intake.add_revision(c, number, arrival.title, arrival.blocks, content_hash, now)
        settle = self.settings.sources[name].settle
        await intake.save_story(c, story, not_before=now + settle)
        await ledger.void_older(c, f"s{story}", revision)  # the old text must not go out while the new one settles
        if number in touched:
            reason = "The feed names this page twice, with different texts."
            await intake.save_story(c, story, state=StoryState.HELD, reason=reason)
        await people.record(c, now, who="feed", what="edited", subject=f"s{story}", detail="the page has another text")
        return True

    async def _quarantine(self, c: Any, name: str, reason: str, raw: bytes, now: datetime) -> None:
        if await intake.add_quarantine(c, name, reason, raw, now):
            await people.record(c, now, who="feed", what="quarantined", detail=f"{name}: {reason}")


def in_order(document: Document) -> list[Entry]:
    """A document's entries, oldest first: by date where every entry has one, else from the bottom up."""
    upwards = list(reversed(document.entries))
    if all(entry.published for entry in upwards):
        upwards.sort(key=lambda entry: cast(datetime, entry.published))
    return upwards


def standing(
    entry: Entry, source: Source, *, first_poll: bool, fresh: int, now: datetime
) -> tuple[StoryState, str | None]:
    """How a new story starts: recorded only, carried, or held with the reason."""
    if first_poll:
        return (StoryState.OPEN if source.first_run == "publish" else StoryState.BASELINE), None
    if fresh > source.burst:
        return StoryState.HELD, f"{fresh} new statements came in one poll; more than {source.burst} wait for a person."
    if entry.published is not None and entry.published > now + FUTURE:
        return StoryState.HELD, f"It is dated in the future: {entry.published_raw}."
    if entry.published is not None and entry.published < now - source.max_age:
        return StoryState.HELD, f"It is new here, but dated {entry.published_raw}."
    return StoryState.OPEN, None


def primary(tag: str) -> str:
    """The language of a tag: "en" of "en-US". BCP 47, RFC 5646 section 2.1."""
    return tag.replace("_", "-").split("-")[0].lower()


def spoken(entry: Entry, document_language: str | None, source_language: str) -> str:
    """The language of an entry: the one that its source is set to, unless it says another one than its whole feed does.

    Sites are often labelled with the language of their software; the person who set the source knows better.
    """
    said = primary(entry.language or "")
    return said if said in LANGUAGES and said != primary(document_language or "") else source_language


def _match(known: Mapping[tuple[str, str], intake.Known], arrival: _Arrival) -> intake.Known | None:
    """The first alias that is known decides: guid, then address, then text."""
    return next((known[alias] for alias in arrival.aliases if alias in known), None)


def _open(arrival: _Arrival, url: str) -> None:
    """Read the text of an entry; what cannot be read in full is a fault of this entry alone."""
    entry = arrival.entry
    arrival.fault = entry.fault
    if arrival.fault is not None:
        return
    blocks = clean.blocks(entry.markup, is_html=entry.is_html, base=entry.link or url)
    arrival.title = clean.plain(entry.title)
    if isinstance(blocks, Quarantined):
        arrival.fault = blocks.reason
    elif not arrival.title or not any(block.text for block in blocks):
        arrival.fault = "an entry without a title or without a text"
    else:
        arrival.blocks = blocks
