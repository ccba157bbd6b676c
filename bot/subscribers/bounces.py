"""Mail that did not arrive: what its status says of the reader, of us, or of a bad day (RFC 3463)."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

# RFC 3463. No such mailbox, no such domain, a domain that takes no mail (RFC 7505), a mailbox that is switched off.
GONE = frozenset({"5.1.1", "5.1.2", "5.1.10", "5.2.1"})
# A mailbox that is full or closed for a while, an address that is written wrong or has moved.
THEIRS = ("5.2.", "4.2.", "5.1.3", "5.1.6")
MOST = 5  # weeks in a row in each of which something came back, before an address is given up
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


class Meaning(StrEnum):
    """What a refusal is about."""

    GONE = "gone"  # the address: nothing will ever arrive there
    OURS = "ours"  # our domain, our relay, our words: no reader is to blame
    SOFT = "soft"  # a full mailbox; or nothing that can be understood


def meaning(status: str) -> Meaning:
    """What a status code such as "5.1.1" is about, "" where there is none.

    Whatever is not said of the mailbox is about the sender, the way or the words: ours.
    """
    if status in GONE:
        return Meaning.GONE
    return Meaning.SOFT if not status or status.startswith(THEIRS) else Meaning.OURS


def counted(bounces: int, last: str | None, week: str) -> int:
    """In how many weeks in a row something has come back with one more, `last` being the week of the one before."""
    apart = None if last is None else _weeks(week) - _weeks(last)
    return bounces if apart == 0 else bounces + 1 if apart == 1 else 1


def _weeks(week: str) -> int:
    found = _WEEK.fullmatch(week)
    assert found is not None  # we have written it
    return date.fromisocalendar(int(found[1]), int(found[2]), 1).toordinal() // 7
