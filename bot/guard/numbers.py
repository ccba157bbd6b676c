"""The promise: every number keeps its value, its unit, its sign and its place in a range.

Figures are matched by their readings; words and Roman numerals explain figures, and are asked for from three upward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.guard.pair import Pair, Side, Span, braced
from bot.model import Finding, Kind, Severity
from bot.text.numbers import Quantity, quantities
from bot.text.units import TIME

_BELOW_ZERO = re.compile(
    r"\b(?:minus|below zero|sub-zero|мінус|минус|ніжэй за нуль|ніжэй нуля|ніжэй|ниже|нижче|poniżej|mróz|мороз|мароз)",
    re.IGNORECASE,
)
_Match = tuple[Quantity, Quantity]


def _pair_up(source: list[Quantity], target: list[Quantity]) -> list[_Match]:
    """Takes matching quantities out of both lists, the most alike first, and returns them."""
    matches: list[_Match] = []

    def take(figures: tuple[bool, bool], same_unit: bool) -> None:
        for one in list(source):
            if one.figures != figures[0]:
                continue
            for other in target:
                if other.figures == figures[1] and one.same(other) and (not same_unit or _alike(one, other)):
                    matches.append((one, other))
                    source.remove(one)
                    target.remove(other)
                    break

    for same_unit in (True, False):
        take((True, True), same_unit)
    for figures in ((True, False), (False, True), (False, False)):
        for same_unit in (True, False):
            take(figures, same_unit)
    return matches


def _alike(one: Quantity, other: Quantity) -> bool:
    return one.unit == other.unit and one.negative == other.negative


def _lost(pair: Pair, missing: Quantity, matches: list[_Match], *, from_source: bool) -> Finding | None:
    """What to say of a quantity that stands on one side only."""
    twin = 1 if from_source else 0
    repeated = any(missing.same(match[twin]) for match in matches)
    other = pair.target if from_source else pair.source
    if not missing.figures and (missing.glued or missing.value < 3 or repeated or missing.text in other.text):
        return None
    minor = repeated or not missing.figures or missing.value == 1
    severity = Severity.LOOK if minor else Severity.HOLD
    words = braced(missing.text)
    if from_source:
        message = f"{{s}} says {words}; {{t}} does not."
        return pair.finding(Kind.NUMBER, severity, message, source=(missing.span,))
    return pair.finding(Kind.NUMBER, severity, f"{{t}} says {words}; {{s}} does not.", target=(missing.span,))


def _exchanged(pair: Pair, source: list[Quantity], target: list[Quantity]) -> Finding | None:
    """One number became another: said in one sentence when exactly one is left over on each side."""
    lost = [one for one in source if one.figures]
    new = [one for one in target if one.figures]
    if len(lost) != 1 or len(new) != 1:
        return None
    one, other = lost[0], new[0]
    source.remove(one)
    target.remove(other)
    return pair.finding(
        Kind.NUMBER,
        Severity.HOLD,
        f"{{s}} says {braced(one.text)}; {{t}} says {braced(other.text)}.",
        source=(one.span,),
        target=(other.span,),
    )


def _meanings(pair: Pair, one: Quantity, other: Quantity) -> Iterator[Finding]:
    """The unit and the sign of a number whose value was kept."""
    source, target = (one.span,), (other.span,)
    units = {one.unit, other.unit}
    if one.unit and other.unit and one.unit != other.unit:
        severity = Severity.HOLD if one.figures or other.figures or units <= TIME else Severity.LOOK
        message = f"{{s}} says {braced(one.text)} ({one.unit}); {{t}} says {braced(other.text)} ({other.unit})."
        yield pair.finding(
            Kind.NUMBER, severity, message, source=source, target=target, expected=one.unit, found=other.unit
        )
    elif one.unit != other.unit and "percent" in units and not (one.joined or other.joined):
        message = f"The per cent sign at {braced(one.text)} stands on one side only."
        yield pair.finding(
            Kind.NUMBER, Severity.HOLD, message, source=source, target=target, expected=one.unit, found=other.unit
        )
    if one.negative != other.negative and not _BELOW_ZERO.search((pair.target if one.negative else pair.source).text):
        message = f"The minus sign at {braced(one.text)} stands on one side only."
        yield pair.finding(Kind.NUMBER, Severity.HOLD, message, source=source, target=target)


def _ends(quantities: tuple[Quantity, ...]) -> list[_Match]:
    return [(one, other) for one, other in pairwise(quantities) if one.joined]


def _ranges(pair: Pair, source: tuple[Quantity, ...], target: tuple[Quantity, ...]) -> Iterator[Finding]:
    """Ranges and scores whose ends changed places: 7–2 is not 2–7."""
    for one, other in _ends(source):
        if one.same(other):
            continue
        for first, second in _ends(target):
            if one.same(second) and other.same(first) and not one.same(first):
                message = (
                    f"{{s}} says {braced(one.text)}–{braced(other.text)}; "
                    f"{{t}} says {braced(first.text)}–{braced(second.text)}."
                )
                yield pair.finding(
                    Kind.NUMBER,
                    Severity.HOLD,
                    message,
                    source=((one.start, other.end),),
                    target=((first.start, second.end),),
                )


# Certain cardinals of one and two, without "other", "second" and the like, that are written with the same letters.
_FEW = {
    "be": (r"адзін|адна|адно|аднаго|адной|адну|аднаму|адным", r"два|дзве|двух|дзвюх|двое|дваіх|абодва|абедзве|двойчы"),
    "ru": (
        r"один|одна|одно|одного|одной|одну|одному|одним",
        r"два|две|двух|двое|двоих|двум|оба|обе|обоих|обеих|дважды",
    ),
    "en": (r"one|once|single", r"two|both|twice|double|couple|pair|second|half"),
    "uk": (r"один|одна|одне|одного|одної|одну|одному|одним", r"два|дві|двох|двоє|двом|обидва|обидві|обох|двічі"),
    "pl": (
        r"jeden|jedna|jedno|jednego|jednej|jedną|jednym",
        r"dwa|dwie|dwóch|dwaj|dwoje|dwu|oba|obie|obu|obaj|dwukrotnie",
    ),
}
_SECOND = {
    "be": r"|друг\w+|пар[аыу]\w?|падвой\w+",
    "ru": r"|втор\w+|друг\w+|пар[аыу]\w?|двой\w+|двумя",
    "en": "",
    "uk": r"|друг\w+|пар[аиу]\w?|подвій\w+|двома",
    "pl": r"|drug\w+|par[aęy]|dwoma|dwiema|podwój\w+",
}
_YEAR_AND_HALF = re.compile(r"\b(?:паўтар[аы]|полтор[аы]|полутора|півтор[аи]|półtora|półtorej)\b", re.IGNORECASE)
_HALF = re.compile(
    r"half|полтор|полутор|паўтар|півтор|półtor|полов|палов|połow|\bpół|1[.,]5|\b18\b|eighteen", re.IGNORECASE
)


def _counted(side: Side, two: int, *, loose: bool = False) -> list[Span]:
    words = _FEW[side.language][two] + (_SECOND[side.language] if two and loose else "")
    figures = rf"|(?<![\d.,]){1 + two}(?![\d.,])"
    return [hit.span() for hit in re.finditer(rf"\b(?:{words})\b{figures}", side.text, re.IGNORECASE)]


def _few(pair: Pair) -> Iterator[Finding]:
    """ "Both" that became "one", and one and a half that became one: small numbers that no other rule asks for."""
    for two in (0, 1):
        one, other = _counted(pair.source, two), _counted(pair.target, 1 - two)
        kept = _counted(pair.target, two, loose=True) or _counted(pair.source, 1 - two, loose=True)
        if one and other and not kept:
            message = f"{{s}} says {('one', 'two')[two]}; {{t}} says {('two', 'one')[two]}."
            yield pair.finding(Kind.NUMBER, Severity.LOOK, message, source=tuple(one), target=tuple(other))
    for side, other_side in ((pair.source, pair.target), (pair.target, pair.source)):
        if _YEAR_AND_HALF.search(side.text) and not _HALF.search(other_side.text):
            yield pair.finding(Kind.NUMBER, Severity.LOOK, "Only one side says “one and a half”.")


def compare(
    pair: Pair, *, source_without: tuple[Span, ...] = (), target_without: tuple[Span, ...] = ()
) -> list[Finding]:
    """Every number that did not come through; the spans given are read by another promise (dates, law)."""
    source = quantities(pair.source.text, pair.source.language, without=source_without)
    target = quantities(pair.target.text, pair.target.language, without=target_without)
    lost, new = list(source), list(target)
    matches = _pair_up(lost, new)
    findings = [finding for match in matches for finding in _meanings(pair, *match)]
    findings += _ranges(pair, source, target)
    findings += _few(pair)
    if (changed := _exchanged(pair, lost, new)) is not None:
        findings.append(changed)
    findings += [found for one in lost if (found := _lost(pair, one, matches, from_source=True)) is not None]
    findings += [found for one in new if (found := _lost(pair, one, matches, from_source=False)) is not None]
    return findings
