"""The guard's promise about dates: the same day, month, year and weekday. All people here are invented."""

import pytest

from bot.guard import compare, verdict
from bot.model import Kind
from bot.text.glossary import parse

NONE = parse("")

SAME = [
    ("be", "en", "Суд прайшоў 12.07.2024.", "The trial was held on 12 July 2024."),
    ("en", "pl", "The trial was held on July 12, 2024.", "Rozprawa odbyła się 12 lipca 2024 r."),
    ("be", "en", "Ліст да суддзі", "A letter to the judge"),
    ("ru", "en", "Собрание длилось 5–7 мая.", "The meeting lasted from 5 to 7 May."),
    ("be", "ru", "Гэта мая маці, і мы маем права.", "Это моя мать, и мы имеем право."),
    ("be", "ru", "Сустрэча была на Кастрычніцкай плошчы.", "Встреча была на Октябрьской площади."),
    ("en", "uk", "They may march again.", "Вони можуть знову піти маршем."),
    ("en", "ru", "The July statement was short.", "Июльское заявление было коротким."),
    ("uk", "en", "Його бачили у вівторок, 3 червня.", "He was seen on Tuesday, 3 June."),
    ("en", "be", "A permit for May opens on 1 Jan.", "Дазвол на май адкрываецца 1 студзеня."),
]

CHANGED = [
    ("be", "en", "Суд прайшоў 12.07.2024.", "The trial was held on 7 December 2024."),
    ("en", "ru", "She was arrested on 5 May 2021.", "Её арестовали 5 июня 2021 года."),
    ("en", "be", "She was arrested in May 2021.", "Яе арыштавалі ў маі 2020 года."),
    ("ru", "pl", "Это было 3 марта.", "To było 4 marca."),
    ("en", "uk", "He left in August.", "Він поїхав."),
    ("pl", "en", "Wyjechał we wtorek.", "He left on Friday."),
    ("ru", "en", "После апрельских дождей они ушли.", "After the May rains they left."),
    (
        "en",
        "ru",
        "He sat from 3 May 2020 until 5 June 2021.",
        "Он сидел с 3 июня 2020 по 5 мая 2021 года.",
    ),
]


@pytest.mark.parametrize(("from_", "to", "source", "target"), SAME)
def test_a_date_written_another_way_is_the_same_date(from_: str, to: str, source: str, target: str) -> None:
    """A date in the manner of the other language, or a word that only looks like a month, raises no alarm."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"


@pytest.mark.parametrize(("from_", "to", "source", "target"), CHANGED)
def test_a_changed_date_holds_the_sentence(from_: str, to: str, source: str, target: str) -> None:
    """A day, month, year or weekday that changed never goes out by itself."""
    findings = compare(source, target, from_, to, glossary=NONE)
    assert verdict(findings) == "hold"
    assert {Kind.DATE, Kind.NUMBER} & {finding.kind for finding in findings}


def test_two_dates_that_changed_places_are_looked_at() -> None:
    """ "From 3 May to 5 June" told the other way round waits for a person."""
    target = "С 5 июня по 3 мая он был в тюрьме."
    assert verdict(compare("From 3 May to 5 June he was in prison.", target, "en", "ru", glossary=NONE)) == "look"


def test_a_night_may_be_named_by_both_of_its_days() -> None:
    """«У ноч на 10 жніўня» is the night of 9–10 August, and no other night."""
    source, target = "У ноч на 10 жніўня яго збілі.", "On the night of 9–10 August he was beaten."
    assert verdict(compare(source, target, "be", "en", glossary=NONE)) == "clear"
    assert verdict(compare(source, target.replace("9–10", "8–10"), "be", "en", glossary=NONE)) == "hold"
    assert verdict(compare(source.replace("ноч на", ""), target, "be", "en", glossary=NONE)) == "hold"
