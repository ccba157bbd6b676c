"""The promise: every article, part and paragraph of a law is the same one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.guard.pair import Pair, Span, braced
from bot.model import Finding, Kind, Severity

_NUMBER = r"\d+(?:[.-]\d+)*(?:\(\d+\))?"  # "342(1)" is part 1 of Article 342
_LIST = rf"{_NUMBER}(?:(?:, ?| (?:and|і|и|й|i|oraz|or|або|или|lub|ды) ){_NUMBER})*"
_ARTICLE = (
    r"(?:[Aa]rticles?|[Aa]rts?\.|[Аа]рт\.|[Аа]ртыкул\w{0,3}|[Сс]т\.(?: ?ст\.)?|[Сс]тат[ьеті]\w{0,3}|"
    r"[Aa]rtyku[łl]\w{0,3}|[Ss]ections?)"
)
_PART = (
    r"(?:[Pp]arts?|[Чч]\.(?: ?ч\.)?|[Чч]аст[ькціи]\w{0,3}|[Чч]астин\w{0,2}|§|[Pp]aragraphs?|[Uu]st\.|"
    r"[Uu]stęp\w{0,2})"
)
# "parts 1 and 2" is «ч. 1 і ч. 2»
_PARTS = rf"{_NUMBER}(?:(?:, ?| (?:and|і|и|й|i|oraz|or|або|или|lub|ды) )(?:[Чч]\. ?|§ ?|[Uu]st\. ?)?{_NUMBER})*"
_MARKERS = (("article", _ARTICLE, _LIST), ("part", _PART, _PARTS))
_REFERENCE = re.compile(
    "|".join(rf"(?<![\w])(?P<{kind}>{marker}) ?(?P<{kind}_n>{numbers})" for kind, marker, numbers in _MARKERS)
)
# «ст.» behind a number is a century, not an article: «у XIX ст. 300 осіб».
_CENTURY = re.compile(r"(?:[IVXІХ]|\d)[ -]?$")
_NEAR = re.compile(r"[ ,]{0,2}(?:of(?: the)? |)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place in a law: the article, or the part of an article when the two stand together."""

    article: str
    part: str
    span: Span


def references(text: str) -> list[Reference]:
    """Every place in a law that a folded sentence names; "part 2 of article 342" and «арт. 342 ч. 2» are one."""
    found: list[tuple[str, list[str], Span]] = []
    for hit in _REFERENCE.finditer(text):
        kind = "article" if hit["article"] else "part"
        behind_part = found and found[-1][0] == "part" and _NEAR.match(text[found[-1][2][1] : hit.start()])
        if not behind_part and hit[0].startswith(("ст", "Ст")) and _CENTURY.search(text[: hit.start()]):
            continue  # «ч. 2 ст. 411» names an article all the same
        found.append((kind, re.findall(_NUMBER, hit[f"{kind}_n"]), hit.span()))
    references, i = [], 0
    while i < len(found):
        kind, numbers, span = found[i]
        after = found[i + 1] if i + 1 < len(found) else None
        if any("(" in number for number in numbers):
            references += [_bracketed(number, kind, span) for number in numbers]
            i += 1
            continue
        if after and after[0] != kind and _NEAR.match(text[span[1] : after[2][0]]):
            parts, articles = (numbers, after[1]) if kind == "part" else (after[1], numbers)
            whole = (span[0], after[2][1])
            references += [Reference(article=a, part=p, span=whole) for a in articles for p in parts]
            i += 2
            continue
        references += [
            Reference(article=n if kind == "article" else "", part=n if kind == "part" else "", span=span)
            for n in numbers
        ]
        i += 1
    return references


def _bracketed(number: str, kind: str, span: Span) -> Reference:
    whole, _, part = number.rstrip(")").partition("(")
    if kind == "part":
        whole, part = "", whole
    return Reference(article=whole, part=part, span=span)


def compare(pair: Pair) -> tuple[list[Finding], tuple[Span, ...], tuple[Span, ...]]:
    """The findings, and on each side the spans whose figures are settled here.

    A reference that the other side does not recognise as one, because it words it freely, is left to the numbers.
    """
    source, target = references(pair.source.text), references(pair.target.text)
    if not source or not target:
        return [], (), ()
    ones, others = ({(one.article, one.part) for one in side} for side in (source, target))
    lost = [one for one in source if (one.article, one.part) in ones - others]
    new = [one for one in target if (one.article, one.part) in others - ones]
    findings = []
    if lost or new:
        expected, found = (
            ", ".join(dict.fromkeys(side.text[slice(*one.span)] for one in side_references))
            for side, side_references in ((pair.source, lost), (pair.target, new))
        )
        message = f"{{s}} names {braced(expected) or 'no such article'}; {{t}} names {braced(found) or 'none'}."
        spans = tuple(one.span for one in lost), tuple(one.span for one in new)
        findings.append(pair.finding(Kind.LAW, Severity.HOLD, message, source=spans[0], target=spans[1]))
    return findings, tuple(one.span for one in source), tuple(one.span for one in target)
