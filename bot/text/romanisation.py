"""Skeletons: a name reduced to what stays the same when be, ru, uk, pl and en spell it.

Only for names that no glossary lists: different people can share a short skeleton.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e", "ж": "s", "з": "z", "и": "i",
    "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ў": "v", "ф": "f", "х": "g", "ц": "s", "ч": "s", "ш": "s", "щ": "s", "ъ": "", "ы": "i", "ь": "", "э": "e",
    "ю": "u", "я": "a", "ł": "l", "'": "",
}  # fmt: skip
_DIGRAPHS = re.compile(r"shch|sch|tsch|szcz|sh|ch|zh|sz|cz|ts|dz|rz|kh|ph|th|ck|x|qu|q")
_DIGRAPH_VALUES = {"kh": "g", "ph": "f", "th": "t", "ck": "k", "x": "ks", "qu": "k", "q": "k"}
_SINGLE = str.maketrans({"h": "g", "w": "v", "j": "i", "y": "i", "z": "s", "c": "k", "d": "t", "b": "p"})


@lru_cache(maxsize=16384)
def skeleton(word: str) -> str:
    """The consonants of a name in a common spelling; its first letter stays, a first vowel as "a"."""
    lower = "".join(_LATIN.get(c, c) for c in word.lower())
    plain = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    plain = "".join(c for c in plain if c.isalnum())
    folded = _DIGRAPHS.sub(lambda found: _DIGRAPH_VALUES.get(found.group(), "s"), plain).translate(_SINGLE)
    if not folded:
        return ""
    first = "a" if folded[0] in "aeiou" else folded[0]
    rest = re.sub(r"[aeiou]", "", folded[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """0–100: how alike the skeletons of two words are."""
    first, second = skeleton(one), skeleton(other)
    return float(fuzz.ratio(first, second)) if first and second else 0.0
