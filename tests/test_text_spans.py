"""What no line and no part of a thread may separate. People are invented."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.spans import unbreakable

WHOLE = [
    ("be", "Гэта 1 049 палітычных зняволеных у краіне.", "1 049 палітычных зняволеных"),
    ("be", "Гэта 1 049¹ палітычных зняволеных.", "1 049¹ палітычных зняволеных"),
    ("be", "Суд прызначыў 5 гадоў калоніі.", "5 гадоў"),
    ("be", "Разгляд 12 ліпеня 2024 г. ў судзе.", "12 ліпеня 2024 г."),
    ("be", "Справа № 17 паводле ч. 2 арт. 411 закона.", "ч. 2 арт. 411 закона"),
    ("be", "Справа № 17 закрытая.", "№ 17"),
    ("be", "Прысудзілі А. Б. Крыніцкаму штраф.", "А. Б. Крыніцкаму"),
    ("be", "Прысудзілі, паводле Крыніцкага А. Б., штраф.", "Крыніцкага А. Б."),
    ("be", "Яна кажа: «Мы чакаем. Нас не пусцілі» і плача.", "«Мы чакаем. Нас не пусцілі»"),
    ("ru", "Выплатили 5 тыс. рублей семье.", "5 тыс. рублей"),
    ("ru", "Пришла проф. Лугова с сыном.", "проф. Лугова"),
    ("ru", "Им грозит 3–5 лет колонии.", "3–5 лет"),
    ("en", "The fine is $ 1,250.50 in all.", "$ 1,250.50"),
    ("en", "Held on July 12, 2024, in town.", "July 12, 2024"),
    ("en", "Under Art. 19 of the Covenant.", "Art. 19 of"),
    ("en", "She said, “We wait. We hope.” Then she left.", "“We wait. We hope.”"),
    ("en", 'She said, "We wait. We hope." Then she left.', '"We wait. We hope."'),
    ("en", "Read https://example.invalid/a-b?c=1, please.", "https://example.invalid/a-b?c=1"),
    ("en", "Write to ann.lea@example.invalid today.", "ann.lea@example.invalid"),
    ("uk", "Затримано 12 осіб на площі.", "12 осіб"),
    ("pl", "Mówi „Czekamy. Nie wiemy” i płacze.", "„Czekamy. Nie wiemy”"),
]


@pytest.mark.parametrize(("language", "text", "whole"), WHOLE)
def test_what_belongs_together_stays_together(language: str, text: str, whole: str) -> None:
    """A figure keeps its noun, a reference its number, initials their surname, and a quotation its every word."""
    at = text.index(whole)
    assert any(start <= at and at + len(whole) <= end for start, end in unbreakable(text, language))


def test_a_full_stop_after_an_address_is_not_part_of_it() -> None:
    """The stop or comma after a link belongs to the sentence, not to the link."""
    text = "Глядзі https://example.invalid/a."
    assert unbreakable(text, "be")[-1] == (7, len(text) - 1)


def test_plain_words_may_be_parted() -> None:
    """A sentence without figures, names with initials or quotations can be broken anywhere between its words."""
    assert unbreakable("Суд пакінуў прысуд у сіле", "be") == ()


def test_nothing_is_bound_across_a_blank_line() -> None:
    """A figure at the end of one block is not bound to the first word of the next."""
    text = "Усяго 12\n\nЧалавек прыйшоў"
    assert all(end <= 8 or start >= 10 for start, end in unbreakable(text, "be"))


@given(st.text(alphabet='Аб 1.,№«»"„“”\n-@htps:/г', max_size=60), st.sampled_from(["be", "ru", "en", "uk", "pl"]))
def test_spans_are_in_order_and_apart(text: str, language: str) -> None:
    """What must stay whole is told in order, inside the text, and never twice."""
    spans = unbreakable(text, language)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
