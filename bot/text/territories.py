"""Countries and languages by their names in CLDR: why Poland, Польшча and Польша are one name."""

from __future__ import annotations

from functools import cache, lru_cache

from babel import Locale

_LANGUAGES = ("be", "ru", "en", "uk", "pl")
_SHORTEST = 4


@cache
def _stems(language: str) -> dict[str, frozenset[str]]:
    """Stem of each longer word of a name -> the CLDR codes that it can stand for."""
    locale = Locale.parse(language)
    found: dict[str, set[str]] = {}
    names = [(code, name) for code, name in locale.territories.items() if code.isalpha()]
    names += [(f"language {code}", name) for code, name in locale.languages.items()]
    for code, name in names:
        for word in name.lower().replace("-", " ").split():
            stem = word.rstrip("аеёиіоуыэюяьйaeiouy'")
            if len(word) >= _SHORTEST and len(stem) >= 3:
                found.setdefault(stem, set()).add(code)
    return {stem: frozenset(codes) for stem, codes in found.items()}


@lru_cache(maxsize=16384)
def codes(word: str, language: str) -> frozenset[str]:
    """The CLDR territories and languages that a word in any case can name in a language; empty when none."""
    lower = word.lower()
    stems = _stems(language)
    for end in range(len(lower), max(2, len(lower) - 4), -1):
        if lower[:end] in stems:
            return stems[lower[:end]]
    return frozenset()
