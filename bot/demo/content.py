"""What the demo shows: an invented organisation's feeds, the human translations of its statements, its glossary.

The feeds carry placeholders instead of dates, so that a first run always shows fresh statements. `feed` is a function
of its arguments (the clock is asked by the runner, which keeps the first answer) and of the files beside it.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

FOLDER = Path(__file__).parent
MEMORY = FOLDER / "memory.jsonl"
GLOSSARY = FOLDER / "glossary.toml"
FEEDS = ("be", "en")

_DATE = re.compile(r"@(rfc822|rfc3339)-(\d+)h@")


def feed(name: str, now: datetime, *, edited: bool = False) -> bytes:
    """The feed `name` as first served at `now`; `edited` applies the corrections that the site made afterwards.

    Ask with the same `now` again for the edited version: a correction leaves the date of publication as it was.
    """
    if name not in FEEDS:
        raise KeyError(name)
    text = (FOLDER / "feeds" / f"{name}.xml").read_text(encoding="utf-8")
    for before, after in _edits(name) if edited else ():
        if text.count(before) != 1:
            raise ValueError(f"edits.toml: {before!r} stands {text.count(before)} times in the feed {name!r}, not once")
        text = text.replace(before, after)
    return dated(text, now).encode()


def dated(text: str, now: datetime) -> str:
    """The text with each placeholder replaced by its date in UTC: RFC 822 for RSS, RFC 3339 for Atom."""
    base = now.astimezone(UTC).replace(microsecond=0)

    def date(match: re.Match[str]) -> str:
        moment = base - timedelta(hours=int(match[2]))
        return format_datetime(moment) if match[1] == "rfc822" else moment.isoformat()

    return _DATE.sub(date, text)


def _edits(name: str) -> list[tuple[str, str]]:
    corrections = tomllib.loads((FOLDER / "edits.toml").read_text(encoding="utf-8"))
    return [(one["before"], one["after"]) for one in corrections.get(name, [])]
