"""What the tests of Telegram's live wire share: a wire dialled to our own Bot API, posts, envelopes, the checker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels import Button, Entity, Envelope, Media, Outcome, Post, Receipt, Unknown, Wire
from channels.telegram import Settings
from channels.telegram.wire import TelegramWire, Timeouts
from tests.telegram_server import TOKEN, BotApi

CHAT = "@mroisk_be"
LINK = "https://example.invalid/be/1"
PICTURE = b"\x89PNG\r\n--\r\npicture"


@asynccontextmanager
async def dialled(
    api: BotApi | str, *, timeouts: Timeouts | None = None, **settings: Any
) -> AsyncIterator[TelegramWire]:
    """A wire to a server, or to an address."""
    base = api if isinstance(api, str) else api.url
    values: dict[str, Any] = {"language": "be", "chat": CHAT, "api_base": base} | settings
    wire = TelegramWire(Settings(**values), TOKEN, timeouts)
    try:
        yield wire
    finally:
        await wire.close()


def post(text: str = "Прывітанне, Мройск 😀", **more: Any) -> Post:
    """A post of one part."""
    return Post(**{"part": 1, "parts": 1, "text": text, "length": len(text), "limit": 4096} | more)


def rich(text: str = "Загаловак 😀\n\nТэкст", **more: Any) -> Post:
    """A post with formatting, a link and a button."""
    entities = (
        Entity(type="bold", offset=0, length=12),
        Entity(type="text_link", offset=14, length=5, url=LINK),
    )
    return post(text, entities=entities, buttons=(Button(text="Чытаць", url=LINK),), **more)


def picture(folder: Path, data: bytes = PICTURE) -> Media:
    """A picture on the disk."""
    file = folder / "card.png"
    file.write_bytes(data)
    return Media(path=str(file), alt="Загаловак", digest=hashlib.sha256(data).hexdigest())


def gone(media: Media) -> None:
    """The picture is no longer on the disk."""
    Path(media.path).unlink()


def envelope(**more: Any) -> Envelope:
    """An envelope of a creation, unless told otherwise."""
    values: dict[str, Any] = {"key": "s1/r1/telegram-be/be/1/auto", "channel": "telegram-be", "language": "be"}
    return Envelope(**values | {"date": datetime(2026, 11, 25, tzinfo=UTC)} | more)


def clean(outcome: Outcome) -> None:
    """What is told of an outcome is one clear line without a token, an address or a trace of the machinery."""
    said = repr(outcome)
    assert TOKEN not in said and "Invented" not in said
    if isinstance(outcome, Receipt):
        return
    assert outcome.reason and "\n" not in outcome.reason and len(outcome.reason) < 400
    assert not re.search(r"://|127\.0\.0\.1|httpx|Error|Traceback|\bNone\b", outcome.reason), outcome.reason


async def once(api: BotApi, wire: Wire, what: Post | None = None) -> Outcome:
    """Send one post and check the one rule that no fault may break: it is accepted at most once.

    And the outcome is true: what has a receipt was accepted, what may be sent again was not.
    """
    before = len(api.public)
    outcome = await wire.send(what or post(), envelope())
    accepted = len(api.public) - before
    clean(outcome)
    assert accepted <= 1, f"accepted {accepted} times: {outcome}"
    if isinstance(outcome, Receipt):
        assert accepted == 1
    elif not isinstance(outcome, Unknown):
        assert accepted == 0, f"accepted, but called {outcome}"
    return outcome
