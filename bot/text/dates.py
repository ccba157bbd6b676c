"""Dates as they stand in a sentence, read to (day, month, year) with gaps, and weekdays.

Months are listed forms, not stems: be «мая» is "my" unless a number stands beside it, «маем» is "we have",
«кастрычніцкая» is a square, and an English month has a capital letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

# Index 1–12. A form before "|" is a noun, after it an adjective stem (the "July statement", «июльское заявление»).
_MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "January Jan",
        "February Feb",
        "March Mar",
        "April Apr",
        "May",
        "June Jun",
        "July Jul",
        "August Aug",
        "September Sep Sept",
        "October Oct",
        "November Nov",
        "December Dec",
    ),
    "ru": (
        "январь января январе январю январем январём янв|январск",
        "февраль февраля феврале февралю февралем февралём февр фев|февральск",
        "март марта марте марту мартом|мартовск",
        "апрель апреля апреле апрелю апрелем апр|апрельск",
        "май мая мае маю маем|майск",
        "июнь июня июне июню июнем|июньск",
        "июль июля июле июлю июлем|июльск",
        "август августа августе августу августом авг|августовск",
        "сентябрь сентября сентябре сентябрю сентябрем сентябрём сент|сентябрьск",
        "октябрь октября октябре октябрю октябрем октябрём окт|октябрьск",
        "ноябрь ноября ноябре ноябрю ноябрем ноябрём нояб|ноябрьск",
        "декабрь декабря декабре декабрю декабрем декабрём дек|декабрьск",
    ),
    "be": (
        "студзень студзеня студзені студзеню студзенем студз|студзеньск",
        "люты лютага лютым лютаму лют|лютаўск",
        "сакавік сакавіка сакавіку сакавіком сак|сакавіцк",
        "красавік красавіка красавіку красавіком крас|красавіцк",
        "май маі траўня травень траўні траўню траўнем|майск травеньск",
        "чэрвень чэрвеня чэрвені чэрвеню чэрвенем чэрв|чэрвеньск",
        "ліпень ліпеня ліпені ліпеню ліпенем ліп|ліпеньск",
        "жнівень жніўня жніўні жніўню жніўнем жн|жнівеньск",
        "верасень верасня верасні верасню вераснем вер|верасеньск вераснёвск",
        "кастрычнік кастрычніка кастрычніку кастрычнікам кастр|кастрычніцк",
        "лістапад лістапада лістападзе лістападу лістападам ліст|лістападаўск",
        "снежань снежня снежні снежню снежнем снеж|снежаньск",
    ),
    "uk": (
        "січень січня січні січню січнем січ|січнев",
        "лютий лютого лютому лютим лют|",
        "березень березня березні березню березнем бер|березнев",
        "квітень квітня квітні квітню квітнем квіт|квітнев",
        "травень травня травні травню травнем трав|травнев",
        "червень червня червні червню червнем черв|червнев",
        "липень липня липні липню липнем лип|липнев",
        "серпень серпня серпні серпню серпнем серп|серпнев",
        "вересень вересня вересні вересню вереснем вер|вереснев",
        "жовтень жовтня жовтні жовтню жовтнем жовт|жовтнев",
        "листопад листопада листопаді листопаду листопадом лист|листопадов",
        "грудень грудня грудні грудню груднем груд|груднев",
    ),
    "pl": (
        "styczeń stycznia styczniu styczniem stycz|styczniow",
        "luty lutego lutym lutemu|lutow",
        "marzec marca marcu marcem|marcow",
        "kwiecień kwietnia kwietniu kwietniem kwiet|kwietniow",
        "maj maja maju majem|majow",
        "czerwiec czerwca czerwcu czerwcem|czerwcow",
        "lipiec lipca lipcu lipcem|lipcow",
        "sierpień sierpnia sierpniu sierpniem|sierpniow",
        "wrzesień września wrześniu wrześniem|wrześniow",
        "październik października październiku październikiem paźdz|październikow",
        "listopad listopada listopadzie listopadowi listopadem|listopadow",
        "grudzień grudnia grudniu grudniem grud|grudniow",
    ),
}

# Forms that are everyday words too: months only when a number stands beside them or a preposition of time before them.
_DOUBTFUL = {
    "en": "May March Mar Jan",
    "ru": "марта март мае маю маем дек окт",
    "be": "мая маі люты лютага лютым лютаму лют сак крас ліп жн вер ліст снеж чэрв",
    "uk": "лютий лютого лютому лютим лют лист лип вер трав бер серп груд листопад листопаду",
    "pl": "maj maja maju luty lutego lutym lutemu grud marca stycz",
}
_NUMBER_ONLY = {"мая", "Mar", "Jan", "маю", "маем", "лют", "лист", "вер", "трав", "ліст", "дек"}
_TIME_WORDS = re.compile(
    r"\b(?:around|about|in|since|until|till|to|through|by|of|from|between|and|late|early|mid|last|next|this|every|during|before|after|"
    r"в|с|до|по|к|у|ў|з|да|па|за|к|від|до|по|на|w|od|do|z|na|przed|po|i|и|і)[ -]$",
    re.IGNORECASE,
)

# Before these a form is the month and nothing else: «у сярэдзіне мая».
_PART_OF_MONTH = re.compile(
    r"\b(?:сярэдзін|середин|пачат|начал|початк|початок|канц|канец|конц|конец|кінц|кінец|połow|począt|końc|koniec)\w* $",
    re.IGNORECASE,
)

_WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": ("понедельник", "вторник", "сред[ауы]", "четверг", "пятниц", "суббот", "воскресень"),
    "be": ("панядзел", "аўтор[ак]|аўтар[ак]", "серад[ауыз]", "чацв[еяё]р[аг]", "пятніц", "субот", "нядзел"),
    "uk": ("понеділ", "вівтор", "серед[ауи]\\b", "четвер", "п'ятниц", "субот", "неділ"),
    "pl": (
        "poniedział",
        "wtor[ek]",
        "środ[ayęą]\\b",
        "czwart(?:ek|k(?:u|iem|a|i|ow)\\b)",
        "piąt(?:ek|k(?:u|iem|a|i|ow)\\b)",
        "sobot",
        "niedziel",
    ),
}

_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)(?![\d.,]\d|\d)"
_DAYS = (
    r"(?P<days>(?:[0-3]?\d(?!\d)(?:-?(?:st|nd|rd|th|го|е|га|ого))?"
    r"(?:(?: ?[-–—] ?|, | (?:and|и|і|i|or|или|або|lub|to|по|па|do|до|да|на|na) ))?)+)"
)
_BEFORE = re.compile(rf"(?<![\d.,:])(?:the )?{_DAYS}(?: of| day of)?[ -]$")
_BEFORE_DAYS_END = re.compile(r"\d(?:-?(?:st|nd|rd|th|го|е|га|ого))?$")
_AFTER_EN = re.compile(
    r"\.? (?:the )?(?P<days>[0-3]?\d(?:st|nd|rd|th)?"
    r"(?:(?: ?[-–—] ?|, | and | or | to )[0-3]?\d(?:st|nd|rd|th)?(?!\d))*)(?![\d:]|[.,]\d|(?: ?[-–] ?\d))"
)
_YEAR_AFTER = re.compile(rf"\.?(?:,| of| г\.| у| в|,? w)? ?'?{_YEAR}")
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?:(?P<d>[0-3]?\d)(?P<s>[./-])(?P<m>[01]?\d)(?P=s)(?P<y>(?:19|20)\d\d|\d\d)"
    r"|(?P<y2>(?:19|20)\d\d)-(?P<m2>[01]\d)-(?P<d2>[0-3]\d))(?![\d/-]|[.,]\d)"
)
_NINE_ELEVEN = re.compile(r"(?<![\d/])9/11(?![\d/])")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """One date of a sentence; 0 stands for a part that is not said.

    `alternative` is the other reading of figures whose order is not certain (07/12/2024). `adjective` marks a month
    that is said as an adjective only, `doubtful` one that may be another word: they explain, and are not asked for.
    """

    start: int
    end: int
    text: str
    day: int
    month: int
    year: int
    alternative: tuple[int, int, int] | None = None
    adjective: bool = False
    doubtful: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) in the text it was read from."""
        return self.start, self.end

    @property
    def value(self) -> tuple[int, int, int]:
        """(day, month, year)."""
        return self.day, self.month, self.year


@cache
def _nouns(language: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """A pattern of all listed month forms, and the number of each."""
    forms = {form: i for i, entry in enumerate(_MONTHS[language], 1) for form in entry.partition("|")[0].split()}
    if language == "be":
        forms["мая"] = 5
    if language != "en":
        forms |= {form.capitalize(): i for form, i in forms.items() if len(form) >= 4 and form != "марта"}
    pattern = "|".join(sorted(forms, key=len, reverse=True))
    return re.compile(rf"\b(?:{pattern})\b"), forms


@cache
def _adjectives(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    return tuple(
        (re.compile(rf"\b{stem}"), i)
        for i, entry in enumerate(_MONTHS[language], 1)
        for stem in entry.partition("|")[2].split()
    )


@cache
def _weekday_patterns(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    flags = 0 if language == "en" else re.IGNORECASE
    return tuple((re.compile(rf"\b(?:{stem})", flags), i) for i, stem in enumerate(_WEEKDAYS[language]))


def weekdays(text: str, language: str) -> dict[int, tuple[int, int]]:
    """Weekday (0 = Monday) -> the span of its first mention in a folded sentence."""
    found: dict[int, tuple[int, int]] = {}
    for pattern, day in _weekday_patterns(language):
        hit = pattern.search(text)
        if hit is not None:
            found[day] = hit.span()
    return found


def _days(raw: str) -> list[int]:
    return [int(day) for day in re.findall(r"\d+", raw)]


def _numeric(text: str, language: str) -> list[DateMention]:
    """Dates in figures: 12.07.2024, 2024-07-12, and 12/07/2024, whose order only the reader knows."""
    found = []
    for hit in _NUMERIC.finditer(text):
        day, month, year = (int(hit[name] or hit[name + "2"]) for name in ("d", "m", "y"))
        if hit["s"] == "-" and year < 100:
            continue
        year += (2000 if year < 70 else 1900) if year < 100 else 0
        swapped = (month, day, year) if hit["s"] == "/" and day <= 12 else None
        if month > 12 and day <= 12 and hit["s"] == "/":
            day, month, swapped = month, day, None
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(
                DateMention(
                    start=hit.start(),
                    end=hit.end(),
                    text=hit.group(),
                    day=day,
                    month=month,
                    year=year,
                    alternative=swapped,
                )
            )
    if language == "en":
        found += [
            DateMention(start=hit.start(), end=hit.end(), text="9/11", day=11, month=9, year=0, doubtful=True)
            for hit in _NINE_ELEVEN.finditer(text)
        ]
    return found


def _named(text: str, language: str) -> list[DateMention]:
    """Dates with the name of a month; "5–7 July" and "5 and 7 July" are two dates."""
    pattern, forms = _nouns(language)
    found: list[DateMention] = []
    for hit in pattern.finditer(text):
        start, end, days, year = hit.start(), hit.end(), [], 0
        before = _BEFORE.search(text, max(0, start - 40), start)
        if before is not None and _BEFORE_DAYS_END.search(before["days"]):
            days, start = _days(before["days"]), before.start("days")
        elif language == "en" and (after := _AFTER_EN.match(text, end)) is not None:
            days, end = _days(after["days"]), after.end()
        if (after_year := _YEAR_AFTER.match(text, end)) is not None:
            year, end = int(after_year["year"]), after_year.end()
        days = [day for day in days if 1 <= day <= 31]
        form = hit.group()
        name = language != "en" and form[0].isupper() and hit.start() > 0  # «Август» in mid-sentence is an emperor
        # «Ліст» that opens a sentence is a letter, as it is in mid-sentence.
        word = form if language == "en" else form.lower()
        doubtful = not days and not year and (name or word in _DOUBTFUL[language].split())
        doubtful &= not _PART_OF_MONTH.search(text, max(0, hit.start() - 16), hit.start())
        if doubtful and not name and word not in _NUMBER_ONLY:
            doubtful = not _TIME_WORDS.search(text, max(0, hit.start() - 12), hit.start())
        if doubtful and word in _NUMBER_ONLY:
            continue
        found += [
            DateMention(
                start=start, end=end, text=text[start:end], day=day, month=forms[form], year=year, doubtful=doubtful
            )
            for day in days or [0]
        ]
    return found


_SLIPPED = re.compile(
    r"(?<![\w.,])(?:(?P<day>[0-3]?\d) (?P<word>[^\W\d_]{5,}),? (?P<year>(?:19|20)\d\d)"
    r"|(?P<word2>[^\W\d_]{5,}) (?P<day2>[0-3]?\d), (?P<year2>(?:19|20)\d\d))(?!\w)"
)


def _slipped(text: str, language: str) -> list[DateMention]:
    """Dates whose month has a slip of the pen: "Novemeber 26, 2008"."""
    _, forms = _nouns(language)
    found = []
    for hit in _SLIPPED.finditer(text):
        day, word, year = (hit[name] or hit[name + "2"] for name in ("day", "word", "year"))
        near = {month for form, month in forms.items() if OSA.distance(word, form, score_cutoff=1) == 1}
        if word not in forms and len(near) == 1:
            start, end = hit.span()
            month = near.pop()
            found.append(DateMention(start=start, end=end, text=hit.group(), day=int(day), month=month, year=int(year)))
    return found


_SHORT = re.compile(r"(?<![\d.,/:-])(?P<d>[0-3]?\d)(?P<s>[./])(?P<m>0[1-9]|1[0-2])(?![\d/:-]|[.,]\d)")


def short_dates(text: str) -> tuple[DateMention, ...]:
    """What may be a date without its year, 12.07 or 12/07; as doubtful as a time of day or a fraction."""
    return tuple(
        DateMention(
            start=hit.start(),
            end=hit.end(),
            text=hit.group(),
            day=int(hit["d"]),
            month=int(hit["m"]),
            year=0,
            alternative=(int(hit["m"]), int(hit["d"]), 0) if hit["s"] == "/" and int(hit["d"]) <= 12 else None,
            doubtful=True,
        )
        for hit in _SHORT.finditer(text)
        if 1 <= int(hit["d"]) <= 31
    )


def dates(text: str, language: str) -> tuple[DateMention, ...]:
    """Every date of a folded sentence, in order."""
    found = _numeric(text, language) + _named(text, language) + _slipped(text, language)
    for pattern, month in _adjectives(language):
        found += [
            DateMention(start=hit.start(), end=hit.end(), text=hit.group(), day=0, month=month, year=0, adjective=True)
            for hit in pattern.finditer(text.lower())
        ]
    return tuple(sorted(found, key=lambda one: (one.start, one.day)))
