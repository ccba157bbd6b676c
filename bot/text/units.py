"""Words that stand beside a number and give it its meaning: scales (million), units (year, %) and what is counted.

A table of stems per kind, the longest stem first, so that be «гадзіна» (hour) is never taken for «гады» (years).
"""

from __future__ import annotations

from functools import lru_cache

# Polish counts on the long scale: «miliard» is an English billion, «bilion» a trillion. The spellings never collide.
_SCALES = {
    1_000: "thousand тысяч тысеч тыс тісяч тисяч тис tysiąc tysięc tys",
    1_000_000: "million mln mn миллион млн мільён мільйон milion",
    1_000_000_000: "billion bn миллиард млрд мільярд miliard mld",
    1_000_000_000_000: "trillion trn tn триллион трлн трыльён трильйон bilion bln",
}

# A stem ending in "!" is a whole word; "ru:" restricts it to one language.
_UNITS = {
    "year": "year yr! yrs! год! года! году! годом! годы! годов! годам! годами! годах! лет! летн летия летие летий "
    "гадоў гады! гадах! гадам! гадамі! гадав годдзе годдзя гадов гадзе! рік! рок! року! роки! років роком! "
    "рокам! роках! "
    "роками! році! річн річч rok! roku! rokiem! lat! lata! latach! latami! latom! letni letn bc! bce! ru:гг! be:гг! "
    "uk:р! uk:рр! pl:r!",
    "decade": "decade десятилети дзесяцігоддз дзесяцігодк дзесяцігодзьдз десятилітт десятиріччя десятиріччі "
    "десятиріч! десятиліть! dekad dziesięciolec",
    "century": "centur столети столітт стагоддз стагодзьдз ru:век! ru:века! ru:веке! ru:веков! ru:веках! "
    "be:век! be:веку! be:вякоў! pl:wiek! pl:wieku! pl:wieki! pl:wieków! stuleci",
    "month": "month месяц месяч месячн місяц місяч miesiąc miesięc mies!",
    "week": "week недел тыдзень тыдн тыдня тыдзён тижд тижн tydzień tygodn",
    "day": "day! days! день! дня! дню! днём! днем! дне! дни! дней! дням! днями! днях! днев сут! сутки суток "
    "сутак сутк "
    "дзень! дзён! дні! дзённ днёў! дні дню! діб! доба! доби! добу! добов денн dzień! dnia! dni! dniach! dniami! "
    "dniem! "
    "dniow dób! doba! dobę! doby!",
    "hour": "o'clock! hour hr! hrs! h! ru:час! ru:часа! ru:часов! ru:часу! ru:часам! ru:часами! ru:часах! ru:часов! "
    "гадзін годин godzin godz! ru:ч! uk:год!",
    "minute": "minute мин! минут хвілін хвилин хв! minut min!",
    "second": "second! seconds! секунд sekund сек!",
    "per mille": "‰ promil промил праміл проміл",
    "percent": "% percent per\u00a0cent процент працэнт адсот відсот procent proc!",
    "degree": "° °c! °f! °с! degree градус stopn stopień",
    "dollar": "$ usd! dollar доллар долар долл! дол! dolar",
    "euro": "€ eur! euro евро! еўра! євро!",
    "rouble": "₽ byn! rub! ruble rouble руб rubl",
    "zloty": "pln! zł! zlot złot злот",
    "hryvnia": "₴ uah! hryvnia грн! гривен гривн грыўн грывен грывн hrywn",
    "kilometre": "km! kilomet км! километр кіламетр кілометр kilometr kph! kmh!",
    "mile": "mi! mile! miles! mph! миль! мили! миля! милях! милям! милю! міля! мілі! міль! мілях! мілю! миль mila! "
    "mile! mil! milach!",
    "metre": "m! metre! metres! meter! meters! м! метр metr",
    "centimetre": "cm! centimet см! сантиметр сантыметр cantymetr centymetr",
    "millimetre": "mm! millimet мм! миллиметр міліметр міліметр milimetr",
    "foot": "ft! feet! foot! фут фута! футаў! футов! фута! футів! stóp! stopa! stopy!",
    "inch": "inch дюйм цаля! цаляў! цалі! cal! cali! cala! cale!",
    "yard": "yard ярд jard",
    "gram": "g! gram! grams! gramme г! грамм грам! грама! грамаў! грамів! gramów! gramy! gramem!",
    "kilogram": "kg! kilogram кг! килограмм кілаграм кілограм",
    "tonne": "ton! tons! tonne тонн тон! тони! tona! tony! tonę!",
    "pound": "lb! lbs! pound фунт funt £",
    "ounce": "oz! ounce унци унцы унці uncj",
    "litre": "litre liter литр літр litr",
    "base unit": "base! basic! базов базав bazow",
    "hectare": "ha! hectare га! гектар hektar",
    "acre": "acre акр! акра! акров! акраў! акрів! akr",
}

TIME = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})
MONEY = frozenset({"dollar", "euro", "rouble", "zloty", "hryvnia"})

# What one of a unit is in the base unit of its dimension: metres, grams, square metres, days. A month is a mean one.
_MEASURES: dict[str, tuple[str, float]] = {
    "kilometre": ("length", 1000),
    "mile": ("length", 1609.344),
    "metre": ("length", 1),
    "centimetre": ("length", 0.01),
    "millimetre": ("length", 0.001),
    "foot": ("length", 0.3048),
    "inch": ("length", 0.0254),
    "yard": ("length", 0.9144),
    "gram": ("weight", 1),
    "kilogram": ("weight", 1000),
    "tonne": ("weight", 1_000_000),
    "pound": ("weight", 453.59),
    "ounce": ("weight", 28.35),
    "hectare": ("area", 10_000),
    "acre": ("area", 4046.9),
    "year": ("time", 365.25),
    "month": ("time", 30.44),
    "week": ("time", 7),
    "day": ("time", 1),
    "hour": ("time", 1 / 24),
    "minute": ("time", 1 / 1440),
    "second": ("time", 1 / 86400),
}
_ROUNDING = 0.06  # 3 miles are told as 5 kilometres

# People and things that statements count, by stems as above: what tells whose number a number is.
_COUNTED = {
    "woman": "woman women женщин жанчын жінк жінок kobiet",
    "man": "man! men! мужчин мужчын чоловіків! чоловіки! mężczyzn",
    "child": "child ребен ребён детей! дети! детям! детьми! детях! дзяц дзец діти! дітей! дітям! dziec",
    "minor": "minor несовершеннолетн непаўналетн неповнолітн nieletni małoletni",
    "student": "student студент studen",
    "pupil": "pupil школьник школьниц школьнік вучн учн uczni",
    "teacher": "teacher учител педагог настаўн вчител учителі nauczyciel",
    "doctor": "doctor врач врачей доктор медик медык лекар лікар lekarz",
    "worker": "worker рабоч работник работніц рабочы работнік працівник робітник robotnik pracownik",
    "journalist": "journalist reporter журналист журналіст dziennikar",
    "activist": "activist активист актывіст активіст aktywist",
    "defender": "defender правозащитник праваабаронц правозахисник obrońc",
    "lawyer": "lawyer attorney адвокат адвакат adwokat",
    "police": "police полицейск милиц міліцыян міліціон паліцэйск поліцейськ policjan",
    "soldier": "soldier солдат салдат żołnier",
    "foreigner": "foreigner иностран замежн інозем cudzoziem",
    "detained": "detain задерж затрым затрим zatrzym",
    "arrested": "arrest арест арышт арешт areszt",
    "killed": "killed dead died погиб убит загін загіб забіт вбит загин zginę zabit",
    "wounded": "wounded injured ранен поранен паранен rann rani",
    "convicted": "convict sentenced осужд осуд асудж засудж skazan",
    "released": "released freed освобо вызвал звільн zwolni uwolni",
    "prisoner": "prisoner inmate заключ зняволен вязн в'язн узник więźn",
    "suspect": "suspect подозрева падазрава підозрю podejrzan",
    "fined": "fined штраф grzywn ukaran",
    "case": "case! cases! дело! дела! дел! справ spraw! sprawy! sprawach!",
    "organisation": "organi организац арганізац організац",
}


def converted(value: float, of: str, other_value: float, of_other: str) -> bool:
    """Whether two numbers of two units can be one measure, told roundly: 5 miles and 8 kilometres."""
    one, other = _MEASURES.get(of), _MEASURES.get(of_other)
    if one is None or other is None or of == of_other or one[0] != other[0] or not value or not other_value:
        return False
    ratio = value * one[1] / (other_value * other[1])
    return abs(ratio - 1) <= _ROUNDING


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
_COUNTED_WHOLE, _COUNTED_STEMS = _index(_COUNTED)
_SCALE_STEMS = {stem: factor for factor, stems in _SCALES.items() for stem in stems.split()}


def _kind(word: str, language: str, whole: dict[tuple[str, str], str], stems: dict[tuple[str, str], str]) -> str:
    for key in ((language, word), ("", word)):
        if key in whole:
            return whole[key]
    for end in range(len(word), 0, -1):
        for key in ((language, word[:end]), ("", word[:end])):
            if key in stems:
                return stems[key]
    return ""


@lru_cache(maxsize=8192)
def unit(word: str, language: str) -> str:
    """The kind of unit that a lower-case word names in a language ("year", "percent", …), or ""."""
    return _kind(word, language, _WHOLE, _STEMS)


@lru_cache(maxsize=8192)
def counted(word: str, language: str) -> str:
    """The kind of people or things that a lower-case word names ("woman", "case", …), or ""."""
    return _kind(word, language, _COUNTED_WHOLE, _COUNTED_STEMS)


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
