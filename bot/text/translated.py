"""Words of names that are translated, not spelled: «Вярхоўны суд» is the "Supreme Court", «Зямля» is the "Earth".

A row is one thing in be, ru, en, uk and pl, by the stems of its words; an English word stands as it is. A place is a
name all the same: who reads «Грэцыя» must find "Greece". Any other word here names nobody, wherever its capital is.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

_LANGUAGES = ("be", "ru", "en", "uk", "pl")
# How most English words end that stand with a capital in titles.
_TITLE_ENDINGS = re.compile(
    r"(?:[ts]ions?|ments?|it(?:y|ies)|ness|ships?|[ae]nces?|ists?|isms?|ology|ical|ional|[ei]ous|[ai]tive|ar(?:y|ies)"
    r"|hood|ese)$"
)
_LONG = 5  # letters of a stem that may go on as it likes; of a place, one less
_LONGEST_REST = 6
_REST = re.compile(
    r"(?:н|ск|ськ|цк|цьк|sk|ck)?(?:[аеёиіїоуыэюяйьaeiouyąęó]|[оаеёыиі][йюмхў]|[оаея][мх]|[оаея]м[иі]|[ыиі]м[иі]|[ое]го"
    r"|[ая]га|[ое]му|[ая]му|ая|яя|ые|ие|ыя|ія|ої|ою|ею|em|om|iem|ach|ami|owi|ów|ej|ego|emu|ym|im|ych|ich|ymi|imi|ie|ia|ią)?"
)
_ENGLISH_REST = frozenset(("", "s", "es", "'s", "s'"))
_Stems = dict[str, dict[str, list[tuple[int, bool]]]]


@cache
def _table() -> tuple[_Stems, int, frozenset[str]]:
    """Language -> stem -> (row, whether it goes on as it likes); how many rows are places, the first; the titles."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    places, words = (table[name].strip().split("\n") for name in ("places", "words"))
    stems: _Stems = {language: {} for language in _LANGUAGES}
    for number, row in enumerate((*places, *words)):
        for language, column in zip(_LANGUAGES, row.split("|"), strict=True):
            for stem in column.split():
                plain = stem.rstrip("*")
                free = plain != stem and len(plain) >= _LONG - (number < len(places))
                stems[language].setdefault(plain, []).append((number, free))
    return stems, len(places), frozenset(table["titles"].split())


@lru_cache(maxsize=16384)
def things(word: str, language: str) -> frozenset[int]:
    """The things of the table that a word in any case, or half of a double word, names in a language, by their rows."""
    lower = word.lower()
    halves = lower.split("-") if "-" in lower else []
    found = {row for one in (lower, *halves) for row in _of(one, language)}
    return frozenset(found)


def _of(lower: str, language: str) -> set[int]:
    known = _table()[0][language]
    if language == "en":
        ends = (lower[len(lower) - n :] for n in range(min(3, len(lower))))
        return {row for end in ends if end in _ENGLISH_REST for row, _ in known.get(lower.removesuffix(end), ())}
    found = set()
    for length in range(max(2, len(lower) - _LONGEST_REST), len(lower) + 1):
        for row, free in known.get(lower[:length], ()):
            if free or _REST.fullmatch(lower[length:]):
                found.add(row)
    return found


def is_place(word: str, language: str) -> bool:
    """Whether a word is that of a place of the table."""
    return any(row < _table()[1] for row in things(word, language))


def is_plain(word: str, language: str) -> bool:
    """Whether a word with a capital certainly names no person or place by itself."""
    if is_place(word, language):
        return False
    if things(word, language):
        return True
    if language != "en":
        return False
    lower = word.lower().removesuffix("'s")
    return lower in _table()[2] or (len(lower) > _LONG and _TITLE_ENDINGS.search(lower) is not None)
