"""The promise: every number keeps its value, its unit, its sign and its place in a range.

Figures are matched by their readings; words and Roman numerals explain figures, and are asked for from three upward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise

from bot.guard.pair import Pair, Side, Span, braced
from bot.model import Finding, Kind, Severity
from bot.text.numbers import Quantity, quantities
from bot.text.romanisation import skeleton
from bot.text.units import TIME, converted, counted

_BELOW_ZERO = re.compile(
    r"\b(?:minus|below zero|sub-zero|мінус|минус|ніжэй за нуль|ніжэй нуля|ніжэй|ниже|нижче|poniżej|mróz|мороз|мароз)",
    re.IGNORECASE,
)
_Match = tuple[Quantity, Quantity]
_Owners = tuple[set[str], set[str]]


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
    minor = repeated or not missing.figures or missing.glued or missing.value == 1
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
        Severity.HOLD if one.glued == other.glued else Severity.LOOK,  # COVID-19 is "the disease of 2019"
        f"{{s}} says {braced(one.text)}; {{t}} says {braced(other.text)}.",
        source=(one.span,),
        target=(other.span,),
    )


_BARE_YEAR = re.compile(r"1[0-9]\d\d|20\d\d")


def _units(one: Quantity, other: Quantity) -> tuple[str, str]:
    """The units of two equal numbers; four bare figures beside a unit of time are a year ("in 2012", «2012 дня»)."""
    units = one.unit, other.unit
    if _BARE_YEAR.fullmatch(one.text) and _BARE_YEAR.fullmatch(other.text) and "" in units:
        if units[0] in TIME:
            return units[0], "year"
        if units[1] in TIME:
            return "year", units[1]
    return units


_FAHRENHEIT = re.compile(r"fahrenheit|f\)|°f|ф[ао]рэ?нг[еэ]й", re.IGNORECASE)


def _degrees(pair: Pair, one: Quantity, other: Quantity) -> bool:
    """Whether one number is degrees of Fahrenheit and the other the same in those of Celsius."""
    for text, warm, cool in ((pair.source.text, one, other), (pair.target.text, other, one)):
        near = text[max(0, warm.start - 20) : warm.end + 30]
        if "degree" in {warm.unit, cool.unit} and _FAHRENHEIT.search(near):
            return abs((warm.value - 32) * 5 / 9 - cool.value) <= 2
    return False


def _converted(pair: Pair, lost: list[Quantity], new: list[Quantity]) -> Iterator[Finding]:
    """Takes out what was told in another unit: 5 miles and 8 kilometres; a person looks whether that was wanted."""
    for one in list(lost):
        for other in new:
            if converted(float(one.value), one.unit, float(other.value), other.unit) or _degrees(pair, one, other):
                lost.remove(one)
                new.remove(other)
                message = (
                    f"{{s}} says {braced(one.text)} ({one.unit or 'degree'}); {{t}} converted it: "
                    f"{braced(other.text)} ({other.unit or 'degree'})."
                )
                yield pair.finding(Kind.NUMBER, Severity.LOOK, message, source=(one.span,), target=(other.span,))
                break


def _meanings(pair: Pair, one: Quantity, other: Quantity) -> Iterator[Finding]:
    """The unit and the sign of a number whose value was kept."""
    source, target = (one.span,), (other.span,)
    expected, found = _units(one, other)
    units = {expected, found}
    afternoon = units == {"hour", "day"} and any(kind == "t" for kind, _ in one.readings | other.readings)
    if expected and found and expected != found and not afternoon:  # "3 p.m." is «3 часа дня»
        severity = Severity.HOLD if one.figures or other.figures or units <= TIME else Severity.LOOK
        message = f"{{s}} says {braced(one.text)} ({expected}); {{t}} says {braced(other.text)} ({found})."
        yield pair.finding(Kind.NUMBER, severity, message, source=source, target=target, expected=expected, found=found)
    elif (
        not (expected and found) and one.unit != other.unit and "percent" in units and not (one.joined or other.joined)
    ):
        message = f"The per cent sign at {braced(one.text)} stands on one side only."
        yield pair.finding(
            Kind.NUMBER,
            Severity.HOLD if one.figures or other.figures else Severity.LOOK,
            message,
            source=source,
            target=target,
            expected=one.unit,
            found=other.unit,
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


_BEFORE_IT = 4  # words in which the name stands whose number it is: "Adam Bor got 5 years"
_BEHIND_IT = 3
_NEAR = 80  # characters
_IN_YEAR = re.compile(
    r"(?:\b(?:in|since|of|by|from|until|before|after|в|с|до|от|к|у|ў|з|да|ад|від|під|w|od|do|przed|po|roku) |\()$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def _owners(side: Side, one: Quantity, all_: tuple[Quantity, ...]) -> set[str]:
    """Whose number it is: what it counts, by unit, table or a word of one root, and the names before it."""
    if one.glued:
        return {"name"}
    before = max((other.end for other in all_ if other.end <= one.start), default=0)
    behind = min((other.start for other in all_ if other.start >= one.end), default=len(side.text))
    left = re.split(r"[,;:.]", side.text[before : one.start])[-1]
    right = re.split(r"[,;:.]", side.text[one.end : behind])[0]
    words = [hit.group() for hit in _WORD.finditer(right)][:_BEHIND_IT]
    names = [hit.group() for hit in _WORD.finditer(left) if hit.group()[0].isupper()][-_BEFORE_IT:]
    year = _BARE_YEAR.fullmatch(one.text) and _IN_YEAR.search(side.text, max(0, one.start - 8), one.start)
    found = {f"unit {one.unit or 'year'}"} if one.unit or year else set()
    found |= {f"of {kind}" for word in words if (kind := counted(word.lower(), side.language))}
    return found | {root[:5] for word in (*words, *names) if len(root := skeleton(word)) >= 3}


def _traded(
    pair: Pair, matches: list[_Match], source: tuple[Quantity, ...], target: tuple[Quantity, ...]
) -> Iterator[Finding]:
    """Two numbers that changed owners: "12 women and 30 men" is not «30 женщин и 12 мужчин»."""
    plain = [match for match in matches if all(one.figures or not one.glued for one in match)]
    owners = [(_owners(pair.source, one, source), _owners(pair.target, other, target)) for one, other in plain]
    for i, j in combinations(range(len(plain)), 2):
        if not plain[i][0].same(plain[j][0]) and _changed_owners(plain[i], plain[j], owners[i], owners[j]):
            (one, other), (first, second) = plain[i], plain[j]
            message = (
                f"{{s}} says {braced(one.text)} and {braced(first.text)}; in {{t}} the two seem to have changed places."
            )
            spans = (one.span, first.span), (other.span, second.span)
            yield pair.finding(Kind.NUMBER, Severity.LOOK, message, source=spans[0], target=spans[1])


def _changed_owners(one: _Match, other: _Match, owners: _Owners, others: _Owners) -> bool:
    """Each has the other's owner; or, of figures in reverse order, one has, or neither is known to have kept its own.

    People and engines hardly ever turn round two figures that stand near each other: 0.2 % of sentence pairs.
    """
    common = owners[0] & others[0] | owners[1] & others[1]
    (a, b), (c, d) = [(mine - common, theirs - common) for mine, theirs in (owners, others)]
    if a & b or c & d:
        return False
    if a & d and c & b:
        return True
    reversed_ = (one[0].start < other[0].start) != (one[1].start < other[1].start)
    if not reversed_ or not (one[0].figures and other[0].figures):
        return False
    gaps = (max(x.start, y.start) - min(x.end, y.end) for x, y in zip(one, other, strict=True))
    return bool(a & d or c & b) or max(gaps) <= _NEAR


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
_AND_HALF = re.compile(
    r"\b(?:паўтар[аы]|полтор[аы]|полутора|півтор[аи]|półtora|półtorej|and a half|с половиной|з паловай|з половиною|"
    r"i pół|z połową)\b",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"half|полтор|полутор|паўтар|півтор|півро|полго|паўго|półtor|полов|палов|połow|\bpół|[.,]5|½|\b(?:18|6|30)\b|"
    r"eighteen|\b(?:six|шест|шэсц|шіст|sześ)",
    re.IGNORECASE,
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
        if _AND_HALF.search(side.text) and not _HALF.search(other_side.text):
            yield pair.finding(Kind.NUMBER, Severity.LOOK, "Only one side says “and a half”.")


# (from here upward, up to here), as they stand before a number; «не менее» is upward, so the longer ones come first.
_BOUNDS = {
    "en": (
        r"at least|no (?:fewer|less) than|not less than|more than|over|above|exceeding",
        r"at most|no more than|not more than|up to|less than|fewer than|under|below",
    ),
    "ru": (
        r"не менее(?: чем)?|не меньше(?: чем)?|по меньшей мере|минимум|более(?: чем)?|больше(?: чем)?|свыше",
        r"не более(?: чем)?|не больше(?: чем)?|максимум|до|менее(?: чем)?|меньше(?: чем)?",
    ),
    "be": (
        r"не менш(?: за| як| чым)?|не меней(?: за| чым)?|прынамсі|мінімум|больш(?: за| як| чым)?|"
        r"болей(?: за| чым)?|звыш",
        r"не больш(?: за| як| чым)?|не болей(?: за)?|максімум|да|менш(?: за| як| чым)?|меней(?: за| чым)?",
    ),
    "uk": (
        r"не менше(?: ніж| за| як)?|щонайменше|принаймні|мінімум|більше(?: ніж| за| як)?|більш як|понад",
        r"не більше(?: ніж| за| як)?|щонайбільше|максимум|до|менше(?: ніж| за| як)?|менш як",
    ),
    "pl": (
        r"co najmniej|nie mniej niż|przynajmniej|minimum|więcej niż|ponad|powyżej",
        r"nie więcej niż|co najwyżej|maksymalnie|maksimum|do|mniej niż|poniżej",
    ),
}
# Numbers that are no figures: they count against each other ("dozens" became "hundreds").
_ROUGH = {
    "en": r"dozens|tens of;hundreds;half|halves;doubled?|doubles|twofold|twice;tripled?|triples|threefold|three times",
    "ru": r"десятк(?:и|ов|ам|ами|ах);сотн(?:и|ями|ям|ях)|сотен;половин\w+;удво\w+|вдвое|в два раза|двукратн\w+|дважды;"
    r"утро\w+|втрое|в три раза|тр[её]хкратн\w+|трижды",
    "be": r"дзясятк(?:і|аў|ам|амі|ах);сотн(?:і|ямі|ях)|соце?нь?;пал[ао]в\w+;падво\w+|удвая|у два разы|двойчы;"
    r"патро\w+|утрая|у тры разы|тройчы",
    "uk": r"десятк(?:и|ів|ам|ами|ах);сотн(?:і|ями|ях)|сотень;половин\w+;подво\w+|[ув]?двічі;потро\w+|[ув]?тричі",
    "pl": r"dziesiątk(?:i|ami|om|ach)|dziesiątek|kilkadziesiąt|kilkudziesięciu;setk(?:i|ami|om|ach)|setek|kilkaset|"
    r"kilkuset;połow\w+|pół;podw[oa]\w+|dwukrotn\w+|dwa razy;potr[oa]\w+|trzykrotn\w+|trzy razy",
}
_ROUGH_NAMES = ("dozens", "hundreds", "half", "twice as much", "three times as much")


@cache
def _bounds(language: str) -> re.Pattern[str]:
    up, down = _BOUNDS[language]
    return re.compile(rf"\b(?:(?P<down>{down})|(?P<up>{up})) (?:[$€£₽₴]|US\$)?$", re.IGNORECASE)


@cache
def _rough(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in _ROUGH[language].split(";"))


def _limits(pair: Pair, one: Quantity, other: Quantity) -> Iterator[Finding]:
    """ "At least 30" that became "at most 30"."""
    said = []
    for side, number in ((pair.source, one), (pair.target, other)):
        hit = _bounds(side.language).search(side.text, max(0, number.start - 24), number.start)
        said.append((hit.lastgroup, (hit.start(), number.end)) if hit else None)
    if said[0] and said[1] and said[0][0] != said[1][0]:
        spans = said[0][1], said[1][1]
        expected, found = (
            braced(side.text[slice(*span)]) for side, span in zip((pair.source, pair.target), spans, strict=True)
        )
        message = f"{{s}} says {expected}; {{t}} says {found}."
        yield pair.finding(Kind.NUMBER, Severity.LOOK, message, source=(spans[0],), target=(spans[1],))


def _roughly(pair: Pair) -> Iterator[Finding]:
    """ "Dozens" that became "hundreds", "doubled" that became "tripled"."""
    ones, others = (
        {
            name: hit.span()
            for name, words in zip(_ROUGH_NAMES, _rough(side.language), strict=True)
            if (hit := words.search(side.text))
        }
        for side in (pair.source, pair.target)
    )
    lost, new = sorted(ones.keys() - others.keys()), sorted(others.keys() - ones.keys())
    if lost and new and {*lost, *new} != {"half", "twice as much"}:  # "cut by half" is «сократить вдвое»
        message = f"{{s}} says {', '.join(lost)}; {{t}} says {', '.join(new)}."
        spans = tuple(ones[name] for name in lost), tuple(others[name] for name in new)
        yield pair.finding(Kind.NUMBER, Severity.LOOK, message, source=spans[0], target=spans[1])


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
    findings += [finding for match in matches for finding in _limits(pair, *match)]
    findings += [*_few(pair), *_roughly(pair)]
    findings += _converted(pair, lost, new)
    findings += _traded(pair, matches, source, target)
    if (changed := _exchanged(pair, lost, new)) is not None:
        findings.append(changed)
    findings += [found for one in lost if (found := _lost(pair, one, matches, from_source=True)) is not None]
    findings += [found for one in new if (found := _lost(pair, one, matches, from_source=False)) is not None]
    return findings
