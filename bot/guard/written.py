"""The promise about an officer's own words: every number, date, name, article and quotation stands in the statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.guard.law import references
from bot.guard.links import links
from bot.guard.pair import Side, Span, side
from bot.guard.quotations import quotations
from bot.model import Finding, Kind, Severity, Statement
from bot.text.dates import dates
from bot.text.glossary import Glossary
from bot.text.numbers import quantities
from bot.text.romanisation import likeness

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_CASE_FORM = 80.0  # likeness of two cases of one name in one language
_MARKS = "«»„“”\"' "
_NO_MARKS = str.maketrans("", "", "«»„“”\"'")


def _links(words: Side, whole: Side) -> Iterator[Span]:
    known = {link for link, _ in links(whole.text)}
    return (span for link, span in links(words.text) if link not in known)


def _laws(words: Side, whole: Side) -> Iterator[Span]:
    known = {(one.article, one.part) for one in references(whole.text)}
    return (one.span for one in references(words.text) if (one.article, one.part) not in known)


def _dates(words: Side, whole: Side) -> Iterator[Span]:
    """Dates that no date of the statement covers; a summary may say less of a date, never more."""
    known = [one.value for one in dates(whole.text, whole.language)]
    for one in dates(words.text, words.language):
        if not any(all(part in (0, other) for part, other in zip(one.value, date, strict=True)) for date in known):
            yield one.span


def _numbers(words: Side, whole: Side, seen: tuple[Span, ...]) -> Iterator[Span]:
    known = quantities(whole.text, whole.language)
    for one in quantities(words.text, words.language, without=seen):
        asked = one.figures or one.value >= 3
        if asked and not any(one.same(other) and one.unit in ("", other.unit) for other in known):
            yield one.span


def _quotations(words: Side, whole: Side) -> Iterator[Span]:
    known = " ".join(whole.text.translate(_NO_MARKS).split())
    for span in quotations(words.text):
        if " ".join(words.text[slice(*span)].translate(_NO_MARKS).split()) not in known:
            yield span


def _names(words: Side, whole: Side, glossary: Glossary, seen: tuple[Span, ...]) -> Iterator[Span]:
    """Listed names by their ids, other capitalised words by their likeness to one of the statement's."""
    ids = {id for one in glossary.mentions(whole.text, whole.language) for id in one.ids}
    mentions = glossary.mentions(words.text, words.language)
    yield from (one.span for one in mentions if not one.ids & ids)
    done = (*seen, *(one.span for one in mentions))
    known = {hit.group() for hit in _WORD.finditer(whole.text) if hit.group()[0].isupper()}
    for hit in _WORD.finditer(words.text):
        name = hit.group()
        opener = not words.text[: hit.start()].strip(_MARKS)
        if opener or not name[0].isupper() or any(a <= hit.start() < b for a, b in done):
            continue
        if name not in known and all(likeness(name, other) < _CASE_FORM for other in known):
            yield hit.span()


def compare(statement: Statement, text: str, at: int, glossary: Glossary) -> list[Finding]:
    """Whatever `text` (a sentence, or the title when `at` is -1) says that the statement does not say."""
    words = side(text, statement.language)
    whole = side(f"{statement.title}.\n\n{statement.text}", statement.language)
    strange = [(Kind.LINK, span) for span in _links(words, whole)]
    strange += [(Kind.LAW, span) for span in _laws(words, whole)]
    strange += [(Kind.DATE, span) for span in _dates(words, whole)]
    seen = (*(span for _, span in links(words.text)), *(span for _, span in strange))
    strange += [(Kind.NUMBER, span) for span in _numbers(words, whole, seen)]
    strange += [(Kind.QUOTATION, span) for span in _quotations(words, whole)]
    strange += [(Kind.NAME, span) for span in _names(words, whole, glossary, seen)]
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
