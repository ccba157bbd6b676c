"""Mail that did not arrive: what its status says of the reader, of us, or of a bad day (RFC 3463)."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

# No such mailbox, no such domain, a domain that takes no mail (RFC 7505), a mailbox that is switched off.
GONE = frozenset({"5.1.1", "5.1.2", "5.1.10", "5.2.1"})
MOST = 5  # letters that come back in a row, for whatever reason, before an address is given up
APART = 5  # weeks; what came back longer ago is no part of a row
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


class Meaning(StrEnum):
    """What a refusal is about."""

    GONE = "gone"  # the address: nothing will ever arrive there
    OURS = "ours"  # our domain, our relay, our words: no reader is to blame
    SOFT = "soft"  # a full mailbox, a server that is down


def meaning(status: str) -> Meaning:
    """What a status code such as "5.1.1" is about; what is not understood speaks against nobody."""
    if status in GONE:
        return Meaning.GONE
    return Meaning.OURS if status.startswith("5.7.") else Meaning.SOFT


def counted(bounces: int, last: str | None, week: str) -> int:
    """How many letters in a row have come back with one more, `last` being the week of the one before."""
    return bounces + 1 if last is not None and _weeks(week) - _weeks(last) <= APART else 1


def _weeks(week: str) -> int:
    found = _WEEK.fullmatch(week)
    assert found is not None  # we have written it
    return date.fromisocalendar(int(found[1]), int(found[2]), 1).toordinal() // 7
