"""The preview page shows a rehearsal as it is, and nothing in a feed can make it do anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.markup import marked_up, web_address
from bot.web.preview import Change, Posted, Preview, Story, Waiting, language_name, preview_app, view

FOLDER = Path(__file__).parent.parent / "templates" / "web"
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("preview.*")}
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=https://evil.invalid/x onerror=alert(1)> {{ 7 * 7 }} {% raw %} &lt;b&gt;"
)


def part(text: str, **payload: Any) -> dict[str, Any]:
    """One record as the rehearsal wire writes it."""
    length = payload.pop("length", len(text))
    limit = payload.pop("limit", 4096)
    number, parts = payload.pop("part", 1), payload.pop("parts", 1)
    return {
        "time": "2026-11-22T09:30:00Z",
        "key": "s1/r1/telegram-be/be/1/auto",
        "channel": "telegram-be",
        "kind": "telegram",
        "language": "be",
        "action": "create",
        "part": number,
        "parts": parts,
        "length": length,
        "limit": limit,
        "payload": {"text": text, **payload},
    }


def story(**changed: Any) -> Story:
    """A story with a post on every kind of channel, one edition that waits, and a correction on the site."""
    values: dict[str, Any] = {
        "number": 12,
        "title": "Загаловак",
        "url": "https://example.invalid/be/12",
        "language": "be",
        "posts": (
            Posted(
                channel="telegram-be", kind="telegram", language="be", parts=(part("Тэкст для тэлеграма", length=268),)
            ),
            Posted(
                channel="x-en",
                kind="x",
                language="en",
                parts=(
                    part("First post", length=241, limit=280, part=1, parts=2),
                    part("Second post", length=80, limit=280, part=2, parts=2),
                ),
            ),
            Posted(
                channel="newsletter",
                kind="newsletter",
                language="be",
                parts=(part("Просты тэкст", subject="Тэма ліста", html="<p style='color:red'>Ліст</p>"),),
            ),
        ),
        "waiting": (
            Waiting(
                channel="telegram-ru",
                kind="telegram",
                language="ru",
                state="Held by the guard",
                reasons=("The translation says 1 094, the original 1 049.",),
                parts=(part("Задержаны 1 094 человека"),),
            ),
        ),
        "changes": (Change(language="be", message="A figure changed.", before="612 штрафаў", after="621 штраф"),),
    }
    return Story(**(values | changed))


async def fetch(shown: Preview, path: str = "/", method: str = "GET", host: str = "127.0.0.1:8000") -> httpx.Response:
    """Ask the page as a browser would."""
    transport = httpx.ASGITransport(app=preview_app(lambda: shown, TEMPLATES))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.request(method, path)


def preview(*stories: Story) -> Preview:
    """A page of an invented organisation."""
    return Preview(organisation="Vestka Demo", stories=stories, languages=("be", "ru", "en"))


class Page(HTMLParser):
    """What a browser finds in a page: its tags with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.stack: list[str] = []
        self.nested = True
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.nested = self.nested and bool(self.stack) and self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_page_shows_every_channel() -> None:
    """An officer sees each channel's words, the room they take, and the subject of the mail."""
    answer = await fetch(preview(story()))
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.nested and not page.stack
    for words in (
        "Тэкст для тэлеграма",
        "268 / 4,096",
        "First post",
        "241 / 280",
        "2 of 2",
        "Тэма ліста",
        "Просты тэкст",
    ):
        assert words in page.text


async def test_page_says_what_waits_and_why() -> None:
    """What the guard holds is shown beside what went out, with the reason in plain words."""
    page = Page((await fetch(preview(story()))).text)
    for words in (
        "1 waiting",
        "Held by the guard",
        "The translation says 1 094, the original 1 049.",
        "1 094 человека",
    ):
        assert words in page.text


async def test_page_says_what_changed() -> None:
    """A correction on the site is shown with the words before and after it."""
    page = Page((await fetch(preview(story()))).text)
    for words in ("changed since", "Changed on the site since (Belarusian)", "A figure changed.", "612", "621"):
        assert words in page.text


async def test_empty_page_says_so() -> None:
    """Before the first statement the page says that there is none."""
    assert "No statement has come in yet." in (await fetch(preview())).text


async def test_new_kind_of_channel_needs_no_change() -> None:
    """A channel kind that the page has never heard of is shown as plain posts."""
    post = Posted(channel="carrier-pigeon", kind="pigeon", language="xx", parts=(part("Coo", limit=9),))
    page = Page((await fetch(preview(story(posts=(post,), waiting=())))).text)
    assert "pigeon" in page.text and "Coo" in page.text and "3 / 9" in page.text


async def test_languages_stand_in_the_order_of_the_settings() -> None:
    """A held Russian post stands between the Belarusian and the English one, not behind both."""
    posts = tuple(
        Posted(channel=f"telegram-{code}", kind="telegram", language=code, parts=(part(code),)) for code in ("en", "be")
    )
    groups = view(preview(story(posts=posts)))["stories"][0]["groups"]
    assert [panel["language"] for panel in groups[0]["panels"]] == ["be", "ru", "en"]


async def test_headers_forbid_everything_foreign() -> None:
    """The browser is told to fetch nothing, to tell nobody where it came from, and to keep no copy."""
    for path in ("/", "/style.css"):
        headers = (await fetch(preview(story()), path)).headers
        policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
        assert (
            policy["default-src"]
            == policy["frame-ancestors"]
            == policy["base-uri"]
            == policy["form-action"]
            == "'none'"
        )
        assert "script-src" not in policy and "img-src" not in policy
        assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


async def test_style_is_served() -> None:
    """The page's own look comes from the page's own address, with no address of anybody else in it."""
    answer = await fetch(preview(), "/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import|https?:", answer.text)


@pytest.mark.parametrize(("path", "method", "status"), [("/", "POST", 405), ("/settings.toml", "GET", 404)])
async def test_nothing_else_is_served(path: str, method: str, status: int) -> None:
    """The page takes no orders and serves no file."""
    assert (await fetch(preview(), path, method)).status_code == status


async def test_foreign_names_get_no_answer() -> None:
    """A web site that points its own name at this machine cannot read what is not published yet."""
    answer = await fetch(preview(story()), host="evil.invalid:8000")
    assert answer.status_code == 400
    assert "Загаловак" not in answer.text


async def test_mail_stands_in_a_frame_without_rights() -> None:
    """A mail is shown as it is, in a frame that may run nothing and go nowhere."""
    mail = Posted(channel="newsletter", kind="newsletter", language="be", parts=(part("t", subject="s", html=HOSTILE),))
    page = Page((await fetch(preview(story(posts=(mail,))))).text)
    frames = [attributes for tag, attributes in page.tags if tag == "iframe"]
    assert [(frame["sandbox"], frame["srcdoc"]) for frame in frames] == [(None, HOSTILE)]
    assert not [tag for tag, _ in page.tags if tag in ("script", "img")]


async def test_hostile_words_stay_words() -> None:
    """Markup, template marks and script addresses from a feed are shown as text wherever they stand."""
    bold = [
        {"type": "bold", "offset": 0, "length": 8},
        {"type": "text_link", "offset": 9, "length": 5, "url": "javascript:alert(1)"},
    ]
    shown = Preview(
        organisation=HOSTILE,
        stories=(
            story(
                title=HOSTILE,
                url="javascript:alert(1)",
                language=HOSTILE,
                posts=(
                    Posted(
                        channel=HOSTILE,
                        kind=HOSTILE,
                        language=HOSTILE,
                        parts=(part(HOSTILE, entities=bold), part(HOSTILE, subject=HOSTILE, html=HOSTILE)),
                    ),
                ),
                waiting=(Waiting(channel=HOSTILE, kind="x", language="be", state=HOSTILE, reasons=(HOSTILE,)),),
                changes=(Change(language=HOSTILE, message=HOSTILE, before=HOSTILE, after=HOSTILE),),
            ),
        ),
    )
    page = Page((await fetch(shown)).text)
    assert page.nested and not page.stack
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "base", "form", "object")]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert links == {"#s12"}
    assert "49" not in page.text.replace(HOSTILE, "")


async def test_broken_characters_do_not_break_the_page() -> None:
    """Half a character from a broken feed becomes a question mark, not an error page."""
    answer = await fetch(preview(story(title="Заява \ud800")))
    assert answer.status_code == 200
    assert "Заява ?" in answer.text


def test_entities_count_as_telegram_counts() -> None:
    """Bold begins at the right letter behind an emoji, which Telegram counts as two."""
    entities = [{"type": "bold", "offset": 3, "length": 5}]
    assert marked_up("🕊 Заява <1>", entities) == "🕊 <b>Заява</b> &lt;1&gt;"


def test_entities_nest() -> None:
    """A link inside bold words stays inside them, and its address is escaped."""
    entities = [
        {"type": "text_link", "offset": 2, "length": 1, "url": 'https://example.invalid/?a="b"&c'},
        {"type": "bold", "offset": 0, "length": 4},
    ]
    expected = '<b>a <a href="https://example.invalid/?a=&#34;b&#34;&amp;c" rel="noopener noreferrer">b</a> </b>c'
    assert marked_up("a b c", entities) == expected


def test_crossing_entities_stay_well_nested() -> None:
    """Two stretches that cross cannot break the page: the second ends where the first does."""
    entities = [{"type": "bold", "offset": 0, "length": 4}, {"type": "italic", "offset": 2, "length": 4}]
    assert marked_up("abcdef", entities) == "<b>ab<i>cd</i></b>ef"


@pytest.mark.parametrize("place", [(-1, 2), (0, 99), (99, 1), (1, 1), (0, 1), (2, 0)])
def test_impossible_entities_are_left_out(place: tuple[int, int]) -> None:
    """A stretch outside the text, or through the middle of a character, formats nothing and loses nothing."""
    assert marked_up("🕊ab", [{"type": "bold", "offset": place[0], "length": place[1]}]) == "🕊ab"


@given(
    st.text(max_size=30),
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["bold", "italic", "text_link", "url", "pre", "custom_emoji"]),
                "offset": st.integers(-2, 40),
                "length": st.integers(-2, 40),
            }
        ),
        max_size=8,
    ),
)
def test_no_letter_is_ever_lost(text: str, entities: list[dict[str, Any]]) -> None:
    """Whatever the formatting says, every letter of the text is shown, in order, in well-nested tags."""
    page = Page(f"<div>{marked_up(text, entities)}</div>")
    page.close()
    assert page.nested and not page.stack
    assert page.text == text


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "tg://resolve?domain=x", "file:///etc/passwd", "//evil.invalid", None],
)
def test_only_web_addresses_are_links(url: str | None) -> None:
    """An address that is no plain web address is never made into a link."""
    assert web_address(url) is None


def test_unknown_language_is_shown_by_its_code() -> None:
    """A language that nobody has a name for is shown by its code."""
    assert [language_name(code) for code in ("be", "qq", "no such")] == ["Belarusian", "qq", "no such"]
