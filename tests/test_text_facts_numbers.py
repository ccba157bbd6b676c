"""What Vestka reads out of numbers, dates, letters and names in five languages."""

from fractions import Fraction

import pytest

from bot.text.dates import dates
from bot.text.letters import language_of, strangers
from bot.text.numbers import fold, quantities
from bot.text.romanisation import likeness


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "two hundred and five", 205),
        ("en", "twenty-five", 25),
        ("ru", "сорока двух", 42),
        ("ru", "двадцать пятого", 25),
        ("ru", "пятью тысячами", 5000),
        ("be", "дваццаці трох", 23),
        ("be", "дзесяцідзённы", 10),
        ("uk", "п'ятдесяти", 50),
        ("uk", "трьома мільйонами", 3_000_000),
        ("pl", "osiemnastu", 18),
        ("pl", "dwudziesty", 20),
        ("pl", "pięcioletni", 5),
    ],
)
def test_numbers_in_words_are_read_in_any_case(language: str, text: str, value: int) -> None:
    """A number written in words has the value that a reader gives it."""
    assert [quantity.value for quantity in quantities(fold(text), language)] == [value]


@pytest.mark.parametrize("text", ["1 250 BYN", "1\u00a0250 BYN", "1\u202f250 BYN", "1250 BYN"])
def test_every_kind_of_space_groups_figures(text: str) -> None:
    """A no-break or thin space inside a number changes nothing."""
    (quantity,) = quantities(fold(text), "be")
    assert (quantity.value, quantity.unit) == (1250, "rouble")


def test_the_other_reading_is_open_to_groups_of_three_only() -> None:
    """1.300 may be a thousand and three hundred; 1.3 is never thirteen."""
    assert {value for _, value in quantities("1.300", "pl")[0].readings} == {1300, Fraction(13, 10)}
    assert {value for _, value in quantities("1.3", "ru")[0].readings} == {Fraction(13, 10)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "12 July 2024"),
        ("en", "July 12, 2024"),
        ("ru", "12 июля 2024 года"),
        ("be", "12 ліпеня 2024 г."),
        ("uk", "12 липня 2024 року"),
        ("pl", "12 lipca 2024 r."),
        ("be", "12.07.2024"),
        ("en", "2024-07-12"),
    ],
)
def test_one_day_is_read_the_same_in_every_language(language: str, text: str) -> None:
    """A date is a day, a month and a year, however it is written."""
    assert [found.value for found in dates(text, language)] == [(12, 7, 2024)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("be", "Людзі выйшлі на плошчу і спявалі песні ў цішыні."),
        ("ru", "Люди вышли на площадь и пели песни в тишине."),
        ("uk", "Люди вийшли на площу і співали пісні в тиші."),
        ("pl", "Ludzie wyszli na plac i śpiewali pieśni w ciszy."),
        ("en", "The people went to the square and sang in the silence."),
    ],
)
def test_a_sentence_tells_its_language_by_its_letters(language: str, text: str) -> None:
    """Five languages are told apart without a model."""
    assert language_of(text) == language
    assert strangers(text, language) == ()


def test_letters_of_a_neighbour_are_seen() -> None:
    """A Russian letter in a Belarusian word and a Latin one in a Cyrillic word are found where they stand."""
    text = "Людзи на плoшчы"  # the "o" is Latin
    assert [text[a:b] for a, b in strangers(text, "be")] == ["Людзи", "плoшчы"]


def test_one_name_in_several_spellings_is_alike_and_two_names_are_not() -> None:
    """Skeletons bring together spellings of one name and keep most other names apart."""
    for one, other in (("Дрыгвянская", "Dryhvianskaja"), ("Цвірка", "Цвирко"), ("Запечны", "Zapiechny")):
        assert likeness(one, other) == 100
    assert likeness("Дрыгвянская", "Цвирко") < 45
