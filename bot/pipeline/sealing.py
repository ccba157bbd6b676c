"""A newcomer's row, sealed: in one way, whether a form or an imported file brings them."""

from __future__ import annotations

import secrets
from datetime import datetime

from bot.store.readers import Newcomer
from bot.subscribers import links
from bot.subscribers.choices import Choices
from bot.subscribers.links import Purpose, digest
from bot.subscribers.sealing import Front


def week(moment: datetime) -> str:
    """The ISO week of a moment, such as "2026-W48": no day of a reader is kept."""
    year, number, _ = moment.isocalendar()
    return f"{year}-W{number:02}"


def newcomer(front: Front, address: str, choices: Choices, now: datetime) -> tuple[Newcomer, str]:
    """The row, and the word that confirms it; `address` must have passed the check."""
    id, word, confirm = (secrets.token_urlsafe(links.BYTES) for _ in range(3))
    row = Newcomer(
        id=id,
        index=front.index(address),
        sealed=front.seal(id, "row", {"address": address, "word": word} | choices.values()),
        link=digest(word, Purpose.READER),
        confirm=digest(confirm, Purpose.CONFIRM),
        week=week(now),
    )
    return row, confirm
