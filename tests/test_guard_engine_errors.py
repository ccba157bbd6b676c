"""The guard against what engines were seen to do to facts, on invented statements. All people here are invented."""

from pathlib import Path

import pytest

from bot.guard import compare, verdict
from bot.model import Finding, Kind
from bot.text import glossary
from bot.text.glossary import parse

SHIPPED = parse((Path(glossary.__file__).parent / "glossary.toml").read_text(encoding="utf-8"))
FACTS = {Kind.NUMBER, Kind.DATE, Kind.LAW, Kind.QUOTATION, Kind.LENGTH, Kind.LINK}

KEPT = [
    (
        "be",
        "en",
        "Суд прысудзіў яму 3 гады і 6 месяцаў калоніі агульнага рэжыму.",
        "The court sentenced him to 3 years and 6 months in a general-regime colony.",
    ),
    (
        "be",
        "ru",
        "Штраф склаў 30 базавых велічынь (1 110 рублёў).",
        "Штраф составил 30 базовых величин (1 110 рублей).",
    ),
    (
        "ru",
        "en",
        "Его задержали 12.07 около 7 утра, отпустили через 72 часа.",
        "He was detained on 12 July at about 7 a.m. and released after 72 hours.",
    ),
    (
        "be",
        "pl",
        "Затрымалі 42 чалавекі, сярод іх 12 жанчын і 5 непаўналетніх.",
        "Zatrzymano 42 osoby, w tym 12 kobiet i 5 nieletnich.",
    ),
    ("uk", "be", "Йому 54 роки, він відбув 2/3 строку.", "Яму 54 гады, ён адбыў 2/3 тэрміну."),
    (
        "ru",
        "be",
        "Ему назначили 15 суток ареста по ст. 19.11 КоАП.",
        "Яму прызначылі 15 сутак арышту паводле арт. 19.11 КаАП.",
    ),
    ("en", "be", "He was fined 1,250 roubles (about $380).", "Яго аштрафавалі на 1250 рублёў (каля 380 долараў)."),
    ("en", "ru", "He was fined BYN 1,250.", "Его оштрафовали на 1250 бел. рублей."),
    ("be", "en", "Ён правёў за кратамі паўтара года.", "He spent a year and a half behind bars."),
    ("be", "ru", "Справу разглядалі ў 2021–2023 гадах.", "Дело рассматривали в 2021–2023 годах."),
    ("pl", "en", "W 2020 r. zatrzymano ponad 35 tys. osób.", "In 2020, more than 35,000 people were detained."),
    ("be", "uk", "За тыдзень затрымалі не менш за 17 чалавек.", "За тиждень затримали щонайменше 17 людей."),
    (
        "be",
        "en",
        "Яму прысудзілі 4 гады зняволення, ёй — 3 гады «хатняй хіміі».",
        "He was sentenced to 4 years in prison, and she to 3 years of home confinement.",
    ),
    (
        "ru",
        "en",
        "На 1 марта 2025 года политзаключёнными признаны 1 226 человек.",
        "As of 1 March 2025, 1,226 people are recognised as political prisoners.",
    ),
    (
        "en",
        "pl",
        "Article 342(1) carries up to four years in prison.",
        "Artykuł 342 ust. 1 przewiduje do czterech lat więzienia.",
    ),
    ("be", "en", "Канфіскавана 5 тыс. долараў і 2 млн рублёў.", "$5,000 and 2 million roubles were confiscated."),
    ("be", "ru", "Ён 1985 года нараджэння.", "Он 1985 года рождения."),
    ("be", "en", "Ён 1985 года нараджэння.", "He was born in 1985."),
    ("ru", "en", "Рост составил 2,5 процентного пункта.", "The rise was 2.5 percentage points."),
    (
        "be",
        "en",
        "У ноч з 9 на 10 жніўня затрымалі 3 тысячы чалавек.",
        "On the night of 9 to 10 August, 3,000 people were detained.",
    ),
    ("uk", "pl", "Суд тривав 3 дні, з 5 по 7 березня.", "Proces trwał 3 dni, od 5 do 7 marca."),
    ("be", "en", "28-гадоваму Яну Віру далі 5 гадоў.", "Jan Vir, 28, was given 5 years."),
    ("ru", "en", "28-летнему Яну Виру дали 5 лет.", "28-year-old Jan Vir was given five years."),
    (
        "be",
        "ru",
        "«Я не прызнаю віну, гэта не суд», — сказаў Ян Вір.",
        "«Я не признаю вину, это не суд», — сказал Ян Вир.",
    ),
    (
        "be",
        "en",
        "«Я не прызнаю віну, гэта не суд», — сказаў Ян Вір.",
        "“I do not plead guilty, this is no court,” said Jan Vir.",
    ),
    (
        "en",
        "pl",
        "“I do not plead guilty, this is no court,” said Jan Vir.",
        "„Nie przyznaję się do winy, to nie jest sąd” – powiedział Jan Wir.",
    ),
    ("be", "en", "Ён застаецца пад вартай ужо 3,5 гады.", "He has been in custody for three and a half years already."),
    ("ru", "be", "В колонии №15 содержатся 27 женщин.", "У калоніі №15 утрымліваюцца 27 жанчын."),
    ("pl", "ru", "Grzywna wynosi 20 jednostek bazowych.", "Штраф — 20 базовых величин."),
    (
        "be",
        "en",
        "Суд пачнецца ў панядзелак, 3 сакавіка, а 10-й гадзіне.",
        "The trial starts on Monday, 3 March, at 10 a.m.",
    ),
    (
        "be",
        "ru",
        "Аднаго з іх асудзілі на 10 гадоў, другога — на 12.",
        "Одного из них осудили на 10 лет, другого — на 12.",
    ),
    ("be", "en", "Ёй пагражае ад 2 да 5 гадоў.", "She faces two to five years."),
    (
        "ru",
        "en",
        "С 2020 года осуждено свыше 7 тыс. человек, из них 1,1 тыс. женщин.",
        "Since 2020 over 7,000 people have been convicted, 1,100 of them women.",
    ),
    ("be", "en", "Ён захварэў у траўні 2022-га.", "He fell ill in May 2022."),
    (
        "en",
        "uk",
        "The 19-year-old was kept in a 4x4-metre cell with 12 others.",
        "19-річного тримали в камері 4х4 метри з 12 іншими.",
    ),
    ("be", "pl", "Яму 61 год.", "Ma 61 lat."),
    ("be", "en", "Пасля 8 хвілін паседжання суддзя пайшоў.", "After an eight-minute hearing the judge left."),
    ("ru", "uk", "Температура в камере — 8 °C.", "Температура в камері — 8 градусів."),
    (
        "be",
        "en",
        "Памёр у калоніі праз 2 тыдні пасля этапу, 14 лютага.",
        "He died in the colony two weeks after the transfer, on 14 February.",
    ),
    (
        "be",
        "ru",
        "У 2023-м пакаралі 1 603 чалавекі, што на 12 % больш, чым у 2022-м.",
        "В 2023-м наказали 1 603 человека, что на 12 % больше, чем в 2022-м.",
    ),
    ("ru", "en", "Ей дали 12 лет, а её мужу 8.", "She was given 12 years, and her husband 8."),
    ("be", "en", "Ч. 1 і ч. 2 арт. 361-4 КК.", "Article 361-4, parts 1 and 2, of the Criminal Code."),
    ("be", "en", "У 1480-х гадах тут было мястэчка.", "There was a small town here in the 1480s."),
    ("pl", "en", "W latach osiemdziesiątych XV wieku było tu miasteczko.", "There was a small town here in the 1480s."),
    ("en", "pl", "Over the past 20 years it grew.", "W ciągu dwóch dekad urosło."),
    ("en", "be", "In the 1995–96 season he played here.", "У сезоне 1995–1996 гадоў ён гуляў тут."),
    ("en", "ru", "It was on Novemeber 26, 2008.", "Это было 26 ноября 2008 года."),
    ("en", "ru", "He came at 3 p.m.", "Он пришёл в 3 часа дня."),
    ("uk", "en", "О 1:15 год. прийшла поліція.", "At 1:15 a.m. the police came."),
    ("be", "en", "Сход прайшоў на кастрычніцкай сесіі.", "The gathering took place at the October session."),
    ("uk", "en", "Дозвіл дають 1-го числа місяця.", "The permit is given on the 1st day of the month."),
    ("uk", "be", "Там живе 3,5 млн осіб.", "Там жыве 3,5 мільёна чалавек."),
    ("en", "ru", "The number of trials was cut by half.", "Число судов сократилось вдвое."),
]

HELD = [
    ("be", "en", "Да мяжы 645 міль.", "The border is far away."),
    ("en", "ru", "They won 7–2.", "Они выиграли 72."),
    ("be", "ru", "Яго асудзілі на 10 гадоў.", "Его осудили на 10 дней."),
    ("ru", "en", "Ставка 1,3.", "The rate is 13."),
    ("be", "en", "Ён адбыў 2,5 года.", "He served 25 years."),
    ("be", "en", "Штраф 500 рублёў.", "The fine is 500 dollars."),
    ("en", "pl", "The fine is $500.", "Grzywna wynosi 500 €."),
    ("pl", "en", "Wyrok zapadł 5 maja 2021 r.", "The verdict came on 5 May 2012."),
    ("be", "ru", "Суд 12.07 у Мройску.", "Суд 13 июля в Мройске."),
    ("uk", "ru", "Рост на 5 відсоткових пунктів.", "Рост на 5 процентов."),
    ("be", "uk", "У XIX стагоддзі.", "У XVIII столітті."),
    ("ru", "en", "Было −5 градусов.", "It was 5 degrees."),
    ("be", "pl", "Ад 2 да 5 гадоў.", "Od 5 do 2 lat."),
    ("be", "ru", "Суд быў у 5 раніцы.", "Суд был в 5 минут утра."),
    ("en", "ru", "A 5km march.", "Марш на 5 м."),
    ("be", "en", "Затрымалі 35 тыс. чалавек.", "35 people were detained."),
    ("pl", "en", "35 mln osób.", "35 billion people."),
    ("be", "ru", "Справа за 2021 год.", "Дело за 2021 день."),
    ("ru", "be", "Ему 19 лет.", "Яму 19 месяцаў."),
    ("be", "en", "Суд адбыўся ў панядзелак, 3 сакавіка.", "The trial was held on Tuesday, 3 March."),
    ("en", "ru", "In the 1990s.", "В 1980-х годах."),
    ("be", "en", "Даў 4 гады зняволення.", "Gave 4 years in prison. He is 40."),
    ("be", "ru", "Суд адбыўся 3 сакавіка 2021 года.", "Суд состоялся 3 марта 2021 дня."),
    ("en", "uk", "It weighs 90 kg.", "Це важить 90 г."),
    ("en", "be", "He was arrested at the age of 54.", "Яго арыштавалі ва ўзросце 54 дзён."),
    ("en", "ru", "The season ran from November to March.", "Сезон длился с ноября по ноябрь."),
    ("en", "ru", "It happened in May at the colony.", "Это случилось в колонии."),
    ("en", "be", "Kids in the 90s read it: 5 percent of 200.", "Дзеці 90-х чыталі гэта: 5 з 200."),
]

LOOKED_AT = [
    ("en", "be", "The border is 645 miles away.", "Да мяжы 1038 кіламетраў."),
    ("be", "ru", "Затрымалі шэсць жанчын.", "Задержали семь женщин."),
    ("be", "en", "Затрымалі 12 жанчын і 30 мужчын.", "They detained 30 women and 12 men."),
    ("en", "ru", "12 women and 30 men were detained.", "Задержали 30 женщин и 12 мужчин."),
    ("en", "ru", "Twelve women and thirty men were detained.", "Задержали тридцать женщин и двенадцать мужчин."),
    ("ru", "be", "Бору дали 5 лет, Лугу — 3 года.", "Бору далі 3 гады, Лугу — 5 гадоў."),
    ("be", "en", "Затрымалі не менш за 30 чалавек.", "Up to 30 people were detained."),
    ("be", "ru", "Затрымалі дзясяткі людзей.", "Задержали сотни людей."),
    ("ru", "en", "Число дел удвоилось.", "The number of cases tripled."),
    ("en", "ru", "It was 90 °F.", "Было 32 градуса."),
    (
        "en",
        "ru",
        "“I will never sign this paper,” said Adam Bor, and Vera Luh left.",
        "«Я никогда не подпишу эту бумагу», — сказала Вера Луг, и Адам Бор ушёл.",
    ),
    (
        "be",
        "ru",
        "«Я ніколі гэтага не падпішу», — сказала Вера Луг.",
        "Вера Луг сказала, что никогда этого не подпишет.",
    ),
    ("en", "be", "The court sat for 72 hours.", "Суд засядаў 3 сутак."),
    ("be", "en", "Яму далі тры з паловай гады.", "He was given three years."),
    ("be", "ru", "Яго судзілі.", "Его судили. Он признал вину."),
    ("ru", "en", "С 3 марта по 5 апреля, затем 7 мая.", "From 5 April to 3 March, then 7 May."),
    (
        "be",
        "en",
        "Вязень напісаў: «Я жывы і чакаю лістоў ад усіх вас, сябры».",
        "The prisoner wrote: “I am alive” and waiting for letters from all of you, friends.",
    ),
]


def doubts(from_: str, to: str, source: str, target: str) -> list[Finding]:
    """What the guard says of the facts of a pair; negations and names are measured elsewhere."""
    return [one for one in compare(source, target, from_, to, glossary=SHIPPED) if one.kind in FACTS]


@pytest.mark.parametrize(("from_", "to", "source", "target"), KEPT)
def test_a_statement_that_was_translated_truly_raises_no_alarm(from_: str, to: str, source: str, target: str) -> None:
    """Sentences, ages, sums, dates and articles told in the manner of another language pass without a person."""
    assert verdict(doubts(from_, to, source, target)) == "clear"


@pytest.mark.parametrize(("from_", "to", "source", "target"), HELD)
def test_a_fact_that_an_engine_changed_is_held(from_: str, to: str, source: str, target: str) -> None:
    """A figure, unit, sign or date that changed or fell away never goes out by itself."""
    assert verdict(doubts(from_, to, source, target)) == "hold"


@pytest.mark.parametrize(("from_", "to", "source", "target"), LOOKED_AT)
def test_a_fact_that_may_have_changed_waits_for_a_person(from_: str, to: str, source: str, target: str) -> None:
    """Converted units, exchanged numbers, turned limits, moved quotations and added sentences are looked at."""
    assert verdict(doubts(from_, to, source, target)) == "look"


def test_a_converted_unit_is_called_converted() -> None:
    """The editor is told that 645 miles were converted, not that a number is wrong."""
    (finding,) = doubts("en", "be", "The border is 645 miles away.", "Да мяжы 1038 кіламетраў.")
    assert "converted" in finding.message


@pytest.mark.parametrize("to", ["be", "ru", "en", "uk", "pl"])
def test_a_second_sentence_is_seen_in_every_language(to: str) -> None:
    """Where one sentence went in and two came out with more words, a person looks."""
    one = {
        "be": "Суд прызначыў ёй штраф.",
        "ru": "Суд назначил ей штраф.",
        "en": "The court fined her.",
        "uk": "Суд призначив їй штраф.",
        "pl": "Sąd nałożył na nią grzywnę.",
    }
    more = {
        "be": " Яна не пагадзілася.",
        "ru": " Она не согласилась.",
        "en": " She disagreed.",
        "uk": " Вона не погодилась.",
        "pl": " Nie zgodziła się.",
    }
    for from_, source in one.items():
        if from_ != to:
            assert verdict(doubts(from_, to, source, one[to])) == "clear"
            assert verdict(doubts(from_, to, source, one[to] + more[to])) != "clear"


def test_a_long_sentence_cut_in_two_is_no_addition() -> None:
    """A translator may make two sentences of one when nothing was added."""
    source = (
        "The court in Mroisk sentenced the teacher, who had written an open letter to the minister, to a fine, "
        "and it sent her husband, who had signed it, to a colony."
    )
    target = (
        "Суд у Мройску пакараў штрафам настаўніцу, якая напісала адкрыты ліст міністру. "
        "Яе мужа, які гэты ліст падпісаў, той самы суд накіраваў у калонію."
    )
    assert verdict(doubts("en", "be", source, target)) == "clear"
