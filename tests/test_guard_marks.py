"""The guard's promises about addresses, law, quotations, length and language. All people here are invented."""

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
