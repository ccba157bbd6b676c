"""Words that stand beside a number and give it its meaning: scales (million, мільён) and units (year, дзень, %).

A table of stems per kind, the longest stem first, so that be «гадзіна» (hour) is never taken for «гады» (years).
"""

from __future__ import annotations

from functools import lru_cache

# Polish counts on the long scale: «miliard» is an English billion, «bilion» a trillion. The spellings never collide.
_SCALES = {
    1_000: "thousand тысяч тыс тісяч тисяч тис tysiąc tysięc tys",
    1_000_000: "million mln mn миллион млн мільён мільйон milion",
    1_000_000_000: "billion bn миллиард млрд мільярд miliard mld",
    1_000_000_000_000: "trillion trn tn триллион трлн трыльён трильйон bilion bln",
}

# A stem ending in "!" is a whole word; "ru:" restricts it to one language.
_UNITS = {
    "year": "year yr! yrs! год! года! году! годом! годы! годов! годам! годами! годах! лет! летн летия летие летий "
    "гадоў гады! гадах! гадам! гадамі! гадав годдзе годдзя гадов гадзе! рік! рок! року! роки! років роком! рокам! роках! "
    "роками! році! річн річч rok! roku! rokiem! lat! lata! latach! latami! latom! letni letn",
    "month": "month месяц месяч месячн місяц місяч miesiąc miesięc mies!",
    "week": "week недел тыдзень тыдн тыдня тыдзён тижд тижн tydzień tygodn",
    "day": "day! days! день! дня! дню! днём! днем! дне! дни! дней! дням! днями! днях! днев сут! сутки суток сутак сутк "
    "дзень! дзён! дні! дзённ днёў! дні дню! діб! доба! доби! добу! добов денн dzień! dnia! dni! dniach! dniami! dniem! "
    "dniow dób! doba! dobę! doby!",
    "hour": "hour hr! hrs! ru:час! ru:часа! ru:часов! ru:часу! ru:часам! ru:часами! ru:часах! ru:часов гадзін годин godzin "
    "godz! ru:ч!",
    "minute": "minute мин! минут хвілін хвилин хв! minut min!",
    "second": "second! seconds! секунд sekund сек!",
    "percent": "% percent per\u00a0cent процент працэнт відсот procent proc!",
    "dollar": "$ usd! dollar доллар долар долл! дол! dolar",
    "euro": "€ eur! euro евро! еўра! євро!",
    "rouble": "₽ byn! rub! ruble rouble руб rubl",
    "zloty": "pln! zł! zlot złot злот",
    "hryvnia": "₴ uah! hryvnia грн! гривен гривн грыўн грывен грывн hrywn",
    "kilometre": "km! kilomet км! километр кіламетр кілометр kilometr kph! kmh!",
    "mile": "mile! miles! mph! миль! мили! миля! милях! милям! милю! міля! мілі! міль! мілях! мілю! миль mila! mile! mil! milach!",
    "metre": "m! metre! metres! meter! meters! м! метр metr",
    "centimetre": "cm! centimet см! сантиметр сантыметр cantymetr centymetr",
    "millimetre": "mm! millimet мм! миллиметр міліметр міліметр milimetr",
    "foot": "ft! feet! foot! фут фута! футаў! футов! фута! футів! stóp! stopa! stopy!",
    "inch": "inch дюйм цаля! цаляў! цалі! cal! cali! cala! cale!",
    "kilogram": "kg! kilogram кг! килограмм кілаграм кілограм",
    "hectare": "ha! hectare га! гектар hektar",
    "acre": "acre акр! акра! акров! акраў! акрів! akr",
}

TIME = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})


def _index(table: dict[str, str]) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """(whole words, stems), each keyed by (language or "", word)."""
    whole: dict[tuple[str, str], str] = {}
    stems: dict[tuple[str, str], str] = {}
    for kind, words in table.items():
        for entry in words.split(" "):
            language, _, word = entry.rpartition(":")
            target = whole if word.endswith("!") else stems
            target[language, word.rstrip("!")] = kind
    return whole, stems


_WHOLE, _STEMS = _index(_UNITS)
_SCALE_STEMS = {stem: factor for factor, stems in _SCALES.items() for stem in stems.split()}


@lru_cache(maxsize=8192)
def unit(word: str, language: str) -> str:
    """The kind of unit that a lower-case word names in a language ("year", "percent", …), or ""."""
    for key in ((language, word), ("", word)):
        if key in _WHOLE:
            return _WHOLE[key]
    for end in range(len(word), 0, -1):
        for key in ((language, word[:end]), ("", word[:end])):
            if key in _STEMS and end > 0:
                return _STEMS[key]
    return ""


@lru_cache(maxsize=8192)
def scale(word: str) -> int:
    """What a lower-case scale word multiplies by (1,000, 1,000,000 …), or 0 when the word is none."""
    for end in range(len(word), 1, -1):
        factor = _SCALE_STEMS.get(word[:end])
        if factor is not None:
            # Short stems ("tn", "тыс", "mn") are abbreviations: they stand alone. Long ones carry case endings, but
            # "тысячагоддзе" (millennium) and "миллионер" are other words.
            if end == len(word) or (end > 4 and len(word) - end <= 3):
                return factor
            return 0
    return 0
