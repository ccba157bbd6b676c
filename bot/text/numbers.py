"""Numbers as they stand in a sentence, in figures or in words, with what they may mean and what they count.

A number has readings, not one value: "5 p.m." is also 17:00, "1,049" is a thousand or a decimal fraction. The other
locale's reading is open only to groups of exactly three digits, so 1.3 is never 13.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from bot.text import numerals, units

Reading = tuple[str, Fraction]

# One character for one character, so that every offset stays true.
_FOLD = str.maketrans(
    dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u2019\u02bc\u2018\u00b4", "'")
)


def fold(text: str) -> str:
    """The text with no-break and thin spaces, hyphens and apostrophes made plain; of the same length."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of a sentence.

    `figures` tells digits from words. `joined` says that a range connects it with the next one ("5–7", "from 5 to 7").
    `glued` says that letters touch it (B-52, H5N1): no unit, no sign.
    """

    start: int
    end: int
    text: str
    readings: frozenset[Reading]
    figures: bool = True
    unit: str = ""
    negative: bool = False
    joined: bool = False
    glued: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) in the text it was read from."""
        return self.start, self.end

    @property
    def value(self) -> Fraction:
        """The smallest plain reading, for messages and thresholds."""
        return min((value for kind, value in self.readings if kind == "n"), default=Fraction(0))

    def same(self, other: Quantity) -> bool:
        """Whether some reading of the two agrees."""
        return not self.readings.isdisjoint(other.readings)


_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_FIGURES = re.compile(
    rf"(?<!\d)(?:(?P<vulgar>(?:\d+ ?)?[{_VULGAR}])"
    r"|(?P<fraction>(?:\d+ )?\d+/\d+)(?![/\d])"
    r"|(?P<grouped>\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d))"
    r"|(?P<plain>\d+(?:[.,:']\d+)*))"
)
_RANGE = re.compile(
    r"(?:-[^\W\d_]{1,3})? ?(?:%|°)?"
    r"(?: ?[-–—‒] ?| (?:to|do|до|да|по|па|through|till|until|or|або|или|lub|и|і|i|and|,) )"
    r"(?:[~$€£₽₴]|US\$)?$"
)
_HALF_DAY = re.compile(r" ?([ap])\.? ?m\b\.?", re.IGNORECASE)
_DECADE = re.compile(r"'?s\b|-?(?:х|я|ые|тых|ых|мі|ми|м)\b|\.? ?(?:xx|ubiegłego)\b")
_GLUED_SCALE = re.compile(r"(m|mn|bn|k|tn)\b", re.IGNORECASE)
_NEXT_WORD = re.compile(r"[ \-(]{0,2}(?:[^\W\d_]+'?[^\W\d_]*\.?|°[CFСФ]?|[%‰$€£₽₴])")
_OR_MORE = re.compile(r" (?:or|and|или|и|і|або|ці|й|чи|lub|i) (?:more|более|больше|больш|болей|більше|więcej)\b")
# The case ending that is tied to figures: «2-х мільйонів», «10-ти лет».
_ENDING = re.compile(r"-(?:о?х|т[иі]|м[иа]?|мя|[тй]?[еєйяюоыі]|г[оа]|м[уі]|[аоыи]й|[ая]я|цi|ці|ша|га|[ыио][мхй]|ў)\b")
_POINTS = re.compile(
    r"[ -](?:percentage points?\b|pp\b|p\.p\.|(?:процент|працэнт|відсотк|проц)\w*\.? пункт|п\. ?п\.|"
    r"(?:punkt\w*|pkt\.?) proc)",
    re.IGNORECASE,
)
# An age has the unit that is left unsaid, unless another one is said.
_AGE_BEFORE = re.compile(
    r"\b(?:aged?|age of|в возрасте|ва ўзросце|ў веку|у веку|у віці|w wieku)(?: \w+)? $", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_MINUS_BEFORE = re.compile(r"(?:^|[\s(\[~≈])[-–]$|\b(?:minus|мінус|минус) $", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(r"([$€₽₴]|\b(?:USD|EUR|BYN|RUB|PLN|UAH)) ?$")
_LONGEST = 40  # characters: a longer row of figures is no number that anybody reads
_ROMAN = re.compile(r"\b(?=[IVXL])(X{0,3}(?:IX|IV|V?I{0,3})|XL|L)\b(?!'|\.(?!$))")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_LATIN = str.maketrans("ХІ", "XI")
_PLURAL_ORDINAL = re.compile(r"(?:[ыи][ехмя]|ые|[тм]і|[ыи]мі|ими|te|ych|ym|ties)$")
_SEASON = re.compile(r"[12]\d{3} ?[-–—/] ?\d\d")  # 1995–96
_AND_HALF = re.compile(r" (?:and a half|с половиной|з паловай|з половиною|i pół|z połową)\b")
_CROSS = re.compile(r"[xх×]\d")  # 4x4
_GRAM = re.compile(r" ?г\b\.?(?P<era> (?:да|до) н)?")
_HOUR_BEFORE = re.compile(r"\bgodz(?:in\w*|\.) $")
_HOUR_BEHIND = re.compile(r" (?:утра|вечера|раніцы|вечара|ранку|вечора|rano\b|wieczorem|in the (?:morning|evening))")
_CENTURY = re.compile(r" (?:wieku?\b|w\.|век|в\. |ст\b|стаг|стол|centur)")
# «lata 80. XX wieku»: the decade has taken its century.
_DECADE_OF = re.compile(
    r"(?:\d0(?:-[^\W\d_]{1,3})?\.?|[ыи][ехя]|ті|te|ych)"
    r"(?: (?:годов|годы|годах|гады|гадоў|гадах|роки|років|роках|lat))? $"
)
_OF_CENTURY = re.compile(
    r"(?:-[^\W\d_]{1,3})?\.?(?: (?:годов|годы|годах|гады|гадоў|гадах|роки|років|роках|lat|lata|latach))? "
    r"([IVXХІ]+) (?:wieku|w\.|век|в\.|ст\b|стаг|стол)"
)


def _plain_values(raw: str, language: str) -> set[Fraction]:
    """The values that figures with separators can have in a language."""
    separators = [c for c in raw if not c.isdigit()]
    parts = re.split(r"\D", raw)
    if not separators:
        return {Fraction(int(raw))}
    if len(set(separators)) > 1 and separators.count(separators[-1]) == 1:
        return {Fraction("".join(parts[:-1]) + "." + parts[-1])}
    triples = len(parts[0]) <= 3 and parts[0] != "0" and all(len(part) == 3 for part in parts[1:])
    if triples and (len(parts) > 2 or (language == "en" and separators[0] != ".")):
        return {Fraction(int("".join(parts)))}
    if len(parts) > 2:
        return set()
    decimal = Fraction(f"{parts[0]}.{parts[1]}")
    if triples and not (language == "en" and separators[0] == "."):
        return {decimal, Fraction(int("".join(parts)))}
    return {decimal}


def _clock(raw: str) -> Fraction | None:
    """Minutes since midnight when the figures can be a time of day: 10:30, 10.30, 0230."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})|(0\d)(\d{2})", raw)
    if found is None:
        return None
    hour, minute = (int(part) for part in found.groups() if part is not None)
    return Fraction(hour * 60 + minute) if hour <= 24 and minute < 60 else None


def _read(raw: str, language: str) -> frozenset[Reading]:
    """All that one token of figures can mean before its surroundings are known."""
    values = _plain_values(raw.replace(" ", ""), language) if ":" not in raw else set()
    readings = {("n", value) for value in values}
    clock = _clock(raw)
    if clock is not None:
        readings.add(("t", clock))
        if clock % 60 == 0 and ":" in raw:
            readings.add(("n", clock / 60))
    return frozenset(readings)


def _ratio(raw: str, found: re.Match[str]) -> frozenset[Reading]:
    """The value of a fraction: ½, 29¾, 1/5, 3 1/2; empty when it is none (2008/09 is two numbers)."""
    if found.lastgroup == "vulgar":
        whole = re.sub(r"\D", "", "".join(c for c in raw if c not in _VULGAR)) or "0"
        part = unicodedata.numeric(raw[-1])
        return frozenset({("n", int(whole) + Fraction(part).limit_denominator(10))})
    whole, _, ratio = raw.rpartition(" ")
    above, below = (int(part) for part in ratio.split("/"))
    if not 0 < below <= 1000 or above > 999 or (whole and above >= below):
        return frozenset()
    return frozenset({("n", int(whole or 0) + Fraction(above, below))})


def _tokens(text: str, language: str) -> Iterator[tuple[int, int, frozenset[Reading]]]:
    """(start, end, readings) of every token in figures; scores, dotted codes and seasons fall into their parts."""
    for found in _FIGURES.finditer(text):
        raw = found.group()
        if len(raw) > _LONGEST:
            yield found.start(), found.end(), frozenset()  # equal to nothing, so the guard holds it
            continue
        is_ratio = found.lastgroup in ("vulgar", "fraction")
        readings = _ratio(raw, found) if is_ratio else _read(raw, language)
        if readings:
            yield found.start(), found.end(), readings
            continue
        for part in re.finditer(r"\d+(?:[.,]\d+(?![.,]?\d*:))?(?![.,]\d)|\d+", raw):
            yield found.start() + part.start(), found.start() + part.end(), _read(part.group(), language)


def _afternoon(readings: frozenset[Reading], half: str) -> frozenset[Reading]:
    """The readings of a time with "a.m." or "p.m." behind it, the plain ones still among them."""
    more = set(readings)
    for kind, value in readings:
        hour = value / 60 if kind == "t" else value
        if hour >= 13 or hour < 1:
            continue
        shift = (12 if hour < 12 else 0) if half == "p" else (-12 if hour >= 12 else 0)
        more.add(("t", (hour + shift) * 60))
        if kind == "n" or hour == int(hour):
            more |= {("n", hour + shift), ("n", hour)}
    return frozenset(more)


def _decade(readings: frozenset[Reading]) -> frozenset[Reading]:
    """«90-е» can be the 1990s; two decades written in full must be equal."""
    short = [value for kind, value in readings if kind == "n" and value % 10 == 0 and 0 < value < 100]
    return readings | {("n", century + value) for value in short for century in (1700, 1800, 1900)}


def _in_century(readings: frozenset[Reading], roman: str) -> frozenset[Reading]:
    """«lata 80. XV wieku» are the 1480s."""
    first = (_roman_value(roman.translate(_LATIN)) - 1) * 100
    return readings | {("n", first + value) for kind, value in readings if kind == "n" and value < 100}


def _and_half(text: str, end: int, readings: frozenset[Reading]) -> frozenset[Reading]:
    """ "Three and a half years" are 3.5, or three years and six months, of which the three is said here."""
    if not _AND_HALF.match(text, end):
        return readings
    return readings | {("n", value + Fraction(1, 2)) for kind, value in readings if kind == "n"}


def _times(readings: frozenset[Reading], factor: int) -> frozenset[Reading]:
    return frozenset({("n", value * factor) for kind, value in readings if kind == "n"})


def _behind(text: str, at: int, language: str) -> tuple[int, int, str]:
    """(scale, end of the scale word, unit) that stand behind a number; looks over one word that is neither."""
    factor, end, unit = 1, at, ""
    skipped = False
    if ending := _ENDING.match(text, at):
        at = ending.end()
    if more := _OR_MORE.match(text, at):
        at = more.end()
    for _ in range(3):
        if _POINTS.match(text, at):
            return factor, end, "percentage point"
        found = _NEXT_WORD.match(text, at)
        if found is None:
            break
        word = found.group().strip(" -(").lower()
        bare = word.rstrip(".")
        multiplier = units.scale(bare) if factor == 1 and not skipped else 0
        if multiplier:
            factor, end = multiplier, found.end() - (word.endswith(".") and not bare.startswith(("тыс", "тис", "tys")))
        else:
            unit = units.unit(bare, language)
            if bare == "per" and text[found.end() : found.end() + 5] == " cent":
                unit = "percent"
            if unit in ("century", "decade") and skipped:
                unit = ""  # «323 год … стагоддзя»: another number's
            if unit or skipped or bare in ("числа", "чысла"):  # «1-го числа місяця» is a day
                break
            skipped = True
        if word.endswith(".") and not multiplier:
            break
        at = found.end()
    return factor, end, unit


def _unsaid_unit(text: str, start: int, end: int) -> str:
    """The unit that an age or a time of day leaves unsaid: "aged 54", «о 5 ранку»."""
    if _AGE_BEFORE.search(text, max(0, start - 24), start):
        return "year"
    of_day = _HOUR_BEFORE.search(text, max(0, start - 10), start) or _HOUR_BEHIND.match(text, end)
    return "hour" if of_day else ""


def _year_or_gram(readings: frozenset[Reading], word: str, *, last: bool) -> str:
    """What «г» is behind a number: a year when the number can be one and a full stop that is not the last cuts it."""
    may_be_year = any(kind == "n" and 1000 <= value <= 2100 for kind, value in readings)
    if word.endswith(".") and not last:
        return "year" if may_be_year else ""
    return "" if may_be_year else "gram"


def _in_figures(text: str, language: str) -> Iterator[Quantity]:
    """Every number in figures with its scale, unit and sign."""
    for start, end, read in _tokens(text, language):
        readings, tail = read, text[end : end + 12]
        before = text[max(0, start - 24) : start]
        if text[start:end] in ("2", "3") and re.search(r"(?:^|[^\w])[kcmкдсм]?[mм]$", before):
            continue  # km2, м3: an exponent, not a number
        glued = bool(re.search(r"[^\W\d_]-?$", before)) and not re.search(r"US\$?$|\W[~≈]?$", before)
        glued |= bool(_CROSS.match(tail))
        factor, stop, unit = _behind(text, end, language)
        if gram := _GRAM.match(text, end):
            unit = "year" if gram["era"] else _year_or_gram(readings, gram.group(), last=gram.end() == len(text))
        if half := _HALF_DAY.match(tail):
            readings, unit = _afternoon(readings, half.group(1).lower()), "hour"
        elif not unit:
            unit = _unsaid_unit(text, start, end)
        if _DECADE.match(tail) or re.search(r"\b(?:lat|lata|latach)\.? $|'$", before):
            readings = _decade(readings)
        if century := _OF_CENTURY.match(text, end):
            readings, unit = _in_century(readings, century[1]), ""
        readings = _and_half(text, end, readings)
        if factor > 1:
            readings = _times(readings, factor)
        elif letters := _GLUED_SCALE.match(tail):
            many = {"k": 10**3, "bn": 10**9, "tn": 10**12}.get(letters.group(1).lower(), 10**6)
            readings |= _times(readings, many)  # "100m" is metres or millions
        if unit == "decade":
            readings, unit = _times(readings, 10), "year"
        if sign := _CURRENCY_BEFORE.search(before):
            unit = units.unit(sign.group(1).lower(), language)
        yield Quantity(
            start=start,
            end=stop,
            text=text[start:stop],
            readings=readings,
            unit="" if glued else unit,
            negative=not glued and bool(_MINUS_BEFORE.search(before)),
            glued=glued,
        )


def _spelled(text: str, language: str) -> Iterator[Quantity]:
    """Every number in words; neighbours are put together: «сорок два», "two hundred and five", «трёх тысяч»."""
    total: Fraction | None = None
    low = Fraction(0)
    start = end = 0
    for found in _WORD.finditer(text):
        word = found.group().lower()
        if word == "and" and language == "en" and low >= 100:
            continue
        value = numerals.word_value(word, language)
        factor = units.scale(word)
        between = text[end : found.start()]
        adjacent = total is not None and between in (" ", "-", " and ")
        if adjacent and total is not None and factor:
            total, low, end = total * factor, Fraction(factor), found.end()
            continue
        if adjacent and total is not None and value is not None:
            if value == 100 and total < 10 and language == "en":
                total, low, end = total * 100, Fraction(100), found.end()
                continue
            if 0 < value < low:
                total, low, end = total + Fraction(value), _lowest(value), found.end()
                continue
        if total is not None:
            yield from _word_quantity(text, start, end, total, language)
            total = None
        if value is not None:
            total, low, start, end = Fraction(value), _lowest(value), found.start(), found.end()
        elif (compound := numerals.compound_value(word, language)) is not None:
            one = Quantity(
                start=found.start(),
                end=found.end(),
                text=found.group(),
                readings=frozenset({("n", Fraction(compound[0]))}),
                figures=False,
                unit=units.unit(compound[1], language),
            )
            yield one
    if total is not None:
        yield from _word_quantity(text, start, end, total, language)


def _lowest(value: float) -> Fraction:
    """The order of magnitude that the next word must stay below: after «сорок» only 1–9 can follow."""
    return Fraction(100 if value >= 100 else 10 if value >= 20 else 0)


def _word_quantity(text: str, start: int, end: int, value: Fraction, language: str) -> Iterator[Quantity]:
    _, _, unit = _behind(text, end, language)
    readings = _and_half(text, end, frozenset({("n", value)}))
    if 20 <= value <= 90 and value % 10 == 0 and _PLURAL_ORDINAL.search(text, start, end):
        readings = _decade(readings)
        if century := _OF_CENTURY.match(text, end):
            readings, unit = _in_century(readings, century[1]), ""
    if unit == "decade":
        readings, unit = _times(readings, 10), "year"
    elif not unit:
        unit = _unsaid_unit(text, start, end)
    yield Quantity(
        start=start,
        end=end,
        text=text[start:end],
        readings=readings,
        figures=False,
        unit=unit,
    )


# Only explain: «поўдзень» is the south as well. The readings are minutes since midnight, and hours.
_NOON = {
    "en": r"noon|midday",
    "ru": r"полдень|полудня|полудню",
    "be": r"поўдзень|паўдня|поўдні|апоўдні",
    "uk": r"полудень|полудня|опівдні",
    "pl": r"południe|południa|południu|południem",
}
_MIDNIGHT = {
    "en": r"midnight",
    "ru": r"полночь|полуночи|полночи",
    "be": r"поўнач|поўначы|апоўначы",
    "uk": r"північ|півночі|опівночі",
    "pl": r"północ|północy|północą",
}
# Half a year is six months, also behind whole years.
_HALF_YEAR = {
    "en": r"(?:and a half|half a|half of a) years?|half-year",
    "ru": r"полгода|полугода|полугодом|с половиной (?:года?|лет)",
    "be": r"паўгод\w{0,3}|з паловай г[ао]д\w{0,3}",
    "uk": r"півроку|піврок\w{0,2}|з половиною рок\w{0,2}",
    "pl": r"pół roku|półrocz\w{1,3}|(?:i pół|z połową) (?:roku|lat)",
}


_TEN_YEARS = {
    "en": r"decade",
    "ru": r"десятилети[еяю]",
    "be": r"дзесяцігоддз[еяю]",
    "uk": r"десятиліття|десятиріччя",
    "pl": r"dekad[aęy]|dziesięcioleci[eau]",
}
_WHOLE_DAY = {
    "en": r"day",
    "ru": r"сутки|суток",
    "be": r"сутк[іи]|сутак",
    "uk": r"доб[ауи]",
    "pl": r"dob[aęy]",
}


@cache
def _set_words(language: str) -> tuple[tuple[re.Pattern[str], frozenset[Reading]], ...]:
    noon = frozenset({("t", Fraction(720)), ("n", Fraction(12))})
    midnight = frozenset({("t", Fraction(0)), ("t", Fraction(1440)), ("n", Fraction(0)), ("n", Fraction(24))})
    half = frozenset({("n", Fraction(6)), ("n", Fraction(1, 2))})
    ten, day = frozenset({("n", Fraction(10))}), frozenset({("n", Fraction(24)), ("n", Fraction(1))})
    tables = ((_NOON, noon), (_MIDNIGHT, midnight), (_HALF_YEAR, half), (_TEN_YEARS, ten), (_WHOLE_DAY, day))
    return tuple((re.compile(rf"\b(?:{table[language]})\b", re.IGNORECASE), read) for table, read in tables)


def _set_phrases(text: str, language: str) -> Iterator[Quantity]:
    """Noon, midnight and half a year: words for what another language writes as 12:00 or "six months"."""
    for pattern, readings in _set_words(language):
        for hit in pattern.finditer(text):
            span = hit.span()
            yield Quantity(start=span[0], end=span[1], text=hit[0], readings=readings, figures=False, glued=True)


def _roman_value(numeral: str) -> int:
    digits = [_ROMAN_VALUES[c] for c in numeral]
    return sum(-d if d < max([*digits[i + 1 :], 0]) else d for i, d in enumerate(digits))


def _roman(text: str) -> Iterator[Quantity]:
    """Roman numerals, which other languages write as "18th" or in words: those of centuries, others only explain."""
    for found in _ROMAN.finditer(text.translate(_LATIN)):
        century = _CENTURY.match(text, found.end()) and not _DECADE_OF.search(text, 0, found.start())
        if total := _roman_value(found.group()):
            yield Quantity(
                start=found.start(),
                end=found.end(),
                text=text[slice(*found.span())],
                readings=frozenset({("n", Fraction(total))}),
                figures=bool(century),
                unit="century" if century else "",
                glued=not century,
            )


def _joined(text: str, found: list[Quantity]) -> list[Quantity]:
    """Marks ranges; "340 to 500 million" and "5–7 days" lend the scale and unit of the second to the first."""
    out = list(found)
    for i in range(len(found) - 2, -1, -1):
        first, second = out[i], out[i + 1]
        between = text[first.end : second.start]
        if len(between) > 12 or not _RANGE.match(between):
            continue
        if _SEASON.fullmatch(text, first.start, second.end):
            century = first.value // 100 * 100
            out[i + 1] = second = replace(second, readings=second.readings | {("n", century + second.value)})
        readings = first.readings
        behind = text[second.start : second.end]
        if (factor := _scale_in(behind)) > 1 and first.text.isdigit() | ("." in first.text) | ("," in first.text):
            readings |= _times(readings, factor)
        tight = bool(re.match(r" ?(?:%|°)?(?: ?[-–—‒] ?| (?:to|do|до|да|по|па|through) )", between))
        out[i] = replace(first, readings=readings, unit=first.unit or second.unit, joined=tight)
    return out


def _scale_in(text: str) -> int:
    last = text.rsplit(" ", 1)[-1].rstrip(".").lower()
    return units.scale(last)


def quantities(text: str, language: str, *, without: tuple[tuple[int, int], ...] = ()) -> tuple[Quantity, ...]:
    """Every number of a folded sentence in order; those inside the spans of `without` are left out."""

    def free(start: int, end: int) -> bool:
        return not any(start < stop and end > first for first, stop in without)

    figures = [one for one in _in_figures(text, language) if free(one.start, one.end)]
    taken = tuple(one.span for one in figures)
    soft = [
        one
        for one in (*_spelled(text, language), *_roman(text), *_set_phrases(text, language))
        if free(one.start, one.end) and not any(one.start < stop and one.end > first for first, stop in taken)
    ]
    return tuple(_joined(text, sorted([*figures, *soft], key=lambda one: one.start)))
