"""The language of a text by its letters: enough to tell be, ru, uk, pl and en apart, in no megabytes."""

from __future__ import annotations

import re

ALPHABETS = {
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюяґ",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
_CYRILLIC = re.compile(r"[а-яёіїєґў]")
_LATIN = re.compile(r"[a-ząćęłńóśźż]")
_POLISH = re.compile(r"[ąćęłńśźż]|(?<=[a-z])ó|ó(?=[a-z])")
_CERTAINLY_POLISH = re.compile(r"[ćłńśźżĆŁŃŚŹŻ]")  # Lithuanian has "ą" and "ę" too
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = "the of and to in is was were are that for with has have been by on at from not this it"
_PL = "w z na i się że nie do jest był była o przez od dla po jak oraz ich zostali został za to które"
_COMMON = {"en": frozenset(_ENGLISH.split()), "pl": frozenset(_PL.split())}
# Words without which no long sentence of a language does. None of them is a word of German, French or Lithuanian.
_MORE_EN = "a they he she his her their its who which will would be or but as if out after more all"
_MORE_PL = "są ale a ich jego jej czy który której których więc być może ze aby także podczas o u tym tego"
_EVERYDAY = {
    "en": _COMMON["en"] - {"was", "in", "on", "are", "at"} | frozenset(_MORE_EN.split()),
    "pl": _COMMON["pl"] | frozenset(_MORE_PL.split()),
}
_LONG_ENOUGH = 12  # words: a shorter sentence may do without everyday words


def language_of(text: str) -> str | None:
    """be, ru, uk, pl or en by letters (and a few common words for the last two), or None when they do not say."""
    lower = text.lower()
    cyrillic, latin = len(_CYRILLIC.findall(lower)), len(_LATIN.findall(lower))
    if cyrillic > latin:
        return _cyrillic_language(lower)
    if latin == 0:
        return None
    words = _WORD.findall(lower)
    marked = sum(1 for word in words if _POLISH.search(word))
    votes = {code: sum(word in common for word in words) for code, common in _COMMON.items()}
    if marked * 8 >= len(words) and votes["pl"] >= votes["en"]:
        return "pl"
    if votes["en"] >= 2 and votes["en"] > votes["pl"]:
        return "en"
    return "pl" if votes["pl"] >= 2 and votes["pl"] > votes["en"] and marked else None


def spoken(text: str, label: str) -> str | None:
    """The language of a text that bears a label ("" for none): Cyrillic letters tell it better than the label.

    The label is often that of the software.
    """
    told = language_of(text)
    return told if told in ALPHABETS else label or told


def _cyrillic_language(lower: str) -> str | None:
    """A vote of words: one foreign name cannot turn a sentence."""
    votes = {"be": 0, "ru": 0, "uk": 0}
    for word in _WORD.findall(lower):
        if "ў" in word or ("і" in word and "ы" in word):
            votes["be"] += 2
        elif any(c in word for c in "їє") or ("і" in word and ("и" in word or "щ" in word)):
            votes["uk"] += 2
        elif "ъ" in word or ("и" in word and any(c in word for c in "ыэё")):
            votes["ru"] += 2
        else:
            has = {c: c in word for c in "іиыэёщ"}
            votes["be"] += has["і"] or has["ы"] or has["э"]
            votes["ru"] += has["и"] or has["ы"] or has["э"] or has["щ"]
            votes["uk"] += has["і"] or has["и"] or has["щ"]
    best = max(votes.values())
    winners = [code for code, count in votes.items() if count == best]
    return winners[0] if best and len(winners) == 1 else None


def is_another(text: str, language: str) -> bool:
    """Whether a long Latin text has so few everyday words of its language (en, pl) that it is certainly in another."""
    everyday = _EVERYDAY.get(language)
    words = _WORD.findall(text)
    plain = [word for word in words if word[0].islower()]
    # A list of names is in no language: at least half of the words must be plain ones.
    if everyday is None or len(words) < _LONG_ENOUGH or len(plain) * 2 < len(words):
        return False
    if language == "pl" and _CERTAINLY_POLISH.search(text):
        return False
    return sum(word.lower() in everyday for word in words) < 2


def strangers(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """The spans of words that mix Latin with Cyrillic, or are written with letters that the language does not have.

    To English and Polish, every Cyrillic word is a stranger.
    """
    alphabet = ALPHABETS.get(language, "")
    spans = []
    for found in _WORD.finditer(text):
        word = found.group().lower()
        cyrillic = _CYRILLIC.search(word) is not None
        mixed = cyrillic and _LATIN.search(word) is not None
        foreign = cyrillic and any(c not in alphabet for c in word if _CYRILLIC.match(c))
        if mixed or foreign:
            spans.append(found.span())
    return tuple(spans)
