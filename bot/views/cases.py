"""A story as those who decide see it: the exact posts, what the guard says, what is public, and what may be done.

Values for whoever shows them (the admins' chat, the terminal); reads, never writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import channels
from bot import revisions
from bot.errors import UsageError
from bot.model import Approved, Cause, Checked, DeliveryState, EditKind, Held, PublicPost, Story, StoryState
from bot.pipeline import Pipeline, freed_by, place_of, said, shown
from bot.receipts import report
from bot.store import intake, ledger
from channels import Post

# A post in a public channel; those of private ones are t.me/c/NUMBER/ID. https://core.telegram.org/api/links
PUBLIC_POST = re.compile(r"https://t\.me/[A-Za-z][A-Za-z0-9_]{3,}/[0-9]+")
# How a public post is corrected or withdrawn: changed or deleted where it stands, answered, marked as withdrawn, or
# (mail) by another letter to those who got the first.
Way = Literal["edit", "answer", "delete", "mark", "mail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One channel in one language: what would go out, or went out, there.

    `state` as in `bot.receipts.Line`. `posts` are the exact parts. `findings` and `sentences` are those of the ledger
    (`kind severity message expected found sentence`, `index source text engine version approver`; -1 is the title).
    `key` is that of the part that `state` and `error` speak of, `url` that of the public post.
    """

    channel: str
    kind: str
    language: str
    state: str
    origin: str
    reasons: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...]
    sentences: tuple[Mapping[str, Any], ...]
    posts: tuple[Post, ...]
    price: str
    key: str | None = None
    url: str | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a correction would do to one place: the class of the edit, its facts in words, and the word diff.

    `diff` is that of `bot.model.Edit`: ("=", "-" or "+", words).
    """

    channel: str
    language: str
    kind: EditKind
    words: str
    diff: tuple[tuple[str, str], ...]
    way: Way
    posts: tuple[Post, ...]
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A story at its newest revision. `changes` are corrections that wait; `approved_by` who agreed so far."""

    number: int
    revision: int
    title: str
    url: str
    state: str
    reason: str | None
    embargo: datetime | None
    places: tuple[Place, ...]
    changes: tuple[Change, ...]
    approved_by: tuple[str, ...]
    approvals: int

    @property
    def held(self) -> tuple[Place, ...]:
        """Where it waits for a person and is not public yet."""
        proposed = {(one.channel, one.language) for one in self.changes}
        return tuple(one for one in self.places if one.state == "held" and (one.channel, one.language) not in proposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line of a plan (a repost, a retraction): where, how, and what is public there now."""

    channel: str
    language: str
    way: Way | Literal["post"]
    url: str | None
    sent_at: datetime | None
    price: str
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A public post that names a person, and what it would say instead; `way` None: nothing can be done there."""

    story: int
    title: str
    channel: str
    language: str
    url: str | None
    sent_at: datetime | None
    way: Way | None
    before: str
    after: str


async def case(pipeline: Pipeline, number: int) -> Case:
    """One story. Raises UsageError when there is none."""
    async with pipeline.store.read() as c:
        story = await _story(c, number)
        there = await pipeline.standing(c, story)
        proposed = await pipeline.proposals(c, story)
        renditions = await ledger.renditions(c, story.name)
        deliveries = await ledger.deliveries(c, subject=story.name)
        _, seen = await pipeline.waiting(c, story)
        act = "correct" if proposed else "publish"
        agreed = await pipeline.agreed(c, story, act, shown(proposed) if proposed else seen)
        titles = {row["id"]: row for row in renditions}
        changes = tuple([await _change(c, pipeline, row, there) for row in proposed])
    newest: dict[tuple[str, str], Place] = {}
    for line, row in zip(report(renditions, deliveries), renditions, strict=True):
        if line.state == "void":
            continue
        parts = [one for one in deliveries if one["rendition_id"] == row["id"]]
        public = next((one for one in there if one.rendition == row["id"]), None)
        newest[line.channel, line.language] = _place(
            pipeline, titles[row["id"]], line.state, line.reasons, parts, public
        )
    first = story.editions[0] if story.editions else None
    return Case(
        number=story.number,
        revision=story.revision,
        title=first.title if first else "",
        url=first.url if first else "",
        state=story.state,
        reason=story.reason,
        embargo=story.embargo,
        places=tuple(newest.values()),
        changes=changes,
        approved_by=agreed if pipeline.settings.review.approvals > 1 else (),
        approvals=pipeline.settings.review.approvals,
    )


async def previewed(pipeline: Pipeline, made: Case) -> Case:
    """A story that waits as a whole, with the posts that it would become as its pages read now."""
    if made.places or made.state != StoryState.HELD:
        return made
    async with pipeline.store.read() as c:
        story = await _story(c, made.number)
    if not story.editions:
        return made
    judged = await pipeline.corridor.judge(story, pipeline.clock())
    return replace(made, places=tuple(_would_be(pipeline, *one) for one in judged))


def _would_be(pipeline: Pipeline, decision: Approved | Held, checked: Checked, kind: str) -> Place:
    subject = decision.subject
    return Place(
        channel=subject.channel,
        kind=kind,
        language=subject.language,
        state="held",
        origin=checked.origin,
        reasons=decision.reasons if isinstance(decision, Held) else (),
        findings=tuple(ledger.finding_row(one) for one in checked.findings),
        sentences=tuple(ledger.sentence_row(one, i) for i, one in enumerate((checked.title, *checked.sentences), -1)),
        posts=decision.posts,
        price=_price(pipeline, subject.channel, decision.posts),
    )


def _place(
    pipeline: Pipeline,
    row: Mapping[str, Any],
    state: str,
    reasons: tuple[str, ...],
    parts: Sequence[Mapping[str, Any]],
    public: PublicPost | None,
) -> Place:
    posts = ledger.approved_of(row).posts
    part = next((one for one in parts if one["state"] == state), None)
    return Place(
        channel=row["channel"],
        kind=row["kind"],
        language=row["language"],
        state=state,
        origin=row["origin"],
        reasons=reasons,
        findings=tuple(row["findings"]),
        sentences=tuple(row["sentences"]),
        posts=posts,
        price=_price(pipeline, row["channel"], posts),
        key=part["key"] if part else None,
        url=public.parts[0].url if public else None,
        sent_at=public.sent_at if public else None,
        error=part["error"] if part else None,
    )


async def _change(c: Any, pipeline: Pipeline, row: Mapping[str, Any], there: Sequence[PublicPost]) -> Change:
    """What the correction of one place would change there."""
    standing = next((one for one in there if (one.channel, one.language) == (row["channel"], row["language"])), None)
    before = await _words(c, pipeline, standing.rendition) if standing else ""
    after = await _words(c, pipeline, row["id"])
    posts = ledger.approved_of(row).posts
    edit = revisions.classify(before, after, row["language"], glossary=pipeline.corridor.glossary)
    return Change(
        channel=row["channel"],
        language=row["language"],
        kind=edit.kind,
        words=revisions.words(edit),
        diff=edit.diff,
        way=_correction(row["kind"]),
        posts=posts,
        price=_price(pipeline, row["channel"], posts),
    )


async def repost_plan(
    pipeline: Pipeline, number: int, only: Sequence[str] = (), languages: Sequence[str] = ()
) -> list[Offer]:
    """Where a repost would go, what it would say there, and when it last went. Raises UsageError when nowhere."""
    async with pipeline.store.read() as c:
        story = await _story(c, number)
        rows = await pipeline.to_repost(c, story, only, languages)
        if not rows:
            raise UsageError(f"{story.name}: its newest text was not approved there; see /show {number}")
        made = []
        for row in rows:
            sent = await ledger.deliveries(
                c,
                subject=story.name,
                channel=row["channel"],
                language=row["language"],
                state=DeliveryState.SENT,
                action="create",
            )
            last = sent[-1] if sent else None
            posts = ledger.approved_of(row).posts
            made.append(
                Offer(
                    channel=row["channel"],
                    language=row["language"],
                    way="post",
                    url=last["url"] if last else None,
                    sent_at=last["sent_at"] if last else None,
                    price=_price(pipeline, row["channel"], posts),
                    posts=posts,
                )
            )
    return made


async def retract_plan(
    pipeline: Pipeline, number: int, only: Sequence[str] = (), languages: Sequence[str] = ()
) -> list[Offer]:
    """What is public of a story and would be taken away, and how; nothing when nothing is public."""
    async with pipeline.store.read() as c:
        there = await pipeline.to_withdraw(c, await _story(c, number), only, languages)
        made = []
        for one in there:
            row = await ledger.rendition_of(c, one.rendition)
            made.append(
                Offer(
                    channel=one.channel,
                    language=one.language,
                    way=_withdrawal(one.kind),
                    url=one.parts[0].url,
                    sent_at=one.sent_at,
                    price="0",
                    posts=ledger.approved_of(row).posts,
                )
            )
    return made


async def redactions(pipeline: Pipeline, name: str) -> list[Redaction]:
    """Every public post that names a person, with what it would say without the name."""
    async with pipeline.store.read() as c:
        rows = await intake.stories(c, limit=None)
        titles = {row["id"]: row["title"] for row in rows}
        made = []
        for row, public, posts in await pipeline.naming(c, name):
            number = int(place_of(row).partition("/")[0])
            made.append(
                Redaction(
                    story=number,
                    title=titles.get(number) or "",
                    channel=public.channel,
                    language=public.language,
                    url=public.parts[0].url,
                    sent_at=public.sent_at,
                    way=freed_by(row["kind"], posts),
                    before=await _text(c, public.rendition),
                    after="\n\n".join(post.text for post in posts),
                )
            )
    return made


async def latest(pipeline: Pipeline, count: int) -> list[dict[str, Any]]:
    """The newest stories that were not there before us: {story, title, state, reason, lines}."""
    async with pipeline.store.read() as c:
        rows = [row for row in await intake.stories(c, limit=None) if row["state"] != "baseline"][:count]
        made = []
        for row in rows:
            name = f"s{row['id']}"
            lines = report(await ledger.renditions(c, name), await ledger.deliveries(c, subject=name))
            made.append(
                {"story": name, "title": row["title"], "state": row["state"], "reason": row["reason"], "lines": lines}
            )
    return made


async def newest_public(pipeline: Pipeline, language: str, count: int) -> list[tuple[str, str]]:
    """(title, address) of the newest posts in a language that anyone can open in Telegram, the newest first."""
    async with pipeline.store.read() as c:
        names = await ledger.every_subject(c)
        posts = await ledger.public_posts(c, names, pipeline.settings.delivery.wire)
        found: dict[str, tuple[str, str]] = {}
        for one in reversed(posts):
            url = one.parts[0].url
            if one.language != language or url is None or one.channel not in pipeline.wires:
                continue
            if url is None or not _open_to_all(pipeline, one.channel, url):
                continue
            row = await ledger.rendition_of(c, one.rendition)
            title = row["posts"][0]["text"].split("\n", 1)[0]  # as it stands there: a name may have been taken out
            found.setdefault(row["subject"], (title, url))
            if len(found) == count:
                break
    return list(found.values())


def _open_to_all(pipeline: Pipeline, channel: str, url: str) -> bool:
    """Whether an address is that of a post in a public channel, and the settings do not name it by its number now."""
    numbered = str(getattr(pipeline.settings.channels.get(channel), "chat", "")).startswith("-")
    return PUBLIC_POST.fullmatch(url) is not None and not numbered


async def digest(pipeline: Pipeline, since: datetime) -> dict[str, Any]:
    """What happened since then: {posted: [(title, channel, url)], waiting, failed, unknown}, the last three counted."""
    async with pipeline.store.read() as c:
        titles = {f"s{row['id']}": row["title"] for row in await intake.stories(c, limit=None)}
        sent = await ledger.deliveries(c, state=DeliveryState.SENT, part=1, action="create")
        lost = await ledger.deliveries(c, state=(DeliveryState.FAILED, DeliveryState.EXPIRED))
        unknown = await ledger.deliveries(c, state=DeliveryState.UNKNOWN)
        held = await ledger.held_renditions(c)
        stories = await intake.stories(c, limit=None)
    waiting = {row["subject"] for row in held} | {f"s{row['id']}" for row in stories if row["state"] == "held"}
    return {
        "posted": [
            (titles.get(row["subject"]) or row["subject"], row["channel"], row["url"])
            for row in sent
            if row["sent_at"] >= since and not row["cause"].startswith((Cause.RETRACT, Cause.CORRECT))
        ],
        "waiting": len(waiting),
        "failed": sum(row["created"] >= since for row in lost),
        "unknown": len(unknown),
    }


def _correction(kind: str) -> Way:
    """How a post of a kind of channel is corrected."""
    return "edit" if channels.abilities(kind).edits else "answer" if channels.load(kind).public else "mail"


def _withdrawal(kind: str) -> Way:
    """How a post of a kind of channel is withdrawn."""
    can = channels.abilities(kind)
    if can.deletes:
        return "delete"
    return "mark" if can.edits else "answer" if channels.load(kind).public else "mail"


def _price(pipeline: Pipeline, channel: str, posts: tuple[Post, ...]) -> str:
    settings = pipeline.settings.channels.get(channel)
    return str(channels.load(settings.kind).cost(posts, settings)) if settings else "0"


async def _words(c: Any, pipeline: Pipeline, rendition: int) -> str:
    """The words of a rendition without the line that says when it was corrected."""
    row = await ledger.rendition_of(c, rendition)
    text = said(ledger.approved_of(row).posts)
    if row["corrected"] is None:
        return text
    line = pipeline.corridor.corrected_line(row["language"], row["corrected"])
    return text.replace(f"{line}\n\n", "", 1)


async def _text(c: Any, rendition: int) -> str:
    """The words of a rendition, all its parts."""
    return "\n\n".join(post["text"] for post in (await ledger.rendition_of(c, rendition))["posts"])


async def _story(c: Any, number: int) -> Story:
    story = await intake.load_story(c, number)
    if story is None:
        raise UsageError(f"s{number}: there is no such story; see /queue")
    return story
