"""A platform that does as it is told, and a house with a story that is public: for tests of what comes after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.store import ledger
from channels import Envelope, Outcome, Post, Receipt
from tests.lookout import Lookout, lookout, page

CHANNELS = {
    "telegram-be": {"kind": "telegram", "language": "be", "chat": "@example"},
    "x-be": {"kind": "x", "language": "be"},
    "newsletter": {"kind": "newsletter", "languages": ["be"]},
}


class Platform:
    """A wire that does as it is told: it remembers what is public, and may refuse a kind of call."""

    def __init__(self) -> None:
        self.public: dict[str, str] = {}
        self.calls: list[tuple[str, str | None]] = []
        self.answers: list[Outcome] = []

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """One call."""
        self.calls.append((envelope.action, envelope.remote_id or envelope.reply_to))
        if self.answers and not isinstance(answer := self.answers.pop(0), Receipt):
            return answer
        if envelope.action == "create":
            number = str(len(self.calls))
            self.public[number] = post.text
            return Receipt(remote_id=number, url=f"https://t.me/example/{number}", wire="live")
        assert envelope.remote_id is not None
        if envelope.action == "edit":
            self.public[envelope.remote_id] = post.text
        else:
            self.public.pop(envelope.remote_id)
        return Receipt(remote_id=envelope.remote_id, url=None, wire="live")

    async def check(self, *, test: bool) -> tuple[()]:
        """All is well."""
        return ()

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def posted(folder: Path) -> AsyncIterator[Lookout]:
    """A house on three channels with one story that is public: s2, whose figure is 42."""
    async with lookout(folder, channels=CHANNELS) as made:
        made.site.publish("be", page(1))
        await made.go()
        made.site.publish("be", page(0, figure=42))
        await made.go()
        yield made


async def edited(house: Lookout, figure: int) -> None:
    """The site changes the figure of s2."""
    house.site.feeds["be"][0] = page(0, figure=figure)
    await house.go()


def platform(house: Lookout, name: str = "telegram-be") -> Platform:
    """A platform in the place of a channel's rehearsal."""
    made = Platform()
    house.pipeline.wires = {**house.pipeline.wires, name: made}
    return made


async def standing(house: Lookout, channel: str) -> list[str]:
    """The remote ids of what is public of s2 on a channel."""
    async with house.pipeline.store.read() as c:
        posts = await ledger.public_posts(c, ["s2"], "rehearsal")
    return [part.remote_id for one in posts if one.channel == channel for part in one.parts]
