"""A house on a clock of its own, watching a site on loopback: days pass in seconds, and nothing else is pretended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from bot import app
from bot.model import Alarm
from bot.pipeline import Pipeline
from bot.settings import Settings, build
from bot.store import alarms, intake, ledger, people
from tests.web import Answer, Web, answer

MONDAY = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)

ONE = {"telegram-be": {"kind": "telegram", "language": "be"}}  # one channel, where that is enough
WORDS = {
    "be": (
        "Суды Мройска пакаралі {figure} чалавек: справа {number}",
        "Суды Мройска пакаралі {figure} чалавек за тыдзень.",
        "Справа {number} абскарджаная.",
    ),
    "ru": (
        "Суды Мройска наказали {figure} человек: дело {number}",
        "Суды Мройска наказали {figure} человек за неделю.",
        "Дело {number} обжаловано.",
    ),
    "en": (
        "Courts of Mroisk punished {figure} people: case {number}",
        "Courts of Mroisk punished {figure} people in a week.",
        "Case {number} was appealed.",
    ),
}


@dataclass(slots=True)
class Page:
    """A statement on the site in one language."""

    path: str
    title: str
    text: str
    at: datetime
    guid: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    body: str = ""
    teaser: str = ""
    link: str = ""
    head: str = ""

    @property
    def markup(self) -> str:
        """Its text as HTML."""
        return self.body or "".join(f"<p>{escape(part)}</p>" for part in self.text.split("\n\n"))

    def named(self, web: Web) -> str:
        """Its address in the feed: `link` where that is given, else its path on the site."""
        return self.link or web.url(self.path)

    def said(self) -> str:
        """What the feed says of it: `teaser`, as HTML, where that is given, else all."""
        return self.teaser or self.markup


def page(number: int, figure: int = 17, language: str = "be", **more: Any) -> Page:
    """An invented statement of so many days before Monday; `more` are fields of the page."""
    title, *text = (words.format(figure=figure, number=number) for words in WORDS[language])
    values: dict[str, Any] = {
        "path": f"/{language}/{number}",
        "title": title,
        "text": "\n\n".join(text),
        "at": MONDAY - timedelta(days=number),
        "guid": f"http://site.invalid/{language}/?p={number}",
    }
    return Page(**values | more)


@dataclass(slots=True)
class Site:
    """The organisation's site: its pages by feed, the newest first."""

    web: Web
    feeds: dict[str, list[Page]] = field(default_factory=dict)
    down: dict[str, bytes] = field(default_factory=dict)
    extra: dict[str, Answer] = field(default_factory=dict)  # path -> an answer that stands above all others

    def publish(self, name: str, *pages: Page) -> None:
        """New statements on top of a feed."""
        self.feeds.setdefault(name, [])[:0] = reversed(pages)

    def serve(self) -> None:
        """Let the web server answer as the site stands now."""
        self.web.answers.clear()
        for name, pages in self.feeds.items():
            self.web.answers[f"/{name}.xml"] = self.down.get(name) or answer(self.rss(pages))
            for page in pages:
                head = f"<title>{escape(page.title)}</title>{page.head}"
                html = f"<html><head>{head}</head><body><article>{page.markup}</article></body></html>"
                self.web.answers[page.path] = answer(html.encode(), content_type="text/html; charset=utf-8")
        self.web.answers |= self.extra

    def rss(self, pages: Sequence[Page]) -> bytes:
        """A feed of RSS 2.0."""
        items = "".join(
            f"<item><title>{escape(page.title)}</title><link>{escape(page.named(self.web))}</link>"
            + (f'<guid isPermaLink="false">{escape(page.guid)}</guid>' if page.guid else "")
            + "".join(
                f'<atom:link rel="alternate" hreflang="{language}" href="{self.web.url(path)}"/>'
                for language, path in page.alternates
            )
            + f"<pubDate>{format_datetime(page.at)}</pubDate><description>{escape(page.said())}</description></item>"
            for page in pages
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
            f"<channel><title>Бюро</title><link>{self.web.url()}</link>{items}</channel></rss>"
        ).encode()


class Lookout:
    """The house, its clock and its site."""

    def __init__(self, pipeline: Pipeline, site: Site, now: datetime) -> None:
        self.pipeline = pipeline
        self.site = site
        self.now = now
        self.told: list[str] = []
        self.done: set[int] = set()
        pipeline.clock = lambda: self.now

    async def look(self, **later: float) -> None:
        """Let time pass (as for `timedelta`), then do what `once` does."""
        self.now += timedelta(**later)
        self.site.serve()
        await self.pipeline.once()

    async def go(self) -> None:
        """Let the site's news come in and settle, and what is clear go out."""
        await self.look(minutes=5)
        await self.look(minutes=6)

    async def posts(self) -> list[tuple[str, str, str]]:
        """(story, channel, state) of everything in the outbox, in its order."""
        async with self.pipeline.store.read() as c:
            rows = await ledger.deliveries(c)
        return [(row["subject"], row["channel"], row["state"]) for row in rows]

    async def held(self) -> list[tuple[str, str, str]]:
        """(story, channel, first reason) of every post that waits for a person."""
        async with self.pipeline.store.read() as c:
            rows = await ledger.held_renditions(c)
        return [(row["subject"], row["channel"], row["reasons"][0]) for row in rows]

    async def stories(self) -> list[tuple[str, str, str | None]]:
        """(story, state, reason) of every story, oldest first."""
        async with self.pipeline.store.read() as c:
            rows = await intake.stories(c, limit=None)
        return [(f"s{row['id']}", row["state"], row["reason"]) for row in reversed(rows)]

    async def texts(self) -> list[tuple[str, str]]:
        """(channel, text) of every post in the outbox, in its order."""
        async with self.pipeline.store.read() as c:
            rows = await ledger.deliveries(c)
            made = {row["subject"]: await ledger.renditions(c, row["subject"]) for row in rows}
        posts = {one["id"]: one["posts"] for renditions in made.values() for one in renditions}
        return [(row["channel"], posts[row["rendition_id"]][row["part"] - 1]["text"]) for row in rows]

    async def trail(self, number: int) -> list[str]:
        """What the audit trail says of a story, oldest first: "what: detail"."""
        async with self.pipeline.store.read() as c:
            return [f"{act['what']}: {act['detail']}" for act in await people.trail(c, f"s{number}")]

    async def standing(self) -> list[Alarm]:
        """What is wrong now."""
        async with self.pipeline.store.read() as c:
            return await alarms.standing(c)


class Notebook:
    """A way of telling that remembers what it was told."""

    name = "notebook"

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """Remember the lines with their time."""
        self.lines += [f"{now:%a %H:%M} {line}" for line in lines]
        return None


def settings(folder: Path, web: Web, languages: Sequence[str], **more: Any) -> Settings:
    """A source and a Telegram channel a language; `more` are further settings.

    Those of every source stand under `source`; its `paths` are those of the feed and its mirrors on the site.
    """
    source: dict[str, Any] = dict(more.pop("source", {}))
    paths: Sequence[str] | None = source.pop("paths", None)
    raw: dict[str, Any] = {
        "project": {"name": "Бюро", "languages": ["be", "ru", "en"], "database": "sqlite:///state/vestka.db"},
        "delivery": {"folder": "out"},
        "sources": {
            name: {
                "urls": [web.url(path) for path in paths or (f"/{name}.xml",)],
                "language": name[:2],
                "allow_private": True,
                **source,
            }
            for name in languages
        },
        "channels": {f"telegram-{one}": {"kind": "telegram", "language": one} for one in ("be", "ru", "en")},
    }
    return build(raw | more, folder)


@asynccontextmanager
async def lookout(
    folder: Path, languages: Sequence[str] = ("be",), *, now: datetime = MONDAY, **more: Any
) -> AsyncIterator[Lookout]:
    """A house that watches a new site in some languages."""
    async with Web() as web, app.house(settings(folder, web, languages, **more)) as pipeline:
        pipeline.ways = (notebook := Notebook(),)
        site = Site(web, {name: [] for name in languages})
        made = Lookout(pipeline, site, now)
        made.told = notebook.lines
        yield made
