"""The promise about an officer's own words: every number, date, name, article and quotation stands in the statement."""

from __future__ import annotations

import re

from bot.guard.law import references
from bot.guard.links import links
from bot.guard.quotations import quotations
from bot.guard.pair import side
from bot.model import Finding, Kind, Severity, Statement
from bot.text.dates import dates
from bot.text.glossary import Glossary
from bot.text.numbers import quantities
from bot.text.romanisation import likeness

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_CASE_FORM = 80.0  # likeness of two cases of one name in one language
_MARKS = "«»„“”\"' "


def compare(statement: Statement, text: str, at: int, glossary: Glossary) -> list[Finding]:
    """Whatever `text` (a sentence, or the title when `at` is -1) says that the statement does not say."""
    words = side(text, statement.language)
    whole = side(f"{statement.title}.\n\n{statement.text}", statement.language)
    language = statement.language
    read = (*links(words.text), *links(whole.text))
    known_links = {link for link, _ in links(whole.text)}
    spans = tuple(span for _, span in links(words.text))
    known_dates = [one.value for one in dates(whole.text, language)]
    known_numbers = quantities(whole.text, language)
    known_names = {hit.group() for hit in _WORD.finditer(whole.text) if hit.group()[0].isupper()}
    known_laws = {(one.article, one.part) for one in references(whole.text)}
    known_ids = {id for one in glossary.mentions(whole.text, language) for id in one.ids}
    known_words = " ".join(whole.text.translate(str.maketrans("", "", _MARKS[:-1])).split())
    del read
    strange: list[tuple[Kind, tuple[int, int]]] = [
        (Kind.LINK, span) for link, span in links(words.text) if link not in known_links
    ]
    strange += [
        (Kind.DATE, one.span)
        for one in dates(words.text, language)
        if not any(all(a in (0, b) for a, b in zip(one.value, known, strict=True)) for known in known_dates)
    ]
    strange += [(Kind.LAW, one.span) for one in references(words.text) if (one.article, one.part) not in known_laws]
    seen = (*spans, *(span for _, span in strange))
    strange += [
        (Kind.NUMBER, one.span)
        for one in quantities(words.text, language, without=seen)
        if (one.figures or one.value >= 3)
        and not any(one.same(known) and _units(one.unit, known.unit) for known in known_numbers)
    ]
    strange += [
        (Kind.QUOTATION, span)
        for span in quotations(words.text)
        if " ".join(words.text[slice(*span)].strip(_MARKS).split()) not in known_words
    ]
    mentions = glossary.mentions(words.text, language)
    strange += [(Kind.NAME, one.span) for one in mentions if not one.ids & known_ids]
    listed = tuple(one.span for one in mentions)
    for hit in _WORD.finditer(words.text):
        name = hit.group()
        opener = not words.text[: hit.start()].strip(_MARKS)
        if opener or not name[0].isupper() or any(a <= hit.start() < b for a, b in listed):
            continue
        if name not in known_names and all(likeness(name, known) < _CASE_FORM for known in known_names):
            strange.append((Kind.NAME, hit.span()))
    return [
        Finding(
            kind=kind,
            severity=Severity.HOLD,
            message=f"“{words.text[slice(*span)]}” does not stand in the statement.",
            found=words.text[slice(*span)],
            source_spans=(words.back(span),),
            sentence=at,
        )
        for kind, span in strange
    ]


def _units(one: str, other: str) -> bool:
    return not one or not other or one == other
