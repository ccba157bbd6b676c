"""The promise: every date stays the same day of the same month of the same year, and every weekday the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.guard.pair import Pair, Span, braced
from bot.model import Finding, Kind, Severity
from bot.text.dates import DateMention, dates, short_dates, weekdays
from bot.text.units import TIME, unit

Value = tuple[int, int, int]
_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _agree(one: Value, other: Value) -> bool:
    """Whether two dates can be one; a part that one does not say is no contradiction."""
    return one[1] == other[1] and all(a == b or 0 in (a, b) for a, b in zip(one, other, strict=True))


def _partner(one: DateMention, others: Sequence[DateMention]) -> DateMention | None:
    """The mention on the other side that says the same, the one that says as much first."""
    readings = [one.value] + ([one.alternative] if one.alternative else [])
    for exact in (True, False):
        for other in others:
            values = [other.value] + ([other.alternative] if other.alternative else [])
            if any(a == b if exact else _agree(a, b) for a in readings for b in values):
                return other
    return None


def _soft(ones: Sequence[DateMention], others: Sequence[DateMention]) -> list[DateMention]:
    """The doubtful months without a partner: they count only against each other («апрельские» became "May")."""
    doubtful = (one for one in ones if one.adjective or (one.doubtful and not one.day))
    return [one for one in doubtful if _partner(one, others) is None]


def _unmatched(ones: Sequence[DateMention], others: Sequence[DateMention]) -> list[DateMention]:
    return [one for one in ones if not (one.adjective or one.doubtful) and _partner(one, others) is None]


def _changed(pair: Pair, lost: list[DateMention], new: list[DateMention]) -> list[Finding]:
    """Findings for dates that stand on one side only, in pairs where that reads better."""
    findings = []
    for one, other in zip(lost, new, strict=False):
        message = f"{{s}} says {braced(one.text)}; {{t}} says {braced(other.text)}."
        findings.append(pair.finding(Kind.DATE, Severity.HOLD, message, source=(one.span,), target=(other.span,)))
    for one in lost[len(new) :]:
        message = f"{{s}} says {braced(one.text)}; {{t}} does not say this date."
        findings.append(pair.finding(Kind.DATE, Severity.HOLD, message, source=(one.span,)))
    for other in new[len(lost) :]:
        message = f"{{t}} says {braced(other.text)}; {{s}} does not say this date."
        findings.append(pair.finding(Kind.DATE, Severity.HOLD, message, target=(other.span,)))
    return findings


def _order(pair: Pair, source: Sequence[DateMention], target: Sequence[DateMention]) -> list[Finding]:
    """Two dates of one sentence that changed places: "from 3 May to 5 June" is no journey back."""
    ones = [one for one in source if one.day and one.month and not one.alternative and not one.doubtful]
    others = [other for other in target if other.day and other.month and not other.alternative and not other.doubtful]
    if len(ones) != len(others) or all(_agree(a.value, b.value) for a, b in zip(ones, others, strict=True)):
        return []
    if any(_partner(one, others) is None for one in ones) or any(_partner(one, ones) is None for one in others):
        return []
    first, second = braced(ones[0].text), braced(ones[-1].text)
    message = f"{{s}} names {first} before {second}; {{t}} names the dates in another order."
    return [
        pair.finding(
            Kind.DATE,
            Severity.LOOK,
            message,
            source=tuple(one.span for one in ones),
            target=tuple(one.span for one in others),
        )
    ]


def _weekdays(pair: Pair) -> list[Finding]:
    """A weekday that became another one; one that is merely not repeated is no news."""
    source = weekdays(pair.source.text, pair.source.language)
    target = weekdays(pair.target.text, pair.target.language)
    lost, new = sorted(source.keys() - target.keys()), sorted(target.keys() - source.keys())
    if not lost or not new:
        return []
    expected, found = (", ".join(_WEEKDAY_NAMES[day] for day in days) for days in (lost, new))
    return [
        pair.finding(
            Kind.DATE,
            Severity.HOLD,
            f"{{s}} says {expected}; {{t}} says {found}.",
            source=tuple(source[day] for day in lost),
            target=tuple(target[day] for day in new),
            expected=expected,
            found=found,
        )
    ]


_WORD_BEHIND = re.compile(r" ([^\W\d_]+)")


def _years(pair: Pair, source: Sequence[DateMention], target: Sequence[DateMention]) -> list[Finding]:
    """ "2020 days" where a year was meant: what stands behind the year of a date is a year or nothing."""
    findings = []
    for one, at in ((pair.source, source), (pair.target, target)):
        for date in at:
            behind = _WORD_BEHIND.match(one.text, date.end) if date.month and date.year else None
            word = unit(behind[1].lower(), one.language) if behind else ""
            if behind and word in TIME - {"year"}:
                spans = ((date.start, behind.end()),)
                said = braced(one.text[slice(*spans[0])])
                if one is pair.source:
                    message = f"{{s}} counts {word}s behind a date: {said}."
                    findings.append(pair.finding(Kind.DATE, Severity.HOLD, message, source=spans))
                else:
                    message = f"{{t}} counts {word}s behind a date: {said}."
                    findings.append(pair.finding(Kind.DATE, Severity.HOLD, message, target=spans))
    return findings


_NIGHT = {
    "en": r"\b(?:night|overnight)\b",
    "ru": r"\bноч[ьи]",
    "be": r"\bноч\w{0,2}\b",
    "uk": r"\b(?:ніч|ночі|нічч?ю)\b",
    "pl": r"\bnoc(?:y|ą)?\b",
}


def _next(value: Value) -> tuple[tuple[int, int], ...]:
    """The (day, month) that may follow a date; the last of a month is not known for certain."""
    day, month, _ = value
    return ((day + 1, month), *(((1, month % 12 + 1),) if day >= 28 else ()))


def _eves(pair: Pair, alone: Sequence[DateMention], same: Sequence[DateMention]) -> list[DateMention]:
    """The first days of nights: «у ноч на 10 жніўня» is "on the night of 9–10 August"."""
    if not all(re.search(_NIGHT[one.language], one.text, re.IGNORECASE) for one in (pair.source, pair.target)):
        return []
    mornings = {(one.day, one.month) for one in same if one not in alone}
    return [one for one in alone if one.day and any(after in mornings for after in _next(one.value))]


def compare(pair: Pair) -> tuple[list[Finding], tuple[Span, ...], tuple[Span, ...]]:
    """The findings, and on each side the spans of dates whose figures need not be compared again as numbers."""
    source = (*dates(pair.source.text, pair.source.language), *short_dates(pair.source.text))
    target = (*dates(pair.target.text, pair.target.language), *short_dates(pair.target.text))
    lost, new = _unmatched(source, target), _unmatched(target, source)
    eves = (*_eves(pair, lost, source), *_eves(pair, new, target))
    lost, new = ([one for one in side if one not in eves] for side in (lost, new))
    if not lost and not new:
        lost, new = _soft(source, target), _soft(target, source)
        lost, new = (lost, new) if lost and new else ([], [])
    findings = [
        *_changed(pair, lost, new),
        *_order(pair, source, target),
        *_weekdays(pair),
        *_years(pair, source, target),
    ]
    done_source = tuple(one.span for one in source if one in (*lost, *eves) or _is_settled(one, target))
    done_target = tuple(one.span for one in target if one in (*new, *eves) or _is_settled(one, source))
    return findings, done_source, done_target


def _is_settled(one: DateMention, others: Sequence[DateMention]) -> bool:
    """Whether the other side says just as much; a year that only one side says is left to the numbers."""
    partner = _partner(one, others)
    if partner is None or not (one.day or one.year):
        return False
    readings = {partner.value, partner.alternative}
    return one.value in readings or (one.alternative is not None and one.alternative in readings)
