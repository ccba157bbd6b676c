""" "At least" that became "at most", or the other way round."""

from __future__ import annotations

import re

from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity

_I = re.IGNORECASE
# What a bound is a bound of: without a figure or a measure behind it, «больше» is no bound.
_AMOUNT = (
    r"(?=\S*\d|час|год|гад|лет|месяц|месяч|місяц|недел|тыд|тиж|дн|сут|доб|минут|хвілін|хвилин|полов|палов|процент|"
    r"працэнт|відсот|двух|двох|тр[еёьо]|пяти|пяці|п'яти|дес|дзес|ст[оа]|сот|тыс|тис|м[иі]л)"
)
_POLISH_AMOUNT = r"(?=\S*\d|godz|lat|rok|mies|tyg|dni|minut|poł|procent|dwóch|trzech|pięciu|dzies|stu|tys|mil)"
_FLOOR = {
    "en": r"at least|(?:no|not) (?:less|fewer) than|no smaller than|(?<!no )(?<!not )more than|over (?=\d)",
    "ru": rf"не (?:менее|меньше|меньш\w*)|по меньшей мере|как минимум|(?<!не )(?:более|больше|"
    rf"свыше) (?:чем )?{_AMOUNT}|по крайней мере",
    "be": rf"не (?:менш\w*|меней)|прынамсі|як мінімум|(?:сама|найменш) меней|(?<!не )(?:больш|звыш|болей) (?:за |чым |"
    rf"як )?{_AMOUNT}",
    "uk": rf"не (?:менше|менш\w*)|щонайменше|принаймні|як мінімум|(?<!не )(?:більше|понад) (?:ніж |за )?{_AMOUNT}",
    "pl": rf"nie mniej\w*|co najmniej|przynajmniej|minimum|(?<!nie )(?:więcej niż|ponad) {_POLISH_AMOUNT}",
}
_CEILING = {
    "en": r"at (?:the )?most|(?:no|not) more than|(?<!no )(?<!not )(?:less|fewer|smaller) than|under (?=\d)|"
    r"no larger than|up to(?= \S*\d)",
    "ru": rf"не (?:более|больше)|максимум|(?<!не )(?:менее|меньше) (?:чем )?{_AMOUNT}|самое большее",
    "be": rf"не (?:больш|болей)|максімум|(?<!не )(?:менш\w*|меней) (?:за |чым |як )?{_AMOUNT}",
    "uk": rf"не (?:більше|більш)|щонайбільше|максимум|(?<!не )(?:менше|менш|менших) (?:ніж |за |від )?{_AMOUNT}",
    "pl": rf"nie więcej|co najwyżej|maksymalnie|maksimum|(?<!nie )(?:mniej(?:sz\w+)? niż|poniżej) {_POLISH_AMOUNT}",
}
_FLOORS, _CEILINGS = (
    {language: re.compile(rf"\b(?:{body})", _I) for language, body in table.items()} for table in (_FLOOR, _CEILING)
)


def _spans(table: dict[str, re.Pattern[str]], side: Side) -> tuple[Span, ...]:
    return tuple(found.span() for found in table[side.language].finditer(side.text))


def turned(pair: Pair) -> list[Finding]:
    """The one side has only the one bound, the other side only the other."""
    floors = (_spans(_FLOORS, pair.source), _spans(_FLOORS, pair.target))
    ceilings = (_spans(_CEILINGS, pair.source), _spans(_CEILINGS, pair.target))
    up = floors[0] and not ceilings[0] and ceilings[1] and not floors[1]
    down = ceilings[0] and not floors[0] and floors[1] and not ceilings[1]
    if not up and not down:
        return []
    source, target = (floors[0], ceilings[1]) if up else (ceilings[0], floors[1])
    message = "{s} says “at least” or “more than”, {t} “at most” or “less than”, or the other way round."
    return [pair.finding(Kind.NEGATION, Severity.HOLD, message, source=source, target=target)]
