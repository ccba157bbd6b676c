"""The time that a person names for something to happen: an hour, a date with an hour, a span from now, or now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = re.compile(r"(\d{1,2})[:.](\d{2})", re.ASCII)
SPAN = re.compile(r"(\d{1,4})\s*([mhd])", re.ASCII)
FURTHEST = timedelta(days=3650)  # later is a slip of the hand, and near the end of the calendar nothing can be added
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def moment(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that `words` name, in the zone of `now`; None when they name none, or one in more than ten years.

    "18:00" is the next time that a clock in `zone` shows it; "2026-11-23 18:00" is taken in `zone` too; "90m", "2h" and
    "3d" count from now; "now" is `now`. What has passed is now.
    """
    text = words.strip().lower()
    try:
        then = max(now, _named(text, now, zone).astimezone(now.tzinfo))
    except (ValueError, OverflowError):
        return None
    return then if then - now <= FURTHEST else None


def _named(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment as it was named. Raises ValueError and OverflowError for what is none."""
    if text == "now":
        return now
    if span := SPAN.fullmatch(text):
        return now + int(span[1]) * UNITS[span[2]]
    if hour := HOUR.fullmatch(text):
        local = now.astimezone(zone)
        then = local.replace(hour=int(hour[1]), minute=int(hour[2]), second=0, microsecond=0)
        return then if then > local else then + timedelta(days=1)
    then = datetime.fromisoformat(text.upper())
    return then if then.tzinfo else then.replace(tzinfo=zone)
