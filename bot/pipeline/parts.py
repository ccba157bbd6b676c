"""What the walks share: the parts that the composition root made, and the few steps that several of them take."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import channels
from bot import outbox
from bot.alerts.ways import Way
from bot.errors import UsageError
from bot.feed import Fetcher, identity
from bot.model import (
    Approved,
    PublicPost,
    Story,
)
from bot.pipeline.corridor import Corridor
from bot.pipeline.lettering import Lettering
from bot.pipeline.mailing import Mailing
from bot.pipeline.returning import Returning
from bot.settings import Source
from bot.store import Store, alarms, gates, intake, ledger
from bot.text import unnamed
from bot.text.glossary import NEVER
from channels import Post, Wire


class Parts:
    """What every walk through the corridor needs. `owner` names this process in the rows that it claims."""

    def __init__(
        self,
        corridor: Corridor,
        *,
        store: Store,
        fetcher: Fetcher,
        wires: Mapping[str, Wire],
        clock: Callable[[], datetime],
        owner: str,
        ways: Sequence[Way] = (),
        jitter: Callable[[], float] = lambda: 0.0,
        alone: bool = True,
        lettering: Lettering | None = None,
        mailing: Mailing | None = None,
        returning: Returning | None = None,
    ) -> None:
        """Take the parts that the composition root has made.

        `ways` are those of telling people, `jitter` gives the share by which a pause is varied, `alone` says that no
        other process sends, `lettering` writes letters to single readers, `mailing` sends them the newsletter,
        `returning` reads what comes back of it.
        """
        self.corridor = corridor
        self.settings = corridor.settings
        self.store = store
        self.fetcher = fetcher
        self.wires = wires
        self.clock = clock
        self.owner = owner
        self.ways = ways
        self.jitter = jitter
        self.alone = alone
        self.lettering = lettering
        self.mailing = mailing
        self.returning = returning
        self.slots: dict[str, datetime] = {}  # when posts last went out as one, by place: spares the ledger a look
        self.closing = False  # the service ends: what is in hand is finished, nothing new is begun

    def local(self, moment: datetime) -> str:
        """A moment as people here read it."""
        return f"{moment.astimezone(ZoneInfo(self.settings.project.timezone)):%Y-%m-%d %H:%M}"

    def is_own(self, source: Source, url: str) -> bool:
        """Whether an address is on one of the source's own hosts, by whatever name the settings know them."""
        hosts = self.settings.links.aliases
        own = {identity.host(one, aliases=hosts) for one in source.urls}
        return identity.host(url, aliases=hosts) in own

    def unnameable(self, texts: Iterable[str], language: str) -> str | None:
        """Why nobody may post these words: they name somebody of the glossary's `never_name`; None when they do not.

        What is posted untranslated is in another language than its place; so all of the project's are read.
        """
        words, languages = tuple(texts), {language, *self.settings.project.languages}
        ids = sorted({id for one in languages for id in unnamed.ids(words, one, self.corridor.glossary)})
        whom = ", ".join(f"{NEVER}.{id}" for id in ids)
        return f"it names {whom}; edit that out, or take the entry off the list" if ids else None

    def forbidden(self, posts: Iterable[Post], language: str) -> str | None:
        """As `unnameable`, for all that readers of these posts would see, addresses among it."""
        return self.unnameable((text for post in posts for text in _seen(post)), language)

    async def _tell_held(self, c: Any, story: Story, why: str, now: datetime) -> None:
        """Someone must be told that a story waits for a person."""
        title = story.editions[0].title if story.editions else ""
        if story.editions and self.unnameable([title], story.editions[0].language):
            title = "a statement that names somebody whom no post may name"
        if await gates.withheld_names(c, story.name):
            title = "a statement that a name was taken out of"
        text = f"{story.name} waits for a person: {title}: {why}"
        cure = f"vestka explain {story.number}, then publish, edit or skip it."
        # Once a day for each kind of reason: a page that goes back and forth, or counts its visitors, is told of once.
        kind = hashlib.sha256(re.sub(r"\d+", "#", why).encode()).hexdigest()[:12]
        key = f"{kind}/{now:%Y-%m-%d}"
        await alarms.raise_event(c, f"held/{story.name}/{key}", text, cure, now)

    async def _enqueue(
        self,
        c: Any,
        story: Story,
        approved: Approved,
        kind: str,
        rendition: int,
        now: datetime,
        earlier: PublicPost | None = None,
    ) -> bool:
        """Write the outbox rows of what was approved, as an answer to `earlier`; False when the ledger refuses."""
        public = channels.load(kind).public
        rows = outbox.enqueue(
            approved,
            kind=kind,
            public=public,
            now=now,
            lifetime=self.settings.delivery.not_after,
            embargo=story.embargo,
            earlier=earlier,
        )
        return await self._book(c, rows, rendition, approved.subject.channel, now)

    async def _book(
        self, c: Any, rows: Sequence[outbox.NewDelivery], rendition: int, channel: str, now: datetime
    ) -> bool:
        """Write rows into the outbox, with what their channel leads to by now; False when the ledger refuses."""
        wire = self.settings.delivery.wire
        place = await self.leads_to(c, channel)
        return await ledger.enqueue(c, rows, rendition, wire=wire, now=now, place=place)

    async def leads_to(self, c: Any, channel: str) -> str:
        """Where a channel posts by now, "" for one that is not there: ids of posts mean nothing elsewhere."""
        settings = self.settings.channels.get(channel)
        if settings is None:
            return ""
        return await self._moved_to(c, channel) or channels.abilities(settings.kind).place(settings)

    async def _moved_to(self, c: Any, channel: str) -> str | None:
        """Where the platform has said that a channel is by now; forgotten when the settings say something new."""
        was, _, place = (await gates.value(c, f"moved/{channel}") or "").partition("\n")
        return place if place and was == self._as_set(channel) else None

    def _as_set(self, channel: str) -> str:
        """What the settings say of a channel."""
        return str(self.settings.channels[channel].model_dump_json())

    async def _story(self, c: Any, number: int) -> Story:
        story = await intake.load_story(c, number)
        if story is None:
            raise UsageError(f"s{number}: there is no such story; see `vestka queue`")
        return story

    async def _undivided(self, c: Any, number: int) -> Story:
        """A story that a person may act on: one that is a part of another has no page of its own to act on."""
        story = await self._story(c, number)
        if not story.editions:
            raise UsageError(f"{story.name}: it is a part of another story already; see `vestka show {number}`")
        return story


def _seen(post: Post) -> Iterator[str]:
    """All words of a post, and its addresses as a person reads them."""
    yield post.text
    yield post.subject or ""
    yield unquote(post.html or "")
    yield from (unquote(text) for _, text in post.variants)
    yield from (unquote(one.url or "") for one in post.entities)
    yield from (unquote(one.url) for one in post.buttons)
    yield from (one.alt for one in post.media)
