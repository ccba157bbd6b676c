"""Ukrainian and Polish as languages to publish in: by settings and catalogues alone. All people here are invented."""

import asyncio
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.rendering import Catalogue, Templates, corrected_line
from tests.house import House, in_process, item, rss
from tests.web import Web, answer

FOLDER = Path(__file__).parent.parent / "templates" / "locale"
LANGUAGES = ("be", "ru", "en", "uk", "pl")
SOURCES = {one: (FOLDER / one / "LC_MESSAGES" / "vestka.po").read_text(encoding="utf-8") for one in LANGUAGES}
CATALOGUES: dict[str, Catalog] = {one: read_po(io.BytesIO(text.encode()), locale=one) for one, text in SOURCES.items()}
FIELD = re.compile(r"%\(\w+\)[sd]")
# Telegram takes no more: https://core.telegram.org/bots/api#setmydescription, #setmyshortdescription
LONGEST = {"Statements of %(organisation)s: the channels in": 512, "Statements of %(organisation)s": 120}

STORY = item("first", "Суды пакаралі 17 чалавек", "Суды Мройска пакаралі 17 чалавек. Ніхто не прызнаў віны.")
WORDS = {
    "uk": ("Суди покарали 17 людей", "Суди Мройська покарали 17 людей.", "Ніхто не визнав провини."),
    "pl": ("Sądy ukarały 17 osób", "Sądy w Mrojsku ukarały 17 osób.", "Nikt nie przyznał się do winy."),
}
SAID = ("Суды пакаралі 17 чалавек", "Суды Мройска пакаралі 17 чалавек.", "Ніхто не прызнаў віны.")


def forms(language: str) -> dict[str, tuple[str, ...]]:
    """Every message of a catalogue with its translation in each plural form."""
    found = {}
    for message in CATALOGUES[language]:
        if message.id:
            id = message.id if isinstance(message.id, str) else message.id[0]
            found[id] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return found


def labels(language: str) -> Iterator[str]:
    """The pieces of a language's phrases that stand between their fields, when they are long enough to tell."""
    for strings in forms(language).values():
        yield from (piece.strip() for text in strings for piece in FIELD.split(text) if len(piece.strip()) > 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_says_everything_with_the_same_fields(language: str) -> None:
    """No phrase is missing, empty or doubtful in any language, and each leaves the same places to be filled in."""
    english, own = forms("en"), forms(language)
    assert own.keys() == english.keys()
    for id, strings in own.items():
        assert all(strings) and not any(message.fuzzy for message in CATALOGUES[language] if message.id)
        for text in strings:
            assert sorted(FIELD.findall(text)) == sorted(FIELD.findall(id)), (language, id)
        limit = next((most for start, most in LONGEST.items() if id.startswith(start)), None)
        assert limit is None or len(strings[0]) < limit


@pytest.mark.parametrize(
    ("language", "count", "label"),
    [
        ("uk", 1, "список із 1 пункту"),
        ("uk", 3, "список із 3 пунктів"),
        ("uk", 12, "список із 12 пунктів"),
        ("uk", 21, "список із 21 пункту"),
        ("pl", 1, "lista 1 punktu"),
        ("pl", 4, "lista 4 punktów"),
        ("pl", 21, "lista 21 punktów"),
    ],
)
def test_a_list_is_counted_in_good_ukrainian_and_polish(language: str, count: int, label: str) -> None:
    """The number of items and its noun agree, in 21 as well, which the two languages count differently."""
    words = Catalogue(language, SOURCES[language])
    said = words.ngettext(
        "a list of %(number)d item in the full text", "a list of %(number)d items in the full text", count
    )
    assert said.endswith(label)


@pytest.mark.parametrize(
    ("language", "line"), [("uk", "Виправлено 25 листопада 2026 р."), ("pl", "Poprawiono 25 listopada 2026 r.")]
)
def test_a_date_is_written_as_the_language_writes_it(language: str, line: str) -> None:
    """A correction names its day with the month in the genitive."""
    said = corrected_line(Templates({}, SOURCES), language, date(2026, 11, 25))
    assert said.replace("\u00a0", " ") == line


async def test_a_story_goes_out_in_ukrainian_and_polish_and_in_no_other_language(tmp_path: Path) -> None:
    """With people's translations, every word of a post on each channel is of the language of its readers."""
    memory = tmp_path / "memory.jsonl"
    rows = [
        {"from": "be", "to": language, "source": source, "target": target}
        for language, words in WORDS.items()
        for source, target in zip(SAID, words, strict=True)
    ]
    memory.write_text("\n".join(map(json.dumps, rows)))
    async with Web() as web:
        web.answers["/feed"] = answer(rss([STORY]))
        words = ("try", web.url("/feed"), "--allow-private", "--to", "uk,pl", "--memory", str(memory), "--json")
        code, out, err = await asyncio.to_thread(in_process, words)
    assert code == 0, err
    rows = json.loads(out)["statements"][0]["channels"]
    mine = [row for row in rows if row["language"] in WORDS]
    assert {(row["channel"].split("-")[0], row["language"]) for row in mine} == {
        (kind, language) for kind in ("telegram", "x", "newsletter") for language in WORDS
    }
    for row in mine:
        language = row["language"]
        text = json.dumps([post["payload"] for post in row["posts"]], ensure_ascii=False)
        assert row["state"] == "approved" and WORDS[language][1] in text
        origin = forms(language)["translated by people"][0]
        assert origin[1:] in text
        own = set(labels(language))
        for other in set(LANGUAGES) - {language}:
            assert not [piece for piece in labels(other) if piece in text and piece not in own], other


async def test_settings_alone_add_ukrainian_and_polish_channels(tmp_path: Path) -> None:
    """Whoever writes a Ukrainian or Polish channel into the settings has it; what nobody translates says so there."""
    channels = "".join(
        f'[channels.{kind}-{language}]\nkind = "{kind}"\nlanguage = "{language}"\n'
        for kind in ("telegram", "x")
        for language in WORDS
    )
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([STORY]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"', channels)
        await house("once")
    texts = {call["channel"]: call["payload"]["text"] for call in house.calls()}
    assert (
        "Перекладу поки немає: оригінал білоруською" in texts["telegram-uk"]
        and "Заява на сайті" in texts["telegram-uk"]
    )
    assert "Na razie brak tłumaczenia: oryginał po białorusku" in texts["telegram-pl"]
    assert texts.keys() == {"telegram-uk", "telegram-pl", "x-uk", "x-pl"}
