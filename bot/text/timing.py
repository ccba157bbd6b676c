"""The time that a person names for something to happen: an hour, a date with an hour, a span from now, or now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = re.compile(r"(\d{1,2})[:.](\d{2})")
SPAN = re.compile(r"(\d{1,4})\s*([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def moment(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that `words` name, in the zone of `now`; None when they name none.

    "18:00" is the next time that a clock in `zone` shows it; "2026-11-23 18:00" is taken in `zone` too; "90m", "2h" and
    "3d" count from now; "now" is `now`. What has passed is now.
    """
    text = words.strip().lower()
    if text == "now":
        return now
    if span := SPAN.fullmatch(text):
        return now + int(span[1]) * UNITS[span[2]]
    try:
        if hour := HOUR.fullmatch(text):
            local = now.astimezone(zone)
            then = local.replace(hour=int(hour[1]), minute=int(hour[2]), second=0, microsecond=0)
            then = then if then > local else then + timedelta(days=1)
        else:
            then = datetime.fromisoformat(text.upper())
            then = then if then.tzinfo else then.replace(tzinfo=zone)
        return max(now, then.astimezone(now.tzinfo))
    except (ValueError, OverflowError):
        return None
