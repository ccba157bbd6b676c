"""Links by which a reader decides without a login: a random word, of which only a hash for one purpose is stored."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

BYTES = 16
_WORD = re.compile(r"[A-Za-z0-9_-]{22}")


class Purpose(StrEnum):
    """What a link is for: one that confirms cannot leave, and the other way round."""

    CONFIRM = "confirm"
    READER = "reader"


def is_word(text: str) -> bool:
    """Whether a text has the form of a link's word."""
    return _WORD.fullmatch(text) is not None


def digest(word: str, purpose: Purpose) -> str:
    """What is stored of a link's word, and looked up; the same work for a word of any form."""
    known = word if is_word(word) else ""
    return hashlib.sha256(f"vestka/{purpose}/{known}".encode()).hexdigest()
