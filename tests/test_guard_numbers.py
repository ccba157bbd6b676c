"""The guard's promise about numbers: value, unit, sign and the ends of a range. All people here are invented."""

import pytest

from bot.guard import compare, verdict
from bot.model import Kind
from bot.text.glossary import parse

NONE = parse("")

SAME = [
    ("en", "ru", "The race was over 100m.", "Дистанция была 100 метров."),
    ("en", "ru", "The fund lost $100m.", "Фонд потерял 100 миллионов долларов."),
    ("en", "be", "Estimates go from 340 to 500 million.", "Ацэнкі — ад 340 да 500 мільёнаў."),
    ("en", "ru", "She was in cell No. 11.", "Она сидела в камере № 11."),
    ("en", "uk", "The train left at 0230.", "Потяг поїхав о 02:30."),
    ("en", "pl", "The meeting began at 5:15 p.m.", "Spotkanie zaczęło się o 17:15."),
    ("en", "ru", "The plank is 29¾ inches long.", "Длина доски 29,75 дюйма."),
    ("en", "be", "He left in the 1990s.", "Ён з'ехаў у 1990-х гадах."),
    ("pl", "en", "W latach 90. było ich mało.", "In the 1990s they were few."),
    ("en", "be", "At least 1,049 people were detained.", "Затрыманыя не менш за 1\u00a0049 чалавек."),
    ("ru", "en", "Задержаны 1\u202f049 человек.", "1,049 people were detained."),
    ("en", "ru", "The fine is 2.5 million roubles.", "Штраф — 2 500 000 рублей."),
    ("en", "ru", "He was given ten years.", "Ему дали 10 лет."),
    ("en", "ru", "A 20-year-old student spoke.", "Выступила двадцатилетняя студентка."),
    ("en", "pl", "It was built in the 18th century.", "Zbudowano go w XVIII wieku."),
    ("en", "ru", "The team won 7–2.", "Команда выиграла 7:2."),
    ("be", "ru", "Было −5 градусаў.", "Было минус 5 градусов."),
    ("en", "be", "About 3 to 5 percent agreed.", "Пагадзіліся ад 3 да 5 працэнтаў."),
    ("uk", "en", "Зібрали 14,7 млрд гривень.", "They raised 14.7 billion hryvnias."),
    ("en", "uk", "Forty-two letters arrived.", "Надійшло сорок два листи."),
    ("ru", "en", "Суд начался в 12:00.", "The trial began at noon."),
    ("be", "en", "Яго трымалі там паўгода.", "He was kept there for six months."),
    ("ru", "en", "Ему дали два года шесть месяцев.", "He was given two and a half years."),
]

CHANGED = [
    ("en", "ru", "At least 1,049 people were detained.", "Задержаны не менее 1 094 человек."),
    ("ru", "en", "Суд начался в 11:00.", "The trial began at noon."),
    ("en", "ru", "The rate is 1.3 now.", "Ставка сейчас 13."),
    ("en", "ru", "He served 2.5 years.", "Он отсидел 25 лет."),
    ("be", "ru", "Яго асудзілі на 10 гадоў.", "Его осудили на 10 дней."),
    ("en", "pl", "Turnout was 40%.", "Frekwencja wyniosła 40."),
    ("ru", "en", "Было −15 градусов.", "It was 15 degrees."),
    ("en", "be", "The age is 16–25 years.", "Узрост 25–16 гадоў."),
    ("en", "ru", "From 340 to 500 people came.", "Пришли от 500 до 340 человек."),
    ("en", "uk", "The fund lost 3 million.", "Фонд втратив 3 мільярди."),
    ("en", "ru", "They won 7–2.", "Они выиграли 72."),
    ("en", "be", "It is 645 miles away.", "Гэта далёка адсюль."),
    ("en", "ru", "She paid 50 dollars.", "Она заплатила 50 евро."),
    ("en", "ru", "The 1960s were loud.", "1460-е были шумными."),
    ("pl", "en", "Rozprawa trwała 3 godziny.", "The hearing took 3 weeks."),
]


@pytest.mark.parametrize(("from_", "to", "source", "target"), SAME)
def test_a_number_written_another_way_is_the_same_number(from_: str, to: str, source: str, target: str) -> None:
    """A number that a translator writes as the other language does raises no alarm."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"


@pytest.mark.parametrize(("from_", "to", "source", "target"), CHANGED)
def test_a_changed_number_holds_the_sentence(from_: str, to: str, source: str, target: str) -> None:
    """A number whose value, unit, sign or order changed never goes out by itself."""
    findings = compare(source, target, from_, to, glossary=NONE)
    assert verdict(findings) == "hold"
    assert Kind.NUMBER in {finding.kind for finding in findings}


def test_a_number_in_words_that_changed_is_looked_at() -> None:
    """ "Six" that became "seven" waits for a person, for words are read with less certainty than figures."""
    findings = compare("Six women were freed.", "Освобождены семь женщин.", "en", "ru", glossary=NONE)
    assert verdict(findings) == "look"


def test_a_changed_number_is_told_in_one_plain_sentence() -> None:
    """The editor reads what the source says and what the translation says, and sees where."""
    source, target = "Police held 1,049 people.", "Полиция задержала 1 094 человека."
    (finding,) = compare(source, target, "en", "ru", glossary=NONE)
    assert finding.message == "The source says 1,049; the translation says 1 094."
    assert [source[a:b] for a, b in finding.source_spans] == ["1,049"]
    assert [target[a:b] for a, b in finding.target_spans] == ["1 094"]


def test_spans_are_true_in_a_sentence_with_combining_accents() -> None:
    """A sentence that writes й in two characters still has its numbers marked in the right place."""
    target = "Маи\u0306скі сход: 1 094 чалавекі."
    findings = compare("The May meeting: 1,049 people.", target, "en", "be", glossary=NONE)
    assert [target[a:b] for finding in findings for a, b in finding.target_spans] == ["1 094"]


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "en", "Двое чалавек былі затрыманыя.", "One person was detained."),
        ("ru", "en", "Один человек погиб.", "Two people died."),
        ("ru", "en", "Обе женщины освобождены.", "One woman was released."),
        ("be", "en", "Яго судзілі двойчы.", "He was tried once."),
        ("be", "en", "Паўтара года ён чакаў суда.", "A year he waited for the trial."),
    ],
)
def test_one_that_became_two_is_looked_at(from_: str, to: str, source: str, target: str) -> None:
    """The smallest numbers, which languages word most freely, wait for a person when one became the other."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) != "clear"
