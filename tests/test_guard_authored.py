"""What the guard says of a site's own editions of one story. All people, places and events are invented."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from bot.guard import disagreements, examine, examine_authored, examine_untranslated
from bot.model import (
    Block,
    BlockKind,
    Candidate,
    Cut,
    Finding,
    Kind,
    Severity,
    Statement,
    Summary,
    TranslatedSentence,
    Translation,
)
from bot.text.glossary import parse

GLOSSARY = parse(
    """
    [people.harun]
    be = "Адась Гарун"
    ru = "Адась Гарун"
    en = "Adas Harun"
    [people.lipa]
    be = "Янка Ліпень"
    ru = "Янка Липень"
    en = "Yanka Lipen"
    """
)

# Title, then sentences. They are no translations of each other: order, number and contents of the sentences differ.
COURT = {
    "be": (
        "Суд у Мройску асудзіў Адася Гаруна на 7 гадоў калоніі",
        "12 ліпеня 2024 года Мройскі гарадскі суд абвясціў прысуд праваабаронцу Адасю Гаруну. "
        "Яму прысудзілі 7 гадоў паводле ч. 2 арт. 342 Крымінальнага кодэкса.",
        "Працэс доўжыўся 18 дзён і быў закрыты. Адвакат Ларыса Верас паведаміла, што суд дапытаў 46 сведак.",
        "Паводле падлікаў арганізацыі «Вежа», за кратамі застаюцца 1 094 чалавекі.",
    ),
    "ru": (
        "Адась Гарун приговорён к 7 годам колонии",
        "Мройский городской суд огласил приговор правозащитнику Адасю Гаруну 12 июля 2024 года. "
        "Он получил 7 лет по ч. 2 ст. 342 Уголовного кодекса, сообщает адвокат Лариса Верас.",
        "По подсчётам организации «Вежа», за решёткой остаются 1094 человека.",
        "Закрытый процесс длился 18 дней. Суд допросил 46 свидетелей.",
    ),
    "en": (
        "Mrojsk court sentences Adas Harun to 7 years",
        "The Mrojsk city court announced its verdict against human rights defender Adas Harun on 12 July 2024: "
        "seven years under part 2 of article 342 of the Criminal Code.",
        "The trial was closed and lasted 18 days. The court heard 46 witnesses, said his lawyer, Larysa Veras.",
        "The organisation Vezha counts 1,094 people behind bars. It asks all governments to speak about them.",
    ),
}
FIRE = {
    "be": (
        "Пажар у бібліятэцы «Крыніца»",
        "У ноч на 3 сакавіка ў бібліятэцы «Крыніца» на вуліцы Зялёнай згарэла больш за тысячу кніг.",
        "Дырэктарка Алена Сасна кажа, што пажарнікі прыехалі праз 25 хвілін. Шкода ацэненая ў 64 300 рублёў.",
        "Міліцыя затрымала траіх падлеткаў.",
    ),
    "ru": (
        "Пожар в библиотеке «Крыница» на Зелёной улице",
        "По словам директора Алены Сосны, пожарные приехали через 25 минут после звонка.",
        "В ночь на 3 марта в библиотеке «Крыница» сгорело 1049 книг, ущерб оценён в 64 300 рублей.",
        "Жители соседнего дома собрали для библиотеки 380 новых томов.",
    ),
    "en": (
        "Fire at the Krynica library",
        "On the night of 3 March a fire at the Krynica library destroyed about a thousand books.",
        "Its director, Alena Sasna, says that the fire brigade came after 25 minutes. The damage is put at "
        "64,300 roubles.",
    ),
}
DEMANDS = {
    "be": (
        "Тры патрабаванні таварыства «Ліпа»",
        "Таварыства «Ліпа» звярнулася да Міністэрства з трыма патрабаваннямі.",
        "1. Адказаць на ліст цягам 30 дзён.",
        "2. Выплаціць сем'ям па 500 рублёў.",
        "3. Адмяніць загад № 118 ад 5 траўня 2023 года.",
    ),
    "ru": (
        "Общество «Липа» выдвинуло три требования",
        "С тремя требованиями обратилось к Министерству общество «Липа».",
        "1. Ответить на письмо в течение 30 дней.",
        "2. Выплатить семьям по 500 рублей.",
        "3. Отменить приказ № 118 от 5 мая 2023 года.",
    ),
    "en": (
        "Lipa society makes three demands",
        "The society Lipa has written to the Ministry and makes three demands.",
        "1. To answer the letter within 30 days.",
        "2. To pay each family 500 roubles.",
        "3. To annul order No. 118 of 5 May 2023.",
    ),
}
LETTERS = {
    "be": (
        "Янка Ліпень трэці месяц не атрымлівае лістоў",
        "Янка Ліпень знаходзіцца ў калоніі № 14 пад Мройскам. За 2023 год ён атрымаў 212 лістоў, сёлета — ніводнага.",
        "Яго сястра Ганна паведаміла пра гэта 9 верасня. Спатканне працягнулася 40 хвілін.",
    ),
    "ru": (
        "Янка Липень остаётся без писем",
        "Сестра Анна рассказала 9 сентября, что свидание длилось 40 минут.",
        "Янка Липень содержится в колонии № 14 под Мройском. В этом году письма не приходят, "
        "а за 2023 год он получил 212 писем.",
    ),
    "en": (
        "Yanka Lipen goes without letters",
        "Yanka Lipen is held in colony No. 14 near Mrojsk. In 2023 he received 212 letters, this year none.",
        "His sister Hanna said so on 9 September, after a visit of 40 minutes.",
        "Readers can write to him; the society will pass it on.",
    ),
}
STORIES = {"court": COURT, "fire": FIRE, "demands": DEMANDS, "letters": LETTERS}
PAIRS = [(name, *pair) for name in STORIES for pair in (("be", "ru"), ("en", "be"), ("ru", "en"))]


def statement(language: str, texts: Iterable[str], kind: BlockKind = BlockKind.PARAGRAPH) -> Statement:
    title, *paragraphs = texts
    blocks = []
    for text in paragraphs:
        number, dot, rest = text.partition(". ")
        if dot and number.isdigit():
            blocks.append(Block(kind=BlockKind.ITEM, text=rest, ordinal=int(number)))
        else:
            blocks.append(Block(kind=kind, text=text))
    return Statement(
        source="site",
        language=language,
        url=f"https://example.invalid/{language}",
        title=title,
        blocks=tuple(blocks),
        first_seen=datetime(2024, 7, 12, tzinfo=UTC),
    )


def story(name: str, *languages: str, **changes: tuple[str, str]) -> list[Statement]:
    """The editions of a story; in that of a language, one word (in all places) becomes another."""
    editions = []
    for language in languages:
        old, new = changes.get(language, ("", ""))
        texts = STORIES[name][language]
        assert not old or any(old in text for text in texts)
        editions.append(statement(language, (text.replace(old, new) if old else text for text in texts)))
    return editions


def holds(editions: list[Statement]) -> list[Finding]:
    return [one for one in disagreements(editions, glossary=GLOSSARY) if one.severity is not Severity.NOTE]


@pytest.mark.parametrize(("name", "one", "other"), PAIRS)
def test_editions_that_say_the_same_are_not_held(name: str, one: str, other: str) -> None:
    """Sentences may be moved, merged, left out and added, and numbers told in words or roundly: nothing is held."""
    assert holds(story(name, one, other)) == []


def test_three_editions_that_say_the_same_are_not_held() -> None:
    """Nor are three editions of which each tells a little more or less."""
    for name in STORIES:
        assert holds(story(name, "be", "ru", "en")) == []


@pytest.mark.parametrize(
    ("name", "language", "other", "old", "new", "kind"),
    [
        ("court", "en", "be", "1,094", "1,049", Kind.NUMBER),
        ("court", "ru", "be", "1094", "1994", Kind.NUMBER),
        ("court", "ru", "be", "46 свид", "64 свид", Kind.NUMBER),
        ("court", "be", "ru", "18 дзён", "19 дзён", Kind.NUMBER),
        ("court", "en", "ru", "18 days", "18 months", Kind.NUMBER),
        ("court", "be", "en", "18 дзён", "18 тыдняў", Kind.NUMBER),
        ("court", "en", "be", "12 July", "12 June", Kind.DATE),
        ("court", "ru", "en", "12 июля", "21 июля", Kind.DATE),
        ("court", "be", "ru", "ліпеня 2024", "ліпеня 2023", Kind.DATE),
        ("court", "en", "ru", "article 342", "article 324", Kind.LAW),
        ("court", "be", "en", "арт. 342", "арт. 341", Kind.LAW),
        ("court", "ru", "be", "Адас", "Янк", Kind.NAME),
        ("fire", "en", "be", "64,300", "63,400", Kind.NUMBER),
        ("fire", "ru", "be", "25 минут", "52 минуты", Kind.NUMBER),
        ("fire", "be", "en", "3 сакавіка", "3 красавіка", Kind.DATE),
        ("demands", "en", "be", "30 days", "13 days", Kind.NUMBER),
        ("demands", "be", "ru", "500 рублёў", "600 рублёў", Kind.NUMBER),
        ("demands", "ru", "en", "118", "181", Kind.NUMBER),
        ("demands", "en", "ru", "5 May", "15 May", Kind.DATE),
        ("letters", "be", "en", "212", "221", Kind.NUMBER),
        ("letters", "ru", "be", "9 сентября", "9 декабря", Kind.DATE),
        ("letters", "en", "ru", "No. 14", "No. 41", Kind.NUMBER),
        ("letters", "en", "be", "40 minutes", "45 minutes", Kind.NUMBER),
        ("letters", "ru", "be", "2023", "2022", Kind.NUMBER),
    ],
)
def test_one_changed_fact_is_held(name: str, language: str, other: str, old: str, new: str, kind: Kind) -> None:
    """One digit, month, day, unit or article that differs between two editions holds the story, once."""
    if (old, new) == ("Адас", "Янк"):
        editions = story(name, language, other)
        texts = (
            text.replace("Адась Гарун", "Янка Липень").replace("Адасю Гаруну", "Янке Липеню") for text in COURT["ru"]
        )
        editions[0] = statement("ru", texts)
    else:
        editions = story(name, language, other, **{language: (old, new)})
    assert [one.kind for one in holds(editions)] == [kind]
    assert [one.kind for one in holds(editions[::-1])] == [kind]


def test_the_message_names_both_languages_and_both_values() -> None:
    """A layman reads which edition says what, as it is written there."""
    (found,) = holds(story("court", "en", "be", en=("1,094", "1,049")))
    assert found.message == "Your English says “1,049”, your Belarusian says “1 094”."
    assert (found.severity, found.expected, found.found) == (Severity.HOLD, "1,049", "1 094")
    assert (found.sentence, found.source_spans, found.target_spans) == (-1, (), ())


def test_another_unit_is_told_with_the_unit() -> None:
    """Where the figures are the same and the unit is not, the message shows the unit."""
    (found,) = holds(story("court", "en", "ru", en=("18 days", "18 months")))
    assert found.message == "Your English says “18 months”, your Russian says “18 дней”."


def test_the_odd_one_out_is_named() -> None:
    """When two of three editions agree, one finding says which edition stands alone."""
    (found,) = holds(story("court", "be", "ru", "en", en=("1,094", "1,049")))
    assert found.message == "Only your English says “1,049”, your Belarusian and your Russian say “1 094”."
    assert (found.expected, found.found) == ("1 094", "1,049")


def test_three_values_are_one_finding() -> None:
    """When all three editions differ, one finding tells all three values."""
    (found,) = holds(story("court", "be", "ru", "en", en=("1,094", "1,049"), ru=("1094", "1194")))
    assert all(value in found.message for value in ("“1,049”", "“1194”", "“1 094”"))


def test_a_fact_that_one_edition_lacks_is_only_noted() -> None:
    """Nobody has to tell everything in every language: what is missing is written down and stops nothing."""
    notes = disagreements(story("fire", "ru", "en"), glossary=GLOSSARY)
    assert {one.severity for one in notes} == {Severity.NOTE}
    assert "Your Russian says “380”, your English does not." in {one.message for one in notes}


def test_a_round_number_is_no_other_number_but_a_wrong_one_is() -> None:
    """“About 1,000” stands for 1,049; an exact 1,000 does not, nor does “about 2,000”."""
    assert holds(story("fire", "ru", "en", en=("about a thousand", "more than 1,000"))) == []
    assert len(holds(story("fire", "ru", "en", en=("about a thousand", "1,094")))) == 1
    assert len(holds(story("fire", "ru", "en", en=("about a thousand", "about 2,000")))) == 1


def test_lists_of_names_and_pictures_are_not_compared() -> None:
    """Signatories and picture texts differ between editions and mean nothing here."""
    one, other = story("court", "en", "be")
    for kind in (BlockKind.SIGNATORIES, BlockKind.IMAGE, BlockKind.ATTACHMENT):
        ends = [Block(kind=kind, text="Vezha, founded 2001"), Block(kind=kind, text="Вежа, заснаваная ў 2010")]
        editions = [
            Statement(
                **{name: getattr(edition, name) for name in edition.__slots__} | {"blocks": (*edition.blocks, end)}
            )
            for edition, end in zip((one, other), ends, strict=True)
        ]
        assert disagreements(editions, glossary=GLOSSARY) == disagreements([one, other], glossary=GLOSSARY)


def test_nothing_to_compare() -> None:
    """One edition, an empty one, or one in a language that the guard does not know says nothing."""
    (one,) = story("court", "en")
    assert disagreements([], glossary=GLOSSARY) == disagreements([one], glossary=GLOSSARY) == ()
    assert disagreements([one, statement("de", COURT["en"])], glossary=GLOSSARY) == ()
    assert holds([one, statement("be", [""])]) == []


def test_a_disagreement_stops_every_place_of_the_story() -> None:
    """Original, fallback and translation are all stopped by a contradiction between the site's own editions."""
    one = statement("en", ("A quiet day", "Nothing happened."))
    brief = Summary(language="en", title=one.title, sentences=(), cuts=(Cut(characters=280, sentences=()),))
    title = TranslatedSentence(source=one.title, candidates=(Candidate(text="Тихий день", engine="one", version="1"),))
    translated = Translation(source_language="en", language="ru", title=title, sentences=())
    found = tuple(holds(story("court", "en", "be", en=("1,094", "1,049"))))
    for more, stopped in (((), ()), (found, found)):
        assert examine_authored(one, brief, glossary=GLOSSARY, disagreements=more).open_findings == stopped
        assert examine_untranslated(one, brief, "ru", glossary=GLOSSARY, disagreements=more).open_findings == stopped
        checked = examine(one, brief, translated, glossary=GLOSSARY, disagreements=more)
        assert checked.open_findings == stopped
        assert checked.wanting == ()


def test_two_long_editions_are_compared_quickly() -> None:
    """Two editions of forty sentences take less than a twentieth of a second."""

    def edition(language: str) -> Statement:
        return statement(language, [text for name in STORIES for text in STORIES[name][language][:4]] * 2)

    editions = [edition("be"), edition("ru")]
    assert all(edition.text.count(".") + edition.text.count("\n") >= 40 for edition in editions)
    disagreements(editions, glossary=GLOSSARY)  # word tables are read once
    seconds = []
    for _ in range(3):  # the best of three: what else the machine does is not what is measured
        start = time.perf_counter()
        disagreements(editions, glossary=GLOSSARY)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05 * 4  # a busy machine is slower, never a hundred times


def test_other_facts_in_like_sentences_are_not_held() -> None:
    """Two sentences about one event may tell different things of it: without a sure partner nothing is held."""
    one = statement(
        "en", ("Search in Mrojsk", "In Mrojsk, Larysa Veras was searched by 14 officers and 3 dogs in 20 rooms.")
    )
    other = statement("be", ("Ператрус у Мройску", "У Мройску Ларыса Верас бачыла 5 машын, 9 сабак і 31 кнігу."))
    assert holds([one, other]) == []


def test_roughly_told_is_one_value_only_where_one_side_is_exact() -> None:
    """“About 100 days” stands for 103 days; “about 200 days” and “about 206 days” contradict each other."""
    for told, exact, found in (("about 100", "103", 0), ("about 200", "прыблізна 206", 1)):
        one = statement("en", ("Strike at Vezha", f"The strike at the Vezha works lasted {told} days."))
        other = statement("be", ("Страйк на «Вежы»", f"Страйк на заводзе «Вежа» доўжыўся {exact} дзён."))
        assert len(holds([one, other])) == found


def test_a_number_in_words_is_not_missed_by_the_other_edition() -> None:
    """“More than 1,000” is not called missing where the other edition says “больш за тысячу”."""
    editions = story("fire", "en", "be", en=("about a thousand", "more than 1,000"))
    assert all("1,000" not in one.message for one in disagreements(editions, glossary=GLOSSARY))


def test_items_with_one_number_are_compared() -> None:
    """The second demand is the second demand, however many sentences the first one has."""
    one = statement("en", ("Two demands", "1. Free them.", "2. Pay 500 euro."))
    other = statement("be", ("Патрабаванні", "1. Адпусціць усіх. Неадкладна. Без умоў.", "2. Заплаціць 60 еўра."))
    assert [found.message for found in holds([one, other])] == ["Your English says “500”, your Belarusian says “60”."]
