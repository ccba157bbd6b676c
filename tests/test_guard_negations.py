"""The guard's promise about "not", "at least" and "only". All people here are invented."""

import pytest

from bot.guard import compare, verdict
from bot.model import Kind
from bot.text.glossary import parse

NONE = parse("")

SAME = [
    ("en", "be", "The site was no smaller than 50 hectares.", "Пляцоўка была не менш за 50 гектараў."),
    ("en", "ru", "She was not just a teacher.", "Она была не только учительницей."),
    ("en", "be", "He has not been found yet.", "Яго пакуль не знайшлі."),
    ("en", "ru", "We shall wait until he is free.", "Мы будем ждать, пока он не выйдет на свободу."),
    ("en", "ru", "She will not leave until he is free.", "Она не уйдёт, пока он не выйдет на свободу."),
    ("en", "ru", "They will not come until Friday.", "Они придут только в пятницу."),
    ("en", "pl", "Nobody was hurt.", "Nikt nie ucierpiał."),
    ("en", "uk", "They had neither bread nor water.", "Вони не мали ні хліба, ні води."),
    ("be", "ru", "У яе няма адваката.", "У неё нет адвоката."),
    ("pl", "en", "Patrzyliśmy na nie długo.", "We looked at them for a long time."),
    ("en", "uk", "It was cell No. 5.", "Це була камера № 5."),
    ("ru", "en", "Он не мог не знать об этом.", "He must have known about it."),
    ("be", "en", "Маці не далі спаткання з сынам.", "The mother was denied a visit with her son."),
    ("pl", "en", "Chorej nie udzielono pomocy.", "The sick woman was denied care."),
    ("ru", "en", "Следствие не представило доказательств.", "The investigation failed to provide evidence."),
    ("pl", "en", "Sąd nie uwzględnił apelacji.", "The court dismissed the appeal."),
    ("en", "be", "The judge hardly listened.", "Суддзя амаль не слухаў."),
    ("en", "ru", "Visits are rarely allowed.", "Свидания редко разрешают."),
    ("en", "pl", "He will stay there unless he pays.", "Zostanie tam, jeśli nie zapłaci."),
    ("en", "uk", "It is far from a new case.", "Це далеко не нова справа."),
    ("be", "ru", "Замест адваката прыйшоў следчы.", "Вместо адвоката пришёл следователь."),
]

GONE = [
    ("en", "ru", "She did not plead guilty.", "Она признала вину."),
    ("en", "be", "He was never released.", "Яго вызвалілі."),
    ("be", "ru", "Яго не вызвалілі.", "Его освободили."),
    ("ru", "en", "Встреча не состоялась.", "The meeting took place."),
    ("uk", "en", "Вона не свідчила.", "She testified."),
    ("pl", "en", "Sąd tego nie przyjął.", "The court accepted this."),
    ("en", "ru", "No more than 20 people came.", "Пришли не менее 20 человек."),
    ("ru", "be", "Пришли не менее 20 человек.", "Прыйшлі менш за 20 чалавек."),
]

CHANGED = [
    ("en", "ru", "She did plead guilty.", "Она не признала вину."),
    ("en", "uk", "She did not speak and did not sign.", "Вона не говорила і підписала."),
    ("en", "pl", "It is not only a fine.", "To jest tylko grzywna."),
    ("ru", "en", "Суд не отклонил апелляцию.", "The court dismissed the appeal."),
    ("en", "be", "No charges were brought.", "Было прад'яўлена ніякіх абвінавачанняў."),
    ("en", "be", "The judge did not listen.", "Суддзя наўрад слухаў."),
    ("en", "ru", "The judge hardly listened.", "Судья не слушал."),
    ("en", "uk", "The judge hardly listened.", "Суддя слухав."),
    ("ru", "en", "Его редко пускали к врачу.", "He was allowed to see a doctor."),
    ("en", "pl", "He will stay there unless he pays.", "Zostanie tam, jeśli zapłaci."),
    ("en", "uk", "It is far from a new case.", "Це нова справа."),
    ("be", "ru", "Замест адваката прыйшоў следчы.", "Пришёл адвокат, следователь."),
]


@pytest.mark.parametrize(("from_", "to", "source", "target"), SAME)
def test_an_idiom_of_another_language_is_no_change(from_: str, to: str, source: str, target: str) -> None:
    """ "No fewer than", "until", "nobody … not" read differently in each language and raise no alarm."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"


@pytest.mark.parametrize(("from_", "to", "source", "target"), GONE)
def test_a_negation_that_is_gone_holds_the_sentence(from_: str, to: str, source: str, target: str) -> None:
    """A "not" that was lost, or "at most" that became "at least", never goes out by itself."""
    findings = compare(source, target, from_, to, glossary=NONE)
    assert verdict(findings) == "hold"
    assert Kind.NEGATION in {finding.kind for finding in findings}


@pytest.mark.parametrize(("from_", "to", "source", "target"), CHANGED)
def test_a_changed_count_of_negations_is_looked_at(from_: str, to: str, source: str, target: str) -> None:
    """A "not" more or less than in the source, or half of one, waits for a person."""
    findings = compare(source, target, from_, to, glossary=NONE)
    assert verdict(findings) != "clear"
    assert Kind.NEGATION in {finding.kind for finding in findings}
