"""A live newsletter for tests: the whole house with a clock of its own, and a real submission server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.pipeline import Pipeline
from bot.pipeline.mailing import Mailing
from bot.pipeline.sealing import newcomer
from bot.settings import Settings, build
from bot.store import intake, mails, people, readers
from bot.subscribers.choices import Choices
from bot.subscribers.sealing import new_keys
from tests.house import Item, item, rss
from tests.submission import Postbox, submission
from tests.web import Web, answer

KEYS = new_keys()
SITE = "https://news.example.invalid"
MONDAY = datetime(2026, 7, 6, 9, tzinfo=UTC)
PARTS = (
    "Суд Мройска пакінуў пад вартай 14 чалавек, паведамляе бюро. Гэта здарылася 3 ліпеня.",
    "Адвакатаў не пусцілі ні да каго з іх. Сваякі чакаюць адказу ўжо тыдзень.",
)


@dataclass
class Mailroom:
    """The house, its submission server, and the hour."""

    pipeline: Pipeline
    postbox: Postbox
    settings: Settings
    web: Web
    now: datetime = MONDAY
    feeds: dict[str, list[Item]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    @property
    def mailing(self) -> Mailing:
        """The sender of issues."""
        assert self.pipeline.mailing is not None
        return self.pipeline.mailing

    async def reader(self, address: str, **choices: Any) -> None:
        """Somebody who has confirmed; the word of their link is kept."""
        one, _ = newcomer(app.front(self.settings), address, Choices(**({"language": "be"} | choices)), self.now)
        async with self.pipeline.store.write() as c:
            assert await readers.add(c, one)
        self.words[address] = self.mailing.opener.open(one.id, "row", one.sealed)["word"]

    async def people(self, count: int, **choices: Any) -> None:
        """So many of them: r0@example.org, r1@example.org …"""
        for i in range(count):
            await self.reader(f"r{i}@example.org", **choices)

    async def publish(self, title: str, *parts: str, language: str = "be") -> int:
        """The site publishes a statement, and it is taken in; its number."""
        made = self.feeds.setdefault(language, [])
        made.insert(0, item(f"{language}{len(made)}", title, *(parts or PARTS), hours=0, now=self.now))
        self._serve()
        async with self.pipeline.store.read() as c:
            before = {row["id"] for row in await intake.stories(c)}
        await self.work()
        async with self.pipeline.store.read() as c:
            (number,) = {row["id"] for row in await intake.stories(c)} - before
        return int(number)

    async def edit(self, old: str, new: str, language: str = "be") -> None:
        """The site changes a word of its newest statement."""
        first = self.feeds[language][0]
        self.feeds[language][0] = replace(first, body=first.body.replace(old, new), title=first.title.replace(old, new))
        self._serve()
        await self.work(minutes=1)

    def _serve(self) -> None:
        for language, items in self.feeds.items():
            self.web.answers[f"/{language}.xml"] = answer(rss(items))

    async def work(self, **later: float) -> None:
        """Some time passes, and all that is due is done."""
        self.now += timedelta(**later)
        await self.pipeline.once()

    def got(self, address: str) -> list[Message]:
        """What has arrived in a mailbox, oldest first."""
        found = []
        for one in self.postbox.mails:
            if one.rcpt_tos == [address]:
                assert isinstance(one.content, bytes)
                found.append(message_from_bytes(one.content))
        return found

    async def tally(self) -> dict[str, int]:
        """How many mails of all issues are in which state."""
        async with self.pipeline.store.read() as c:
            rows = [
                await mails.tally(c, row["id"])
                for state in ("sending", "done")
                for row in await mails.in_state(c, state)
            ]
        return {state: sum(row.get(state, 0) for row in rows) for row in rows for state in row}

    async def told(self) -> list[str]:
        """What the trail says of issues."""
        async with self.pipeline.store.read() as c:
            return [act["detail"] for act in await people.trail(c) if act["what"] == "mailed"]


@asynccontextmanager
async def mailroom(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, words: Any = None, database: str = "", **letter: Any
) -> AsyncIterator[Mailroom]:
    """A live house whose one channel is the newsletter; `letter` are more of its keys, `words` of the settings.

    `database` is its address, where it is not an SQLite file of the folder.
    """
    for name, value in KEYS.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    async with submission() as (postbox, port), Web() as web:
        for language in ("be", "en"):
            web.answers[f"/{language}.xml"] = answer(rss([]))
        made_of = raw(folder, port, web, **letter) | (words or {})
        made_of["project"] |= {"database": database} if database else {}
        settings = build(made_of, folder)
        room: list[Mailroom] = []
        monkeypatch.setattr(app, "clock", lambda: room[0].now if room else MONDAY)
        async with app.house(settings) as pipeline:
            made = Mailroom(pipeline, postbox, settings, web)
            room.append(made)
            made.mailing.press.rest = 0.0  # type: ignore[attr-defined]  # the real one
            yield made


def raw(folder: Path, port: int, web: Web, **letter: Any) -> dict[str, Any]:
    """Settings of a live newsletter whose relay is on a port of this machine."""
    own = {
        "kind": "newsletter",
        "languages": ["be", "en"],
        "from": "Бюро Мройска <news@example.invalid>",
        "discreet_from": "Навіны <post@neutral.invalid>",
        "relays": [f"127.0.0.1:{port}"],
        "smtp_security": "none",
        "per_minute": 0,
    }
    return {
        "project": {
            "name": "Бюро Мройска",
            "database": f"sqlite:///{folder / 'vestka.db'}",
            "timezone": "Europe/Minsk",
            "languages": ["be", "en"],
        },
        "sources": {
            language: {
                "urls": [web.url(f"/{language}.xml")],
                "language": language,
                "allow_private": True,
                "settle": "0s",
                "first_run": "publish",
            }
            for language in ("be", "en")
        },
        "delivery": {"wire": "live"},
        "channels": {"newsletter": own | letter},
        "web": {"public_url": SITE},
    }
