"""From checked words to posts: the longest edition that fits, laid out by templates that can do nothing but lay out."""

from __future__ import annotations

import html
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import channels
from bot.errors import SettingsError
from bot.model import Block, BlockKind, Checked, CheckedSentence, Cut, Origin, Sentence, Statement, Summary
from bot.rendering import Templates, render
from channels import Post, TooLong
from channels.newsletter.issue import LEAVE

FOLDER = Path(__file__).parent.parent / "templates"
KINDS = ("newsletter", "telegram", "x")
SOURCES = {f"{kind}/{file.name}": file.read_text("utf-8") for kind in KINDS for file in (FOLDER / kind).iterdir()}
CATALOGUES = {file.parts[-3]: file.read_text("utf-8") for file in FOLDER.glob("locale/*/LC_MESSAGES/vestka.po")}
TEMPLATES = Templates(SOURCES, CATALOGUES)

TITLE = "Суд у Дуброве пакінуў пад вартай 14 чалавек"
BLOCKS = (
    Block(kind=BlockKind.PARAGRAPH, text="22 лістапада суд пакінуў пад вартай 14 чалавек. Адвакатаў не пусцілі."),
    Block(kind=BlockKind.HEADING, text="Патрабаванні"),
    Block(kind=BlockKind.PARAGRAPH, text="Мы патрабуем:"),
    Block(kind=BlockKind.ITEM, text="Вызваліць усіх.", ordinal=1),
    Block(kind=BlockKind.ITEM, text="Пусціць лекараў.", ordinal=2),
    Block(kind=BlockKind.ITEM, text="Вярнуць 1 250 рублёў."),
    Block(kind=BlockKind.QUOTATION, text="«Мы не прызнаем віны», — сказала Алена Гарэцкая."),
    Block(kind=BlockKind.TABLE, text="Год\tСправы\n2025\t31"),
    Block(kind=BlockKind.IMAGE, text="Зала суда", href="https://example.invalid/a.png"),
    Block(kind=BlockKind.ATTACHMENT, text="Прысуд", href="https://example.invalid/a.pdf"),
    Block(kind=BlockKind.SIGNATORIES, text="А. Гарэцкая, М. Ясенскі"),
)


def word(text: str) -> CheckedSentence:
    return CheckedSentence(source=text, text=text, engine="memory", version="1")


def edition(**values: Any) -> Checked:
    """A Belarusian original whose small cut announces its list and whose large cut is everything but the last block."""
    statement = Statement(
        source="site",
        language="be",
        url="https://example.invalid/be/1",
        title=TITLE,
        blocks=BLOCKS,
        first_seen=datetime(2026, 11, 22, tzinfo=UTC),
    )
    sentences = []
    for number, block in enumerate(BLOCKS):
        for text in block.text.split(". ") if number == 0 else [block.text]:
            full = text if text.endswith(".") or number else text + "."
            start = statement.text.index(full)
            sentences.append(
                Sentence(
                    text=full, start=start, end=start + len(full), block=number, kind=block.kind, ordinal=block.ordinal
                )
            )
    cuts = (
        Cut(characters=100, sentences=(0,)),
        Cut(characters=200, sentences=(0, 3), announced=((3, 3),)),
        Cut(characters=1000, sentences=tuple(range(len(sentences) - 1))),
    )
    checked = Checked(
        statement=statement,
        summary=Summary(language="be", title=TITLE, sentences=tuple(sentences), cuts=cuts),
        language="be",
        origin=Origin.ORIGINAL,
        title=word(TITLE),
        sentences=tuple(word(one.text) for one in sentences),
    )
    return replace(checked, **values)


def laid_out(
    checked: Checked, kind: str = "telegram", templates: Templates = TEMPLATES, **values: Any
) -> tuple[Post, ...] | TooLong:
    module = channels.load(kind)
    settings = module.Settings.model_construct(kind=kind, **values)
    return render(checked, kind=kind, channel=module, settings=settings, templates=templates, organisation="Дуброва")


def text(checked: Checked, kind: str = "telegram", templates: Templates = TEMPLATES, **values: Any) -> str:
    posts = laid_out(checked, kind, templates, **values)
    assert not isinstance(posts, TooLong)
    return "\n\n".join(post.text for post in posts)


def grown(size: int, **values: Any) -> Checked:
    """The edition with so many letters more in its last block."""
    checked = edition(**values)
    blocks = (*BLOCKS[:-1], Block(kind=BlockKind.SIGNATORIES, text="а" * size))
    return replace(checked, statement=replace(checked.statement, blocks=blocks))


@pytest.mark.parametrize("kind", KINDS)
def test_an_original_that_fits_goes_out_in_full(kind: str) -> None:
    """Every block of the statement is there, with the numbers of its list items, its tables and signatures."""
    shown = re.sub(r"\n+\d/\d\n+", "\n", text(edition(), kind).replace("> ", "") + "\n")
    for block in BLOCKS:
        for line in block.text.split("\n"):
            assert line in shown.replace("\xa0", " ")
    assert "1. Вызваліць усіх." in shown
    assert "2. Пусціць лекараў." in shown
    assert re.search("[•–] Вярнуць", shown)


def test_what_does_not_fit_in_full_steps_down_to_the_longest_cut_that_does() -> None:
    """The whole edition is tried first, then each cut, the longest first; nothing is ever cut off."""
    whole = edition()
    assert "Ясенскі" in text(whole)
    assert "Ясенскі" not in text(whole, text="summary")
    shown = text(grown(5000))
    assert "ааа" not in shown
    assert "Прысуд" in shown
    long = replace(whole.sentences[7], text="б" * 5000)
    shown = text(replace(grown(5000), sentences=(*whole.sentences[:7], long, *whole.sentences[8:])))
    assert "бб" not in shown
    assert "Мы патрабуем:" in shown


def test_an_edition_of_which_no_cut_fits_is_refused_with_the_figures_of_the_shortest() -> None:
    """When not even the smallest cut fits, the answer is the figures, never a shortened sentence."""
    outcome = laid_out(edition(title=word("а" * 5000)))
    assert isinstance(outcome, TooLong)
    assert (outcome.limit, outcome.unit) == (4096, "characters")
    assert 5000 < outcome.length < 5200


@pytest.mark.parametrize("origin", [Origin.MACHINE, Origin.PEOPLE, Origin.EDITED])
def test_a_translation_goes_out_as_its_summary(origin: Origin) -> None:
    """Words that were not written by the organisation in this language never pull in the untranslated blocks."""
    assert "Ясенскі" not in text(edition(origin=origin))


def test_an_untranslated_statement_goes_out_whole_or_not_at_all() -> None:
    """The fallback without a translation is the whole original, labelled, never a part of it."""
    shown = text(edition(origin=Origin.UNTRANSLATED, language="ru"), text="summary")
    assert "Ясенскі" in shown
    assert "Перевода пока нет: оригинал на белорусском языке" in shown
    assert isinstance(laid_out(replace(grown(5000), origin=Origin.UNTRANSLATED, language="ru")), TooLong)


def test_the_words_of_an_officer_stand_instead_of_the_statement() -> None:
    """When an officer wrote the summary, the statement's own text is not put in its place."""
    checked = edition()
    assert "Ясенскі" not in text(replace(checked, summary=replace(checked.summary, written=True)))


def test_sentences_that_were_left_out_appear_nowhere() -> None:
    """A sentence that the guard left out is in no cut that is tried."""
    assert "Адвакатаў" not in text(edition(origin=Origin.MACHINE, left_out=frozenset({1})))
    assert "Адвакатаў" in text(edition(origin=Origin.MACHINE))


@pytest.mark.parametrize(
    ("language", "count", "label"),
    [
        ("be", 1, "спіс з 1 пункта"),
        ("be", 3, "спіс з 3 пунктаў"),
        ("be", 21, "спіс з 21 пункта"),
        ("be", 5, "спіс з 5 пунктаў"),
        ("ru", 21, "список из 21 пункта"),
        ("ru", 12, "список из 12 пунктов"),
        ("en", 1, "a list of 1 item in"),
        ("en", 5, "a list of 5 items in"),
    ],
)
def test_a_list_that_is_only_announced_is_counted_in_good_grammar(language: str, count: int, label: str) -> None:
    """The label stands right after the sentence that opens the list and agrees with its number."""
    checked = edition(origin=Origin.MACHINE, language=language)
    cut = Cut(characters=200, sentences=(0, 3, 7), announced=((3, count),))
    shown = text(replace(checked, summary=replace(checked.summary, cuts=(cut,))))
    assert shown.index("Мы патрабуем:") < shown.index("(") < shown.index("«Мы не прызнаем")
    assert label in shown


LABELS = {
    Origin.ORIGINAL: {"be": "Арыгінал", "ru": "Оригинал", "en": "Original"},
    Origin.PEOPLE: {"be": "Пераклалі людзі", "ru": "Перевели люди", "en": "Translated by people"},
    Origin.MACHINE: {
        "be": "Машынны пераклад, правераны аўтаматычна",
        "ru": "Машинный перевод, проверенный автоматически",
        "en": "Machine translation, checked automatically",
    },
    Origin.EDITED: {
        "be": "Праверана і прачытана рэдактарам",
        "ru": "Проверено и прочитано редактором",
        "en": "Checked and read by an editor",
    },
    Origin.UNTRANSLATED: {
        "be": "Перакладу пакуль няма: арыгінал па-беларуску",
        "ru": "Перевода пока нет: оригинал на белорусском языке",
        "en": "No translation yet: the original, in Belarusian",
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_every_post_says_what_it_is_and_links_to_the_original(kind: str, origin: Origin, language: str) -> None:
    """The origin of the words and the way to the original stand on every channel, in the reader's language."""
    posts = laid_out(edition(origin=origin, language=language), kind)
    assert not isinstance(posts, TooLong)
    assert any(LABELS[origin][language] in post.text for post in posts)
    links = (
        [one.url for post in posts for one in post.entities]
        + [post.html or "" for post in posts]
        + [post.text for post in posts]
    )
    assert any("https://example.invalid/be/1" in (link or "") for link in links)


def test_a_language_without_a_phrase_of_its_own_is_named() -> None:
    """An original in a language that the catalogue has no phrase for is named in the reader's language."""
    checked = edition(origin=Origin.UNTRANSLATED)
    other = replace(checked, statement=replace(checked.statement, language="lt"))
    assert "арыгінал (літоўская)" in text(other)


def test_letters_load_nothing_and_links_lead_only_to_the_web() -> None:
    """A letter holds no picture, script, form or tracker; an address of another kind becomes no link."""
    checked = edition()
    bad = tuple(replace(block, href="javascript:alert(1)") if block.href else block for block in BLOCKS)
    checked = replace(checked, statement=replace(checked.statement, url="data:text/html,x", blocks=bad))
    for one in (edition(), checked):
        posts = laid_out(one, "newsletter")
        assert not isinstance(posts, TooLong)
        page = posts[0].html or ""
        assert not re.search(
            r"(?i)<(img|script|link|iframe|form|video|object|base)\b|url\(|@import|src=|background=|\son\w+=", page
        )
    assert set(re.findall(r'href="([^"]*)"', page)) == {LEAVE}
    assert laid_out(checked, "telegram")[0].entities[-1].type == "italic"  # type: ignore[index]


HOSTILE = [
    "{{7*7}} {% include 'x' %} ${7*7}",
    "</b></a><script>alert(1)</script>",
    "&lt;b&gt; &amp;",
    "<img src=x onerror=alert(1)>",
    "a\nb\r\nc",
]


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_words_from_the_site_are_never_a_template_nor_markup(kind: str, title: str) -> None:
    """Braces, tags and entities in a statement arrive letter by letter on every channel."""
    checked = edition(title=word(title))
    posts = laid_out(
        replace(checked, statement=replace(checked.statement, blocks=(Block(kind=BlockKind.PARAGRAPH, text=title),))),
        kind,
    )
    assert not isinstance(posts, TooLong)
    shown = title.replace("\r\n", " ").replace("\n", " ")
    assert shown in posts[0].text
    if posts[0].html is not None:
        assert html.escape(shown, quote=False) in posts[0].html.replace("&#39;", "'")
        assert "<script" not in posts[0].html
        assert posts[0].subject == shown


def test_templates_get_nothing_but_plain_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """No object of the service ever reaches a template: only text, numbers, lists and dictionaries."""

    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(plain(one) for one in value.values())
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (str, int, bool, type(None))

    seen: list[Mapping[str, object]] = []
    whole = Templates.render
    monkeypatch.setattr(
        Templates,
        "render",
        lambda self, kind, language, values: seen.append(values) or whole(self, kind, language, values),
    )
    for origin in Origin:
        laid_out(edition(origin=origin))
    assert seen
    assert all(plain(values) for values in seen)


def test_a_number_never_parts_from_its_noun_on_x() -> None:
    """Through the whole room, a figure and its noun stay in one post of a thread."""
    sentence = "слова " * 44 + "1 049 чалавек застаюцца тут " + "слова " * 20
    checked = edition(origin=Origin.MACHINE, title=word("Загаловак"))
    words = (word(sentence.strip()), *checked.sentences[1:])
    cut = Cut(characters=1000, sentences=(0,))
    posts = laid_out(replace(checked, sentences=words, summary=replace(checked.summary, cuts=(cut,))), "x")
    assert not isinstance(posts, TooLong)
    assert len(posts) > 2
    assert any("1 049 чалавек" in post.text for post in posts)


# --------------------------------------------------------------------------------------------------------------------
# templates and catalogues that are wrong


def test_the_shipped_templates_pass_their_check() -> None:
    """Every template renders with every kind of block and every origin in every language that is shipped."""
    TEMPLATES.check(KINDS, CATALOGUES)
    assert set(CATALOGUES) >= {"be", "ru", "en"}


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("<b>{{ titel }}</b>", "telegram/post.html.j2: 'titel'"),
        ("<b>{{ title }", "telegram/post.html.j2, line 1"),
        ("<b>{{ title|safe }}</b>", "telegram/post.html.j2"),
        ("<div>{{ title }}</div>", "telegram: <div>"),
        ("<b>{{ title }}", "telegram: <b>"),
        ("{{ blocks[0].txt }}", "telegram/post.html.j2"),
        ("{{ _('no such words') }}", 'no translation of "no such words"'),
        ("{{ _('Picture: %(text)s') }}{{ _('Picture: %(text)s', txt=title) }}", "cannot be filled in"),
        ("{% for b in blocks %}{% if b.kind == 'attachment' %}{{ missing }}{% endif %}{% endfor %}а", "'missing'"),
        ("{% if origin == 'untranslated' %}{{ missing }}{% endif %}а", "'missing'"),
        ("{{ title + 1 }}", "telegram/post.html.j2"),
        ("{{ 1 / 0 }}", "telegram/post.html.j2"),
        ("", "post.html says nothing"),
    ],
)
def test_a_wrong_template_is_found_at_the_start_and_named(source: str, named: str) -> None:
    """A misspelt variable, a broken tag or an untranslated phrase stops the start and is named."""
    with pytest.raises(SettingsError, match=re.escape(named)):
        Templates({"telegram/post.html.j2": source}, CATALOGUES).check(["telegram"], ["be"])


def test_a_missing_template_or_folder_is_named() -> None:
    """A letter without its subject, or a kind without templates, stops the start."""
    lacking = {name: source for name, source in SOURCES.items() if name != "newsletter/subject.txt.j2"}
    with pytest.raises(SettingsError, match=re.escape("templates/newsletter lacks subject.txt.j2")):
        Templates(lacking, CATALOGUES).check(["newsletter"], ["be"])
    with pytest.raises(SettingsError, match="templates/x holds no template"):
        Templates({}, CATALOGUES).check(["x"], ["be"])


@pytest.mark.parametrize(
    "name", ["telegram/post.html", "telegram/post.xml.j2", "telegram/post.j2", "telegram/a.b.c.html.j2"]
)
def test_a_template_with_a_strange_name_is_refused(name: str) -> None:
    """Only names that say whether letters are escaped are taken, so that markup can never slip in by a file name."""
    with pytest.raises(SettingsError, match=re.escape(name)):
        Templates({name: "а"}, CATALOGUES)


HEAD = 'msgid ""\nmsgstr ""\n"Language: be\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.mark.parametrize(
    "entry", ['msgid "original"\nmsgstr ""\n', '#, fuzzy\nmsgid "original"\nmsgstr "арыгінал"\n', ""]
)
def test_a_hole_in_a_catalogue_is_found_at_the_start(entry: str) -> None:
    """A phrase that is missing, empty or marked as doubtful is never replaced by English in silence."""
    with pytest.raises(SettingsError, match=re.escape('locale/be/LC_MESSAGES/vestka.po: no translation of "original"')):
        Templates(SOURCES, {"be": HEAD + entry}).check(["telegram"], ["be"])


def test_a_missing_or_broken_catalogue_is_named() -> None:
    """A language without its catalogue stops the start and names the file."""
    with pytest.raises(SettingsError, match=re.escape("templates/locale/lt/LC_MESSAGES/vestka.po is missing")):
        TEMPLATES.check(["telegram"], ["lt"])
    with pytest.raises(SettingsError, match=re.escape("locale/be/LC_MESSAGES/vestka.po")):
        Templates(SOURCES, {"be": HEAD + "nonsense\n"})


def test_a_template_for_one_language_comes_before_the_common_one() -> None:
    """`post.be.html.j2` is used for Belarusian, `post.html.j2` for all else; a file with "_" is only included."""
    sources = {
        "telegram/post.html.j2": "common {{ title }}",
        "telegram/post.be.html.j2": "{% set w = 'па-беларуску' %}{% include 'telegram/_head.html.j2' %} {{ title }}",
        "telegram/_head.html.j2": "<i>{{ w }}</i>",
    }
    templates = Templates(sources, CATALOGUES)
    assert text(edition(), templates=templates) == f"па-беларуску {TITLE}"
    assert text(edition(language="ru", origin=Origin.MACHINE), templates=templates) == f"common {TITLE}"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 2000000000 }}",
        "{{ 10 ** 10000000 }}",
        "{{ '%2000000000d' % 1 }}",
        "{{ 'a'.ljust(2000000000) }}",
        "{{ 'a'.__mul__(2000000000) }}",
        "{{ '{:>2000000000}'.format(1) }}",
        "{{ 'a'|center(2000000000) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}aaaaaaaaaaaaaaaa{% endfor %}{% endfor %}",
        "{% for a in range(1000000000) %}{% endfor %}",
        "{{ title.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ lipsum() }}{{ cycler }}",
        "{{ _.__self__ }}",
        "{{ _.__globals__ }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    ],
)
def test_a_template_can_neither_fill_the_memory_nor_look_into_the_service(source: str) -> None:
    """Whatever a template asks for beyond laying words out is refused at the start, within seconds."""
    begun = time.process_time()
    with pytest.raises(SettingsError):
        Templates({"telegram/post.html.j2": source}, CATALOGUES).check(["telegram"], ["be"])
    assert time.process_time() - begun < 5


def test_a_template_that_writes_without_end_is_stopped() -> None:
    """More than two million characters are never gathered, whatever a loop asks for."""
    endless = "{% for a in range(99999) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}"
    with pytest.raises(SettingsError, match="writes more than 2000000 characters"):
        Templates({"telegram/post.html.j2": endless}, CATALOGUES).check(["telegram"], ["be"])


# --------------------------------------------------------------------------------------------------------------------
# a channel more

PIGEON = '''
"""Carrier pigeon: thirty letters a leg, unsigned."""
from decimal import Decimal
from typing import Literal
from channels import ChannelSettings, Length, Post, TooLong
public = True
class Settings(ChannelSettings):
    kind: Literal["pigeon"] = "pigeon"
    language: str
    def languages_served(self):
        return (self.language,)
def compose(draft, settings):
    text = draft.rendered["note.txt"]
    if len(text) > 60:
        return TooLong(length=len(text), limit=60, unit="letters")
    return (Post(part=1, parts=1, text=text, length=len(text), limit=60),)
def length(text):
    return Length(length=len(text), limit=60)
def cost(posts, settings):
    return Decimal(len(posts))
def specimen(post, envelope, settings):
    return None
'''


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "pigeon.py").write_text(PIGEON, encoding="utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield
    sys.modules.pop("channels.pigeon", None)
    vars(channels).pop("pigeon", None)


@pytest.mark.usefixtures("pigeon")
def test_a_new_channel_is_one_file_and_one_folder() -> None:
    """A channel that nobody has heard of works by one file and one folder of templates alone."""
    assert "pigeon" in channels.names()
    templates = Templates(
        {**SOURCES, "pigeon/note.txt.j2": "{{ title }} ({{ label }}){% if full %}{{ blocks }}{% endif %}"}, CATALOGUES
    )
    templates.check(["pigeon"], ["be"])
    posts = laid_out(edition(), "pigeon", templates, language="be")
    assert not isinstance(posts, TooLong)
    assert [post.text for post in posts] == [f"{TITLE} (арыгінал)"]


def test_a_channel_that_is_not_installed_is_told() -> None:
    """An unknown kind is an error, and the rehearsal is no channel."""
    for kind in ("pigeon", "rehearsal", "os", "../x"):
        with pytest.raises(KeyError):
            channels.load(kind)
    assert channels.names() == ("newsletter", "telegram", "x")
