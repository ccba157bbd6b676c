"""Numbers written in words, read back to values: one, пяці, двадцать пятого, osiemnastu.

The nominatives come from num2words; it knows few cases, so the endings and the irregular forms are added here.
"""

from __future__ import annotations

import re
from functools import cache

from num2words import num2words  # type: ignore[import-untyped]  # it ships no types

_VALUES = (*range(21), *range(30, 100, 10), *range(100, 1000, 100))

# Forms that no rule of endings makes. Values below 3 are read only to explain a digit, never asked for.
_IRREGULAR: dict[str, dict[float, str]] = {
    "en": {
        0.5: "half",
        2: "twice both couple pair second",
        3: "thrice triple third",
        10: "ten tens",
        12: "dozen twelfth",
        20: "twentieth twenties",
        30: "thirties",
        60: "sixties",
        70: "seventies",
        80: "eighties",
        90: "nineties",
    },
    "ru": {
        1: "одна одно одного одной одному одним одном одну одни одних",
        2: "две двух двум двумя двое двоих двоим оба обе обоих обеих обеим дважды второе вторая вторую втором",
        3: "трех трёх трем трём тремя трое троих троим трижды третья третье третьего третьей третьему третьим "
        "третьем третью треть трети",
        4: "четырех четырёх четырем четырём четырьмя четверо четверых",
        5: "пятеро пятерых",
        6: "шестеро шестерых",
        7: "семеро семерых",
        8: "восьми восемью восьмью восьмеро",
        10: "десяток десятка",
        12: "дюжина дюжины дюжину дюжиной",
        40: "сорока",
        50: "пятидесяти",
        60: "шестидесяти",
        70: "семидесяти",
        80: "восьмидесяти",
        90: "девяноста",
        100: "ста сотня сотни сотню сотней",
        200: "двухсот двумстам двумястами двухстах",
        300: "трехсот трёхсот",
        400: "четырехсот четырёхсот",
        500: "пятисот",
        600: "шестисот",
        700: "семисот",
        800: "восьмисот",
        900: "девятисот",
    },
    "be": {
        1: "адна адно аднаго адной аднае аднаму адным адну адны адных",
        2: "дзве двух двум двума дзвюх дзвюм дзвюма двое дваіх абодва абедзве абодвух абедзвюх двойчы другая "
        "другой другую другога",
        3: "трох тром трыма трое траіх тройчы трэцяя трэцяе трэцяга трэці трэціх трэцяму трэцяй трэцюю трэцім трэць",
        4: "чатырох чатыром чатырма чацвёра чацвярых чатырма чацвёртая чацвёртага",
        5: "пяцёра пяцярых",
        6: "шасці шасцю шасцёра шасцярых",
        7: "сямі сямю сямёра сямярых сямы сямага",
        8: "васьмі васьмю васьмёра васьмы васьмага",
        9: "дзевяці дзевяццю",
        10: "дзясятак дзясятка дзясяткаў дзясяці дзесяці дзесяццю дзясяты",
        12: "тузін тузіна",
        40: "сарака",
        50: "пяцідзесяці пяцьдзесят пяцьдзясят",
        60: "шасцідзесяці шэсцьдзесят шэсцьдзясят",
        70: "сямідзесяці",
        80: "васьмідзесяці",
        90: "дзевяноста",
        100: "ста сотня сотні сотню",
        200: "двухсот",
        300: "трохсот",
        400: "чатырохсот",
        500: "пяцісот",
    },
    "uk": {
        1: "одна одне одного одної одному одним одну одні одних",
        2: "дві двох двом двома двоє обидва обидві обох двічі друга друге другу другої",
        3: "трьох трьом трьома троє тричі третя третє третього третьої третю третьому третина третину третини",
        4: "чотирьох чотирьом чотирма четверо",
        5: "п'ятеро п'ятьох",
        6: "шести шістьох шестеро",
        7: "семи сімох семеро",
        8: "восьми вісьмох восьмеро",
        9: "дев'ятьох",
        10: "десяток десятка десятьох",
        12: "дюжина дюжини дюжину дванадцятьох",
        40: "сорока",
        50: "п'ятдесяти",
        60: "шістдесяти",
        70: "сімдесяти",
        80: "вісімдесяти",
        100: "ста сотня сотні сотню",
        200: "двохсот",
        300: "трьохсот",
    },
    "pl": {
        0.5: "pół połowa połowę połowy",
        1: "jedna jedno jednego jednej jednemu jednym jedną",
        2: "dwie dwóch dwu dwom dwoma dwiema dwoje dwaj oba obie obu dwukrotnie drugie druga drugą drugiej drugiego",
        3: "trzech trzem trzema troje trzej trzecia trzecie trzeci trzecią trzeciej trzeciego trzecim",
        4: "czterech czterem czterema czworo czterej",
        5: "pięciu pięcioma pięcioro",
        6: "sześciu sześcioma sześcioro",
        7: "siedmiu siedmioma siedmioro",
        8: "ośmiu ośmioma ośmioro",
        9: "dziewięciu dziewięcioma",
        10: "dziesięciu dziesiątka dziesiątek",
        11: "jedenastu",
        12: "dwunastu tuzin tuzina dwunasty",
        13: "trzynastu",
        14: "czternastu",
        15: "piętnastu",
        16: "szesnastu",
        17: "siedemnastu",
        18: "osiemnastu",
        19: "dziewiętnastu",
        20: "dwudziestu",
        30: "trzydziestu",
        40: "czterdziestu",
        50: "pięćdziesięciu",
        60: "sześćdziesięciu",
        70: "siedemdziesięciu",
        80: "osiemdziesięciu",
        90: "dziewięćdziesięciu",
        100: "stu setka setki setek",
        200: "dwustu",
        300: "trzystu",
        500: "pięciuset",
    },
}

# (ending of the nominative, endings of the other cases); the first that fits is used.
_DECLENSION = (
    ("ць", ("ці", "ццю")),
    ("ть", ("ти", "тью", "тьма")),
    ("ять", ("яти", "ятьма", "ятьох", "ятьом")),
    ("семь", ("семи", "семью")),
    ("сем", ("сямі",)),
    ("ий", ("ого", "ому", "им", "их", "ая", "ой", "ую", "ие", "ої", "а", "у", "і", "ій", "е")),
    ("ый", ("ого", "ому", "ым", "ом", "ых", "ая", "ой", "ую", "ое", "ые", "ыми")),
    ("ой", ("ого", "ому", "ым", "ом", "ых", "ая", "ой", "ую", "ое", "ые", "ыми")),
    (
        "ы",
        (
            "ага",
            "аму",
            "ым",
            "ых",
            "ая",
            "ай",
            "ую",
            "ое",
            "ае",
            "ыя",
            "ымі",
            "ego",
            "emu",
            "ym",
            "ych",
            "a",
            "ej",
            "ą",
            "e",
        ),
    ),
    ("y", ("ego", "emu", "ym", "ych", "a", "ej", "ą", "e", "ymi")),
    ("і", ("ога", "ому", "ім", "іх", "ая", "ой", "ую", "ое", "ія")),
)
_ADJECTIVAL = re.compile(
    r"(?:лет|годов|годн|гадов|гадав|річ|дн[яеі]|днев|дзён|ден|месяч|місяч|час|гадзін|годин|минут|хвілін|хвилин|"
    r"недел|тыдн|тижн|"
    r"километ|кіламет|кіломет|метр|мил|міл|крат|этаж|павярх|поверх|сторон|бак|пункт|член|мест|мясц|балл|бал|тыся|"
    r"тися|миллион|"
    r"мільён|мільйон|процент|працэнт|відсот|ступен|раз|угольн|кутн|"
    r"letni|leci|dniow|miesięcz|godzin|minut|tygodn|krotn|osobow|piętrow|stronn|tysięcz|punktow|metrow|milow|"
    r"procent|latk)"
)
# The first half of «пятилетний», «дзесяцідзённы», «osiemnastoletni».
_COMPOUND = {
    "ru": "2:двух 2:дву 3:трех 3:трёх 4:четырех 4:четырёх 5:пяти 6:шести 7:семи 8:восьми 9:девяти 10:десяти "
    "11:одиннадцати "
    "12:двенадцати 13:тринадцати 14:четырнадцати 15:пятнадцати 16:шестнадцати 17:семнадцати 18:восемнадцати "
    "19:девятнадцати "
    "20:двадцати 30:тридцати 40:сорока 50:пятидесяти 60:шестидесяти 70:семидесяти 80:восьмидесяти 90:девяносто "
    "100:сто "
    "200:двухсот 300:трехсот 500:пятисот 1000:тысяче",
    "be": "2:двух 3:трох 3:трэх 4:чатырох 4:чатырох 5:пяці 6:шасці 7:сямі 8:васьмі 9:дзевяці 10:дзесяці "
    "10:дзясяці 11:адзінаццаці "
    "12:дванаццаці 13:трынаццаці 14:чатырнаццаці 15:пятнаццаці 16:шаснаццаці 17:сямнаццаці 18:васямнаццаці "
    "19:дзевятнаццаці "
    "20:дваццаці 30:трыццаці 40:сарака 50:пяцідзесяці 60:шасцідзесяці 70:сямідзесяці 80:васьмідзесяці "
    "90:дзевяноста 100:ста "
    "200:двухсот 300:трохсот 1000:тысяча",
    "uk": "2:двох 2:дво 3:трьох 3:три 4:чотирьох 4:чотири 5:п'яти 6:шести 7:семи 8:восьми 9:дев'яти 10:десяти "
    "11:одинадцяти "
    "12:дванадцяти 13:тринадцяти 14:чотирнадцяти 15:п'ятнадцяти 16:шістнадцяти 17:сімнадцяти 18:вісімнадцяти "
    "19:дев'ятнадцяти "
    "20:двадцяти 30:тридцяти 40:сорока 50:п'ятдесяти 60:шістдесяти 70:сімдесяти 80:вісімдесяти 90:дев'яносто 100:сто "
    "200:двохсот 300:трьохсот 1000:тисячо",
    "pl": "2:dwu 3:trzy 3:trój 4:cztero 5:pięcio 6:sześcio 7:siedmio 8:ośmio 9:dziewięcio 10:dziesięcio "
    "11:jedenasto 12:dwunasto "
    "13:trzynasto 14:czternasto 15:piętnasto 16:szesnasto 17:siedemnasto 18:osiemnasto 19:dziewiętnasto "
    "20:dwudziesto "
    "30:trzydziesto 40:czterdziesto 50:pięćdziesięcio 60:sześćdziesięcio 70:siedemdziesięcio 80:osiemdziesięcio "
    "100:stu",
    "en": "",
}
_PERIODS = ("лети", "годдз", "годзьдз", "річч", "леці", "lec")
_ROUND_THE_CLOCK = ("круглосуточн", "кругласутачн", "цілодобов", "całodobow")
_PARTS = {
    0.5: "полмиллион паўмільён півмільйон",
    1.5: "полтора полторы полутора паўтара паўтары півтора півтори półtora półtorej",
}


def _declined(word: str) -> tuple[str, ...]:
    """A nominative and its other cases."""
    for ending, others in _DECLENSION:
        if word.endswith(ending):
            return (word, *(word[: -len(ending)] + other for other in others))
    return (word,)


@cache
def _words(language: str) -> dict[str, float]:
    """Lower-case word -> value; below 3 they can only explain."""
    found: dict[str, float] = {}
    for value in _VALUES:
        ordinal = num2words(max(value, 1), lang=language, to="ordinal")  # num2words knows no "zeroth"
        for name in (num2words(value, lang=language), ordinal):
            if " " in name or (name == ordinal and value == 0):  # "one hundred" is put together again by the reader
                continue
            for form in _declined(name.lower()):
                found.setdefault(form, value)
    irregular: dict[float, str] = {**_IRREGULAR[language], **_PARTS}
    for value, forms in irregular.items():
        found.update(dict.fromkeys(forms.split(), value))
    found.pop("нуль", None)
    if language == "en":
        found |= {"hundred": 100, "hundredth": 100}
    return {form.replace("ё", "е"): value for form, value in found.items()} | found


@cache
def _compound(language: str) -> tuple[tuple[str, int], ...]:
    """(first half, value), the longest first."""
    pairs = (entry.split(":") for entry in _COMPOUND[language].split())
    return tuple(sorted(((half, int(value)) for value, half in pairs), key=lambda pair: -len(pair[0])))


def word_value(word: str, language: str) -> float | None:
    """The value of one lower-case number word, cardinal or ordinal in any case, or None."""
    return _words(language).get(word)


def compound_value(word: str, language: str) -> tuple[int, str] | None:
    """(value, rest) of a lower-case compound such as «пятилетний» -> (5, "летний"), or None."""
    if word.startswith(_ROUND_THE_CLOCK):
        return 24, "hour"
    for half, value in _compound(language):
        if value >= 10 and word.startswith(_PERIODS, len(half)):
            continue  # a decade, a century: no number
        if word.startswith(half) and _ADJECTIVAL.match(word, len(half)):
            return value, word[len(half) :]
    return None
