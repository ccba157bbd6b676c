"""The guard's promise about people, places and institutions. All people here are invented."""

import pytest

from bot.errors import SettingsError
from bot.guard import compare, verdict
from bot.model import Kind
from bot.text.glossary import parse

PEOPLE = """
[people.volha]
be = "Вольга Дрыгвянская"
ru = "Ольга Дрыгвянская"
en = "Volha Dryhvianskaja"
[people.kulik]
be = "Мікалай Кулік"
ru = "Николай Кулик"
en = "Mikalai Kulik"
[people.klins]
be = "Марыя Клінс"
ru = "Мария Клинс"
en = "Maria Klins"
[people.paval]
be = "Павел Запечны"
be_forms = ["Паўла Запечнага", "Паўлу Запечнаму"]
ru = "Павел Запечный"
en = "Pavel Zapiechny"
[places.minsk]
be = "Мінск"
ru = "Минск"
en = "Minsk"
[institutions.committee]
be = "Следчы камітэт"
ru = "Следственный комитет"
en = "Investigative Committee"
"""
GLOSSARY = parse(PEOPLE)
NONE = parse("")

SAME = [
    ("be", "ru", "Мы размаўлялі з Вольгай Дрыгвянскай у Мінску.", "Мы говорили с Ольгой Дрыгвянской в Минске."),
    ("en", "be", "Volha Dryhvianskaja's letter came.", "Прыйшоў ліст Вольгі Дрыгвянскай."),
    ("be", "en", "Паўла Запечнага адпусцілі.", "Pavel Zapiechny was released."),
    ("ru", "en", "Кулика спросили в Следственном комитете.", "Kulik was asked at the Investigative Committee."),
    ("en", "ru", "The guests came from Poland and Germany.", "Гости приехали из Польши и Германии."),
    ("en", "ru", "We asked Ahata Cvirko about it.", "Мы спросили об этом Агату Цвирко."),
]


@pytest.mark.parametrize(("from_", "to", "source", "target"), SAME)
def test_a_name_in_another_case_or_spelling_is_the_same_name(from_: str, to: str, source: str, target: str) -> None:
    """Case endings, national forms of first names and country names raise no alarm."""
    assert verdict(compare(source, target, from_, to, glossary=GLOSSARY)) == "clear"


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "ru", "Асудзілі Мікалая Куліка.", "Осудили Марию Клинс."),
        ("be", "ru", "Гаворыць Кулік.", "Говорит Клинс."),
        ("en", "be", "The trial was in Minsk.", "Суд быў у горадзе."),
        ("ru", "en", "Об этом сказал Следственный комитет.", "The ministry said so."),
        ("be", "ru", "Гаворыць Кулік.", "Говорит Куликов."),
    ],
)
def test_a_listed_name_that_changed_holds_the_sentence(from_: str, to: str, source: str, target: str) -> None:
    """A listed person, place or institution that is lost or exchanged never goes out by itself."""
    findings = compare(source, target, from_, to, glossary=GLOSSARY)
    assert verdict(findings) == "hold"
    assert Kind.NAME in {finding.kind for finding in findings}


def test_every_exchange_of_two_listed_people_is_held() -> None:
    """Whoever of the listed people is put in another's place, the sentence is held."""
    people = [entry for entry in GLOSSARY.entries if entry.kind == "people"]
    for one in people:
        for other in people:
            source = f"Заўтра будуць судзіць: {one.forms['be'][0]}."
            target = f"Завтра будут судить: {other.forms['ru'][0]}."
            expected = "clear" if one is other else "hold"
            assert verdict(compare(source, target, "be", "ru", glossary=GLOSSARY)) == expected


def test_an_unlisted_full_name_with_one_half_exchanged_is_held() -> None:
    """Ahata Cvirko cannot become Ahata somebody else."""
    findings = compare("We met Ahata Cvirko.", "Мы встретили Агату Полонскую.", "en", "ru", glossary=GLOSSARY)
    assert verdict(findings) == "hold"


def test_an_unlisted_name_without_a_partner_is_looked_at() -> None:
    """A name that nobody listed and that reads otherwise in the translation waits for a person."""
    findings = compare("We met Cvirko today.", "Сегодня мы встретили Полонскую.", "en", "ru", glossary=GLOSSARY)
    assert [finding.kind for finding in findings if finding.severity == "look"] == [Kind.NAME]


def test_a_listed_surname_with_another_first_name_is_looked_at() -> None:
    """The surname alone does not clear a person whose first name became another one."""
    target = "Сегодня освободили: Полину Дрыгвянскую."
    findings = compare("They freed today: Volha Dryhvianskaja.", target, "en", "ru", glossary=GLOSSARY)
    assert verdict(findings) != "clear"


def test_any_change_of_the_glossary_is_a_new_version() -> None:
    """A corrected form makes every remembered machine sentence ask again."""
    assert parse(PEOPLE).version == GLOSSARY.version
    assert parse(PEOPLE.replace("Klins", "Klinz")).version != GLOSSARY.version


def test_an_own_entry_replaces_the_shipped_one() -> None:
    """An organisation's second file wins over the first by the id of the entry."""
    merged = parse(PEOPLE, '[places.minsk]\nbe = "Менск"\n')
    assert merged.name("minsk", "be") == "Менск"
    assert len(merged.entries) == len(GLOSSARY.entries)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[people.a", "not valid TOML"),
        ("[peple.a]\nbe = 'А'", "peple"),
        ("[people.a]\nbe_form = ['А']", "did you mean be_forms"),
        ("[people.a]\nbe = 3", "people.a.be"),
        ("[people.a]\nbe_forms = ['А']", "needs be"),
        ("[people.a]", "no name"),
    ],
)
def test_a_wrong_glossary_is_one_clear_line(text: str, words: str) -> None:
    """A slip in the glossary is told in one line that names the place."""
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shipped_glossary_knows_belarusian_places_in_five_languages() -> None:
    """The glossary that comes with Vestka reads without fault and finds a place in every language, in any case."""
    from importlib.resources import files

    shipped = parse(files("bot.text").joinpath("glossary.toml").read_text(encoding="utf-8"))
    sentences = {
        "be": "У Віцебску і Брэсце ціха.",
        "ru": "В Витебске и Бресте тихо.",
        "en": "It is quiet in Vitebsk and Brest.",
        "uk": "У Вітебську та Бресті тихо.",
        "pl": "W Witebsku i Brześciu jest cicho.",
    }
    for language, sentence in sentences.items():
        assert [set(found.ids) for found in shipped.mentions(sentence, language)] == [{"viciebsk"}, {"brest"}], language
        for other, translated in sentences.items():
            assert verdict(compare(sentence, translated, language, other, glossary=shipped)) == "clear"


def test_a_surname_that_is_only_a_little_alike_is_looked_at() -> None:
    """The same first name does not clear a surname that reads otherwise."""
    source = "Учора асудзілі журналіста Уладзіміра Кавалёнка."
    for surname, expected in (("Kazlouski", "look"), ("Kavalionak", "clear")):
        target = f"Yesterday they convicted the journalist Uladzimir {surname}."
        assert verdict(compare(source, target, "be", "en", glossary=GLOSSARY)) == expected


def test_a_full_name_that_was_left_out_is_looked_at() -> None:
    """Of two people who were convicted, the second may not fall silent."""
    source, target = "Учора асудзілі Алега Грузда і Веру Мяцеліцу.", "Yesterday the court convicted Aleh Hruzd alone."
    assert verdict(compare(source, target, "be", "en", glossary=GLOSSARY)) != "clear"


MEETING = {
    "be": "Учора мы сустрэлі {} каля ракі.",
    "ru": "Вчера мы встретили {} у реки.",
    "en": "Yesterday we met {} by the river.",
    "uk": "Учора ми зустріли {} біля річки.",
    "pl": "Wczoraj spotkaliśmy {} nad rzeką.",
}
CVIRKA = {"be": "Цвірку", "ru": "Цвирко", "en": "Cvirka", "uk": "Цвірку", "pl": "Cwirkę"}
POLONSKI = {"be": "Палонскую", "ru": "Полонскую", "en": "Palonskaya", "uk": "Полонську", "pl": "Połońską"}
BONDAR = {"be": "Бондара", "ru": "Бондаря", "en": "Bondar", "uk": "Бондаря", "pl": "Bondara"}
DIRECTIONS = [(a, b) for a in MEETING for b in MEETING if a != b]


@pytest.mark.parametrize(("from_", "to"), DIRECTIONS)
def test_an_unlisted_name_is_the_same_name_or_is_looked_at_in_every_direction(from_: str, to: str) -> None:
    """From each language into each, a surname that nobody listed is itself, and another one never goes out unseen."""
    people = (CVIRKA, POLONSKI, BONDAR)
    for one in people:
        for other in people:
            source, target = MEETING[from_].format(one[from_]), MEETING[to].format(other[to])
            found = verdict(compare(source, target, from_, to, glossary=NONE))
            assert (found == "clear") == (one is other), (source, target)


@pytest.mark.parametrize(
    ("from_", "to", "source", "target"),
    [
        ("be", "ru", "Учора сустрэлі Мікалая ў парку.", "Вчера встретили Николая в парке."),
        ("be", "ru", "Учора сустрэлі Зміцера ў парку.", "Вчера встретили Дмитрия в парке."),
        ("be", "uk", "Учора сустрэлі Мікалая ў парку.", "Учора зустріли Миколу в парку."),
        ("be", "pl", "Учора сустрэлі Мікалая ў парку.", "Wczoraj w parku spotkano Mikołaja."),
        ("en", "ru", "We asked Uladzimir about it.", "Мы спросили об этом Владимира."),
        ("en", "uk", "He came to Greece and Hungary.", "Він приїхав до Греції та Угорщини."),
        ("pl", "en", "Wczoraj wrócił z Włoch.", "Yesterday he came back from Italy."),
        ("ru", "en", "Так решил греческий суд.", "The Greek court decided so."),
        ("be", "en", "Пра гэта сказаў прэзідэнт краіны.", "The President of the country said so."),
        ("be", "ru", "Пісала Вера Пятроўна Цвірка.", "Писала Вера Цвирко."),
        ("en", "be", "They wrote to John and James.", "Яны напісалі Джону і Джэймсу."),
        ("en", "ru", "He lives in Pan Thom now.", "Теперь он живёт в Пантоме."),
        ("be", "en", "Так сказаў галандскі лекар.", "The Dutch doctor said so."),
    ],
)
def test_names_that_each_language_has_of_its_own_raise_no_alarm(from_: str, to: str, source: str, target: str) -> None:
    """National forms of first names, countries, titles, a patronymic that was left out: nothing to look at."""
    assert verdict(compare(source, target, from_, to, glossary=NONE)) == "clear"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Учора сустрэлі Марыю ў парку.", "Вчера встретили Марину в парке."),
        ("Учора вярнуўся з Грэцыі дадому.", "Вчера вернулся из Хорватии домой."),
        ("Учора сустрэлі сябра ў парку.", "Вчера встретили Бондаря в парке."),
    ],
    ids=["first name", "country", "a name from nowhere"],
)
def test_a_name_that_became_another_or_came_from_nowhere_is_looked_at(source: str, target: str) -> None:
    """Maria is not Marina, Greece is not Croatia, and whom the source does not name the translation may not either."""
    assert verdict(compare(source, target, "be", "ru", glossary=NONE)) == "look"


@pytest.mark.parametrize(
    ("to", "source", "target", "expected"),
    [
        ("ru", "Асудзілі А. Цвірку.", "Осудили А. Цвирко.", "clear"),
        ("ru", "Асудзілі А. Цвірку.", "Осудили В. Цвирко.", "look"),
        ("ru", "Асудзілі М. Цвірку.", "Осудили Н. Цвирко.", "clear"),
        ("en", "Асудзілі Я. Цвірку.", "Y. Cvirka was convicted.", "clear"),
        ("en", "Учора асудзілі Алену Цвірку.", "Yesterday A. Cvirka was convicted.", "clear"),
        ("en", "Учора асудзілі Алену Цвірку.", "Yesterday V. Cvirka was convicted.", "look"),
    ],
)
def test_an_initial_that_changed_is_looked_at(to: str, source: str, target: str, expected: str) -> None:
    """An initial stays, or becomes that of the same name in the other language: M. for Mikalai is N. for Nikolai."""
    assert verdict(compare(source, target, "be", to, glossary=NONE)) == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Учора бачылі Дрыгвянкую.", "Вчера видели Дрыгвянскую.", "clear"),
        ("Учора бачылі Дрыгвянкую.", "Вчера видели Дрыгвянкую.", "look"),
        ("Учора бачылі Дрыгвянкую.", "Вчера видели её.", "look"),
        ("Учора бачылі Дрыгвянскую.", "Вчера видели Дрыгвянкую.", "hold"),
    ],
    ids=["corrected", "carried on", "left out", "the translation's own"],
)
def test_a_slip_of_the_sites_own_is_asked_about(source: str, target: str, expected: str) -> None:
    """A listed name that the site misspells is no false alarm when it comes out right, and is asked about when not."""
    findings = compare(source, target, "be", "ru", glossary=GLOSSARY)
    assert verdict(findings) == expected
    assert any("did you mean" in finding.message for finding in findings) == (expected != "hold")


@pytest.mark.parametrize("source", ["Прыйшла Дрыгвянcкая.", "Прыйшла Дрыгвянская.", "Прыйшла Дры\u0301гвянская."])
def test_a_listed_name_with_a_strange_letter_is_found(source: str) -> None:
    """A Latin letter or a stress mark in the source raises no false alarm about a listed name."""
    assert verdict(compare(source, "Пришла Дрыгвянская.", "be", "ru", glossary=GLOSSARY)) == "clear"
