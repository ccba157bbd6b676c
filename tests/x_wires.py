"""What the tests of X's live wire share: a wire dialled to our own X, posts, envelopes, the checker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels import Envelope, Media, Outcome, Post, Receipt, Unknown, Wire
from channels.x import Settings
from channels.x.weight import weight
from channels.x.wire import Keys, Timeouts, XWire
from tests.x_server import SECRETS, XApi

LINK = "https://example.invalid/en/1"
PNG = b"\x89PNG\r\n--\r\npicture"
KEYS = Keys(
    consumer_key=SECRETS["x_consumer_key"],
    consumer_secret=SECRETS["x_consumer_secret"],
    access_token=SECRETS["x_access_token"],
    access_token_secret=SECRETS["x_access_token_secret"],
)


@asynccontextmanager
async def dialled(api: XApi | str, *, timeouts: Timeouts | None = None, **settings: Any) -> AsyncIterator[XWire]:
    """A wire to a server, or to an address."""
    base = api if isinstance(api, str) else api.url
    wire = XWire(Settings(**({"language": "en", "api_base": base} | settings)), KEYS, timeouts)
    try:
        yield wire
    finally:
        await wire.close()


def post(text: str = f"Court & Mroisk: 42 people fined.\n\n{LINK}", **more: Any) -> Post:
    """A post of one part."""
    return Post(**{"part": 1, "parts": 1, "text": text, "length": weight(text), "limit": 280} | more)


def picture(folder: Path, data: bytes = PNG, alt: str = "A court") -> Media:
    """A picture on the disk."""
    file = folder / "card.png"
    file.write_bytes(data)
    return Media(path=str(file), alt=alt, digest=hashlib.sha256(data).hexdigest())


def gone(media: Media) -> None:
    """The picture is no longer on the disk."""
    Path(media.path).unlink()


def envelope(**more: Any) -> Envelope:
    """An envelope of a creation, unless told otherwise."""
    values: dict[str, Any] = {"key": "s1/r1/x-en/en/1/auto", "channel": "x-en", "language": "en"}
    return Envelope(**values | {"date": datetime(2026, 11, 25, tzinfo=UTC)} | more)


def clean(outcome: Outcome) -> None:
    """What is told of an outcome is one clear line without a key, an address or a trace of the machinery."""
    said = repr(outcome)
    assert "Invented" not in said
    if isinstance(outcome, Receipt):
        return
    assert outcome.reason and "\n" not in outcome.reason and len(outcome.reason) < 400
    assert not re.search(r"://|127\.0\.0\.1|aiohttp|tweepy|Error|Traceback|\bNone\b", outcome.reason), outcome.reason


async def once(api: XApi, wire: Wire, what: Post | None = None, **more: Any) -> Outcome:
    """Send one post and check the one rule that no fault may break: it is accepted at most once.

    And the outcome is true: what has a receipt was accepted, what may be sent again was not.
    """
    before = len(api.created)
    outcome = await wire.send(what or post(), envelope(**more))
    accepted = len(api.created) - before
    clean(outcome)
    assert accepted <= 1, f"accepted {accepted} times: {outcome}"
    if isinstance(outcome, Receipt):
        assert accepted == 1
    elif not isinstance(outcome, Unknown):
        assert accepted == 0, f"accepted, but called {outcome}"
    return outcome
