"""The glossary that an editor keeps: how it is read, checked and added to. All people here are invented."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.text import listing
from bot.text.glossary import SHIPPED, parse
from tests.house import in_process

PEOPLE = """# Our people
[people.kulik]  # the editor
be = "Алена Кулік"
ru = "Алена Кулик"
en = "Alena Kulik"

[people.kulikou]
be = "Ігар Кулікоў"
ru = "Игорь Куликов"
en = "Ihar Kulikou"

[people.kravets]
be = "Павел Кравец"
ru = "Павел Кравец"
en = "Pavel Kravets"
uk = "Павло Кравець"
pl = "Paweł Kraviec"
"""
GLOSSARY = parse(PEOPLE)
SHIPPED_TEXT = SHIPPED.read_text(encoding="utf-8")
ALL = ("be", "ru", "en")


def said(text: str, *languages: str) -> list[str]:
    """What the check says of a glossary that stands by itself."""
    return [remark.text for remark in listing.check(text, shipped="", languages=languages or ALL)]


@pytest.mark.parametrize(
    ("language", "text", "id"),
    [
        ("be", "Гаворыць Кулікоў.", "kulikou"),
        ("be", "Бачылі Кулікова.", "kulikou"),
        ("be", "Бачылі Куліка.", "kulik"),
        ("ru", "Видели Куликова.", "kulikou"),
        ("ru", "Видели Кулика.", "kulik"),
        ("en", "We saw Kulikou's house.", "kulikou"),
        ("en", "We saw Kulik's house.", "kulik"),
        ("be", "Лісты Паўла Краўца.", "kravets"),
        ("uk", "Листи Павла Кравця.", "kravets"),
        ("pl", "Listy Pawła Kravca.", "kravets"),
    ],
)
def test_the_longest_name_wins_in_every_case(language: str, text: str, id: str) -> None:
    """Of Kulik and Kulikov each is found in any case and never for the other, and so is a case that loses a vowel."""
    assert [found.ids for found in GLOSSARY.mentions(text, language)] == [{id}]


def test_a_name_of_two_words_wins_over_its_first_word() -> None:
    """A town whose name begins with that of another is that town, whichever was listed first."""
    for text in (
        '[places.a]\nbe = "Мрой Двор"\n[places.b]\nbe = "Мрой"',
        '[places.b]\nbe = "Мрой"\n[places.a]\nbe = "Мрой Двор"',
    ):
        assert [found.ids for found in parse(text).mentions("Мрой Двор далёка.", "be")] == [{"a"}]


@pytest.mark.parametrize(
    "text",
    [
        "Бачылі Куликова.",
        "Бачылі Кулiкова.",
        "Бачылі Кyлікoва.",
        "Бачылі Куліко\u0301ва.",
        "Бачылі Кулі\u00adкова.",
    ],
    ids=["Russian letter", "Latin i", "Latin y and o", "stress", "soft hyphen"],
)
def test_letters_that_are_taken_for_others_hide_nobody(text: str) -> None:
    """A Russian or Latin letter, a stress mark or a soft hyphen in a listed name does not hide it."""
    assert [found.ids for found in GLOSSARY.mentions(text, "be")] == [{"kulikou"}]


@pytest.mark.parametrize(("text", "found"), [("Сідарэвiч i Ёлка", 1), ("Сiдарэвiч", 1), ("Елка", 1), ("Гамак", 0)])
def test_letters_of_a_neighbouring_keyboard_are_one_for_the_glossary(text: str, found: int) -> None:
    """«Ё» and «е», «і» and a Latin "i" are one letter when names are looked for."""
    glossary = parse('[people.a]\nbe = "Сідарэвіч"\n[people.b]\nbe = "Ёлка"')
    assert len(glossary.mentions(text.partition(" i ")[0], "be")) == found


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("Васілевч", "vasilevich"),
        ("Васілевчі", "vasilevich"),
        ("Васіллевіч", "vasilevich"),
        ("Васілевіч", None),
        ("Васілевіча", None),
        ("Васілеўскі", None),
        ("Басілевіч", None),
    ],
)
def test_a_slip_of_the_hand_in_a_long_name_is_seen(word: str, id: str | None) -> None:
    """A letter that is missing, doubled or behind the next is a slip; another letter may be another name."""
    glossary = parse('[people.vasilevich]\nbe = "Вера Васілевіч"\n[people.luh]\nbe = "Вера Луг"')
    assert [slip.id for slip in glossary.slips(f"Сёння {word} дома", "be")] == ([id] if id else [])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "у Могильові"),
        ("uk", "з Борисова"),
        ("uk", "у Мінську"),
        ("uk", "Слідчого комітету"),
        ("uk", "Загальної декларації прав людини"),
        ("uk", "у Національних зборах"),
        ("uk", "до Генеральної прокуратури"),
        ("uk", "з Верховним судом"),
        ("uk", "під Солігорськом"),
        ("pl", "w Mińsku"),
        ("pl", "do Orszy"),
        ("pl", "z Homla"),
        ("pl", "Komitetem Śledczym"),
        ("pl", "w Kodeksie karnym"),
        ("pl", "Powszechną Deklaracją Praw Człowieka"),
        ("pl", "w Mołodecznie"),
        ("pl", "pod Baranowiczami"),
    ],
)
def test_the_shipped_names_are_found_in_ukrainian_and_polish_cases(language: str, text: str) -> None:
    """The places and institutions that come with Vestka are found however Ukrainian and Polish decline them."""
    assert len(parse(SHIPPED_TEXT).mentions(text, language)) == 1


def test_the_shipped_glossary_is_in_order() -> None:
    """The glossary that comes with Vestka passes its own check, in all five languages."""
    assert not listing.check(SHIPPED_TEXT, shipped="", languages=("be", "ru", "en", "uk", "pl"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[people.a]\nbe = 'А'\n\n[people.b\nbe = 'Б'", 4, "not valid TOML"),
        ("# a\n\n[peple.a]\nbe = 'А'", 3, "peple: unknown table"),
        ("[people.a]\nbe = 'Аа'\n[people.b]\nbe_form = ['Б']", 3, "did you mean be_forms"),
        ("[people.a]\nbe = 'Кулiк'", 1, "of two alphabets"),
        ("[people.a]\nbe = 'кулік'", 1, "capital"),
        ("[people.a]\nbe = 'Кулік'\nbe_forms = ['Кулік']", 1, "twice"),
        ("[people.a]\nbe = 'Кулік'\n[people.b]\nbe = 'Кулік'", 3, "also a name of people.a"),
        ("[people.a]\nbe = 'Кулік'\n[places.a]\nbe = 'Кулік'", 3, "already used in people"),
        ("[never_name.vera-luh]\nbe = 'Вера Луг'", 1, "its id is the name"),
    ],
)
def test_the_check_tells_the_line_and_the_fault(text: str, line: int, words: str) -> None:
    """Whatever an editor types wrongly is told with the line of its entry, in words."""
    remarks = [one for one in listing.check(text, shipped="", languages=("be",)) if one.wrong]
    assert [one.line for one in remarks] == [line] and words in remarks[0].text


def test_a_language_without_a_name_is_told() -> None:
    """An entry without a name in a language of the project is told: there nobody would miss the name."""
    assert said('[people.a]\nbe = "Алена Дуб"', "be", "en") == [
        "people.a: has no name in en: there it cannot be asked for"
    ]


@pytest.mark.parametrize(
    ("one", "other", "language", "words"),
    [
        ("Олена Кулик", "Ігор Куликов", "uk", "“Куликові” is a case of “Куликов” and of the surname “Кулик”"),
        ("Алена Дуб", "Ігар Дуб", "be", "the surname “Дуб” is also that"),
        ("Adam Klis", "Ewa Kliss", "pl", "is spelled much like"),
    ],
)
def test_people_who_can_be_confused_are_told_and_allowed(one: str, other: str, language: str, words: str) -> None:
    """Two people whose names can be confused are pointed out; that is nobody's mistake."""
    text = f'[people.a]\n{language} = "{one}"\n[people.b]\n{language} = "{other}"\n'
    (remark,) = listing.check(text, shipped="", languages=(language,))
    assert words in remark.text and not remark.wrong


def test_an_entry_is_added_and_every_other_letter_stays() -> None:
    """What an editor has written, with comments and order, stays; the new entry stands at the end and is found."""
    new, remarks = listing.add(PEOPLE, "people", "dub", {"be": ["Алена Дуб", "Дубам"], "en": ["Alena Dub"]}, shipped="")
    assert new.startswith(PEOPLE) and not remarks
    assert new[len(PEOPLE) :] == '\n[people.dub]\nbe = "Алена Дуб"\nbe_forms = ["Дубам"]\nen = "Alena Dub"\n'
    assert parse(new).version != GLOSSARY.version


@pytest.mark.parametrize(
    ("kind", "id", "forms", "words"),
    [
        ("persons", "a", {"be": ["Алена Дуб"]}, "no table"),
        ("people", "Дуб", {"be": ["Алена Дуб"]}, "no id"),
        ("people", "dub", {}, "at least one language"),
        ("people", "kulik", {"be": ["Алена Дуб"]}, "people.kulik in this file"),
        ("places", "minsk", {"be": ["Дуброва"]}, "shipped glossary"),
        ("people", "dub", {"be": ["Алена Кулік"]}, "also a name of people.kulik"),
        ("people", "dub", {"be": ["Алена Дyб"]}, "two alphabets"),
        ("people", "dub", {"be": ["Алена\nДуб"]}, "cannot be shown"),
    ],
)
def test_what_cannot_be_added_is_refused_in_one_line(
    kind: str, id: str, forms: dict[str, list[str]], words: str
) -> None:
    """A name or id that is there already, or that is none, is refused, and the line says why."""
    with pytest.raises(UsageError, match=words) as caught:
        listing.add(PEOPLE, kind, id, forms, shipped=SHIPPED_TEXT)
    assert "\n" not in str(caught.value)


async def test_an_editor_adds_and_checks_on_the_command_line(tmp_path: Path) -> None:
    """The commands work on the glossary that the settings name, make it when it is missing, and tell faults with 3."""
    settings = tmp_path / "settings.toml"
    settings.write_text('[project]\nlanguages = ["be", "en"]\n[translation]\nglossary = "names.toml"\n')

    async def run(*words: str) -> tuple[int, str, str]:
        return await asyncio.to_thread(in_process, ["glossary", *words, "--settings", str(settings)])

    code, out, _ = await run("add", "people", "dub", "--be", "Алена Дуб", "--en", "Alena Dub", "--form", "be=Дубіха")
    assert code == 0 and "people.dub added" in out
    assert (await run("check"))[:2] == (0, "")
    assert (await run("add", "people", "dub", "--be", "Алена Дуб"))[0] == 2
    assert (await run("add", "people", "hrab", "--be", "Іван Граб", "--form", "en=Hrab"))[0] == 2
    assert (await run("add", "people", "hrab", "--be", "Іван Граб"))[0] == 0
    code, out, _ = await run("check")
    assert code == 3 and "names.toml:8: people.hrab: has no name in en" in out
