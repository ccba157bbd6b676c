"""The corridor, walked: take_in, draft, judge, publish, deliver, repost. Only this file knows the order of the rooms.

`Corridor` makes posts of a story and keeps nothing; `Pipeline` adds the ledger: nothing is lost, nothing doubled.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import channels
from bot import delivery, guard, outbox, review
from bot.errors import UsageError
from bot.feed import Fetcher, clean, identity, parse
from bot.model import (
    MACHINE,
    Approved,
    Block,
    Cause,
    Checked,
    Delivery,
    DeliveryState,
    Document,
    Entry,
    Fetched,
    FetchFailed,
    Held,
    NotModified,
    Quarantined,
    Statement,
    Story,
    StoryState,
    Subject,
    Summary,
)
from bot.rendering import Templates, render
from bot.settings import LANGUAGES, Settings, Source
from bot.store import Store, intake, ledger, people
from bot.summary import summarise, written
from bot.text.glossary import Glossary
from bot.translation import Engine, Memory, ask_next, begin, key, serves
from bot.translation.memory import candidate
from channels import ChannelSettings, Outcome, Post, TooLong, Wire

Result = TypeVar("Result")
EDITED_SINCE = "The page was edited after this had been posted; nothing is sent again by itself."
NEW_PLACE = "This channel was not there when the story was first posted; nothing old is sent there by itself."
FUTURE = timedelta(hours=1)  # a clock may be off by this much; a later date is not believed


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
        names = self.settings.engines(source, target)
        return tuple(self.engines[name] for name in names if name in self.engines)

    def destinations(self) -> tuple[tuple[str, ChannelSettings, str], ...]:
        """(channel, its settings, language) for every place where a story goes."""
        enabled = ((name, one) for name, one in self.settings.channels.items() if one.enabled)
        return tuple((name, one, language) for name, one in enabled for language in one.languages_served())

    def origin(self, story: Story) -> Statement:
        """The edition to translate from: the first, in the order of the project's languages."""
        order = self.settings.project.languages
        return min(story.editions, key=lambda one: order.index(one.language) if one.language in order else len(order))

    async def edition(self, story: Story, language: str) -> Checked:
        """A story in one language, examined: the site's own edition, a translation, or the original, labelled."""
        own = story.edition(language)
        statement = own or self.origin(story)
        summary = _summary(story, statement)
        if own is not None:
            return guard.examine_authored(own, summary, glossary=self.glossary)
        engines = self.chain(statement.language, language)
        translation = await begin(summary, language, memory=self.memory, engines=engines)
        if not serves(translation, summary, engines=engines):
            return guard.examine_untranslated(statement, summary, language, glossary=self.glossary)
        checked = guard.examine(statement, summary, translation, glossary=self.glossary)
        while checked.wanting and (more := await ask_next(translation, checked.wanting, engines=engines)):
            translation = more
            checked = guard.examine(statement, summary, translation, glossary=self.glossary)
        return checked

    def lay_out(self, checked: Checked, settings: ChannelSettings) -> tuple[Post, ...] | TooLong:
        """An examined edition as the posts of one channel."""
        return render(
            checked,
            kind=settings.kind,
            channel=channels.load(settings.kind),
            settings=settings,
            templates=self.templates,
            organisation=self.settings.project.name,
        )

    async def judge(self, story: Story, now: datetime) -> list[tuple[Approved | Held, Checked, str]]:
        """Each destination's posts, whether they may leave, the edition behind them, and the kind of the channel."""
        editions: dict[str, Checked] = {}
        judged = []
        for name, settings, language in self.destinations():
            if language not in editions:
                editions[language] = await self.edition(story, language)
            subject = Subject(name=story.name, revision=story.revision, channel=name, language=language)
            posts = self.lay_out(editions[language], settings)
            decision = review.judge(subject, editions[language], posts, policy=self.settings.review.policy, now=now)
            judged.append((decision, editions[language], settings.kind))
        if self.settings.review.release == "together":
            decisions = review.together([decision for decision, _, _ in judged])
            judged = [(new, checked, kind) for new, (_, checked, kind) in zip(decisions, judged, strict=True)]
        return judged


def _summary(story: Story, statement: Statement) -> Summary:
    """An officer's own words in this language, when there are any; else the statement's own sentences."""
    for language, text, _author in story.words:
        if language == statement.language:
            return written(text, language, statement.title)
    return summarise(statement)


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


class Pipeline:
    """The corridor with its ledger. `owner` names this process in the rows that it claims."""

    def __init__(
        self,
        corridor: Corridor,
        *,
        store: Store,
        fetcher: Fetcher,
        wires: Mapping[str, Wire],
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        """Take the parts that the composition root has made."""
        self.corridor = corridor
        self.settings = corridor.settings
        self.store = store
        self.fetcher = fetcher
        self.wires = wires
        self.clock = clock
        self.owner = owner

    # ---- in

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

    # ---- through

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

    async def _enqueue(self, c: Any, approved: Approved, kind: str, rendition: int, now: datetime) -> bool:
        public = channels.load(kind).public
        rows = outbox.enqueue(approved, kind=kind, public=public, now=now, lifetime=self.settings.delivery.not_after)
        return await ledger.enqueue(c, rows, rendition, wire=self.settings.delivery.wire, now=now)

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

    # ---- out

    async def recover(self) -> int:
        """After a crash: what was being sent becomes unknown (public) or due again (mail). Returns how many."""
        now = self.clock()
        async with self.store.write() as c:
            rows = await ledger.orphans(c, self.owner)
            for row in rows:
                state = outbox.orphaned(public=row["public"], action=row["action"])
                error = "the process ended while this was being sent"
                await ledger.resettle(c, row["id"], state, now, error)
                await people.record(
                    c,
                    now,
                    who=MACHINE,
                    what=state.value,
                    subject=row["subject"],
                    detail=f"{row['key']}: {error}",
                )
            await ledger.cancel_rehearsed(c, self.settings.delivery.wire)
        return len(rows)

    async def deliver(self) -> int:
        """Send everything that is due, each channel by itself; the number of attempts."""
        tallies = await asyncio.gather(
            *(
                delivery.work_off(self, name, wire, clock=self.clock, silent=self._is_quiet)
                for name, wire in self.wires.items()
            ),
            return_exceptions=True,
        )
        if bugs := [one for one in tallies if isinstance(one, Exception)]:
            raise ExceptionGroup("a wire or the ledger has a bug; the other channels were served", bugs)
        return sum(one for one in tallies if isinstance(one, int))

    async def claim(self, channel: str, now: datetime) -> tuple[Delivery, str | None] | None:
        """`delivery.Ledger`: commit the next due row of a channel as `sending`."""
        async with self.store.write() as c:
            return await ledger.claim(
                c,
                channel,
                wire=self.settings.delivery.wire,
                owner=self.owner,
                now=now,
                lease_until=now + outbox.LEASE,
            )

    async def settle(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        """`delivery.Ledger`: commit what came of an attempt."""
        change = outbox.settle(outcome, row, public=row.public, now=now)
        async with self.store.write() as c:
            kept = await ledger.settle(
                c, row.number, row.attempts, self.owner, now, outcome=type(outcome).__name__.lower(), change=change
            )
            if kept and change.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
                await people.record(
                    c,
                    now,
                    who=MACHINE,
                    what=change.state.value,
                    subject=row.subject.name,
                    revision=row.subject.revision,
                    detail=f"{row.key}: {change.error}",
                )

    def _is_quiet(self, now: datetime) -> bool:
        hours = self.settings.quiet_hours
        if hours.from_ is None or hours.to is None:
            return False
        local = now.astimezone(ZoneInfo(self.settings.project.timezone))
        start, end = (hour.hour * 60 + hour.minute for hour in (hours.from_, hours.to))
        return outbox.is_quiet(local.hour * 60 + local.minute, start, end)

    async def once(self) -> list[Polled]:
        """One poll of every source, judgement of what is due, delivery of what is due, end.

        A bug that one source or story wakes does not silence the others: it is raised when the work is done.
        """
        bugs: list[Exception] = []

        async def guarded(work: Coroutine[Any, Any, Result]) -> Result | None:
            try:
                return await work
            except Exception as bug:  # noqa: BLE001  # raised below, all together
                bugs.append(bug)
                return None

        await self.recover()
        polled = [await guarded(self.poll(name)) for name in self.settings.sources]
        for number in await self.to_draft():
            await guarded(self.draft(number))
        await guarded(self.deliver())
        if bugs:
            raise ExceptionGroup("a bug in Vestka; what it did not concern was done", bugs)
        return [one for one in polled if one is not None]

    # ---- people's acts: they only write rows, and are safe beside a running service

    async def publish(
        self,
        number: int,
        only: Sequence[str] = (),
        *,
        person: str,
        revision: int | None = None,
        dry_run: bool = False,
    ) -> list[str]:
        """Release what waits of a story, exactly as it was shown; one line for each thing that was done.

        `revision` is the one that the person has seen; it must be given when the site edited what was held before.
        """
        now = self.clock()
        async with self.store.write() as c:
            story = await self._story(c, number)
            await self._still_as_seen(c, story, revision)
            if story.state is not StoryState.OPEN or story.drafted < story.revision:
                released = f"released by {person}"
                await intake.save_story(c, number, state=StoryState.OPEN, reason=released, not_before=now)
                if story.drafted >= story.revision:
                    await intake.raise_revision(c, number)  # it was judged before: judge it again
                lines = [f"{story.name}: released; it is summarised, checked and sent with the next run"]
            else:
                lines = await self._release(c, story, only, person, now)
            for line in lines:
                await people.record(
                    c, now, who=person, what="publish", subject=story.name, revision=story.revision, detail=line
                )
            if dry_run:
                await c.rollback()
        return lines

    async def _still_as_seen(self, c: Any, story: Story, revision: int | None) -> None:
        edited = any(edition.revision > 1 for edition in story.editions)
        if revision is None and edited and await ledger.renditions(c, story.name, state="void"):
            raise UsageError(
                f"{story.name}: its text changed while it waited; look again (vestka explain {story.number}), "
                f"then: publish {story.number} --revision {story.revision}"
            )
        if revision is not None and revision != story.revision:
            raise UsageError(
                f"{story.name}: this text changed, look again: it is at revision {story.revision}, not {revision}"
            )

    async def _release(self, c: Any, story: Story, only: Sequence[str], person: str, now: datetime) -> list[str]:
        rows = await ledger.renditions(c, story.name, state="held", revision=story.revision)
        rows = [row for row in rows if not only or row["channel"] in only]
        if not rows:
            raise UsageError(f"{story.name}: nothing waits here" + (f" on {', '.join(only)}" if only else ""))
        lines = []
        for row in rows:
            place = f"{story.name} {row['channel']} {row['language']}"
            approved = review.approve(ledger.approved_of(row), person=person, now=now)
            if row["channel"] not in self.wires:
                lines.append(f"{place}: not released: the settings have no such channel that is switched on")
            elif approved is None:
                lines.append(f"{place}: not released: {' '.join(row['reasons'])}")
            elif await self._enqueue(c, approved, row["kind"], row["id"], now):
                await ledger.decide(c, row["id"], "approved", person, now)
                although = f" although: {' '.join(row['reasons'])}" if row["reasons"] else ""
                lines.append(f"{place}: released{although}")
            else:
                lines.append(f"{place}: not released: it was posted before, and a post is never made twice by itself")
        return lines

    async def skip(self, number: int, reason: str, *, person: str, dry_run: bool = False) -> list[str]:
        """A person refuses a story: nothing of it that waits goes out."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._story(c, number)
            await intake.save_story(c, number, state=StoryState.SKIPPED, reason=reason, drafted=story.revision)
            for row in await ledger.renditions(c, story.name, state="held"):
                await ledger.decide(c, row["id"], "skipped", person, now)
            unsent = await ledger.deliveries(c, subject=story.name, state=DeliveryState.DUE)
            for row in unsent:
                await ledger.resettle(c, row["id"], DeliveryState.CANCELLED, now, f"skipped by {person}")
            await people.record(c, now, who=person, what="skip", subject=story.name, detail=reason)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: skipped; {len(unsent)} unsent posts cancelled"]

    async def write(self, number: int, language: str, text: str, *, person: str, dry_run: bool = False) -> list[str]:
        """An officer's own words take the place of the summary in one language, guarded against the statement."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._story(c, number)
            if story.edition(language) is None:
                have = ", ".join(edition.language for edition in story.editions)
                raise UsageError(
                    f"{story.name}: the site has no {language} edition to hold these words against; it has {have}"
                )
            revision = await intake.add_words(c, number, language, text, person, now)
            await ledger.void_older(c, story.name, revision)
            await people.record(c, now, who=person, what="write", subject=story.name, detail=language)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: your words in {language} are kept; {_when(story)}"]

    async def edit(
        self, number: int, language: str, sentence: int, text: str, *, person: str, dry_run: bool = False
    ) -> list[str]:
        """A person translates one sentence (0: the title) anew; it is remembered, the story is judged again."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._story(c, number)
            if language not in self.settings.project.languages:
                raise UsageError(f"{language!r} is none of {', '.join(self.settings.project.languages)}")
            if story.edition(language) is not None:
                raise UsageError(
                    f"{story.name}: the site itself wrote the {language} edition; use write for a summary of your own"
                )
            origin = self.corridor.origin(story)
            summary = _summary(story, origin)
            sources = (summary.title, *(one.text for one in summary.sentences))
            if not 0 <= sentence < len(sources):
                raise UsageError(
                    f"{story.name}: there is no sentence {sentence}; 0 is the title, the last is {len(sources) - 1}"
                )
            await self._same_sentence(c, story, language, sentence, sources[sentence])
            pair = {"source_language": origin.language, "language": language, "source": sources[sentence]}
            await people.remember(
                c,
                [pair | {"key": key(sources[sentence], origin.language, language), "target": text, "approver": person}],
                now,
            )
            await ledger.void_older(c, story.name, await intake.raise_revision(c, number))
            detail = f"{language}, sentence {sentence}"
            await people.record(c, now, who=person, what="edit", subject=story.name, detail=detail)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: {detail} kept; {_when(story)}"]

    async def _same_sentence(self, c: Any, story: Story, language: str, sentence: int, source: str) -> None:
        """A translation belongs to the sentence that the person saw, not to one that stands in its place by now."""
        shown = await ledger.renditions(c, story.name, language=language)
        seen = {one["index"] + 1: one["source"] for one in shown[-1]["sentences"]} if shown else {sentence: source}
        if seen.get(sentence) != source:
            raise UsageError(
                f"{story.name}: sentence {sentence} is another one since the page was edited; run once, then look "
                f"again: vestka explain {story.number}"
            )

    async def repost(
        self,
        number: int,
        only: Sequence[str] = (),
        languages: Sequence[str] = (),
        *,
        nonce: str,
        person: str,
        dry_run: bool = False,
    ) -> list[str]:
        """Post once more what was approved of a story's newest text; the same nonce posts once."""
        now = self.clock()
        cause = f"{Cause.REPOST}-{nonce}"
        async with self.store.write() as c:
            story = await self._story(c, number)
            newest: dict[tuple[str, str], Mapping[str, Any]] = {}
            for row in await ledger.renditions(c, story.name):
                if row["cause"] != cause and row["state"] != "void":
                    newest[row["channel"], row["language"]] = row
            chosen = [
                row
                for (channel, language), row in newest.items()
                if row["state"] == "approved"
                and channel in self.wires
                and (not only or channel in only)
                and (not languages or language in languages)
            ]
            if not chosen:
                raise UsageError(f"{story.name}: its newest text was not approved there; see `vestka show {number}`")
            lines = [await self._repost(c, row, cause, person, now) for row in chosen]
            await people.record(
                c, now, who=person, what="repost", subject=story.name, revision=story.revision, detail="; ".join(lines)
            )
            if dry_run:
                await c.rollback()
        return lines

    async def _repost(self, c: Any, row: Mapping[str, Any], cause: str, person: str, now: datetime) -> str:
        held = ledger.approved_of(row)
        place = f"{held.subject.name} {held.subject.channel} {held.subject.language}"
        last = await ledger.deliveries(
            c,
            subject=held.subject.name,
            channel=held.subject.channel,
            language=held.subject.language,
            state=DeliveryState.SENT,
        )
        when = f"; last posted {last[-1]['sent_at']:%Y-%m-%d %H:%M} UTC" if last else ""
        asked = replace(held, subject=replace(held.subject, cause=cause))
        approved = review.approve(asked, person=person, now=now)
        assert approved is not None  # an approved rendition has posts
        rendition = await ledger.copy_rendition(c, row, approved, now)
        if rendition is None:
            return f"{place}: asked for before, posted once"
        await self._enqueue(c, approved, row["kind"], rendition, now)
        return f"{place}: goes out again{when}"

    async def resolve(
        self, delivery_key: str, verdict: str, *, person: str, url: str | None = None, dry_run: bool = False
    ) -> list[str]:
        """A person settles an unknown outcome: it is there (`sent`, at `url`), send it `again`, or `drop` it."""
        states = {"sent": DeliveryState.SENT, "again": DeliveryState.DUE, "drop": DeliveryState.CANCELLED}
        now = self.clock()
        async with self.store.write() as c:
            rows = await ledger.deliveries(c, key=delivery_key)
            if not rows or rows[0]["state"] != DeliveryState.UNKNOWN:
                raise UsageError(f"{delivery_key}: no such post has an unknown outcome; see `vestka queue`")
            error = None if verdict == "sent" else f"settled by {person}: {verdict}"
            await ledger.resettle(c, rows[0]["id"], states[verdict], now, error, url=url)
            await people.record(
                c, now, who=person, what="resolve", subject=rows[0]["subject"], detail=f"{delivery_key}: {verdict}"
            )
            if dry_run:
                await c.rollback()
        return [f"{delivery_key}: {states[verdict].value}"]

    async def _story(self, c: Any, number: int) -> Story:
        story = await intake.load_story(c, number)
        if story is None:
            raise UsageError(f"s{number}: there is no such story; see `vestka queue`")
        return story


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


def _when(story: Story) -> str:
    """What follows from an act on a story."""
    if story.state is StoryState.OPEN:
        return "the edition is checked again with the next run"
    return f"nothing is sent: the story is {story.state}; release it with publish"


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
