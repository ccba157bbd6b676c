"""The guard's promises about addresses, law, quotations, length and language. All people here are invented."""

import time
from pathlib import Path

import pytest

from bot.guard import compare, verdict
from bot.model import Kind
from bot.text import glossary
from bot.text.glossary import parse

NONE = parse("")
SHIPPED = parse((Path(glossary.__file__).parent / "glossary.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Write to help@example.org.", "Пишите на halp@example.org."),
        ("See https://example.org/a?id=12.", "Смотрите https://example.org/a?id=21."),
        ("Follow @vestka_demo and #freedom.", "Подпишитесь на @vestka_demo."),
        ("See the page.", "Смотрите https://example.org."),
    ],
)
def test_an_address_that_changed_holds_the_sentence(source: str, target: str) -> None:
    """An address, e-mail, @name or #tag must arrive letter for letter."""
    findings = compare(source, target, "en", "ru", glossary=NONE)
    assert verdict(findings) == "hold"
    assert Kind.LINK in {finding.kind for finding in findings}


def test_an_address_that_arrived_is_clear_and_its_figures_are_no_numbers() -> None:
    """The figures inside an address are not compared as numbers."""
    source, target = "See https://example.org/2024/07 (12 pages).", "Смотрите https://example.org/2024/07 (12 страниц)."
    assert compare(source, target, "en", "ru", glossary=NONE) == ()


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "ru", "Яго судзілі паводле арт. 411.", "Его судили по ст. 411."),
        ("be", "en", "Абвінавачанне: ч. 2 арт. 342.", "The charge: Article 342, part 2."),
        ("ru", "pl", "Дело по ст. 19.11 закрыто.", "Sprawa z art. 19.11 została zamknięta."),
        ("uk", "en", "Це було у XIX ст. у Львові.", "It was in the 19th century in Lviv."),
    ],
)
def test_an_article_named_in_the_manner_of_another_language_is_the_same(
    from_: str, to: str, source: str, target: str
) -> None:
    """ "арт. 411", "ст. 411" and "Article 411" are one article."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "ru", "Яго судзілі паводле арт. 411.", "Его судили по ст. 414."),
        ("be", "en", "Абвінавачанне: ч. 2 арт. 342.", "The charge: part 1 of Article 342."),
        (
            "ru",
            "en",
            "Обвинения: ч. 1 ст. 130 и ч. 2 ст. 342.",
            "The charges: part 2 of Art. 130 and part 1 of Art. 342.",
        ),
    ],
)
def test_another_article_of_the_law_holds_the_sentence(from_: str, to: str, source: str, target: str) -> None:
    """An article or its part that changed, or changed places, never goes out by itself."""
    findings = compare(source, target, from_, to, glossary=NONE)
    assert verdict(findings) == "hold"
    assert Kind.LAW in {finding.kind for finding in findings}


def test_an_article_behind_its_part_is_no_century() -> None:
    """«ч. 2 ст. 411» is the article that the source names, and does not wait for anybody."""
    source = "Яму далі 2 гады зняволення паводле ч. 2 арт. 411 Крымінальнага кодэкса."
    target = "Ему дали 2 года заключения по ч. 2 ст. 411 Уголовного кодекса."
    assert verdict(compare(source, target, "be", "ru", glossary=SHIPPED)) == "clear"
    assert verdict(compare(source, target.replace("411", "412"), "be", "ru", glossary=SHIPPED)) == "hold"


def test_a_quotation_that_lost_its_marks_is_looked_at() -> None:
    """Somebody's words may not become our own."""
    source, target = "She said: “I will come back to my school.”", "Она сказала, что вернётся в свою школу."
    assert Kind.QUOTATION in {
        f.kind for f in compare(source, target, "en", "ru", glossary=NONE) if f.severity == "look"
    }


def test_our_words_that_became_a_quotation_are_looked_at() -> None:
    """Nobody may be given words that the source does not quote."""
    source, target = "She said she would come back to her school.", "Она сказала: «Я вернусь в мою школу»."
    assert Kind.QUOTATION in {
        f.kind for f in compare(source, target, "en", "ru", glossary=NONE) if f.severity == "look"
    }


def test_half_a_sentence_is_held_and_no_sentence_too() -> None:
    """What is far too short was left out; what is empty says nothing."""
    source = "The teachers of the school wrote an open letter to the minister and asked for an answer within a week."
    half = verdict(compare(source, "Учителя написали письмо.", "en", "ru", glossary=NONE))
    assert half == verdict(compare(source, "", "en", "ru", glossary=NONE)) == "hold"


@pytest.mark.parametrize(
    ("to", "target"),
    [
        ("be", "Учителя этой школы написали открытое письмо министру."),
        ("ru", "Настаўнікі гэтай школы напісалі адкрыты ліст міністру."),
        ("ru", "Вчителі цієї школи написали відкритий лист міністрові."),
        ("uk", "Учителя этой школы написали открытое письмо министру."),
        ("ru", "The teachers of this school wrote an open letter to the minister."),
        ("pl", "The teachers of this school wrote an open letter to the minister."),
        ("en", "Nauczyciele tej szkoły napisali list otwarty do ministra."),
    ],
)
def test_a_sentence_in_the_wrong_language_is_held(to: str, target: str) -> None:
    """Words of another language never go out as this one."""
    source = {"en": "Настаўнікі гэтай школы напісалі адкрыты ліст міністру."}.get(
        to, "The teachers of this school wrote an open letter to the minister."
    )
    findings = compare(source, target, "be" if to == "en" else "en", to, glossary=NONE)
    assert Kind.LANGUAGE in {finding.kind for finding in findings if finding.severity == "hold"}


@pytest.mark.parametrize("target", ["Наcтаўнікі школы напісалі ліст.", "Настаўники школы напісалі ліст."])
def test_a_word_with_foreign_letters_is_looked_at(target: str) -> None:
    """A Latin "c" in a Cyrillic word, or a Russian letter in a Belarusian one, waits for a person."""
    assert verdict(compare("The teachers wrote a letter.", target, "en", "be", glossary=NONE)) == "look"


def test_an_html_code_that_an_engine_left_is_looked_at() -> None:
    """Readers must not see &#39; where an apostrophe should be."""
    findings = compare("The family is here.", "Сям&#39;я тут.", "en", "be", glossary=NONE)
    assert Kind.LANGUAGE in {finding.kind for finding in findings}


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("ru", "en", "Суд наказал активиста сурово.", "The court punished активиста severely."),
        ("be", "en", "Яна пачала галадоўку ў пятніцу.", "She began галадоўку on Friday."),
        ("pl", "en", "Sąd oddalił apelację Jana.", "The court oddalił apelację of Jan."),
        ("ru", "be", "Его держат в изоляторе уже год.", "Яго трымаюць у изоляторе ўжо год."),
        ("be", "ru", "Яго асудзілі.", "Яго асудзілі."),
        ("be", "ru", "Яго тут судзяць.", "Яго тут судзяць."),
    ],
)
def test_a_half_translated_sentence_is_held(from_: str, to: str, source: str, target: str) -> None:
    """A plain word of the source that an engine let stand, or a whole sentence, never goes out as a translation."""
    findings = compare(source, target, from_, to, glossary=SHIPPED)
    assert Kind.LANGUAGE in {finding.kind for finding in findings if finding.severity == "hold"}


def test_several_words_copied_in_a_row_are_looked_at() -> None:
    """Words that are the same letters in both languages still show that a stretch was not translated."""
    source, target = "Jest to bardzo piękny most kamienny.", "This is a very beautiful most kamienny."
    assert verdict(compare(source, target, "pl", "en", glossary=NONE)) == "look"


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "en", "Часопіс «Ранак» выйшаў у Пінску.", "The magazine Ranak («Ранак») came out in Pinsk."),
        ("ru", "be", "Газета «Утренний листок» закрыта.", "Газета «Утренний листок» закрыта ўладамі."),
        ("ru", "be", "Минск.", "Мінск."),
        ("uk", "ru", "Луцк", "Луцк"),
    ],
)
def test_a_title_in_marks_or_a_single_name_may_stay(from_: str, to: str, source: str, target: str) -> None:
    """What stands in quotation marks or brackets may keep the letters of the source, and one name may be the same."""
    findings = compare(source, target, from_, to, glossary=SHIPPED)
    assert Kind.LANGUAGE not in {finding.kind for finding in findings}


@pytest.mark.parametrize(
    ("to", "target"),
    [
        ("en", "Le tribunal de la ville a condamné le professeur et sa femme pour une lettre ouverte."),
        ("en", "Das Gericht der Stadt hat den Lehrer und seine Frau wegen eines offenen Briefes verurteilt."),
        ("en", "Miesto teismas nuteisė mokytoją ir jo žmoną dėl atviro laiško, kurį jie parašė ministrui."),
        ("pl", "Le tribunal de la ville a condamné le professeur et sa femme pour une lettre ouverte."),
    ],
)
def test_french_german_or_lithuanian_is_not_english(to: str, target: str) -> None:
    """A long sentence with hardly a common word of its language is in another one, and is held."""
    source = "Гарадскі суд пакараў настаўніка і яго жонку за адкрыты ліст, які яны напісалі міністру."
    findings = compare(source, target, "be", to, glossary=NONE)
    assert Kind.LANGUAGE in {finding.kind for finding in findings if finding.severity == "hold"}


def test_a_list_of_names_is_in_no_language() -> None:
    """A long list of people has few common words and is English all the same."""
    target = "Detained: Ales Hai, Ihar Bor, Vera Luh, Ada Kut, Jan Vir, Eva Stau, Lea Mох".replace("Mох", "Moh")
    source = "Затрыманыя: Алесь Гай, Ігар Бор, Вера Луг, Ада Кут, Ян Вір, Ева Стаў, Лея Мох"
    assert Kind.LANGUAGE not in {finding.kind for finding in compare(source, target, "be", "en", glossary=NONE)}


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "en", "Яго судзілі паводле арт. 130 КК.", "He was tried under Article 130 of the Criminal Code."),
        ("ru", "en", "Дело по ст. 130 УК РБ.", "A case under Article 130 of the Criminal Code of Belarus."),
        ("ru", "en", "Дело по ст. 130 УК.", "A case under Article 130 of the Criminal Code of Belarus."),
        ("en", "ru", "A case under Article 130 of the Criminal Code.", "Дело по ст. 130 УК."),
        ("pl", "en", "Sprawa z art. 130 k.k.", "A case under Article 130 of the Criminal Code."),
        ("be", "en", "Справа паводле арт. 120 КПК.", "A case under Article 120 of the Criminal Procedure Code."),
        (
            "be",
            "en",
            "Штраф паводле арт. 19.11 КаАП.",
            "A fine under Article 19.11 of the Code of Administrative Offences.",
        ),
        ("be", "en", "Абвінавачанне: ч. 1 арт. 342 КК.", "The charge: Article 342(1) of the Criminal Code."),
        ("pl", "en", "Mówi o tym art. 54 ust. 1 Konstytucji.", "Article 54(1) of the Constitution speaks of it."),
        (
            "ru",
            "en",
            "Это нарушает статью 19 Международного пакта о гражданских и политических правах.",
            "This violates Article 19 of the ICCPR.",
        ),
        (
            "be",
            "en",
            "Гэта парушае Усеагульную дэкларацыю правоў чалавека.",
            "This violates the Universal Declaration of Human Rights.",
        ),
    ],
)
def test_a_code_or_a_treaty_may_be_written_short(from_: str, to: str, source: str, target: str) -> None:
    """«КК» is the Criminal Code, "342(1)" is part 1 of Article 342, and the treaties have their names."""
    assert verdict(compare(source, target, from_, to, glossary=SHIPPED)) == "clear"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Справа паводле арт. 130 КК.", "A case under Article 130 of the Code of Administrative Offences."),
        ("Справа паводле ч. 1 арт. 342.", "A case under Article 342(2)."),
        ("Справа паводле ч. 1 арт. 342.", "A case under Article 341(1)."),
    ],
)
def test_another_code_or_another_part_is_held(source: str, target: str) -> None:
    """The short forms are compared as strictly as the long ones."""
    assert verdict(compare(source, target, "be", "en", glossary=SHIPPED)) == "hold"


def test_a_pair_of_initials_is_no_criminal_code() -> None:
    """ "k.k." is the Criminal Code in Polish; "K. K." is somebody's initials."""
    assert not SHIPPED.mentions("Skazano K. K. na grzywnę.", "pl")
    assert SHIPPED.mentions("Skazano go z art. 130 k.k. na grzywnę.", "pl")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It is " + "7" * 4400 + ".", "Гэта " + "7" * 4400 + "."),
        ("It is " + "777 " * 1500 + "here.", "Гэта " + "777 " * 1500 + "тут."),
        ("It is " + "7" * 41 + ".", "Гэта " + "7" * 41 + "."),
        ("not " * 100_000, "не " * 100_000),
        ("5 May " * 300, "6 мая " * 300),
        ("The " + "Adar Vilna " * 150, "А " + "Адар Вільна " * 150 + "і Рог"),
        ("0" * 38 + "  May and so on.", "0" * 38 + "  мая і гэтак далей."),
    ],
)
def test_no_sentence_stops_the_guard(source: str, target: str) -> None:
    """Whatever stands in a sentence, the guard answers at once, and what nobody can compare does not go out."""
    begun = time.perf_counter()
    result = verdict(compare(source, target, "en", "be", glossary=SHIPPED))
    assert time.perf_counter() - begun < 1
    assert result == "hold" or "Vilna" in source or "0000" in source
