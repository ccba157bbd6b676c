"""In, second half: what a document says becomes stories, editions, revisions, and its validators, in one transaction.

"New" means that neither an identifier, an address nor the text is known; never a date or a place in the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, cast

from bot import revisions
from bot.feed import body, clean, identity
from bot.model import Block, Document, Edit, EditKind, Entry, Quarantined, Statement, StoryState
from bot.pipeline.joining import RECORDED, Joining, primary
from bot.settings import LANGUAGES, Source
from bot.store import alarms, gates, intake, ledger, people

FUTURE = timedelta(hours=1)  # a clock may be off by this much; a later date is not believed
RECENT = timedelta(days=60)  # a text that was seen within this time is compared with what comes
SILENCE = timedelta(days=14)  # at least; a site that publishes rarely is given three times its usual interval
MIGRANTS = 3  # so many known texts under new identifiers, more than under old ones: the site has moved
MIGRATED = "The site has given new identifiers to most of its statements: is this a new one, or an old one too?"
RESTLESS = 6  # texts in a row, none of which stood long enough to be judged
CHANGING = "Its text is another one at every look: which part of it is the statement?"
BEGINNING = 40  # characters of the beginning of a text
NOTICE = "The site has put a notice in the place of its text: it was probably withdrawn."
RETURNED = "It says again what it said before an edit: the site took the edit back, or a mirror or a cache lags behind."
BACK = "Its entry had gone from the feed and is there again: was it withdrawn?"
STRANGE = "No entry of the list is known: has the site another list, or another look? Its entries wait for a person."
LAST = "It stands at the end of the list, below all that is known: it is an older one, unless the list grows there."
VANISHED = "Its entry has gone from the feed although older ones are still there: it was probably withdrawn."

_Words = tuple[str, tuple[Block, ...]]  # a title and the blocks below it


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
    like: intake.Text | None = None  # what it reads almost like
    last: bool = False  # it stands on a list below all that is known

    @property
    def body_hash(self) -> str | None:
        """What tells its text when it comes again under other names; None where that would tell too little."""
        if not self.entry.excerpt:
            return identity.text_key(self.title, self.blocks)
        # Two pages may begin alike; with a beginning of some length and the same title they are one.
        told = sum(len(block.text) for block in self.blocks) >= BEGINNING
        return identity.body_hash(self.title, self.blocks) if told else None


@dataclass(slots=True, kw_only=True)
class _Take:
    """One document on its way in."""

    name: str
    source: Source
    url: str
    document: Document
    row: Mapping[str, Any]
    now: datetime
    arrivals: list[_Arrival]
    known: dict[tuple[str, str], intake.Known] = field(default_factory=dict)
    texts: dict[str, intake.Known] = field(default_factory=dict)
    fresh: int = 0
    migrating: bool = False
    renamed: bool = False  # most of it was watched under a name that is no longer in the settings
    mirror: bool = False  # it comes from another address than the first, which may lag behind
    gone: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)  # statements of which a person is asked whether they are this entry
    touched: set[int] = field(default_factory=set)
    held: list[int] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    new: int = 0
    changed: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the first that is seen of a feed; another name in the settings makes no other feed."""
        return not self.row.get("baseline_at") and not self.renamed


class Taking(Joining):
    """Taking in what a source says."""

    async def take_in(
        self, name: str, document: Document, url: str, remembered: Mapping[str, Any], now: datetime
    ) -> Polled:
        """Take in a document: new stories, new revisions, and what to ask next time, in one transaction.

        The validators are committed with what they stand for: a crash in between must not hide an entry for ever.
        """
        take = await self._looked_at(name, document, url, now)
        take.mirror = remembered.get("validated_url", take.source.urls[0]) != take.source.urls[0]
        async with self.store.write() as c:
            take.row = await intake.source_row(c, name)
            take.known = await intake.known(c, name, [alias for one in take.arrivals for alias in one.aliases])
            for arrival in take.arrivals:
                await self._take(c, take, arrival)
            if not take.mirror:
                await self._missing(c, take)
            await self._alarms(c, take)
            came = take.new or take.changed
            await self._well(
                c,
                name,
                take.row,
                now,
                **remembered,
                baseline_at=take.row.get("baseline_at") or now,
                last_changed=now if came else take.row.get("last_changed"),
                present=take.row.get("present") if take.mirror else _present(take),
            )
        reasons = tuple(arrival.fault for arrival in take.arrivals if arrival.fault is not None)
        return Polled(source=name, outcome="read", new=take.new, changed=take.changed, quarantined=reasons)

    # ---- looking, before anything is written

    async def _looked_at(self, name: str, document: Document, url: str, now: datetime) -> _Take:
        """The entries, what is new among them read and held against what is known by its text."""
        source = self.settings.sources[name]
        # On a page the order is the site's word: an old article may stay on top, whatever its date.
        page = source.kind == "page"
        arrivals = self._arrivals(reversed(document.entries) if page else in_order(document))
        async with self.store.read() as c:
            row = await intake.source_row(c, name)
            known = await intake.known(c, name, [alias for one in arrivals for alias in one.aliases])
            for arrival in arrivals:
                seen = _match(known, arrival)
                if seen is None or seen.digest != arrival.entry.digest:
                    _open(arrival, url)
            unknown = [one for one in arrivals if one.fault is None and _match(known, one) is None]
            texts = await intake.same_text(c, [one.body_hash for one in unknown if one.body_hash])
            strangers = [one for one in unknown if one.body_hash not in texts]
            take = _Take(
                name=name,
                source=source,
                url=url,
                document=document,
                row=row,
                now=now,
                arrivals=arrivals,
                texts=texts,
                fresh=len(strangers),
            )
            matched = [seen for one in arrivals if (seen := _match(known, one)) is not None]
            orphaned = sum(seen.source not in self.settings.sources for seen in matched)
            take.renamed = orphaned > len(arrivals) - orphaned
            returned = len(unknown) - len(strangers)
            take.migrating = returned >= MIGRANTS and returned > len(arrivals) - len(unknown)
            if page and not take.first:
                _place(take, arrivals, [_match(known, one) is not None for one in arrivals])
            if not take.first and 0 < len(strangers) <= take.source.burst:  # more than that wait in any case
                here = {seen.number for seen in (*matched, *texts.values())}
                take.gone = await self._gone(c, take, row, here)
                since = await intake.texts_beside(c, name, now - RECENT, take.gone)
                for one in strangers:
                    one.like = next((text for text in since if self._is_like(take, one, text)), None)
        return take

    def _arrivals(self, entries: Iterable[Entry]) -> list[_Arrival]:
        """The entries, oldest first, with what identifies each; a guid that several pages are given names none."""
        hosts = self.settings.links.aliases
        made = [_Arrival(entry=one, aliases=identity.aliases(one, hosts=hosts)) for one in entries]
        pages: dict[tuple[str, str], set[str]] = {}
        for arrival in made:
            named = dict(arrival.aliases)
            if "guid" in named and "url" in named:
                pages.setdefault(("guid", named["guid"]), set()).add(named["url"])
        shared = {alias for alias, urls in pages.items() if len(urls) > 1}
        for arrival in made:
            arrival.aliases = tuple(alias for alias in arrival.aliases if alias not in shared)
        return made

    # ---- writing

    async def _take(self, c: Any, take: _Take, arrival: _Arrival) -> None:
        """Take in one entry."""
        seen = _match(take.known, arrival)
        again = seen is None and arrival.fault is None
        if again:
            seen = take.texts.get(arrival.body_hash or "")
        if seen is not None and seen.source != take.name:
            if seen.source in self.settings.sources:
                # Another source of ours tells of the same page, and is the one that we watch it in.
                if again:
                    await self._told_again(c, take, arrival, seen)
                return
            await intake.save_statement(c, seen.number, source=take.name)
        if arrival.fault is not None:
            await self._refuse(c, take, arrival, seen)
            return
        doubt = None if seen is None or again else await self._other(c, arrival, seen)
        if doubt is not None and seen is not None:
            take.asked.add(seen.number)
        if seen is None or doubt is not None:
            number = await self._add(c, take, arrival, doubt)
            take.new += 1
        else:
            number = seen.number
            if again:
                await self._told_again(c, take, arrival, seen)
            if seen.digest != arrival.entry.digest and arrival.title:  # it has been read, if only its title
                take.changed += await self._compare(c, take, arrival, number)
        take.touched.add(number)
        take.present.append(number)
        mine = intake.Known(number, arrival.entry.digest, take.name, arrival.entry.guid)
        take.known |= {alias: mine for alias in arrival.aliases if doubt is None or alias not in take.known}
        if arrival.blocks and arrival.body_hash:
            take.texts.setdefault(arrival.body_hash, mine)

    async def _told_again(self, c: Any, take: _Take, arrival: _Arrival, seen: intake.Known) -> None:
        """A text that we know, under other names: it is the same statement, and is not posted again by itself."""
        await intake.add_aliases(c, seen.number, take.name, arrival.aliases)
        story = await intake.story_of(c, seen.number)
        where = arrival.entry.link or take.url
        await people.record(c, take.now, who="feed", what="told again", subject=f"s{story}", detail=where)
        if take.migrating or take.first or take.now - await intake.first_seen(c, seen.number) < RECENT:
            return
        text = f"The site has published s{story} again, word for word, under another address: {where}"
        cure = f"If readers are to see it again: vestka repost {story}"
        await alarms.raise_event(c, f"again/s{story}/{where}", text, cure, take.now)

    async def _other(self, c: Any, arrival: _Arrival, seen: intake.Known) -> str | None:
        """Why an entry is not the statement that has one of its names; None when it is."""
        if not arrival.blocks or seen.digest == arrival.entry.digest:
            return None
        named = dict(arrival.aliases)
        names = await intake.names(c, seen.number)
        ours = {value for kind, value in names if kind == "guid"}
        story = await intake.story_of(c, seen.number)
        if "guid" in named and ("guid", named["guid"]) not in names and ours:
            content_hash = identity.content_hash(arrival.title, arrival.blocks)
            if content_hash != await intake.newest_hash(c, seen.number):
                return f"It has the address of s{story} under another identifier: an edit of it, or a new statement?"
        if "url" in named and ("url", named["url"]) not in names:
            title, blocks = (await intake.texts(c, seen.number))[-1]
            if identity.similar((title, blocks), (arrival.title, arrival.blocks)) < identity.REUSED:
                return (
                    f"The site has given it the identifier of s{story}, which was another text under another address."
                )
        return None

    async def _refuse(self, c: Any, take: _Take, arrival: _Arrival, seen: intake.Known | None) -> None:
        """Put an entry aside; when it is a page that we know, what waits of its former text waits for a person."""
        entry, now = arrival.entry, take.now
        raw = repr((entry.guid, entry.link, entry.digest)).encode()
        if await intake.add_quarantine(c, take.name, str(arrival.fault), raw, now):
            await people.record(c, now, who="feed", what="quarantined", detail=f"{take.name}: {arrival.fault}")
            which = arrival.title or clean.plain(entry.title)[:100] or entry.link or "without a title"
            text = f"An entry of {take.name} was put aside, and nothing was made of it: {which}: {arrival.fault}."
            cure = "Look at it on the site; what the site mends is taken in by itself."
            await alarms.raise_event(c, f"entry/{take.name}/{entry.digest}", text, cure, now)
        if seen is None:
            return
        take.present.append(seen.number)
        story = await intake.load_story(c, await intake.story_of(c, seen.number))
        if story is not None and story.state is StoryState.OPEN:
            reason = f"Its page now reads in a way that cannot be taken in: {arrival.fault}."
            await intake.save_story(c, story.number, state=StoryState.HELD, reason=reason)
            await ledger.void_older(c, story.name, story.revision + 1, "its page can no longer be taken in")

    async def _add(self, c: Any, take: _Take, arrival: _Arrival, doubt: str | None) -> int:
        """A new edition: of a story that it can be told to belong to, or of a story of its own. Its number."""
        entry, hosts = arrival.entry, self.settings.links.aliases
        link = entry.link or take.url
        statement = Statement(
            source=take.name,
            language=spoken(entry, take.document.language, take.source.language),
            url=link,
            title=arrival.title,
            blocks=arrival.blocks,
            first_seen=take.now,
            published=entry.published,
            guid=entry.guid,
        )
        alternates = self.canonical(entry.alternates, statement.language)
        here = identity.canonical_url(link, aliases=hosts)
        page = identity.neutral(link, statement.language, aliases=hosts)
        state, reason = self._standing(take, arrival, doubt)
        not_before = take.now + take.source.settle
        story = None
        if doubt is None:
            story = await intake.linked_story(c, statement.language, here, alternates)
            story = story or await intake.sibling_story(c, statement, page)
        if story is None:
            story = await intake.add_story(c, state, reason, take.now, not_before)
        else:
            await self._join(c, story, state, reason, not_before)
        names = [*arrival.aliases, ("page", page)]
        number = await intake.add_statement(c, story, statement, entry, names, alternates)
        content_hash = identity.content_hash(arrival.title, arrival.blocks)
        _, revision = await intake.add_revision(
            c,
            number,
            arrival.title,
            arrival.blocks,
            content_hash,
            take.now,
            body_hash=arrival.body_hash,
            excerpt=entry.excerpt,
        )
        if state is StoryState.HELD:
            take.held.append(story)
        if state is StoryState.BASELINE:
            await intake.save_story(c, story, drafted=revision)  # what a new source knows of old stories is not news
        await people.record(
            c, take.now, who="feed", what="seen", subject=f"s{story}", detail=f"{statement.language} {link}"
        )
        return number

    def _standing(self, take: _Take, arrival: _Arrival, doubt: str | None) -> tuple[StoryState, str | None]:
        """How a new statement starts, and why it waits when it does."""
        if doubt is None and not take.first:
            if take.migrating:
                doubt = MIGRATED
            elif arrival.like is not None:
                doubt = f"It reads almost like s{arrival.like.story}: an edit of it, or a new statement?"
            elif arrival.last:
                doubt = LAST
        if doubt is not None:
            return StoryState.HELD, doubt
        state, reason = standing(arrival.entry, take.source, first_poll=take.first, fresh=take.fresh, now=take.now)
        if state is StoryState.OPEN and take.document.doubt is not None:
            return StoryState.HELD, take.document.doubt
        return state, reason

    async def _join(self, c: Any, number: int, state: StoryState, reason: str | None, not_before: datetime) -> None:
        """A further edition arrives of a story that we have; what stops the edition stops the story, and is shown."""
        story = await intake.load_story(c, number)
        assert story is not None  # it was found by one of its editions
        if state is StoryState.OPEN and story.state in (StoryState.BASELINE, StoryState.SKIPPED):
            state, reason = StoryState.HELD, RECORDED
        if state is StoryState.HELD:
            await intake.save_story(c, number, state=state, reason=reason)
        elif story.state is StoryState.OPEN:
            await intake.save_story(c, number, reason=None)  # a person released what was there, not what comes
        await intake.save_story(c, number, not_before=max(story.not_before, not_before))

    async def _compare(self, c: Any, take: _Take, arrival: _Arrival, number: int) -> bool:
        """A page that we know, in an entry that reads differently: whether its words have changed, and what follows."""
        entry, now = arrival.entry, take.now
        await intake.add_aliases(c, number, take.name, arrival.aliases)
        await intake.add_alternates(c, number, self.canonical(entry.alternates, ""))
        moved = {"url": entry.link} if entry.link else {}
        await intake.save_statement(c, number, digest=entry.digest, **moved)
        content_hash = identity.content_hash(arrival.title, arrival.blocks)
        *former, newest = await intake.hashes(c, number)
        if content_hash == newest or (content_hash in former and await self._is_stale(c, take, number)):
            return False
        before = (await intake.texts(c, number))[-1]
        await intake.add_revision(
            c,
            number,
            arrival.title,
            arrival.blocks,
            content_hash,
            now,
            body_hash=arrival.body_hash,
            excerpt=entry.excerpt,
        )
        stop = take.document.doubt
        if content_hash in former and not await ledger.posted(c, f"s{await intake.story_of(c, number)}"):
            stop = RETURNED  # which of the two texts is the false one, no machine can know
        if number in take.touched:
            stop = "The feed names this page twice, with different texts."
        after = None if entry.excerpt else (arrival.title, arrival.blocks)
        await self._edited(c, number, before, after, take.source, now, stop)
        return True

    async def _is_stale(self, c: Any, take: _Take, number: int) -> bool:
        """Whether a former text of a page tells nothing: on a mirror that lags behind, or while a person is asked."""
        story = await self._story(c, await intake.story_of(c, number))
        return take.mirror or (story.state is StoryState.HELD and story.reason == RETURNED)

    async def _edited(
        self, c: Any, number: int, before: _Words, after: _Words | None, source: Source, now: datetime, stop: str | None
    ) -> None:
        """What follows when a page has another text: the old one is not sent any more, and what it means is told.

        `after` is None where only the beginning of the text is known yet; `stop` says why a person must see it first.
        """
        story = await self._story(c, await intake.story_of(c, number))
        await intake.save_story(c, story.number, not_before=max(story.not_before, now + source.settle))
        posted = await ledger.posted(c, story.name)
        await ledger.void_older(c, story.name, story.revision)  # it must not go out while the new text settles
        language = next(one.language for one in story.editions if one.number == number)
        edit = None if after is None else self._classed(before, after, language)
        if edit is not None and edit.kind is EditKind.WITHDRAWAL and not posted:
            stop = NOTICE
        elif story.revision - story.drafted > RESTLESS and not posted:
            stop = stop or CHANGING
        if stop is not None and story.state is StoryState.OPEN:
            await intake.save_story(c, story.number, state=StoryState.HELD, reason=stop)
            await self._tell_held(c, story, stop, now)
        elif story.state is StoryState.OPEN:
            await intake.save_story(c, story.number, reason=None)  # a person released the former text
        if edit is None:
            what = "the beginning of the text in the feed has changed; its page is read again"
            await people.record(c, now, who="feed", what="edited", subject=story.name, detail=what)
            return
        # A name that was taken out is repeated neither in the trail nor in an alarm.
        secret = bool(await gates.withheld_names(c, story.name))
        words = str(edit.kind) if secret else revisions.words(edit)
        what = f"the page has another text: {words}"
        await people.record(c, now, who="feed", what="edited", subject=story.name, detail=what)
        if posted and edit.kind not in (EditKind.NOTHING, EditKind.TYPOGRAPHY):
            title = "" if secret else f": {before[0]}"
            text = f"The site has edited {story.name} after it was posted ({words}){title}"
            cure = f"vestka explain {story.number} shows what would change; vestka correct {story.number} changes it."
            await alarms.raise_event(c, f"edited/{story.name}/{edit.kind}/{now:%Y-%m-%d}", text, cure, now)

    def _classed(self, before: _Words, after: _Words, language: str) -> Edit:
        """What an edit of a page means."""
        ours, theirs = ("\n\n".join(block.text for block in blocks) for _, blocks in (before, after))
        edit = revisions.classify(ours, theirs, language, glossary=self.corridor.glossary)
        if edit.kind is EditKind.WITHDRAWAL:
            return edit  # a notice may stand below the title that the page has always had
        old, new = f"{before[0]}\n\n{ours}", f"{after[0]}\n\n{theirs}"
        return revisions.classify(old, new, language, glossary=self.corridor.glossary)

    def _is_like(self, take: _Take, arrival: _Arrival, text: intake.Text) -> bool:
        """Whether a new entry may be a text that we have, edited, under new names.

        From the same source only one whose own entry has gone: beside it, it is another of a series. From another
        source only what tells of the same facts.
        """
        if identity.similar((text.title, text.blocks), (arrival.title, arrival.blocks)) < identity.SIMILAR:
            return False
        before, after = (text.title, text.blocks), (arrival.title, arrival.blocks)
        return text.source == take.name or self._classed(before, after, text.language).kind is not EditKind.FACT

    async def _gone(self, c: Any, take: _Take, row: Mapping[str, Any], here: set[int]) -> set[int]:
        """Statements that were in the last document and are not in this one, although older ones are.

        On a page those are older that stood below: what stays on top may be as old as it likes.
        """
        before = row.get("present") or []
        ages = await intake.ages(c, {*before, *here})
        if take.source.kind == "page":
            gone, below = set(), None
            for number in before:
                if number in here:
                    below = ages[number] if below is None else min(below, ages[number])
                elif below is not None and ages[number] >= below:
                    gone.add(number)
            return gone
        oldest = min((ages[number] for number in here), default=None)
        # The others fell off the end, as all do one day.
        return {number for number in before if number not in here and oldest is not None and ages[number] > oldest}

    async def _missing(self, c: Any, take: _Take) -> None:
        """What has gone from the feed was probably withdrawn: it waits for a person, who is told."""
        renamed = {arrival.like.number for arrival in take.arrivals if arrival.like is not None}
        await self._back(c, take)
        for number in sorted(await self._gone(c, take, take.row, set(take.present)) - take.asked):
            story = await intake.load_story(c, await intake.story_of(c, number))
            if story is None or story.state in (StoryState.BASELINE, StoryState.SKIPPED):
                continue
            if number in renamed and await ledger.posted(c, story.name):
                # Of this a person is asked already, with what has taken its place; no more of the old text goes out.
                await intake.save_story(c, story.number, wait_until=None)
                await ledger.void_older(c, story.name, story.revision + 1)
                continue
            await intake.save_statement(c, number, vanished=take.now)
            await intake.save_story(c, story.number, state=StoryState.HELD, reason=VANISHED)
            await ledger.void_older(c, story.name, story.revision + 1, "its entry has gone from the feed")
            title = next(one.title for one in story.editions if one.number == number)
            await people.record(c, take.now, who="feed", what="vanished", subject=story.name, detail=title)
            text = f"{story.name} has gone from the feed {take.name} although older entries are still there: {title}"
            cure = (
                f"If the site has withdrawn it: vestka skip {story.number}; what was posted is not deleted by itself."
            )
            await alarms.raise_event(c, f"vanished/{story.name}/{take.now:%Y-%m-%d}", text, cure, take.now)

    async def _back(self, c: Any, take: _Take) -> None:
        """What had gone from the feed is there again: a person who was told of the one is told of the other."""
        for number in await intake.vanished(c, take.present):
            await intake.save_statement(c, number, vanished=None)
            story = await self._story(c, await intake.story_of(c, number))
            if story.state is StoryState.HELD and story.reason == VANISHED:
                await intake.save_story(c, story.number, reason=BACK)
            text = f"{story.name}, which had gone from the feed {take.name}, is there again."
            cure = f"If it is to go out: vestka publish {story.number}"
            await alarms.raise_event(c, f"back/{story.name}/{take.now:%Y-%m-%d}", text, cure, take.now)

    async def _alarms(self, c: Any, take: _Take) -> None:
        """What a person must be told of the document as a whole."""
        name, day = take.name, f"{take.now:%Y-%m-%dT%H:%M}"
        queue = "vestka queue shows them; publish, link or skip each."
        if take.document.doubt is not None and take.new + take.changed:
            await alarms.raise_event(c, f"doubt/{name}/{day}", f"{name}: {take.document.doubt}", queue, take.now)
        if take.migrating:
            text = f"Most statements of {name} have come under new identifiers: the site seems to have moved."
            cure = "They are not posted again; what seems new among them waits: vestka queue."
            await alarms.raise_event(c, f"migration/{name}/{day}", text, cure, take.now)
        elif not take.first and take.fresh > take.source.burst:
            text = f"{take.fresh} new statements came from {name} in one poll; they wait for a person."
            await alarms.raise_event(c, f"burst/{name}/{day}", text, queue, take.now)
        elif take.document.doubt is None:
            for number in take.held:
                story = await self._story(c, number)
                await self._tell_held(c, story, str(story.reason), take.now)

    # ---- how a source is

    async def _well(self, c: Any, name: str, row: Mapping[str, Any], now: datetime, **values: Any) -> None:
        """The source has answered as it should: an alarm about it is over, and the next poll is as usual."""
        every = self.settings.sources[name].every
        if row.get("fails"):
            await alarms.clear(c, f"outage/{name}", now)
            await alarms.clear(c, f"document/{name}", now)
        await self._silence(c, name, row, now)
        wait = every * (1 + self.jitter())
        await intake.save_source(
            c, name, last_ok=now, fails=0, last_error=None, gone=None, next_poll=now + wait, **values
        )

    async def _silence(self, c: Any, name: str, row: Mapping[str, Any], now: datetime) -> None:
        """A source that is well but has said nothing for very long may have been left for another address."""
        last = row.get("last_changed") or row.get("baseline_at")
        if last is None or now - last < SILENCE:
            return
        times = sorted(await intake.recent(c, name))
        gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
        if now - last < timedelta(seconds=3 * median(gaps)) if gaps else False:
            return
        text = f"The source {name} answers, but has had nothing new since {self.local(last)}."
        cure = f"Look whether the site publishes somewhere else by now; if so, change sources.{name}.urls."
        await alarms.raise_event(c, f"silence/{name}/{last:%Y-%m-%d}", text, cure, now)


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


def spoken(entry: Entry, document_language: str | None, source_language: str) -> str:
    """The language of an entry: the one that its source is set to, unless it says another one than its whole feed does.

    Sites are often labelled with the language of their software; the person who set the source knows better.
    """
    said = primary(entry.language or "")
    return said if said in LANGUAGES and said != primary(document_language or "") else source_language


def _present(take: _Take) -> list[int]:
    """What a withdrawal is told by: the statements of the last document, and of that before it if it has none of them.

    A feed that is empty for a moment, or shows something new alone, must not make us forget the others.
    """
    before = take.row.get("present") or []
    return take.present if set(take.present) & set(before) else [*before, *take.present]


def _place(take: _Take, arrivals: list[_Arrival], known: list[bool]) -> None:
    """Doubt a list of which nothing is known, and what has come up at its end: older entries move up when one goes."""
    if not any(known):
        take.document = replace(take.document, doubt=STRANGE)
    for arrival in arrivals[: known.index(True) if any(known) else 0]:
        arrival.last = True


def _match(known: Mapping[tuple[str, str], intake.Known], arrival: _Arrival) -> intake.Known | None:
    """The first alias that is known decides: guid, then address, then text.

    But of two statements that were given one guid, the address tells which it is.
    """
    found = [known[alias] for alias in arrival.aliases if alias in known]
    if found and found[-1].guid == arrival.entry.guid:
        return found[-1]
    return found[0] if found else None


def _open(arrival: _Arrival, url: str) -> None:
    """Read the text of an entry; what cannot be read in full is a fault of this entry alone."""
    entry = arrival.entry
    arrival.fault = entry.fault
    if arrival.fault is not None:
        return
    blocks = body(entry, url)
    arrival.title = clean.plain(entry.title)
    if isinstance(blocks, Quarantined):
        arrival.fault = blocks.reason
    elif not arrival.title or not (entry.excerpt or any(block.text for block in blocks)):
        arrival.fault = "an entry without a title or without a text"
    else:
        arrival.blocks = blocks
