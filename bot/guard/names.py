"""The promise: a listed person, place or institution is the same one on both sides; other names are worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.guard.pair import Pair, Side, Span, braced
from bot.model import Finding, Kind, Severity
from bot.text.dates import dates, weekdays
from bot.text.glossary import Glossary, Mention
from bot.text.romanisation import likeness
from bot.text.territories import codes

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_OPENER = re.compile(r"(?:^|[.!?…:;]['\"»”)]*\s+|[-–—]\s+)[\s'\"«„“(\[]*$")
_ADJECTIVE = re.compile(
    r"(?:[ыиі]й|[кгхднлв]і|ая|яя|ое|ее|ае|ого|его|ага|яга|ому|аму|ой|ай|ым|им|ім|ых|их|іх|ую|юю|[sckglntwr][iy]|iego|ego|iemu|emu|iej|ym|im)$"
)
_ALIKE = 55.0
_NEAR = 70.0  # for the surname behind a first name that is the same
_SAME, _OTHER = 85.0, 45.0


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    span: Span


def _capitals(side: Side, taken: tuple[Span, ...]) -> list[_Name]:
    """The words that look like names: a capital letter in mid-sentence, and nothing that another promise reads."""
    found = []
    for hit in _WORD.finditer(side.text):
        word = hit.group()
        if not word[0].isupper() or len(word) < 3 or any(hit.start() < b and hit.end() > a for a, b in taken):
            continue
        if _OPENER.search(side.text, max(0, hit.start() - 8), hit.start()):
            continue
        found.append(_Name(word, hit.span()))
    return found


def _words(side: Side) -> list[str]:
    return [hit.group() for hit in _WORD.finditer(side.text)]


def _explained(name: str, language: str, others: list[str], other_language: str) -> bool:
    """Whether some word of the other side can be this name."""
    own = codes(name, language)
    parts = [part for part in name.split("-") if len(part) > 2]
    for other in others:
        if name == other or likeness(name, other) >= _ALIKE:
            return True
        if own and not own.isdisjoint(codes(other, other_language)):
            return True
        if len(parts) > 1 and any(likeness(part, other) >= _ALIKE for part in parts):
            return True
        if "-" in other and any(likeness(name, part) >= _ALIKE for part in other.split("-")):
            return True
    return False


def _taken(side: Side, mentions: tuple[Mention, ...]) -> tuple[Span, ...]:
    read = [one.span for one in dates(side.text, side.language)]
    return (*(one.span for one in mentions), *read, *weekdays(side.text, side.language).values())


def _glossary(
    pair: Pair, glossary: Glossary, source: tuple[Mention, ...], target: tuple[Mention, ...]
) -> Iterator[Finding]:
    """Listed names that stand on one side only; a name that has no form in a language cannot be asked for there."""
    sides = ((source, target, pair.target.language, True), (target, source, pair.source.language, False))
    for ones, others, language, from_source in sides:
        seen: set[frozenset[str]] = set()
        for one in ones:
            if one.ids in seen or any(one.ids & other.ids for other in others):
                continue
            seen.add(one.ids)
            if not any(glossary.lists(id, language) for id in one.ids):
                continue
            name = braced(" / ".join(glossary.name(id, "en") for id in sorted(one.ids)))
            if from_source:
                message = f"{{s}} names {name}; {{t}} does not."
                yield pair.finding(Kind.NAME, Severity.HOLD, message, source=(one.span,))
            else:
                message = f"{{t}} names {name}; {{s}} does not."
                yield pair.finding(Kind.NAME, Severity.HOLD, message, target=(one.span,))


def _first_names(
    pair: Pair, glossary: Glossary, source: tuple[Mention, ...], target: tuple[Mention, ...]
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
            given = _given(glossary, one, side.language)
            if given and all(likeness(before[1], name) < _ALIKE for name in given):
                message = f"{braced(glossary.name(min(one.ids), 'en'))} has another first name on the other side."
                yield pair.finding(Kind.NAME, Severity.LOOK, message, expected=given[0], found=before[1])


def _given(glossary: Glossary, one: Mention, language: str) -> list[str]:
    entries = (entry for entry in glossary.entries if entry.id in one.ids)
    return [form.split()[0] for entry in entries for form in entry.forms.get(language, ()) if " " in form]


def _half_swapped(pair: Pair, source: list[_Name], target: list[_Name]) -> Iterator[Finding]:
    """A full name of which one half stayed and the other became somebody else's."""
    ones, others = (_words(side) for side in (pair.source, pair.target))
    languages = pair.source.language, pair.target.language
    for a, b in _neighbours(pair.source, source):
        for c, d in _neighbours(pair.target, target):
            for kept, swapped in (((a, c), (b, d)), ((b, d), (a, c))):
                if likeness(kept[0].text, kept[1].text) < _SAME or likeness(swapped[0].text, swapped[1].text) >= _OTHER:
                    continue
                if _explained(swapped[0].text, languages[0], others, languages[1]) or _is_adjective(swapped, (a, c)):
                    continue
                if _explained(swapped[1].text, languages[1], ones, languages[0]):
                    continue
                one, other = ((first.span[0], second.span[1]) for first, second in ((a, b), (c, d)))
                message = (
                    f"{{s}} names {braced(pair.source.text[slice(*one)])}; "
                    f"{{t}} names {braced(pair.target.text[slice(*other)])}."
                )
                yield pair.finding(Kind.NAME, Severity.HOLD, message, source=(one,), target=(other,))


def _is_adjective(swapped: tuple[_Name, _Name], first: tuple[_Name, _Name]) -> bool:
    """«Вялікі каньён» is the Grand Canyon: an adjective that opens a name is translated, not spelled."""
    return swapped == first and any(_ADJECTIVE.search(name.text) for name in swapped)


def _neighbours(side: Side, names: list[_Name]) -> list[tuple[_Name, _Name]]:
    return [(a, b) for a, b in pairwise(names) if side.text[a.span[1] : b.span[0]] == " "]


def _doubtful(pair: Pair, source: list[_Name], target: list[_Name]) -> Iterator[Finding]:
    """A full name that kept its first half while the second is only a little like what it was."""
    if pair.source.language == "en":
        return  # too many foreign names that are spelled by ear: "Jobs" is «Джобс»
    ones, others = (_neighbours(*one) for one in ((pair.source, source), (pair.target, target)))
    for a, b in ones:
        partners = [d for c, d in others if likeness(a.text, c.text) >= _SAME]
        alike = max((likeness(b.text, word) for word in _words(pair.target) if word[0].isupper()), default=0.0)
        if not partners or alike >= _NEAR:
            continue
        message = f"{{s}} names {braced(b.text)}; {{t}} names {braced(partners[0].text)}: perhaps not the same."
        yield pair.finding(Kind.NAME, Severity.LOOK, message, source=(b.span,), target=(partners[0].span,))


def _unlisted(pair: Pair, source: list[_Name], target: list[_Name]) -> list[Finding]:
    """Capitalised words without a partner on both sides: perhaps one became the other."""
    ones, others = (_words(side) for side in (pair.source, pair.target))
    languages = pair.source.language, pair.target.language
    lost = [n for n in source if not _explained(n.text, languages[0], others, languages[1])]
    new = [n for n in target if not _explained(n.text, languages[1], ones, languages[0])]
    # English titles are written with capitals; elsewhere two capitals in a row are a person's.
    slavic = pair.source.language != "en"
    gone = [(a, b) for a, b in _neighbours(pair.source, source) if slavic and a in lost and b in lost]
    if gone and not new and not any(_ADJECTIVE.search(name.text) for name in gone[0]):
        first, last = gone[0]
        whole = (first.span[0], last.span[1])
        message = f"{{s}} names {braced(pair.source.text[slice(*whole)])}; {{t}} does not."
        return [pair.finding(Kind.NAME, Severity.LOOK, message, source=(whole,))]
    if not lost or not new:
        return []
    expected, found = (braced(", ".join(name.text for name in names)) for names in (lost, new))
    message = f"{{s}} names {expected}; {{t}} names {found}: perhaps not the same."
    return [
        pair.finding(
            Kind.NAME,
            Severity.LOOK,
            message,
            source=tuple(name.span for name in lost),
            target=tuple(name.span for name in new),
        )
    ]


def compare(pair: Pair, glossary: Glossary) -> list[Finding]:
    """Every name that did not come through."""
    source = glossary.mentions(pair.source.text, pair.source.language)
    target = glossary.mentions(pair.target.text, pair.target.language)
    findings = [*_glossary(pair, glossary, source, target), *_first_names(pair, glossary, source, target)]
    ones = _capitals(pair.source, _taken(pair.source, source))
    others = _capitals(pair.target, _taken(pair.target, target))
    halves = list(_half_swapped(pair, ones, others))
    return [*findings, *(halves or [*_doubtful(pair, ones, others)] or _unlisted(pair, ones, others))]
