"""What is done about a mail that did not reach its reader. Nothing names an address, not even to those in charge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.pipeline.leaving import note_left
from bot.pipeline.sealing import week
from bot.store import alarms, readers
from bot.subscribers.bounces import MOST, Meaning, counted, meaning
from bot.subscribers.erasures import Erasures


async def heed(c: Any, reader: Mapping[str, Any], status: str, journal: Erasures, now: datetime) -> Meaning:
    """Heed one refusal: an address where nothing arrives is barred and its row erased; what is about us is told.

    `reader` is the row. Raises OSError when the journal of erasures cannot be written.
    """
    about = meaning(status)
    if about is Meaning.OURS:
        text = f"Mail servers refuse the newsletter ({status}). That is about our domain or relay, not about readers."
        cure = "`vestka doctor` looks at SPF, DKIM and DMARC; your relay's provider knows whether it is on a list."
        await alarms.raise_event(c, f"mail/refused/{status}/{now:%Y-%m-%d}", text, cure, now)
        return about
    times = counted(reader["bounces"], reader["bounced"], week(now))
    if about is Meaning.GONE or times >= MOST:
        await readers.bar(c, reader["index"], status or "refused")
        await readers.erase(c, [reader["index"]])
        await note_left(c, journal, reader["index"])
    else:
        await readers.count_bounce(c, reader["id"], times, week(now))
    return about
