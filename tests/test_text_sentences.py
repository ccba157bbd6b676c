"""Whole sentences: nothing is cut inside a figure, an abbreviation, a name or somebody's words. People are invented."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import words
from bot.text.sentences import split
from bot.text.spans import unbreakable

LANGUAGES = ("be", "ru", "en", "uk", "pl")

# "|" marks the places where one sentence ends and the next begins.
STATEMENTS = {
    "be": (
        "12 ліпеня 2024 г. Вярхоўны суд разгледзеў скаргу А. С. Крыніцкага. | Ён пакінуў прысуд у сіле паводле ч. 2 "
        "арт. 411 КПК. | Рашэнне ўступіла ў сілу 13 ліпеня.",
        "Суд у г. Верхнягорску, вул. Ясная, д. 5, прызнаў яе вінаватай. | Штраф склаў 1 250 руб. 50 кап. | Гэта трэці "
        "прысуд з 2021 г. | Іншых скаргаў няма.",
        "«Мы чакалі. Нас не пусцілі», — сказала маці. | «Чаму?» | Ніхто не адказаў… | Пасля прыйшоў праф. Рудзік.",
        "Як так?! — спытала яна. | Затрымалі 1.049 чалавек і інш. | Потым іх адпусцілі (гл. дадатак. Там усё).",
        "Патрабуем: 1. Вызваліць усіх. | 2. Спыніць катаванні і г. д. | Адказу чакаем да 9 гадз. 30 хв. у пятніцу.",
        "Яе зладзілі ў Доме культуры ім. Ясенкі, т. зв. палацы. | Дз. Ясенка прыйшла ў 18.30. | Суд! | Суд ідзе…",
    ),
    "ru": (
        "В 2024 г. 12 человек и др. лица обратились в суд. | Адвокат И. П. Верхов прибыл в 9 ч. 30 мин. и ждал. | Зал "
        "был закрыт.",
        "Согласно ст. 19 Пакта, см. п. 3 решения, запрет незаконен. | Суд отказал. | «Мы ждали!» — сказал он.",
        "Им заплатили 5 тыс. рублей и т. д. | Потом пришла проф. Лугова. | Её не пустили.",
        "Задержали К. Лугову (ей 34 г. и она больна). | Где она?.. | Никто не знает.",
        "Дело слушали в 2020–2022 гг. | Приговор: 5 лет. | Подробности на https://example.invalid/a.b?c=1. | Ждём.",
    ),
    "en": (
        "Dr. Ann Lea of the U.S. State Department met No. 11. | On Jan. 5, 2024, at 5 p.m. she left. | He said no. | "
        "Then he left.",
        "“We wait. We hope,” said Mr. Brook. | See Art. 411 of the Code. | It is 3.5 pages long.",
        "J. R. Brook was held for 2.5 years (see Annex. It is long). | Why? | Nobody knows…",
        "Fines, fees, etc. came to $1,250.50 in total. | Brook v. Lea, No. 3, is open! | Write to us.",
        '"Stop it!" she cried. | At 10 a.m. they came back. | Prof. Lea was not there.',
    ),
    "uk": (
        "У 2024 р. затримано 5 осіб на вул. Лесі Зоряної. | Серед них були студенти та ін. люди. | Суд триває.",
        "Згідно зі ст. 5 закону, їх мали відпустити о 9 год. 30 хв. того дня. | «Чому?» — спитав О. Гайович.",
    ),
    "pl": (
        "Zgodnie z art. 411 k.k. sąd skazał J. Lipowskiego, dr. prawa. | W 2024 r. zatrzymano m.in. Annę Jaworową.",
        "Rozprawa przy ul. Długiej 5 trwała do godz. 12. | „Czekamy. Nie mamy wieści” – mówi matka. | Potem wyszła.",
    ),
}
CASES = [(language, statement) for language, statements in STATEMENTS.items() for statement in statements]


def marked(statement: str) -> tuple[str, list[str]]:
    """The text without its marks, and the sentences between them."""
    sentences = statement.split(" | ")
    return " ".join(sentences), sentences


@pytest.mark.parametrize(("language", "statement"), CASES)
def test_sentences_end_where_a_reader_would_end_them(language: str, statement: str) -> None:
    """A statement in any of the five languages falls into exactly the sentences that an editor marked."""
    text, expected = marked(statement)
    assert [text[start:end] for start, end in split(text, language)] == expected


@pytest.mark.parametrize("layer", ["BINDING", "BINDING_A_NUMBER", "ENDING"])
@pytest.mark.parametrize("language", ["be", "ru", "en", "pl"])
def test_each_list_of_abbreviations_is_needed(layer: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the abbreviation lists, some statement would be cut in the middle of a sentence."""
    statements = (*STATEMENTS[language], *NEEDED[language])
    whole = [split(marked(statement)[0], language) for statement in statements]
    monkeypatch.setitem(getattr(words, layer), language, frozenset())
    assert [split(marked(statement)[0], language) for statement in statements] != whole


# Each needs one list to stay whole: a title before a name, a reference before a number, an "and so on" before a number.
NEEDED = {
    "be": ("Прыйшла праф. Рудзік.", "Паводле арт. 411 закона.", "Паводле ч. арт. 5 закона.", "Далі 5 тыс. 300 зубраў."),
    "ru": ("Пришла проф. Лугова.", "По абз. IV закона.", "Дали 5 тыс. 300 зубров."),
    "en": ("We met Prof. Lea.", "Under art. 19 of the law.", "Guards, clerks, etc. J. Brook came."),
    "pl": ("Przyszła prof. Lipowska.", "Z art. 19 ustawy.", "Dali 5 tys. 300 żubrów."),
}


@pytest.mark.parametrize(("language", "statements"), NEEDED.items())
def test_a_short_word_never_parts_a_sentence(language: str, statements: tuple[str, ...]) -> None:
    """A title stays with its name, an article with its number and a sum with its figure."""
    for statement in statements:
        assert len(split(statement, language)) == 1


SHORTENED = [
    ("en", "Sentences ranged from approx. Three to 5 yrs. in prison."),
    ("en", "They got 3 yrs. 6 months after that."),
    ("ru", "Её защищает к. ю. н. Лугова из Верхнягорска."),
    ("ru", "Она живёт в дер. Ясенка, а мать в пос. Лесной."),
    ("ru", "Род. Лугова в 1980 году."),
    ("ru", "Ок. № 5 стояли люди."),
    ("be", "Яе абараняе к. ю. н. Лугавая з Верхнягорска."),
    ("be", "Яна жыве ў дзер. Ясенка, маці ў пас. Лясны."),
    ("uk", "Її захищає к. ю. н. Лугова, прийшло бл. 50 осіб."),
    ("uk", "Вона живе у смт. Ясне."),
    ("pl", "Wyrok z dn. 5 maja przeczytał mec. Lipowski i inż. Jaworowa."),
    ("pl", "Tak mówi kom. Jaworowa, zob. rozdz. II i rozdz. 5 raportu."),
    ("pl", "Most powstał ok. XV wieku."),
]


@pytest.mark.parametrize(("language", "statement"), SHORTENED)
def test_a_title_a_village_and_an_about_part_no_sentence(language: str, statement: str) -> None:
    """A degree, a title, a village or an "about" that is shortened stays with what follows it."""
    assert len(split(statement, language)) == 1


def test_a_shortened_word_that_no_list_knows_parts_no_sentence() -> None:
    """A word without a vowel, a short one before a figure and a row of single letters are taken for shortened."""
    assert len(split("Гэта мкрн. Ясны, мне там спадабалася.", "be")) == 1
    assert len(split("Nie wpuszczono szac. 50 osób.", "pl")) == 1
    assert len(split("Прыйшла д. п. н. Лугавая.", "be")) == 1


def test_a_plain_short_word_ends_a_sentence() -> None:
    """A unit behind its figure, a web word, a name in capitals and a word before a list number may end a sentence."""
    assert len(split("Яны прайшлі 20 км. Потым іх спынілі.", "be")) == 2
    assert len(split("They no longer use plain http. Then they do.", "en")) == 2
    assert len(split("Суд ідзе паводле КПК. 5 мая будзе прысуд.", "be")) == 2
    assert len(split("Przeżyła 90 lat. 12 lat temu umarła.", "pl")) == 2
    assert len(split("Патрабуем: 1. Чакаем суд. 2. Чакаем маці.", "be")) == 2


LEANING = [
    ("en", "Of them, 20 were women."),
    ("en", "Two of them died."),
    ("en", "The latter died in May."),
    ("en", "Both were released."),
    ("en", "None of them came."),
    ("en", "The same court refused."),
    ("en", "Three others were fined."),
    ("en", "In that case she is free."),
    ("ru", "Из них 20 — женщины."),
    ("ru", "Двое из них умерли."),
    ("ru", "Ни один из них не пришёл."),
    ("ru", "Во-вторых, нет воды."),
    ("ru", "В то же время суд молчит."),
    ("ru", "Трое других оштрафованы."),
    ("ru", "Оба вышли."),
    ("be", "З іх 20 — жанчыны."),
    ("be", "Двое з іх памерлі."),
    ("be", "Па-другое, няма вады."),
    ("be", "У той жа час суд маўчыць."),
    ("be", "Трое іншых аштрафаваныя."),
    ("be", "Абодва выйшлі."),
    ("uk", "З них 20 — жінки."),
    ("uk", "Жоден із них не прийшов."),
    ("uk", "По-друге, немає води."),
    ("uk", "У той же час суд мовчить."),
    ("uk", "Троє інших оштрафовані."),
    ("uk", "Обидва вийшли."),
    ("pl", "Z nich 20 to kobiety."),
    ("pl", "Żadna z nich nie przyszła."),
    ("pl", "Po drugie, brak wody."),
    ("pl", "W tym samym czasie sąd milczy."),
    ("pl", "Troje innych ukarano."),
    ("pl", "Obaj wyszli."),
]
STANDING = [
    ("en", "This week 5 people came."),
    ("en", "The Second World War ended."),
    ("en", "The court refused."),
    ("ru", "А. С. Верхов пришёл."),
    ("ru", "В этом году осуждены 5 человек."),
    ("ru", "После суда пришли люди."),
    ("be", "А. Крыніцкі прыйшоў."),
    ("be", "У гэтым годзе асуджаныя 5 чалавек."),
    ("be", "Суд у Верхнягорску адмовіў."),
    ("uk", "У цьому році засуджені 5 осіб."),
    ("pl", "W tym roku skazano 5 osób."),
]


@pytest.mark.parametrize(("language", "sentence"), LEANING)
def test_a_sentence_that_counts_the_others_leans_on_them(language: str, sentence: str) -> None:
    """ "Two of them died" is never told without the sentence that says who they are."""
    assert words.leans(sentence, language)


@pytest.mark.parametrize(("language", "sentence"), STANDING)
def test_a_sentence_that_names_its_own_subject_stands_alone(language: str, sentence: str) -> None:
    """A sentence that opens with a name, an initial or "this year" can be told by itself."""
    assert not words.leans(sentence, language)


def test_a_date_alone_is_no_sentence() -> None:
    """The date that opens a sentence is not cut off as if it were one, and a date at its end does end it."""
    assert len(split("У 2024 г. Вярхоўны суд адмовіў.", "be")) == 1
    assert len(split("Прыйшлі Рудзік і інш. А. Крыніцкі маўчаў.", "be")) == 1
    assert len(split("Яна нарадзілася ў 2004 г. Бацькі жывуць у вёсцы.", "be")) == 2


def test_an_hour_ends_a_sentence_and_a_list_number_does_not() -> None:
    """A sentence may end with "18:30", while the "2." of an inline list stays with its words."""
    assert len(split("Суд пачнецца ў 18:30. Уваход вольны.", "be")) == 2
    assert len(split("2. Спыніць катаванні.", "be")) == 1


def test_a_footnote_is_no_sentence() -> None:
    """A raised figure behind the full stop belongs to the sentence that it explains."""
    text = "Іх 1 049 чалавек.¹ Суд маўчыць."
    assert [text[start:end] for start, end in split(text, "be")] == ["Іх 1 049 чалавек.¹", "Суд маўчыць."]


def test_an_open_quotation_does_not_swallow_the_rest() -> None:
    """A quotation mark that is never closed does not glue the rest of the statement together."""
    assert len(split("Яна сказала: «Мы чакаем. Нас не пусцілі. Суд закрыты.", "be")) == 3


@pytest.mark.parametrize("flood", ["«", '"', "('", "А. ", "a-", "A'", "...", "1.", "a@", "12 a ", "\n", ". —"])
def test_a_flood_of_marks_is_read_to_its_end(flood: str) -> None:
    """A document of nothing but marks is parted in the time that its length allows."""
    text = flood * (40_000 // len(flood))
    began = time.perf_counter()
    assert "".join(text[start:end] for start, end in split(text, "be")).split() == text.split() or " " in text
    assert time.perf_counter() - began < 5


PARTS = """Суд. Арт. ст. 411 г. 2024 А. Іваноў «Мы чакаем.» — сказала ( ) ! ? … 1,049 чалавек Mr. U.S. 5 p.m. k.k. №
12 ліпеня https://example.invalid/a.b.c тыс. „Nie” “so.” " 😀 і т. д."""
texts = st.lists(st.sampled_from([*PARTS.split(), "\n", "\r\n"]), max_size=40).map(" ".join) | st.text(max_size=80)


@given(texts, st.sampled_from(LANGUAGES))
def test_nothing_is_lost_between_sentences(text: str, language: str) -> None:
    """Every character that is not space is in exactly one sentence, in order."""
    at = 0
    for start, end in split(text, language):
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        at = end
    assert not text[at:].strip()


@given(texts, st.sampled_from(LANGUAGES))
def test_no_sentence_ends_inside_what_must_stay_whole(text: str, language: str) -> None:
    """No sentence ends inside a figure, a date, an address, a name with initials or a quotation."""
    ends = [end for _, end in split(text, language)]
    for start, end in unbreakable(text, language):
        assert not [at for at in ends if start < at < end and text[at:end].strip()]
