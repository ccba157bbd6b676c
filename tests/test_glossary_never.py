"""The do-not-name list: nobody on it is named in any post. All people here are invented."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import guard, review
from bot.model import (
    Approved,
    Block,
    BlockKind,
    Candidate,
    Checked,
    Held,
    Statement,
    Subject,
    TranslatedSentence,
    Translation,
)
from bot.summary import summarise, written
from bot.text import unnamed
from bot.text.glossary import parse
from channels import TooLong

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LISTED = parse("""
[never_name.child-1]
be = "Алеся Грыбоўка"
ru = "Алеся Грибовка"
en = "Alesia Hrybouka"
uk = "Олеся Грибовка"
pl = "Alesia Hrybouka"
[people.maryia]
be = "Марыя Грыбоўка"
""")
NAMED = "Алесю Грыбоўку"


def statement(text: str = "Суд пачаўся ў чацвер. Вынік будзе ў пятніцу.", **values: object) -> Statement:
    made = Statement(
        source="site",
        language="be",
        url="https://example.invalid/1",
        title="Суд пачаўся",
        blocks=(Block(kind=BlockKind.PARAGRAPH, text=text),),
        first_seen=NOW,
    )
    return replace(made, **values)


def translated(*words: str, approver: str | None = None) -> Checked:
    """A translation into Russian, by two engines that agree or by a person."""
    source = statement()
    summary = summarise(source)
    texts = (source.title, *(one.text for one in summary.sentences))
    made = []
    for text, said in zip(texts, words, strict=True):
        one = Candidate(text=said, engine="one", version="1", approver=approver)
        made.append(TranslatedSentence(source=text, candidates=(one, replace(one, engine="two"))))
    translation = Translation(source_language="be", language="ru", title=made[0], sentences=tuple(made[1:]))
    return guard.examine(source, summary, translation, glossary=LISTED)


def decided(checked: Checked) -> Approved | Held:
    subject = Subject(name="s1", revision=1, channel="telegram-be", language=checked.language)
    return review.judge(subject, checked, (), policy="never", now=NOW)


def is_stopped(checked: Checked) -> bool:
    """Whether nothing leaves, with the id and without the name in whatever is told of it."""
    decision = decided(checked)
    if isinstance(decision, Approved):
        return False
    told = " ".join((*decision.reasons, *(f"{one.expected} {one.found}" for one in checked.findings)))
    return "never_name.child-1" in told and "Грыб" not in told and "Гриб" not in told


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("be", "Бачылі Алесю Грыбоўку ў судзе."),
        ("be", "Пра А. Грыбоўку не гаварылі."),
        ("be", "ГРЫБОЎКА АЛЕСЯ, 16 ГАДОЎ"),
        ("be", "Ліст ад Грыбо\u0301ўкі."),
        ("ru", "Сказано о Грибовке."),
        ("ru", "Видели Гpибовку."),
        ("en", "Hrybouka's mother came."),
        ("en", "Write #FreeHrybouka and @alesia_hrybouka."),
        ("en", "See https://example.invalid/alesia-hrybouka-16 there."),
        ("uk", "З Олесею Грибовкою говорили."),
        ("pl", "Rozmawiano z Alesią Hrybouką."),
    ],
)
def test_a_name_of_the_list_is_found_in_every_form(language: str, text: str) -> None:
    """Whatever the language, case, spelling or order, in a hashtag or an address, the name is found."""
    assert unnamed.ids([text], language, LISTED) == ("child-1",)


@pytest.mark.parametrize("text", ["Бачылі Марыю Грыбоўку.", "Бачылі Пятра Грыбоўку.", "Грыбы раслі ў лесе."])
def test_somebody_else_of_that_surname_may_be_named(text: str) -> None:
    """A namesake with another first name, listed or not, stops nothing."""
    assert unnamed.ids([text], "be", LISTED) == ()


@pytest.mark.parametrize(
    "one",
    [
        statement(title="Суд над Алесяй Грыбоўкай"),
        statement(f"Суд пачаўся ў чацвер. Бачылі {NAMED}."),
        statement(url="https://example.invalid/alesia-hrybouka"),
        statement(
            blocks=(Block(kind=BlockKind.PARAGRAPH, text="Суд пачаўся."), Block(kind=BlockKind.IMAGE, text=NAMED))
        ),
        statement(
            blocks=(
                Block(kind=BlockKind.PARAGRAPH, text="Суд пачаўся."),
                Block(kind=BlockKind.ATTACHMENT, text="Ліст", href="https://example.invalid/hrybouka.pdf"),
            )
        ),
    ],
    ids=["title", "sentence", "address", "picture", "file"],
)
def test_the_sites_own_edition_is_stopped_wherever_the_name_stands(one: Statement) -> None:
    """In a title, a sentence, the words for a picture or an address: even where nobody reviews, nothing leaves."""
    summary = summarise(one)
    assert is_stopped(guard.examine_authored(one, summary, glossary=LISTED))
    assert is_stopped(guard.examine_untranslated(one, summary, "en", glossary=LISTED))


def test_an_officers_own_words_are_stopped() -> None:
    """Whoever writes the words, the name does not go out; the statement behind them, which no post shows, may."""
    named = statement(f"Суд пачаўся ў чацвер. Бачылі {NAMED}.")
    words = written(f"Бачылі {NAMED}.", "be", "Суд пачаўся")
    assert is_stopped(guard.examine_authored(named, words, glossary=LISTED))
    assert not is_stopped(guard.examine_authored(named, written("Суд пачаўся.", "be", "Суд"), glossary=LISTED))


@pytest.mark.parametrize("approver", [None, "editor"], ids=["two engines agree", "a person approved"])
def test_no_second_opinion_and_no_approval_clears_the_name(approver: str | None) -> None:
    """Two engines that agree, or a person's own sentence from the memory, do not let the name through."""
    clean = ("Суд начался", "Суд начался в четверг.", "Результат будет в пятницу.")
    assert not is_stopped(translated(*clean, approver=approver))
    for at in range(3):
        words = [f"{text} Это Грибовка." if i == at else text for i, text in enumerate(clean)]
        assert is_stopped(translated(*words, approver=approver))


def test_the_list_is_part_of_the_version_and_its_people_are_asked_for_nowhere() -> None:
    """A new entry is a new version of the glossary, and the guard never tells that name as one that is missing."""
    without = parse('[people.maryia]\nbe = "Марыя Грыбоўка"')
    assert without.version != LISTED.version
    findings = guard.compare("Бачылі Алесю Грыбоўку.", "Видели её.", "be", "ru", glossary=LISTED)
    assert "Hrybouka" not in " ".join(one.message for one in findings)


def test_what_is_too_long_is_no_way_around() -> None:
    """An edition that does not fit is held as ever."""
    one = statement(title="Суд над Алесяй Грыбоўкай")
    checked = guard.examine_authored(one, summarise(one), glossary=LISTED)
    subject = Subject(name="s1", revision=1, channel="x-be", language="be")
    too_long = TooLong(length=300, limit=280, unit="characters")
    assert isinstance(review.judge(subject, checked, too_long, policy="never", now=NOW), Held)
