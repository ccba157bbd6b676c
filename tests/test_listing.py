"""A page that lists a site's news: its entries are found, or a person is asked which they are."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cssselect import HTMLTranslator

from bot.errors import SettingsError
from bot.feed import child, identity, parse_list
from bot.feed.parse import moment
from bot.model import Document, Quarantined
from bot.settings import build

URL = "https://example.invalid/be/"
LISTS = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "pages/lists").glob("*.html"))}
ENTRIES = [
    ("Заява аб затрыманнях у Мройску", datetime(2026, 7, 6, 6, 30, tzinfo=UTC)),
    ("Суд над рэдактаркай газеты «Вятраны»: 17 дзён арышту", datetime(2026, 7, 5, 15, tzinfo=UTC)),
    ("Спіс палітвязняў за тыдзень: 1 049 чалавек", datetime(2026, 7, 4, 9, tzinfo=UTC)),
    ("Бюро падало скаргу ў пракуратуру Мройска", datetime(2026, 7, 3, 7, 15, tzinfo=UTC)),
    ("Пікет каля суда скончыўся затрыманнямі", datetime(2026, 7, 1, 13, 45, tzinfo=UTC)),
]
TITLES = [title for title, _ in ENTRIES]


def look(text: str, items: str = "", script: str = "be") -> Any:
    """What the parser's cell makes of a page, here without the cell: its records, or why there are none."""
    header = {"content_type": "text/html; charset=utf-8", "url": URL, "script": script, "page": "list"}
    header |= {"items": HTMLTranslator().css_to_xpath(items) if items else None, "hosts": ["example.invalid"]}
    try:
        return child.read_page(header, text.encode())["entries"]
    except child.Refused as refused:
        return str(refused)


def titles(text: str, items: str = "") -> list[str]:
    found = look(text, items)
    assert not isinstance(found, str), found
    return [entry["title"] for entry in found]


def page(inside: str, head: str = "") -> str:
    return f"<html lang=be><head><title>Навіны</title>{head}</head><body><main>{inside}</main></body></html>"


def row(title: str, link: str, more: str = "") -> str:
    return f'<li><a href="{link}">{title}</a>{more}</li>'


def rows(titles: list[str] = TITLES) -> str:
    return f"<ul>{''.join(row(title, f'/navina/{n}') for n, title in enumerate(titles))}</ul>"


@pytest.mark.parametrize("name", LISTS)
def test_the_entries_of_a_list_are_found(name: str) -> None:
    """In the designs that sites have, each article is found once, by its title, with its date, and nothing else is."""
    found = look(LISTS[name])
    assert [(entry["title"], moment(entry["published"])) for entry in found] == ENTRIES
    assert all(re.search(r"/be/navina[/.]", entry["link"]) for entry in found)


async def test_a_list_is_a_document_of_beginnings() -> None:
    """A list arrives as a feed does whose entries have a title, an address and a date, and a text on their page."""
    told = {"content_type": "text/html; charset=utf-8", "url": URL, "script": "be", "hosts": identity.names([URL])}
    for items in ("", "article"):
        found = await parse_list(LISTS["wordpress"].encode(), items=items, **told)
        assert isinstance(found, Document), found
        assert [(entry.title, entry.published) for entry in found.entries] == ENTRIES
        assert all(entry.excerpt and not entry.markup and entry.fault is None for entry in found.entries)
        assert (found.title, found.language, found.doubt) == ("Навіны | Бюро «Мройск»", "be", None)
    found = await parse_list(page("<b>" * 29_000 + rows()).encode(), **told)
    assert isinstance(found, Quarantined) and "code" not in found.reason


SELECTED = {
    "one of two lists": (
        "section.news li",
        f"<section class=stories>{rows([f'{each} і што было далей' for each in TITLES])}</section>"
        f"<section class=news>{rows().replace('/navina/', '/zayava/')}</section>",
    ),
    "the newest set apart": (
        ".top, main li",
        f"<div class=top><h2><a href=/navina/0>{TITLES[0]}</a></h2></div><ul>"
        + "".join(row(title, f"/navina/{n}") for n, title in enumerate(TITLES[1:], 1))
        + "</ul>",
    ),
    "a section named first": (
        "article",
        "".join(
            f"<article><a href=/sudy>Суды і прысуды ў Мройску</a><h3><a href=/n/{n}>{title}</a></h3></article>"
            for n, title in enumerate(TITLES)
        ),
    ),
    "a picture first": (
        "div.one",
        "".join(
            f"<div class=one><a href={n}><img src=/1.jpg></a><a href={n}>{title}</a><a href={n}>Далей</a></div>"
            for n, title in enumerate(TITLES)
        ),
    ),
    "itself a link": ("a.one", "".join(f"<a class=one href=/n/{n}>{title}</a>" for n, title in enumerate(TITLES))),
}


@pytest.mark.parametrize("name", SELECTED)
def test_a_person_may_name_the_entries(name: str) -> None:
    """A selector in the settings says what an entry is where a machine cannot know, or would choose another list."""
    items, inside = SELECTED[name]
    assert titles(page(inside), items) == TITLES


def test_the_list_with_dates_is_the_news() -> None:
    """Beside links of another kind, such as documents, the list whose entries bear dates is the one of articles."""
    dated = "".join(
        row(title, f"/navina/{n}", f"<time datetime='2026-07-0{n + 1}'></time>") for n, title in enumerate(TITLES)
    )
    papers = rows([f"Дакумент: {title}" for title in TITLES]).replace("/navina/", "/papery/pra/")
    assert titles(page(f"<section>{papers}</section><ul>{dated}</ul>")) == TITLES


UNCLEAR = {
    "two lists": (SELECTED["one of two lists"][1], "more than one list of articles"),
    "the newest set apart": (SELECTED["the newest set apart"][1], "or something like an entry beside it"),
    "a login": ('<form action="/login"><input name=name><a href="/forgot">Забылі пароль?</a></form>', "no list"),
    "no entries": ("<h1>Навіны</h1><p>Нічога не знойдзена.</p>", "no list"),
    "a menu": (rows(["Пра нас", "Кантакты", "Падтрымаць", "Архіў"]), "no list"),
    "other sites": ("".join(f"<li><a href=https://other.invalid/{n}>{t}</a></li>" for n, t in enumerate(TITLES)), "no"),
    "read more": (rows(["Чытаць усю гэтую навіну далей"] * 5), "no list"),
    "pages of the list": (rows(TITLES).replace("/navina/", "/be/page/"), "no list"),
    "files": ("".join(f"<li><a href=/f/{n}.pdf>{title}</a></li>" for n, title in enumerate(TITLES)), "no list"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_is_no_certain_list_is_put_aside(name: str) -> None:
    """A page without a list, or with two that could be it, posts nothing; one line names the setting that helps."""
    inside, reason = UNCLEAR[name]
    found = look(page(inside))
    assert isinstance(found, str) and reason in found and "`items`" in found and "\n" not in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (page("<h1>Just a moment...</h1>"), "challenge"),
        (page(rows())[:-9], "cut short"),
        (page(rows([f"{title} {n}" for n in range(100) for title in TITLES])), "more than 300 entries"),
        (page(rows([f"The courts of Mroisk punished {n} people" for n in range(9)])), "Cyrillic"),
        (page("<div>" * 9_000 + rows()), "no list"),
        (page("<a " * 31_000), "larger"),
        (page("<a href=/x1>" * 29_000), "2,000 links"),
        (page("<h1>Навіны</h1>", head="<base href='http://[x'>"), "no list"),
        ("", "cut short"),
    ],
    ids=["challenge", "cut", "500 entries", "English", "deep", "many tags", "links", "base", "empty"],
)
def test_hostile_lists(text: str, reason: str) -> None:
    """A list that is broken, endless, closed or in another script is put aside in one line, within the bounds."""
    found = look(text)
    assert isinstance(found, str) and reason in found


def test_a_selector_that_finds_nothing_says_so() -> None:
    """When the site changes its look, the line says that the selector finds nothing, or nothing that leads anywhere."""
    for items, what in (("article.gone", "nothing"), ("h1", "1 of them, and none")):
        assert f"`items` finds {what}" in look(page(f"<h1>Навіны</h1>{rows()}"), items)


def test_one_article_is_one_entry() -> None:
    """Spellings of one address are one entry, a base counts, and links to other sites and to the list are none."""
    there = (
        row("Заява аб затрыманнях у Мройску", "/n/1?utm_source=list"),
        row("Заява аб затрыманнях у Мройску, яшчэ раз", "https://WWW.example.invalid/n/1/#comments"),
        row("Чужая навіна пра падзеі ў Мройску", "https://other.invalid/n/2"),
        row("Усе навіны праваабарончага бюро", "/be"),
        row("Навіна з асобным адрасам у сваёй тэчцы", "3?id=4"),
        row("Навіна, якая вядзе ў нікуды, без адрасу", "javascript:void(0)"),
    )
    bases = "<base href=/z/><base href='http://['>"
    assert [entry["link"] for entry in look(page("".join(there), head=bases), "li")] == [
        "https://example.invalid/n/1?utm_source=list",
        "https://example.invalid/z/3?id=4",
    ]


@pytest.mark.parametrize(
    ("more", "raw"),
    [
        ("<time datetime='2026-07-05T18:00:00Z'></time>", "2026-07-05T18:00:00Z"),
        ("<time class='entry-date published' datetime='2026-07-05'></time><time datetime='2026-07-06'></time>",
         "2026-07-05"),
        ("<time datetime='2026-07-05'></time><time datetime='2026-07-06'></time>", ""),
        ("<time>5 ліпеня</time>", ""),
        ("<span>05.07.2026</span>", ""),
    ],
)  # fmt: skip
def test_only_a_clear_date_counts(more: str, raw: str) -> None:
    """A date is taken where the list states one for machines; of two, the one that is called that of publication."""
    inside = f"<ul>{row(TITLES[0], '/n/0', more)}{row(TITLES[1], '/n/1')}{row(TITLES[2], '/n/2')}</ul>"
    first, second, _ = look(page(inside))
    assert (first["published"], second["published"]) == (raw, "")


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<a href=/n/1><h3>Спіс палітвязняў</h3><p>Кароткі змест</p></a>", "Спіс палітвязняў"),
        ("<a href=/n/1><div class=card__title>Спіс палітвязняў</div><div>Кароткі змест</div></a>", "Спіс палітвязняў"),
        ("<a href=/n/1><time datetime=2026-07-05>5 ліпеня</time> Спіс <b>палітвязняў</b>"
         "<span class=sr-only>у новым акне</span></a>", "Спіс палітвязняў"),
        ("<a href=/n/1><div>12</div><div>чалавек</div></a>", "12 чалавек"),
        ("<a href=/n/1 title='Спіс палітвязняў за тыдзень'>Спіс паліт…</a>", "Спіс палітвязняў за тыдзень"),
        ("<a href=/n/1>Спіс <del>17</del> 18 чалавек</a>", ""),
    ],
)  # fmt: skip
def test_the_title_of_an_entry(inside: str, title: str) -> None:
    """The title is the heading, whole and alone; where words are struck out in it, it is none."""
    assert titles(page(f"<div class=one>{inside}</div>"), ".one") == [title]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ({"kind": "page"}, "urls is missing: a page has an address"),
        ({"kind": "page", "urls": [URL], "items": "li[["}, "is not a CSS selector"),
        ({"kind": "page", "urls": [URL], "items": "li::before"}, "is not a CSS selector"),
        ({"kind": "feed", "urls": [URL], "items": "li"}, "only a page has them"),
    ],
)
def test_settings_of_a_page(tmp_path: Path, source: dict[str, Any], fault: str) -> None:
    """What cannot be a list of articles is refused when the settings are read, in one line."""
    with pytest.raises(SettingsError, match=r"sources\.site") as refused:
        build({"sources": {"site": {"language": "be"} | source}}, tmp_path)
    assert fault in str(refused.value) and "\n" not in str(refused.value)


def test_every_name_of_a_site_is_known() -> None:
    """Mirrors and former names of a site are its own hosts, whichever of them the settings give as the address."""
    aliases = {"mirror.invalid": "example.invalid", "old.invalid": "example.invalid", "other.invalid": "x.invalid"}
    for url in ("https://www.example.invalid/", "https://mirror.invalid/be"):
        assert identity.names([url], aliases=aliases) == {"example.invalid", "mirror.invalid", "old.invalid"}
