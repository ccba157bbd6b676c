"""What people look at: the queue, a story, why something was (not) posted, who did what. Reads, never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import channels
from bot import guard
from bot.errors import UsageError
from bot.feed import clean
from bot.model import (
    Approved,
    Checked,
    DeliveryState,
    Held,
    Quarantined,
    Sentence,
    Statement,
    Story,
    StoryState,
    Summary,
)
from bot.pipeline import Corridor, Pipeline
from bot.receipts import Line, report
from bot.settings import LANGUAGES, Settings
from bot.store import alarms, gates, intake, ledger, mails, people
from bot.summary import of_text
from bot.text import letters, sentences
from bot.translation import ask_next, begin

Row = Mapping[str, Any]
MAILS = ("sent", "due", "failed", "cancelled")
SHOWN = (DeliveryState.DUE, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED)


async def overview(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Every story with its lines, oldest first: {story, title, state, reason, lines}."""
    async with pipeline.store.read() as c:
        rows = await intake.stories(c)
        sent = await ledger.deliveries(c)
        made = []
        for row in reversed(rows):
            name = f"s{row['id']}"
            lines = report(await ledger.renditions(c, name), [one for one in sent if one["subject"] == name])
            made.append(_story_row(row) | {"lines": lines})
    return made


async def was_polled(pipeline: Pipeline, source: str) -> bool:
    """Whether a source has ever been read."""
    async with pipeline.store.read() as c:
        return (await intake.source_row(c, source)).get("body_hash") is not None


async def waiting(pipeline: Pipeline) -> dict[str, list[dict[str, Any]]]:
    """What waits or was lost: held renditions and stories, unknown, failed, expired and due posts, quarantine."""
    async with pipeline.store.read() as c:
        held = await ledger.held_renditions(c)
        stories = await intake.stories(c, limit=None)
        unknown = await ledger.deliveries(c, state=DeliveryState.UNKNOWN)
        lost = await ledger.deliveries(c, state=(DeliveryState.FAILED, DeliveryState.EXPIRED))
        due = await ledger.deliveries(c, state=(DeliveryState.DUE, DeliveryState.SENDING))
        refused = await intake.quarantined(c)
    titles = {f"s{row['id']}": row["title"] for row in stories}
    return {
        "unknown": [_delivery_row(row, titles) for row in unknown],
        "held": [
            {
                "story": row["subject"],
                "title": titles.get(row["subject"], ""),
                "revision": row["revision"],
                "channel": row["channel"],
                "language": row["language"],
                "reasons": row["reasons"],
            }
            for row in held
        ],
        "stories": [_story_row(row) for row in stories if row["state"] == StoryState.HELD],
        "later": [
            _story_row(row) | {"until": until, "why": why}
            for row in stories
            if row["state"] == StoryState.OPEN
            for until, why in _waits(row, pipeline.clock())
        ],
        "lost": [_delivery_row(row, titles) for row in lost],
        "due": [
            _delivery_row(row, titles) | {"error": row["error"] or _why_waiting(row, unknown, pipeline)} for row in due
        ],
        "quarantine": [
            {"source": row["source"], "reason": row["reason"], "times": row["times"], "first_seen": row["first_seen"]}
            for row in refused
        ],
    }


def _why_waiting(row: Row, unknown: Sequence[Row], pipeline: Pipeline) -> str | None:
    """What a post that is due waits for, beside its time."""
    if row["channel"] not in pipeline.wires:
        return "the settings have no such channel that is switched on"
    if any(one["rendition_id"] == row["rendition_id"] and one["part"] < row["part"] for one in unknown):
        return "waits for a part before it, whose outcome is unknown"
    return None


def _waits(row: Row, now: datetime) -> list[tuple[datetime, str]]:
    """Until when a story waits by itself, and for what."""
    if row["embargo"] is not None and row["embargo"] > now:
        return [(row["embargo"], "hidden until then (vestka later)")]
    if row["wait_until"] is not None and row["wait_until"] > now:
        return [(row["wait_until"], f"the site's own {', '.join(row['awaits'])} is waited for")]
    if row["drafted"] < row["revision"] and row["not_before"] > now:
        return [(row["not_before"], "its text must stand unchanged for a while")]
    return []


async def status(pipeline: Pipeline) -> dict[str, list[dict[str, Any]]]:
    """How it goes: each source (asked when, since when not readable), each channel's outbox, issues of the newsletter
    that are going out, and standing alarms.
    """
    async with pipeline.store.read() as c:
        rows = {name: await intake.source_row(c, name) for name in pipeline.settings.watched}
        deliveries = await ledger.deliveries(c)
        held = await ledger.held_renditions(c)
        wrong = await alarms.standing(c)
        pauses = await gates.pauses(c, pipeline.clock())
        money = {name: await pipeline.spent_so_far(c, name, pipeline.clock()) for name in pipeline.settings.channels}
        issues = [*await mails.in_state(c, "gathering"), *await mails.in_state(c, "sending")]
        counts = [await mails.tally(c, row["id"]) for row in issues]
    names = ("last_ok", "last_changed", "next_poll", "fails", "last_error")
    return {
        "sources": [{"source": name} | {key: row.get(key) for key in names} for name, row in rows.items()],
        "channels": [
            {
                "channel": name,
                "last_sent": max((one["sent_at"] for one in mine if one["sent_at"]), default=None),
                "held": sum(one["channel"] == name for one in held),
                "spent": money[name],
            }
            | {state.value: sum(one["state"] == state for one in mine) for state in SHOWN}
            for name in pipeline.settings.channels
            for mine in [[one for one in deliveries if one["channel"] == name]]
        ],
        "issues": [
            {"key": row["key"], "state": row["state"]} | {name: count.get(name, 0) for name in MAILS}
            for row, count in zip(issues, counts, strict=True)
        ],
        "pauses": [{key: row[key] for key in ("channel", "until", "reason", "who")} for row in pauses],
        "alarms": [{"since": one.raised, "text": one.text, "cure": one.cure} for one in wrong],
    }


async def story_view(pipeline: Pipeline, number: int) -> dict[str, Any]:
    """One story: its editions and where each post stands, with the mails of each issue of the newsletter."""
    story, renditions, deliveries = await _load(pipeline, number)
    async with pipeline.store.read() as c:
        tallies = await mails.tallies(c, [row["key"] for row in deliveries])
    return {
        "issues": [{"key": key} | {name: count.get(name, 0) for name in MAILS} for key, count in tallies.items()],
        "story": story.name,
        "revision": story.revision,
        "state": story.state,
        "reason": story.reason,
        "editions": [
            {"language": one.language, "title": one.title, "url": one.url, "revision": one.revision}
            for one in story.editions
        ],
        "posts": [_line_row(line) for line in report(renditions, deliveries)],
        "deliveries": [_delivery_row(row, {}) for row in deliveries],
    }


async def explanation(pipeline: Pipeline, number: int) -> dict[str, Any]:
    """Why a story was posted or not: every place with its reasons and sentences, and the trail of acts."""
    story, renditions, deliveries = await _load(pipeline, number)
    async with pipeline.store.read() as c:
        trail = await people.trail(c, story.name)
        tries = {row["key"]: await ledger.attempts(c, row["id"]) for row in deliveries}
    editions: dict[tuple[str, int], Row] = {(row["language"], row["revision"]): row for row in renditions}
    return {
        "story": story.name,
        "revision": story.revision,
        "state": story.state,
        "reason": story.reason,
        "posts": [_line_row(line) for line in report(renditions, deliveries)],
        "editions": [
            {
                "language": row["language"],
                "revision": row["revision"],
                "origin": row["origin"],
                "sentences": [
                    {"number": one["index"] + 1} | {key: one[key] for key in ("source", "text", "engine", "approver")}
                    for one in row["sentences"]
                ],
                "findings": [
                    {"number": one["sentence"] + 1}
                    | {key: one[key] for key in ("kind", "severity", "message", "expected", "found")}
                    for one in row["findings"]
                ],
            }
            for row in editions.values()
        ],
        "attempts": {key: [dict(one) for one in rows] for key, rows in tries.items()},
        "acts": [dict(row) for row in trail],
    }


async def audit_trail(pipeline: Pipeline) -> tuple[list[dict[str, Any]], int | None]:
    """All acts, oldest first, and the number of the first line that was tampered with."""
    async with pipeline.store.read() as c:
        return [dict(row) for row in await people.trail(c)], await people.first_break(c)


async def preview_story(pipeline: Pipeline, number: int) -> list[dict[str, Any]]:
    """What would go out, or went out, on every channel for a story as its pages read now."""
    story, _, _ = await _load(pipeline, number)
    if not story.editions:
        raise UsageError(f"{story.name}: {story.reason} Look at that one")
    return await _preview(pipeline.corridor, story, pipeline.clock())


async def preview_text(corridor: Corridor, text: str, language: str | None, now: datetime) -> list[dict[str, Any]]:
    """What would go out on every channel for a text; its language is told by its letters when it is not given."""
    spoken = language or letters.language_of(text)
    if spoken not in LANGUAGES:
        raise UsageError(f"the language of the text is not clear; say --language {', '.join(LANGUAGES)}")
    read = of_text(text, spoken)
    blocks = clean.blocks(text, is_html=False, base="")
    if isinstance(blocks, Quarantined) or not blocks:
        raise UsageError(blocks.reason if isinstance(blocks, Quarantined) else "there is no text in it")
    title = read.title or blocks[0].text
    body = blocks[1:] if blocks[0].text == title and len(blocks) > 1 else blocks
    statement = Statement(source="file", language=spoken, url="", title=title, blocks=body, first_seen=now)
    story = Story(
        number=0,
        revision=1,
        drafted=0,
        state=StoryState.OPEN,
        created=now,
        not_before=now,
        reason=None,
        editions=(statement,),
    )
    return await _preview(corridor, story, now)


async def translate_text(
    pipeline: Pipeline, text: str, source: str, target: str, engine: str | None
) -> list[dict[str, Any]]:
    """Each sentence of a text with its translation and the guard's verdict; one that nobody can translate has none."""
    for language in (source, target):
        if language not in LANGUAGES:
            raise UsageError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    corridor = pipeline.corridor
    chain, second = corridor.chain(source, target), corridor.second(source, target)
    if engine is not None:
        second = None
    if engine is not None and engine != "memory":
        if engine not in corridor.engines:
            raise UsageError(f"--engine: {engine!r} is none of {', '.join(('memory', *corridor.engines))}")
        chain = (corridor.engines[engine],)
    if engine == "memory":
        chain = ()
    texts = [
        text[piece.start : piece.end][start:end]
        for piece in of_text(text, source).pieces
        for start, end in sentences.split(text[piece.start : piece.end], source)
    ]
    if not texts:
        return []
    every = tuple(Sentence(text=one, start=0, end=len(one), block=0) for one in texts)
    summary = Summary(language=source, title=texts[0], sentences=every, cuts=())
    translation = await begin(summary, target, memory=corridor.memory, engines=chain, second=second)
    picked = [guard.pick(one, i, source, target, corridor.glossary) for i, one in enumerate(translation.sentences)]
    held = {i for i, one in enumerate(picked) if guard.verdict(one.findings) == "hold"}
    while held and (more := await ask_next(translation, held, engines=chain)):
        translation = more
        for i in held:
            picked[i] = guard.pick(translation.sentences[i], i, source, target, corridor.glossary)
        held = {i for i in held if guard.verdict(picked[i].findings) == "hold"}
    return [
        {
            "source": one.source,
            "target": one.text or None,
            "engine": one.engine or None,
            "version": one.version or None,
            "verdict": guard.verdict(one.findings),
        }
        for one in picked
    ]


async def _preview(corridor: Corridor, story: Story, now: datetime) -> list[dict[str, Any]]:
    return judged_rows(await corridor.judge(story, now), corridor.settings)


def judged_rows(judged: Sequence[tuple[Approved | Held, Checked, str]], settings: Settings) -> list[dict[str, Any]]:
    """Decisions as JSON values: the payload of every part, its length, the price, and what holds it."""
    shown = []
    for decision, checked, kind in judged:
        name = decision.subject.channel
        shown.append(
            {
                "channel": name,
                "kind": kind,
                "language": decision.subject.language,
                "origin": checked.origin,
                "state": "held" if isinstance(decision, Held) else "approved",
                "reasons": list(decision.reasons) if isinstance(decision, Held) else [],
                "price": str(channels.load(kind).cost(decision.posts, settings.channels[name])),
                "posts": [
                    {
                        "part": post.part,
                        "parts": post.parts,
                        "length": post.length,
                        "limit": post.limit,
                        "hash": post.hash,
                        "payload": post.payload(),
                    }
                    for post in decision.posts
                ],
            }
        )
    return shown


async def _load(pipeline: Pipeline, number: int) -> tuple[Story, Sequence[Row], Sequence[Row]]:
    async with pipeline.store.read() as c:
        story = await intake.load_story(c, number)
        if story is None:
            raise UsageError(f"s{number}: there is no such story; see `vestka queue`")
        return story, await ledger.renditions(c, story.name), await ledger.deliveries(c, subject=story.name)


def _story_row(row: Row) -> dict[str, Any]:
    return {
        "story": f"s{row['id']}",
        "title": row["title"],
        "revision": row["revision"],
        "state": row["state"],
        "reason": row["reason"],
    }


def _delivery_row(row: Row, titles: Mapping[str, str]) -> dict[str, Any]:
    names = ("key", "channel", "language", "state", "attempts", "due_at", "sent_at", "remote_id", "url", "error")
    shown = {name: row[name] for name in names}
    return shown | ({"title": titles[row["subject"]]} if row["subject"] in titles else {})


def _line_row(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in Line.__slots__}
