"""Nine ways in which a translation can change a fact, each made with a seed in a sentence that was right.

A mutator takes the target, its language, a random generator and sentences of the same language, and gives the changed
target, or None where the sentence has nothing of the kind.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

Mutator = Callable[[str, str, random.Random, Sequence[str]], str | None]

# Form against form of one case and number, so that the changed sentence still reads well.
_UNITS = {
    "en": "years/days hours/minutes months/weeks kilometers/meters kilometres/metres km/m miles/feet year/day "
    "hour/minute month/week kg/g percent/degrees %/° days/months weeks/years minutes/seconds million/billion",
    "ru": "лет/дней часов/минут месяцев/недель километров/метров км/м миль/футов года/дня часа/минуты месяца/недели "
    "кг/г процентов/градусов %/° дней/месяцев недель/лет минут/секунд млн/млрд миллионов/миллиардов",
    "be": "гадоў/дзён гадзін/хвілін месяцаў/тыдняў кіламетраў/метраў км/м міль/футаў гады/дні гадзіны/хвіліны "
    "месяцы/тыдні кг/г працэнтаў/градусаў %/° дзён/месяцаў тыдняў/гадоў хвілін/секунд млн/млрд мільёнаў/мільярдаў",
    "uk": "років/днів годин/хвилин місяців/тижнів кілометрів/метрів км/м миль/футів роки/дні години/хвилини "
    "місяці/тижні кг/г відсотків/градусів %/° днів/місяців тижнів/років хвилин/секунд млн/млрд мільйонів/мільярдів",
    "pl": "lat/dni godzin/minut miesięcy/tygodni kilometrów/metrów km/m mil/stóp lata/dni godziny/minuty "
    "miesiące/tygodnie kg/g procent/stopni %/° dni/miesięcy tygodni/lat minut/sekund mln/mld milionów/miliardów",
}
_MONTHS = {
    "en": ("January February March April May June July August September October November December",),
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
    ),
    "be": (
        "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
        "студзені лютым сакавіку красавіку маі чэрвені ліпені жніўні верасні кастрычніку лістападзе снежні",
    ),
    "uk": (
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "січні лютому березні квітні травні червні липні серпні вересні жовтні листопаді грудні",
    ),
    "pl": (
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "styczniu lutym marcu kwietniu maju czerwcu lipcu sierpniu wrześniu październiku listopadzie grudniu",
    ),
}
_NOT = {
    "en": r"(?<=ca)nnot\b|\bcannot\b|n't\b|\bnot |\bnever |\bno (?!\d)|\bnone\b|\bnobody\b|\bwithout ",
    "ru": r"\b[Нн]е |\b[Нн]ет |\b[Нн]ельзя |\b[Нн]икогда |\b[Бб]ез ",
    "be": r"\b[Нн]е |\b[Нн]я |\b[Нн]яма |\b[Нн]ельга |\b[Нн]іколі |\b[Бб]ез ",
    "uk": r"\b[Нн]е |\b[Нн]емає |\b[Нн]іколи |\b[Бб]ез ",
    "pl": r"(?<!\bna )(?<!\bw )(?<!\bo )(?<!\bpo )(?<!\bza )(?<!\bprzez )\b[Nn]ie |\b[Nn]igdy |\b[Bb]ez ",
}
_VERB = {
    "en": (r"\b(?:was|were|is|are|has|have|had|will|would|can|could|may|must|should|did)\b(?! not)", "{} not"),
    "ru": (
        r"(?<!не )(?<!ни )\b(?:был[аио]?|[а-яё]{3,}(?:ает|яет|ают|яют|ился|илась|ились|ал|али|ила|или|ует|уют))\b",
        "не {}",
    ),
    "be": (
        r"(?<!не )(?<!ні )\b(?:бы[ўл][аіо]?|[а-яёіў]{3,}(?:ае|яе|аюць|яюць|аў|алі|іла|ілі|іў|уе|уюць|ецца|юцца))\b",
        "не {}",
    ),
    "uk": (r"(?<!не )(?<!ні )\b(?:бу[вл][аио]?|[а-яґєії]{3,}(?:ає|яє|ають|яють|ав|али|ила|или|ив|ує|ують))\b", "не {}"),
    "pl": (r"(?<!nie )\b(?:był[aoy]?|[a-ząćęłńóśźż]{3,}(?:ał|ała|ało|ali|ały|ił|iła|ili|iły|uje|ują|ają))\b", "nie {}"),
}
_NAME = re.compile(
    r"(?<=[^\W\d_][ ,] )[A-ZА-ЯЁІЎЇЄҐĄĆĘŁŃÓŚŹŻ][^\W\d_]{3,}\b|(?<=[^\W\d_] )[A-ZА-ЯЁІЎЇЄҐŁŚŹŻ][^\W\d_]{3,}\b"
)
_QUOTED = re.compile(r"«([^«»]+)»|„([^„”“]+)[”“]|“([^“”]+)”|\"([^\"]+)\"")


def _one(hits: Sequence[re.Match[str]], chance: random.Random) -> re.Match[str] | None:
    return chance.choice(hits) if hits else None


def _put(text: str, hit: re.Match[str], new: str) -> str:
    return text[: hit.start()] + new + text[hit.end() :]


def digit(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """One figure of a number is another one."""
    hit = _one(list(re.finditer(r"\d", text)), chance)
    if hit is None:
        return None
    first = not text[: hit.start()][-1:].isdigit()
    return _put(text, hit, chance.choice([c for c in "0123456789" if c != hit[0] and not (first and c == "0")]))


def unit(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """What a number counts is something else: years became days."""
    pairs = dict(pair.split("/") for pair in _UNITS[language].split())
    words = "|".join(sorted(map(re.escape, pairs), key=len, reverse=True))
    hit = _one(list(re.finditer(rf"(?<=\d)(?P<space> ?)(?P<word>{words})(?!\w)", text)), chance)
    return hit and _put(text, hit, hit["space"] + pairs[hit["word"]])


def month(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """A month is another month, in the same case."""
    rows = [row.split() for row in _MONTHS[language]]
    words = "|".join(form for row in rows for form in row)
    hits = list(re.finditer(rf"\b(?:{words})\b", text))
    if language == "en":
        hits = [
            hit for hit in hits if hit[0] not in ("March", "May") or re.search(r"(?:\d|\b[Ii]n) $", text[: hit.start()])
        ]
    elif language in ("be", "ru"):
        hits = [hit for hit in hits if hit[0] != "мая" or re.search(r"\d $", text[: hit.start()])]
    if (hit := _one(hits, chance)) is None:
        return None
    row = next(row for row in rows if hit[0] in row)
    return _put(text, hit, chance.choice([form for form in row if form != hit[0]]))


def negation_dropped(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """One negation of a fixed list is gone."""
    hit = _one(list(re.finditer(_NOT[language], text)), chance)
    if hit is None:
        return None
    new = {"cannot": "can", "nnot": "n", "none": "some", "nobody": "somebody", "without ": "with "}.get(hit[0], "")
    if hit[0] == "n't" and text[: hit.start()].endswith(("ca", "wo")):
        return None
    return _put(text, hit, new)


def negation_added(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """A verb is denied that was not."""
    pattern, form = _VERB[language]
    hit = _one(list(re.finditer(pattern, text)), chance)
    return hit and _put(text, hit, form.format(hit[0]))


def name(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """A word with a capital letter in mid-sentence is another such word of the language."""
    hit = _one(list(_NAME.finditer(text)), chance)
    if hit is None:
        return None
    for _ in range(50):
        other = _one(list(_NAME.finditer(chance.choice(others))), chance)
        if other is not None and other[0][:3] != hit[0][:3]:
            return _put(text, hit, other[0])
    return None


def omitted(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """The sentence is not there."""
    return ""


def added(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """One more sentence stands behind it."""
    return f"{text} {chance.choice(others)}"


def quotation(text: str, language: str, chance: random.Random, others: Sequence[str]) -> str | None:
    """A quotation lost its marks, a word, or the end that its marks stood at."""
    hit = _one([hit for hit in _QUOTED.finditer(text) if len(hit[0].split()) >= 4], chance)
    if hit is None:
        return None
    words, way = hit[0][1:-1].split(), chance.randrange(3)
    if way == 0:
        return _put(text, hit, " ".join(words))
    if way == 1:
        del words[chance.randrange(len(words))]
        return _put(text, hit, f"{hit[0][0]}{' '.join(words)}{hit[0][-1]}")
    cut = len(words) // 2
    return _put(text, hit, f"{hit[0][0]}{' '.join(words[:cut])}{hit[0][-1]} {' '.join(words[cut:])}")


KINDS: Mapping[str, Mutator] = {
    "digit": digit,
    "unit": unit,
    "month": month,
    "negation dropped": negation_dropped,
    "negation added": negation_added,
    "name swapped": name,
    "sentence omitted": omitted,
    "sentence added": added,
    "quotation altered": quotation,
}
