"""What people see of it: the ledger's rows as a report, one line for each story, channel and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One place of one story: what became of it there, and why.

    `state` is `sent`, `due`, `sending`, `unknown`, `failed`, `cancelled`, `expired`, `held`, `void` or `skipped`.
    `length` and `limit` are those of the longest part, in the channel's own unit.
    """

    story: str
    revision: int
    channel: str
    language: str
    cause: str
    origin: str
    state: str
    parts: int
    length: int
    limit: int
    reasons: tuple[str, ...]
    keys: tuple[str, ...]


# Whose words a post has, by `bot.model.Origin`.
ORIGINS = {
    "original": "the site's own words",
    "people": "translated by people",
    "machine": "machine, checked",
    "edited": "an editor's words",
    "untranslated": "original, no translation yet",
}
WORST_FIRST = (
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.SENDING,
    DeliveryState.DUE,
    DeliveryState.CANCELLED,
    DeliveryState.SENT,
)


def report(renditions: Iterable[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """One line for each rendition; the state of a post in several parts is that of its worst part."""
    lines = []
    for row in renditions:
        parts = [one for one in deliveries if one["rendition_id"] == row["id"]]
        state, reasons = row["state"], tuple(row["reasons"])
        if parts:
            state = min((one["state"] for one in parts), key=lambda one: WORST_FIRST.index(DeliveryState(one)))
            reasons = tuple(dict.fromkeys(one["error"] for one in parts if one["error"] and one["state"] == state))
        longest = max(row["posts"], key=lambda post: post["length"], default={"length": 0, "limit": 0})
        lines.append(
            Line(
                story=row["subject"],
                revision=row["revision"],
                channel=row["channel"],
                language=row["language"],
                cause=row["cause"],
                origin=row["origin"],
                state=str(state),
                parts=len(row["posts"]),
                length=longest["length"],
                limit=longest["limit"],
                reasons=reasons,
                keys=tuple(one["key"] for one in parts),
            )
        )
    return tuple(lines)
