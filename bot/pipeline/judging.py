"""Through: judge a story whose time has come; the decision and its outbox rows are one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import review, revisions
from bot.feed import alternates, identity, whole
from bot.model import (
    MACHINE,
    Approved,
    Block,
    Cause,
    Checked,
    EditKind,
    Fetched,
    FetchFailed,
    Held,
    NotModified,
    Origin,
    PublicPost,
    Quarantined,
    Statement,
    Story,
    StoryState,
)
from bot.pipeline.correcting import Correcting, said
from bot.pipeline.gating import Gating
from bot.pipeline.rereading import EVERY as REREAD
from bot.store import gates, intake, ledger, people
from channels import Post, TooLong

EDITED_SINCE = "The text has changed since this was posted; nothing public is changed by itself."
WITHDRAWN_HERE = "A person has withdrawn this here; nothing is posted again by itself."
AUTHORED_SINCE = "The site's own edition has come since our translation was posted; nothing is sent again by itself."
NEW_PLACE = "This channel was not there when the story was first posted; nothing old is sent there by itself."
WITHHELD = "A name was taken out of what is public of this; it stays out, and a person looks at what is left."
BEGINNING = "The feed carries only the beginning of the text"
AGAIN = timedelta(minutes=5)  # until a page that could not be reached is asked for again …
PATIENCE = timedelta(hours=1)  # … and so long; then a person is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What came of asking for the page of an edition: why the story waits, or what the page says."""

    edition: Statement
    stop: str | None = None
    postpone: bool = False
    blocks: tuple[Block, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()


class Judging(Correcting, Gating):
    """The way through."""

    async def to_draft(self) -> list[int]:
        """The stories whose time to be judged has come, oldest first."""
        async with self.store.read() as c:
            return await intake.to_draft(c, self.clock())

    async def draft(self, number: int) -> None:
        """Judge one story; the decision and its outbox rows are one transaction."""
        async with self.store.read() as c:
            story = await self._story(c, number)
            if not await intake.is_current(c, story):
                return  # since it was called up, it has become a part of another one, or a person has acted on it
        pages = [page for edition in story.editions if (page := await self._page(story, edition)) is not None]
        if pages:
            async with self.store.write() as c:
                if not await intake.is_current(c, story):
                    return  # it changed while we were at it; the next run judges the newer text
                if not await self._turn_pages(c, story, pages):
                    return
                editions, story = len(story.editions), await self._story(c, number)
            if len(story.editions) != editions:
                return await self.draft(number)  # the pages of those that have joined it must be read too
        now = self.clock()
        awaited, until = self.corridor.awaited(story, now)
        judged = await self.corridor.judge(story, now, awaited=awaited)
        async with self.store.write() as c:
            if not await intake.is_current(c, story):
                return
            await self._write_down(c, story, judged, now)
            await intake.save_story(
                c, number, drafted=story.revision, wait_until=until, awaits=sorted({*story.awaits, *awaited})
            )

    async def _write_down(
        self, c: Any, story: Story, judged: Sequence[tuple[Approved | Held, Checked, str]], now: datetime
    ) -> None:
        """Keep what was decided for each place, but for those that this very text has reached before."""
        await ledger.void_older(c, story.name, story.revision)
        await ledger.forget_held(c, story.name, story.revision)
        taken = await ledger.posted(c, story.name)
        rows = await ledger.renditions(c, story.name)
        shown = {(row["channel"], row["language"]) for row in rows}
        done = {(row["channel"], row["language"]) for row in rows if row["revision"] == story.revision}
        there = await self.standing(c, story)
        withheld = await gates.withheld_names(c, story.name)
        acts = []
        waiting: dict[str, None] = {}
        for decision, checked, kind in judged:
            place = (decision.subject.channel, decision.subject.language)
            corrected = None
            if place in done:
                continue
            if withheld:
                decision = self._freed(decision, withheld)  # noqa: PLW2901  # the same decision, without a name
            if place in taken:
                public = [one for one in there if (one.channel, one.language) == place and not one.answered]
                reason = await self._since_posted(c, decision, checked, rows, public, withheld)
                if reason is None:
                    continue
                corrected = now
                posts = self._corrected(decision, checked, now, withheld)
                decision = review.held_for(decision, reason, posts)  # noqa: PLW2901  # the same decision, stopped
            elif shown and place not in shown and decision.subject.language not in story.awaits:
                decision = review.held_for(decision, NEW_PLACE)  # noqa: PLW2901  # the same decision, stopped
            elif isinstance(decision, Approved):
                texts = [post.text for post in decision.posts]
                if by_hand := await self._by_hand(c, place[0], story.name, texts):
                    decision = review.held_for(decision, by_hand)  # noqa: PLW2901  # the same decision, stopped
            if isinstance(decision, Held):
                waiting[decision.reasons[0]] = None
            acts.append(await self._decide(c, story, decision, checked, kind, now, corrected))
        await people.record_all(c, now, acts)
        if waiting:
            why, *others = waiting
            more = f" (and {len(others)} more reasons)" if others else ""
            await self._tell_held(c, story, f"{why}{more}", now)

    def _corrected(
        self, decision: Approved | Held, checked: Checked, day: datetime, withheld: Sequence[str]
    ) -> tuple[Post, ...]:
        """What a public post would say by now, with the line that dates its correction."""
        settings = self.settings.channels[decision.subject.channel]
        posts = self.corridor.lay_out(checked, settings, day)
        return (
            ()
            if isinstance(posts, TooLong)
            else self.corridor.without(posts, withheld, settings.kind, checked.language)
        )

    def _freed(self, decision: Approved | Held, withheld: Sequence[str]) -> Held:
        """A decision without the names that a person has taken out of its story: a person looks at what is left."""
        subject = decision.subject
        kind = self.settings.channels[subject.channel].kind
        posts = self.corridor.without(decision.posts, withheld, kind, subject.language)
        fits = all(post.length <= post.limit for post in posts)
        return review.held_for(decision, WITHHELD, posts if fits else ())

    async def _decide(
        self,
        c: Any,
        story: Story,
        decision: Approved | Held,
        checked: Checked,
        kind: str,
        now: datetime,
        corrected: datetime | None,
    ) -> people.Act:
        """Write down what was decided for one channel, its outbox rows with it; what the audit trail says of it."""
        rendition = await ledger.save_rendition(c, decision, checked, kind, now, corrected)
        subject = decision.subject
        if isinstance(decision, Approved):
            await self._enqueue(c, story, decision, kind, rendition, now)
        what, why = ("approved", "") if isinstance(decision, Approved) else ("held", " ".join(decision.reasons))
        by = _writers(checked)
        return people.Act(
            who=MACHINE,
            what=what,
            subject=subject.name,
            revision=subject.revision,
            detail=f"{subject.channel} {subject.language}{by}{': ' + why if why else ''}",
        )

    async def _since_posted(
        self,
        c: Any,
        decision: Approved | Held,
        checked: Checked,
        rows: Sequence[Mapping[str, Any]],
        public: Sequence[PublicPost],
        withheld: Sequence[str],
    ) -> str | None:
        """Why a place that has its post waits; None when what would be sent now says the same to its readers.

        `public` is what stands there, the newest first.
        """
        subject = decision.subject
        if not public:
            mine = [row for row in rows if (row["channel"], row["language"]) == (subject.channel, subject.language)]
            sent = await ledger.deliveries(
                c, subject=subject.name, channel=subject.channel, language=subject.language, state=ledger.OCCUPIED
            )
            if any(row["cause"].startswith(f"{Cause.RETRACT}-") for row in mine):
                return WITHDRAWN_HERE
            hashes = {post.hash for post in decision.posts}
            same = bool(hashes) and hashes == {row["payload_hash"] for row in sent}
            return None if same else EDITED_SINCE  # on its way, or nobody knows, or posted elsewhere
        reasons = [await self._differs(c, decision, checked, one, withheld) for one in public]
        return next((reason for reason in reasons if reason), None)

    async def _differs(
        self, c: Any, decision: Approved | Held, checked: Checked, public: PublicPost, withheld: Sequence[str]
    ) -> str | None:
        """How a post that stands in public differs from what would be sent now; None when readers would not see it."""
        posted = await ledger.rendition_of(c, public.rendition)
        shown = ledger.approved_of(posted).posts
        posts = decision.posts
        if posted["corrected"] is not None and posts:
            # What is public bears the line of its correction: the same line, or the line would look like a change.
            posts = self._corrected(decision, checked, posted["corrected"], withheld)
        if posts and {post.hash for post in posts} == {post.hash for post in shown}:
            return None
        if checked.origin is Origin.ORIGINAL and posted["origin"] not in (Origin.ORIGINAL, Origin.EDITED):
            return AUTHORED_SINCE
        edit = revisions.classify(said(shown), said(posts), checked.language, glossary=self.corridor.glossary)
        slight = edit.kind in (EditKind.NOTHING, EditKind.TYPOGRAPHY)
        if slight and (isinstance(decision, Approved) or withheld):
            return None
        return EDITED_SINCE if withheld else f"{EDITED_SINCE} It changes {revisions.words(edit)}."

    # ---- the pages of the site

    async def _page(self, story: Story, edition: Statement) -> _Page | None:
        """Ask for the page of an edition, where that is called for; only the source's own hosts are asked.

        Before the first judgement: is it still there, and which other languages does it name? And whenever the feed
        carries only the beginning of the text. What a person has released is not asked for again, but completed.
        """
        source = self.settings.sources.get(edition.source)
        first = story.reason is None and story.drafted == 0
        if source is None or not (edition.excerpt or (first and source.check_links)):
            return None
        if not self.is_own(source, edition.url):
            return self._excerpt_stays(story, edition, "its page is on another site")
        answer = await self.fetcher.fetch(edition.url, allow_private=source.allow_private, proxy=source.proxy or None)
        if isinstance(answer, FetchFailed) and answer.status in (404, 410):
            answers = f"page answers {answer.status}: {edition.url}"
            if edition.excerpt:
                return self._excerpt_stays(story, edition, f"its {answers}")
            return _Page(edition=edition, stop=f"Its {answers}") if first else None
        if not isinstance(answer, Fetched):
            why, hostile = ("no page", True) if isinstance(answer, NotModified) else (answer.reason, answer.hostile)
            young = self.clock() - edition.first_seen < PATIENCE
            if edition.excerpt and BEGINNING not in (story.reason or "") and not hostile and young:
                return _Page(edition=edition, postpone=True)
            return self._excerpt_stays(story, edition, f"its page could not be read: {why}")
        if not self.is_own(source, answer.url):
            return self._excerpt_stays(story, edition, "its page is on another site")
        if not edition.excerpt:
            named = alternates(answer.body, answer.url) if "html" in answer.content_type.lower() else ()
            return _Page(edition=edition, alternates=named) if named else None
        return await self._whole(story, edition, answer)

    def _excerpt_stays(self, story: Story, edition: Statement, why: str) -> _Page | None:
        """The beginning of a text is never taken for the text, unless a person has released it knowing this."""
        if BEGINNING in (story.reason or "") or not edition.excerpt:
            return None
        return _Page(edition=edition, stop=f"{BEGINNING}, and {why}.")

    async def _whole(self, story: Story, edition: Statement, answer: Fetched) -> _Page | None:
        """The whole text of an edition from its page, which must say what the feed says of it."""
        read = await whole(answer, edition)
        if isinstance(read, Quarantined):
            return self._excerpt_stays(story, edition, f"its page cannot stand in for it: {read.reason}")
        edition = replace(edition, title=read.title, published=edition.published or read.published)
        return _Page(edition=edition, blocks=read.blocks, alternates=read.alternates)

    async def _no_news(self, c: Any, story: Story, pages: Sequence[_Page]) -> str | None:
        """Why what only its page could tell is no news: another story says the same text, or its date is an old one."""
        for page in pages:
            key, edition = identity.text_key(page.edition.title, page.blocks), page.edition
            for known in (await intake.same_text(c, [key])).values():
                other = await intake.story_of(c, known.number)
                if other != story.number:
                    return f"Its page says word for word what s{other} says: is it the same under another address?"
            row, source = await intake.source_row(c, edition.source), self.settings.sources[edition.source]
            undated = next(one for one in story.editions if one.number == edition.number).published is None
            later = edition.first_seen != row.get("baseline_at")  # of a first poll the settings say what goes out
            if undated and later and edition.published and edition.published < edition.first_seen - source.max_age:
                return f"It is new here, but its page is dated {self.local(edition.published)}."
        return None

    async def _turn_pages(self, c: Any, story: Story, pages: Sequence[_Page]) -> bool:
        """Write down what the pages said; whether the story can be judged now."""
        now = self.clock()
        stop = next((page.stop for page in pages if page.stop), None)
        if stop is None and story.reason is None and story.drafted == 0:
            stop = await self._no_news(c, story, [page for page in pages if page.blocks])
        if stop is not None:
            await intake.save_story(c, story.number, state=StoryState.HELD, reason=stop)
            await people.record(c, now, who=MACHINE, what="held", subject=story.name, detail=stop)
            await self._tell_held(c, story, stop, now)
            return False
        if any(page.postpone for page in pages):
            await intake.save_story(c, story.number, not_before=now + AGAIN)
            return False
        for page in pages:
            if page.blocks:
                number, title = page.edition.number, page.edition.title
                same = await intake.newest_hash(c, number)  # still that of what the feed says
                body_hash = identity.text_key(title, page.blocks)
                await intake.add_revision(c, number, title, page.blocks, same, now, body_hash=body_hash)
                await intake.save_statement(c, number, reread=now + REREAD)
            named = self.canonical(page.alternates, page.edition.language)
            await intake.add_alternates(c, page.edition.number, named)
            if not await self._join_named(c, story, named, now):
                return False
        return True


def _writers(checked: Checked) -> str:
    """Which engine wrote which sentences of a translation (0: the title), for the audit trail."""
    if checked.title.engine == "source":
        return ""
    wrote: dict[str, list[str]] = {}
    for number, one in enumerate((checked.title, *checked.sentences)):
        wrote.setdefault(one.engine or "nobody", []).append(str(number))
    return f" ({', '.join(' '.join((engine, *numbers)) for engine, numbers in wrote.items())})"
