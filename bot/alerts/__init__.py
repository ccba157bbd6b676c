"""Who must be told, and when: an event once, a lasting alarm at once and then daily, and its end.

Decides and words; the ways of telling (a file, the terminal, a mail) are in `ways`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model import Alarm, Told

AGAIN = timedelta(days=1)
RECENT = timedelta(days=7)


def due(alarm: Alarm, told: Told | None, now: datetime) -> bool:
    """Whether there is something to tell of an alarm by a way that has `told` this much of it."""
    if told is None:
        # A way that is new need not hear of what is long over.
        return alarm.cleared is None or now - alarm.raised < RECENT
    if not alarm.lasting:
        return False
    if alarm.cleared is not None:
        return not told.end
    return now - told.at >= AGAIN


def line(alarm: Alarm, told: Told | None, zone: ZoneInfo) -> str:
    """One alarm in one line: what is wrong since when and its cure, or that it is over."""
    if alarm.lasting and alarm.cleared is not None:
        return _plain(f"over since {_time(alarm.cleared, zone)}: {alarm.text}")
    still = f"still, since {_time(alarm.raised, zone)}: " if told is not None else ""
    return _plain(f"{still}{alarm.text.rstrip('.')}. {alarm.cure}")


def subject(lines: Sequence[str]) -> str:
    """The subject of a mail about so many alarms; it tells a stranger nothing."""
    return "Vestka: 1 alarm" if len(lines) == 1 else f"Vestka: {len(lines)} alarms"


def _plain(text: str) -> str:
    """One line, whatever a site has written: a line break in a title must not look like a second alarm."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
