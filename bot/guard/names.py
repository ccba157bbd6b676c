"""The promise: a listed person, place or institution is the same one on both sides; other names are worth a look.

An unlisted name must have a partner: a word spelled alike, another form of the same first name, the same country in
CLDR, or the same thing of `bot.text.translated`. A name that appears from nowhere is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Prefix

from bot.guard.pair import Pair, Side, Span, braced
from bot.model import Finding, Kind, Severity
from bot.text import given, translated
from bot.text.dates import dates, weekdays
from bot.text.glossary import WORD, Glossary, Mention, Slip
from bot.text.mentions import begins
from bot.text.romanisation import likeness
from bot.text.spelling import bare
from bot.text.territories import codes

_OPENER = re.compile(r"(?:^|[.!?…:;]['\"»”)]*\s+|[-–—]\s+)[\s'\"«„“(\[]*$")
_ADJECTIVE = re.compile(
    r"(?:[ыиі]й|[кгхднлв]і|ая|яя|ое|ее|ае|ого|его|ага|яга|ому|аму|ой|ай|ым|им|ім|ых|их|іх|ую|юю|[sckglntwr][iy]|iego|ego|iemu|emu|iej|ym|im)$"
)
_POSSESSIVE = re.compile(r"'s?$")
_CAPITALS = re.compile(r"[A-ZА-ЯЁІЎЇЄҐĄĆĘŁŃÓŚŹŻ]")
_CYRILLIC = re.compile(r"[а-яёіїєґў]", re.IGNORECASE)
# Initials, or one word, and the surname behind them.
_CALLED = re.compile(
    r"(?<![^\W\d_.-])(?:([^\W\d_])\.\s?(?:[^\W\d_]\.\s?)?|([^\W\d_]{3,})\s)(?=([^\W\d_]{2,}(?:['-][^\W\d_]+)*))"
)
_ALIKE = 64.0  # of two words with a capital …
_ALIKE_WORD = 80.0  # … of one with a capital and a plain one …
_ALIKE_SHORT = 80.0  # … and when one of them has three letters
_CERTAIN = 85.0
_JOINED = 77.0  # of a name and two words that are one word there: "Hong Kong", «Ганконг»
_CLEARER = 10.0  # so much more like another name, a word is that one's partner
_SAME, _OTHER = 85.0, 45.0
_SAME_TWINS = 75.0  # of one name in two translations into one language …
_ENDING = 2  # … or they differ in no more letters, at the end


@dataclass(frozen=True, slots=True)
class _Name:
    """A word with a capital where no sentence begins, without the English possessive."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Reading:
    """One side: its language, every word, two neighbouring ones with capitals as one, and the names to account for.

    `places` are the small words that name a place: «беларускі» has a capital in English.
    """

    language: str
    words: tuple[str, ...]
    joined: tuple[str, ...]
    names: tuple[_Name, ...]
    places: tuple[_Name, ...]


def _read(side: Side, taken: Sequence[Span]) -> _Reading:
    """What a side says, without what another promise reads."""
    hits = list(WORD.finditer(side.text))
    words = tuple(_POSSESSIVE.sub("", hit.group()) for hit in hits)
    pairs = ((a, b) for a, b in pairwise(words) if a[0].isupper() and b[0].isupper())
    names, places = [], []
    for hit, word in zip(hits, words, strict=True):
        if len(word) < 3 or any(hit.start() < b and hit.end() > a for a, b in taken):
            continue
        if not word[0].isupper():
            if translated.is_place(word, side.language):
                places.append(_Name(word, hit.span()))
        elif not _OPENER.search(side.text, max(0, hit.start() - 8), hit.start()):
            names.append(_Name(word, hit.span()))
    joined = tuple(a + b for a, b in pairs)
    return _Reading(side.language, words, joined, tuple(names), tuple(places))


@lru_cache(maxsize=16384)
def _parts(word: str) -> tuple[str, ...]:
    halves = re.split("['-]", word)
    return (word, *(half for half in halves if len(half) > 2)) if len(halves) > 1 else (word,)


def _alike(one: str, other: str) -> float:
    return max(likeness(a, b) for a in _parts(one) for b in _parts(other))


def _is_acronym(word: str) -> bool:
    """«ААН», "AfCFTA", «ІП-адрас»: what nobody spells out by ear; but "McDonald" is a name."""
    first = word.partition("-")[0]
    return len(_CAPITALS.findall(first)) > 1 and re.match(r"Ma?c[A-Z]|O'", first) is None


def _is_explained(name: str, one: _Reading, other: _Reading) -> bool:
    """Whether some word of the other side can be this name."""
    own, things = codes(name, one.language), translated.things(name, one.language)
    if any(likeness(name, joined) >= _JOINED for joined in other.joined):
        return True
    for word in other.words:
        if name == word or not own.isdisjoint(codes(word, other.language)):
            return True
        if not things.isdisjoint(translated.things(word, other.language)) or _is_partner(name, word, one):
            return True
    return False


def _is_partner(name: str, word: str, one: _Reading) -> bool:
    """Whether a word of the other side is spelled like this name, and not much more like another one beside it."""
    capital = word[0].isupper()
    if capital and (first := _same_first_name(name, word)) is not None:
        return first
    if not capital and len(word) < 5:
        return False
    alike = _alike(name, word)
    if alike < (_ALIKE_SHORT if min(len(name), len(word)) < 4 else _ALIKE if capital else _ALIKE_WORD):
        return False
    if alike >= _CERTAIN or "-" in word:
        return True
    clearer = max(_CERTAIN, alike + _CLEARER)
    return not any(mate.text != name and _alike(mate.text, word) >= clearer for mate in one.names)


@lru_cache(maxsize=65536)
def _same_first_name(name: str, word: str) -> bool | None:
    """Whether two listed first names are one, «Николай» and «Мікалай»; None when not both are listed."""
    one, other = given.same(bare(name)), given.same(bare(word))
    return not one.isdisjoint(other) if one and other else None


def _is_plain(name: str, language: str) -> bool:
    """Whether a word is translated wherever it stands; Latin words in a Cyrillic text are taken for English."""
    return translated.is_plain(name, language if language == "pl" or _CYRILLIC.search(name) else "en")


def _may_be_title(name: str, language: str) -> bool:
    """Whether a word with a capital may name nobody: a plain one, or an adjective that opens a title."""
    if translated.is_place(name, language):
        return False
    if _is_plain(name, language):
        return True
    return language != "en" and not codes(name, language) and _ADJECTIVE.search(name.lower()) is not None


def _taken(side: Side, mentions: Iterable[Mention | Slip]) -> tuple[Span, ...]:
    read = [one.span for one in dates(side.text, side.language)]
    return (*(one.span for one in mentions), *read, *weekdays(side.text, side.language).values())


# --------------------------------------------------------------------------------------------------------------------
# listed names


def _glossary(
    pair: Pair, glossary: Glossary, source: Sequence[Mention], target: Sequence[Mention], meant: frozenset[str]
) -> Iterator[Finding]:
    """Listed names that stand on one side only; a name that has no form in a language cannot be asked for there.

    `meant` are those that the source misspells.
    """
    sides = ((source, target, pair.target.language, True), (target, source, pair.source.language, False))
    for ones, others, language, from_source in sides:
        seen: set[frozenset[str]] = set()
        for one in ones:
            if one.ids in seen or any(one.ids & other.ids for other in others):
                continue
            seen.add(one.ids)
            if not any(glossary.lists(id, language) for id in one.ids) or (not from_source and one.ids & meant):
                continue
            name = braced(" / ".join(glossary.name(id, "en") for id in sorted(one.ids)))
            if from_source:
                message = f"{{s}} names {name}; {{t}} does not."
                yield pair.finding(Kind.NAME, Severity.HOLD, message, source=(one.span,))
            else:
                message = f"{{t}} names {name}; {{s}} does not."
                yield pair.finding(Kind.NAME, Severity.HOLD, message, target=(one.span,))


def _slips(pair: Pair, glossary: Glossary, slips: Sequence[Slip], target: Sequence[Mention]) -> Iterator[Finding]:
    """Listed names that the source misspells: noted when the translation names them rightly, else worth a look."""
    for slip in slips:
        name = braced(glossary.name(slip.id, pair.source.language))
        written = braced(pair.source.text[slice(*slip.span)])
        message = f"{{s}} writes {written}: did you mean {name}?"
        severity = Severity.LOOK if _is_open(slip, pair, glossary, target) else Severity.NOTE
        yield pair.finding(Kind.NAME, severity, message, source=(slip.span,))


def _is_open(slip: Slip, pair: Pair, glossary: Glossary, target: Sequence[Mention]) -> bool:
    """Whether nobody knows what a misspelled word means: the translation misspells the name as well, or lacks it."""
    if any(slip.id in one.ids for one in target):
        return False
    if any(slip.id == other.id for other in glossary.slips(pair.target.text, pair.target.language)):
        return True
    written = pair.source.text[slice(*slip.span)]
    words = (hit.group() for hit in WORD.finditer(pair.target.text))
    # "Gordon" for «Гордан» is somebody else, however much it looks like a town.
    return not any(word[0].isupper() and likeness(written, word) >= _CERTAIN for word in words)


def _first_names(
    pair: Pair, glossary: Glossary, source: Sequence[Mention], target: Sequence[Mention]
) -> Iterator[Finding]:
    """A listed surname that kept its place while the first name before it became another one."""
    for ones, others, side in ((source, target, pair.target), (target, source, pair.source)):
        for one in ones:
            if one.kind != "people" or not one.full:
                continue
            partner = next((o for o in others if o.kind == "people" and not o.full and one.ids & o.ids), None)
            before = None if partner is None else re.search(r"([^\W\d_]{3,}) $", side.text[: partner.start])
            if partner is None or before is None or not before[1][0].isupper():
                continue
            if _OPENER.search(side.text, 0, before.start()) and pair.source.language == pair.target.language:
                continue
            firsts = _given(glossary, one, side.language)
            if firsts and not any(_is_first(before[1], name) for name in firsts):
                message = f"{braced(glossary.name(min(one.ids), 'en'))} has another first name on the other side."
                yield pair.finding(Kind.NAME, Severity.LOOK, message, expected=firsts[0], found=before[1])


def _is_first(word: str, name: str) -> bool:
    same = _same_first_name(word, name)
    return likeness(word, name) >= _ALIKE if same is None else same


def _given(glossary: Glossary, one: Mention, language: str) -> list[str]:
    entries = (entry for entry in glossary.entries if entry.id in one.ids)
    return [form.split()[0] for entry in entries for form in entry.forms.get(language, ()) if " " in form]


# --------------------------------------------------------------------------------------------------------------------
# other names


def _half_swapped(pair: Pair, source: _Reading, target: _Reading) -> Iterator[Finding]:
    """A full name of which one half stayed and the other became somebody else's."""
    for a, b in _neighbours(pair.source, source.names):
        for c, d in _neighbours(pair.target, target.names):
            for kept, swapped in (((a, c), (b, d)), ((b, d), (a, c))):
                if likeness(kept[0].text, kept[1].text) < _SAME or likeness(swapped[0].text, swapped[1].text) >= _OTHER:
                    continue
                if _is_adjective(swapped, (a, c)) or any(_is_title(one, source) for one in (a, b)):
                    continue
                if any(_is_title(one, target) for one in (c, d)) or _is_explained(swapped[0].text, source, target):
                    continue
                if _is_explained(swapped[1].text, target, source):
                    continue
                one, other = ((first.span[0], second.span[1]) for first, second in ((a, b), (c, d)))
                message = (
                    f"{{s}} names {braced(pair.source.text[slice(*one)])}; "
                    f"{{t}} names {braced(pair.target.text[slice(*other)])}."
                )
                yield pair.finding(Kind.NAME, Severity.HOLD, message, source=(one,), target=(other,))


def _is_title(one: _Name, reading: _Reading) -> bool:
    """Whether a word stands in no person's name: «Форт», "WNED"."""
    return _is_acronym(one.text) or _is_plain(one.text, reading.language)


def _is_adjective(swapped: tuple[_Name, _Name], first: tuple[_Name, _Name]) -> bool:
    """«Вялікі каньён» is the Grand Canyon: an adjective that opens a name is translated, not spelled."""
    return swapped == first and any(_ADJECTIVE.search(name.text) for name in swapped)


def _neighbours(side: Side, names: Sequence[_Name]) -> list[tuple[_Name, _Name]]:
    return [(a, b) for a, b in pairwise(names) if side.text[a.span[1] : b.span[0]] == " "]


def _initials(pair: Pair) -> Iterator[Finding]:
    """A surname that kept its place while the initial before it changed, or no longer fits the first name."""
    ones, others = (_called(side) for side in (pair.source, pair.target))
    for one in ones:
        partners = [two for two in others if likeness(one[3], two[3]) >= _CERTAIN and (one[1] or two[1])]
        if not partners or any(_may_be(one, two) for two in partners):
            continue
        spans = tuple((hit.start(), hit.end(3)) for hit in (one, partners[0]))
        names = (braced(side.text[slice(*span)]) for side, span in zip((pair.source, pair.target), spans, strict=True))
        message = "{{s}} names {}; {{t}} names {}.".format(*names)
        yield pair.finding(Kind.NAME, Severity.LOOK, message, source=spans[:1], target=spans[1:])


def _called(side: Side) -> list[re.Match[str]]:
    """Every surname with initials or a listed first name before it."""
    hits = (hit for hit in _CALLED.finditer(side.text) if hit.group()[0].isupper() and hit[3][0].isupper())
    return [hit for hit in hits if hit[1] or given.same(bare(hit[2]))]


def _may_be(one: re.Match[str], two: re.Match[str]) -> bool:
    """Whether two initials, or one and a first name, may be of one person: «М.» and «Н.» of «Мікалай», «Николай»."""
    initial, other = (one, two) if one[1] else (two, one)
    letter = bare(initial[1])
    if other[2]:
        return any(begins(known, letter) for known in given.spellings(bare(other[2])))
    second = bare(other[1])
    return begins(letter, second) or any(known.startswith(second) for known in given.begun(letter))


def _unlisted(pair: Pair, source: _Reading, target: _Reading) -> list[Finding]:
    """Names without a partner: one that the translation has of its own, one that may have become another."""
    named = source.names + (source.places if target.language == "en" else ())
    lost = [one for one in named if not _is_explained(one.text, source, target)]
    new = [one for one in target.names if not _is_explained(one.text, target, source)]
    shortened = any(_is_acronym(one.text) for one in lost) and all(_is_acronym(one.text) for one in lost)
    spelled_out = any(_is_acronym(one.text) for one in new) and all(_is_acronym(one.text) for one in new)
    lost, new = ([one for one in names if not _is_acronym(one.text)] for names in (lost, new))
    strangers = [one for one in new if not _may_be_title(one.text, target.language)]
    changed = _changed(source, target, lost, new)
    if (strangers and not shortened) or changed:
        said = f"{{t}} names {_list(strangers or new)}"
        known = f"{{s}} names {_list(lost)}; {said}: perhaps not the same." if lost else f"{said}; {{s}} does not."
        return [_look(pair, known, lost, new)]
    # English titles are written with capitals; elsewhere two capitals in a row are a person's.
    gone = [] if source.language == "en" or spelled_out or new else _gone(pair, lost)
    return [_look(pair, f"{{s}} names {_list(gone)}; {{t}} does not.", gone, [])] if gone else []


def _changed(source: _Reading, target: _Reading, lost: Sequence[_Name], new: Sequence[_Name]) -> bool:
    """Whether a name that was lost may have become one of the new words, which by themselves may be a title's."""
    names = [one for one in lost if not _is_plain(one.text, source.language) or _is_place(one, source)]
    if not all(_may_be_title(one.text, source.language) for one in names):
        return bool(new)
    return bool(names) and any(not _is_plain(one.text, target.language) for one in new)


def _is_place(one: _Name, reading: _Reading) -> bool:
    return translated.is_place(one.text, reading.language)


def _gone(pair: Pair, lost: Sequence[_Name]) -> list[_Name]:
    """The first full name that has no trace on the other side."""
    for a, b in _neighbours(pair.source, lost):
        if not any(_may_be_title(one.text, pair.source.language) for one in (a, b)):
            return [a, b]
    return []


def _list(names: Sequence[_Name]) -> str:
    return braced(", ".join(one.text for one in names))


def _look(pair: Pair, message: str, lost: Sequence[_Name], new: Sequence[_Name]) -> Finding:
    source, target = (tuple(one.span for one in names) for names in (lost, new))
    return pair.finding(Kind.NAME, Severity.LOOK, message, source=source, target=target)


def both_say(twins: Pair, found: str) -> bool:
    """Whether each doubtful name of the one translation stands in the other one, too, in whatever case."""
    language = twins.target.language
    others = [hit.group() for hit in WORD.finditer(twins.target.text)]
    names = [hit.group() for hit in WORD.finditer(found)]
    return all(any(_is_same(name, other, language) for other in others) for name in names)


def _is_same(name: str, other: str, language: str) -> bool:
    """Whether two words of one language are one name: but for the ending, or by what they are known for."""
    stem = Prefix.similarity(name.lower(), other.lower())
    if stem > 1 and max(len(name), len(other)) - stem <= _ENDING:
        return True
    if not translated.things(name, language).isdisjoint(translated.things(other, language)):
        return True
    return not codes(name, language).isdisjoint(codes(other, language)) or _alike(name, other) >= _SAME_TWINS


def compare(pair: Pair, glossary: Glossary) -> list[Finding]:
    """Every name that did not come through."""
    source = glossary.mentions(pair.source.text, pair.source.language)
    target = glossary.mentions(pair.target.text, pair.target.language)
    slips = glossary.slips(pair.source.text, pair.source.language)
    meant = frozenset(slip.id for slip in slips)
    findings = [
        *_glossary(pair, glossary, source, target, meant),
        *_slips(pair, glossary, slips, target),
        *_first_names(pair, glossary, source, target),
        *_initials(pair),
    ]
    one = _read(pair.source, _taken(pair.source, (*source, *slips)))
    other = _read(pair.target, _taken(pair.target, target))
    return [*findings, *(list(_half_swapped(pair, one, other)) or _unlisted(pair, one, other))]
