"""Stretches of a sentence that may never be parted: a number and its noun, a quotation, an address, a name.

Binding too much only moves a break elsewhere, binding too little parts a figure from its meaning; so in doubt it binds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.text import words

# A gap between two words: spaces and at most one line break, so that nothing is bound across a blank line.
_GAP = r"(?:[^\S\n]+\n?[^\S\n]*|\n[^\S\n]*)"
_UPPER = "A-ZА-ЯЁІЎЇЄҐĄĆĘŁŃÓŚŹŻ"
_LOWER = "a-zа-яёіўїєґąćęłńóśźż"
_LETTERS = r"[^\W\d_]{1,40}(?:[’'ʼ-][^\W\d_]{1,40}){0,3}"

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>«»“”\"]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)

_NUMBER = r"\d+(?:[ \u00a0\u202f\u2009]\d{3}(?!\d))*(?:[.,:/]\d+)*[⁻⁰¹²³⁴-⁹]*"
# The unit or noun after a figure is one or two words: "1 049 палітычных зняволеных"; "тыс." may stand between.
_FIGURE = re.compile(
    rf"(?:[№#§$€£₽][^\S\n]?)?(?<![\w.,:/]){_NUMBER}(?:[^\S\n]?[–—−-][^\S\n]?{_NUMBER})?"
    rf"(?:[^\S\n]?[%‰°$€£₽])?(?:[-–][^\W\d_]+)?(?:{_GAP}{_LETTERS}(?:\.?{_GAP}(?=[{_LOWER}]){_LETTERS}|{_GAP}{_LETTERS})?)?"
)
_DATE = re.compile(
    rf"(?<!\w)\d{{1,2}}(?:[–—-]\d{{1,2}})?{_GAP}{_LETTERS}\.?,?{_GAP}\d{{4}}(?!\d)(?:{_GAP}{_LETTERS}\.?)?"
    rf"|(?<!\w){_LETTERS}\.?{_GAP}(?:19|20)\d\d(?!\d)"
    rf"|(?<!\w)[A-Z][a-z]{{2,8}}\.?{_GAP}\d{{1,2}}(?:st|nd|rd|th)?(?!\w)(?:,{_GAP}\d{{4}}(?!\d))?"
)
_SURNAME = rf"[{_UPPER}][\w’'ʼ-]{{1,40}}"
_BEFORE_SURNAME = re.compile(rf"(?<!\w)[{_UPPER}][{_LOWER}]?\.(?:{_GAP}?[{_UPPER}]\.){{0,2}}{_GAP}?{_SURNAME}")
_AFTER_SURNAME = re.compile(rf"(?<!\w){_SURNAME}{_GAP}[{_UPPER}]\.(?:{_GAP}?[{_UPPER}]\.(?!\w))?")
# A word with a full stop; letters with stops between them are one word: "т. д.", "a.m.", "k.p.k.", "U.S."
_STOPPED = re.compile(
    rf"(?<![\w.’'ʼ/–-])((?:[{_LOWER}]\.[^\S\n]?){{1,3}}[{_LOWER}]{{1,4}}|(?:[{_UPPER}]\.)+[{_UPPER}]|[^\W\d_]+)\."
    rf"(?={_GAP}?(\S))"
)
_AFTER_FIGURE = re.compile(r"\d(?:-?[^\W\d_]{1,2})?\s?$")
_FOLLOWING = re.compile(rf"{_GAP}?\S+")
_SHORT = 4  # letters; few words of that length end a sentence that a figure follows
_FIGURE_NEXT = re.compile(r"\d(?!\d{0,2}[.)]\s)")  # but not the "2." of an inline list
_REFERENCE = re.compile(r"[№§]?\s?\d|[IVXLC]+\b")

_CLOSER_OF = {"«": "»", "“": "”", "„": "“”", '"': '"'}
_CLOSERS = '»“”"'


def unbreakable(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """(start, end) spans in code points, in order and without overlap, that no line or part may end inside."""
    found = [
        match.span()
        for pattern in (_FIGURE, _DATE, _BEFORE_SURNAME, _AFTER_SURNAME)
        for match in pattern.finditer(text)
    ]
    found += _addresses(text)
    found += quotations(text)
    found += ((stop.start, stop.bound) for stop in abbreviations(text, language) if stop.binds)
    return _merged(found)


def quotations(text: str) -> list[tuple[int, int]]:
    """(start, end) spans of every quotation that is opened and closed, marks included, inner ones too."""
    spans: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for match in re.finditer('[«»“”„"]', text):
        mark, at = match.group(), match.start()
        # Quotations are nested a few deep at most; looking no further keeps a flood of marks cheap.
        near = range(len(opened) - 1, max(-1, len(opened) - 6), -1) if mark in _CLOSERS else ()
        reader = next((i for i in near if mark in _CLOSER_OF[opened[i][0]]), None)
        if reader is not None and not (mark in '“"' and _opens(text, at)):
            spans.append((opened[reader][1], at + 1))
            del opened[reader:]
        elif mark in _CLOSER_OF and (mark != '"' or _opens(text, at)):
            opened.append((mark, at))
    return spans


def _opens(text: str, at: int) -> bool:
    """Whether a mark that can open and close (\" “) stands where a quotation opens: before a word, after a gap."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before.isspace() or before in "([—–-") and bool(after) and not after.isspace()


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for match in _ADDRESS.finditer(text):
        yield match.start(), match.start() + len(match.group().rstrip(".,;:!?…)]'"))


class Abbreviation(NamedTuple):
    """A shortened word: its start, the end of its full stop, the end of the word after it, whether it binds that."""

    start: int
    end: int
    bound: int
    binds: bool


def abbreviations(text: str, language: str) -> list[Abbreviation]:
    """Every shortened word, initials among them, that is followed by something, in order."""
    found = []
    for match in _STOPPED.finditer(text):
        binds = _binds(text, match, language)
        if binds is not None:
            following = _FOLLOWING.match(text, match.end())
            found.append(Abbreviation(match.start(), match.end(), following.end() if following else match.end(), binds))
    return found


def _binds(text: str, match: re.Match[str], language: str) -> bool | None:
    """Whether the stop after a word binds what follows; None when the word is no abbreviation."""
    written, following = match.group(1), text[match.start(2) : match.start(2) + 8]
    word = "".join(written.split()).casefold()
    if not any(word in layer.get(language, ()) for layer in (words.BINDING, words.BINDING_A_NUMBER, words.ENDING)):
        # "п. ст. 5" is no word of its own: the last of the shortened words decides.
        word = word.rpartition(".")[2]
    if word in words.BINDING.get(language, ()):
        return True
    if word in words.BINDING_A_NUMBER.get(language, ()):
        return True if _REFERENCE.match(following) else None
    if word in words.ENDING.get(language, ()):
        return False
    if written.replace(".", "").isupper() and (len(written) == 1 or "." in written):
        return following[0].isupper()
    if len(written) == 1:
        # "г. Мінск" is a town and binds its name; "2024 г." is a unit and may end the sentence.
        return _AFTER_FIGURE.search(text[max(0, match.start() - 8) : match.start()]) is None
    return _binds_unlisted(text, match, written)


def _binds_unlisted(text: str, match: re.Match[str], written: str) -> bool | None:
    """The same for a word that no list knows: no list holds every shortened word, and a wrong cut is worse than none.

    "к. ю. н." and a word without a vowel are surely shortened; a short word before a figure may be ("Szac. 50 osób").
    """
    if written.isupper() or written in words.WITHOUT_VOWELS:
        return None
    counted = _AFTER_FIGURE.search(text[max(0, match.start() - 8) : match.start()]) is not None
    if written.count(".") > 1 or not words.VOWELS.intersection(written.casefold()):
        return not counted
    short = len(written) <= _SHORT and not counted
    return False if short and _FIGURE_NEXT.match(text, match.start(2)) else None


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
