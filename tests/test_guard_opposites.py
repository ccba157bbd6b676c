"""The guard's promise about words of the trade and their opposites. All people here are invented."""

import pytest

from bot.guard import compare, verdict
from bot.text.glossary import parse

NONE = parse("")

TURNED = [
    ("ru", "en", "Суд оправдал учительницу.", "The court convicted the teacher."),
    ("ru", "en", "Ему грозит смертная казнь, сообщил суд.", "He faces life imprisonment, the court said."),
    ("be", "en", "Суд вызваліў настаўніка.", "The court remanded the teacher in custody."),
    ("be", "en", "Яму далі 3 гады ўмоўна.", "He was given 3 years in prison."),
    ("ru", "en", "Это признали незаконным.", "It was found lawful."),
    ("en", "uk", "The order was illegal.", "Наказ був законним."),
    ("en", "be", "The charges are unfounded.", "Абвінавачанні абгрунтаваныя."),
    ("be", "en", "Яе судзілі без адваката.", "She was tried with a lawyer."),
    ("ru", "en", "Она отказалась подписать бумагу.", "She agreed to sign the paper."),
    ("en", "be", "He refused to testify.", "Ён даў паказанні ў судзе."),
    ("be", "en", "Мітынг забаранілі.", "The rally was allowed."),
    ("pl", "en", "Sąd utrzymał wyrok w mocy.", "The court overturned the sentence."),
    ("pl", "en", "Nie wszyscy zatrzymani zostali zwolnieni.", "All detainees were not released."),
    ("ru", "en", "Почти 300 человек пришли.", "More than 300 people came."),
    ("ru", "en", "До 300 человек пришли.", "More than 300 people came."),
    ("be", "en", "Пасля 9 жніўня стала ціха.", "Before 9 August it became quiet."),
    ("ru", "en", "Он под арестом с 12 марта.", "He was under arrest until 12 March."),
    ("be", "en", "Тысячы людзей выйшлі.", "Hundreds of people came out."),
    ("ru", "en", "Это на 5 процентных пунктов больше.", "This is 5 percent more."),
    ("ru", "en", "Обыск начался в 7:30 утра.", "The search began at 7:30 p.m."),
    ("pl", "en", "Rozprawa zaczęła się o 8:00 rano.", "The hearing began at 8:00 p.m."),
]

KEPT = [
    ("ru", "en", "Суд оправдал учительницу.", "The court acquitted the teacher."),
    ("ru", "en", "Оправдательный приговор отменили.", "The acquittal was overturned."),
    ("be", "en", "Суд вызваліў настаўніка з-пад варты.", "The court released the teacher from custody."),
    ("be", "en", "Яму далі 3 гады ўмоўна.", "He was given a 3-year suspended sentence."),
    ("ru", "en", "Это признали незаконным.", "It was found not to be lawful."),
    ("be", "en", "Яе судзілі без адваката.", "She was tried without a lawyer."),
    ("be", "en", "Пасля 9 жніўня стала ціха.", "It became quiet after 9 August."),
    ("ru", "en", "Обыск начался в 7:30 утра.", "The search began at 7:30 a.m."),
]


@pytest.mark.parametrize(("from_", "to", "source", "target"), TURNED)
def test_a_word_that_became_its_opposite_is_looked_at(from_: str, to: str, source: str, target: str) -> None:
    """Acquitted is not convicted, a suspended sentence is not prison, and before is not after."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) != "clear"


@pytest.mark.parametrize(("from_", "to", "source", "target"), KEPT)
def test_a_word_that_kept_its_meaning_is_clear(from_: str, to: str, source: str, target: str) -> None:
    """The same word in another language, or its opposite with a "not", raises no alarm."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"
