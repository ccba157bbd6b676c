"""What goes to Telegram: text and entities that say exactly what the template meant, within the limits."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import channels
from channels import Button, Draft, Entity, Envelope, Media, Post, TooLong
from channels.telegram import CAPTION, LIMIT, Settings, compose, cost, length, specimen
from channels.telegram.entities import parse, units

LINK = "https://example.invalid/be/1"
SETTINGS = Settings(language="be", chat="@prykład")


def made(markup: str) -> tuple[Post, ...] | TooLong:
    draft = Draft(language="be", title="", sentences=(), link="", rendered={"post.html": markup})
    return compose(draft, SETTINGS)


def laid_out(markup: str, button: str | None = None, *, link: str = LINK, pictures: int = 0) -> tuple[Post, ...]:
    """The parts of a draft with a button or pictures."""
    rendered = {"post.html": markup} | ({} if button is None else {"button.txt": button})
    media = (Media(path="card.png", alt="Загаловак", digest="0" * 64),) * pictures
    draft = Draft(language="be", title="", sentences=(), link=link, rendered=rendered, media=media)
    outcome = compose(draft, SETTINGS)
    assert not isinstance(outcome, TooLong)
    return outcome


def post(markup: str) -> Post:
    outcome = made(markup)
    assert not isinstance(outcome, TooLong)
    return outcome[0]


def stretch(text: str, entity: Entity) -> str:
    """The words that an entity formats, cut out of the UTF-16 text as Telegram does."""
    wide = text.encode("utf-16-le")
    return wide[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


LETTERS = [*"абўёіZ9 .<>&\"'_*`[]({}%@#/", "🇧🇾", "👩‍⚖️", "😀", "\n", "\u202f", "e\u0301"]
WORDS = st.lists(st.sampled_from(LETTERS), max_size=30).map("".join)


@given(st.lists(st.tuples(st.sampled_from(["", "b", "i", "blockquote", "a"]), WORDS), max_size=12))
def test_every_entity_covers_the_very_words_that_the_template_marked(pieces: list[tuple[str, str]]) -> None:
    """Whatever the words are, formatting begins and ends exactly where the template put it, also beside emoji."""
    markup, plain, marked = "", "", []
    for tag, words in pieces:
        inside = html.escape(words)
        attribute = ' href="https://example.invalid/1"' if tag == "a" else ""
        markup += f"<{tag}{attribute}>{inside}</{tag}>\n" if tag else inside + "\n"
        plain += words + "\n"
        if tag and words.strip(" \n"):
            marked.append(words.strip(" \n"))
    text, entities = parse(markup)
    assert text == plain.strip(" \n")
    assert [stretch(text, entity) for entity in entities] == marked
    assert units(text) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="jav&#x09;ascript:alert(1)">тут</a>',
        "{{7*7}} {% include 'x' %} ${7*7}",
        "_*[]()~`>#+-=|{}.!\\",
        "</b></a>",
        "<!-- </i> -->",
        "@username #tag /cmd",
        "&lt;b&gt; &amp;amp;",
        "😀" * 20 + "</b>",
    ],
)
def test_a_hostile_title_arrives_as_plain_letters(title: str) -> None:
    """Markup that a site puts into a title is shown letter by letter and formats nothing."""
    made_post = post(f"<b>{html.escape(title)}</b>\n\nТэкст")
    assert made_post.text == f"{title}\n\nТэкст"
    assert [(one.type, stretch(made_post.text, one)) for one in made_post.entities] == [("bold", title)]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "jav\tascript:x",
        "tg://resolve?domain=x",
        "data:x",
        "file:///x",
        "//x",
        "https://[",
        "https://",
        "https://user:word@x.invalid/",
        "mailto:a@example.invalid",
        "",
    ],
)
def test_a_link_never_leads_anywhere_but_to_the_web(href: str) -> None:
    """An address of any other kind leaves its words as plain text; of a mailbox Telegram would make a web address."""
    assert post(f'<a href="{html.escape(href)}">тут</a>').entities == ()


def test_links_to_the_web_work() -> None:
    """An ordinary address becomes a link."""
    text, entities = parse('<a href="https://example.invalid/a?b&amp;c">тут</a>')
    assert text == "тут"
    assert [one.url for one in entities] == ["https://example.invalid/a?b&c"]


def test_a_message_at_the_limit_goes_out_and_one_unit_more_is_refused() -> None:
    """4,096 UTF-16 units fit; 4,097 are refused with both figures, and an emoji counts as two."""
    assert post("а" * (LIMIT - 2) + "😀").length == LIMIT
    assert made("а" * (LIMIT - 1) + "😀") == TooLong(length=LIMIT + 1, limit=LIMIT, unit="characters")


def test_more_than_a_hundred_formatted_stretches_are_refused() -> None:
    """Telegram would silently drop the formatting beyond the hundredth, so Vestka refuses instead."""
    assert len(post("<b>а</b> " * 100).entities) == 100
    assert made("<b>а</b> " * 101) == TooLong(length=101, limit=100, unit="entities")


@pytest.mark.parametrize(
    "markup",
    [
        "<div>а</div>",
        "<b>а",
        "<b><i>а</b></i>",
        "а</b>",
        "<br/><hr/>",
        "<!-- x -->а",
        "<!DOCTYPE x>а",
        "<?x?>а",
        " \n ",
    ],
)
def test_markup_that_telegram_does_not_know_is_a_fault_of_the_template(markup: str) -> None:
    """A template with foreign, unclosed or crossed tags, or with nothing in it, is refused, not guessed at."""
    with pytest.raises(ValueError, match=r"Telegram|closes nothing|never closed|says nothing"):
        made(markup)


def test_breaks_and_nested_formatting() -> None:
    """A <br> is a line break, and bold within italics keeps both."""
    text, entities = parse("<i>а<br><b>б</b><br/>в</i>")
    assert text == "а\nб\nв"
    assert [(one.type, one.offset, one.length) for one in entities] == [("italic", 0, 5), ("bold", 2, 1)]


def test_a_button_leads_to_the_statement() -> None:
    """A label in `button.txt` becomes a button to the statement's address; without a label there is none."""
    assert laid_out("а", " Чытаць\n цалкам ")[0].buttons == (Button(text="Чытаць цалкам", url=LINK),)
    assert laid_out("а", " \n ")[0].buttons == laid_out("а")[0].buttons == ()


@pytest.mark.parametrize("link", ["", "tg://resolve?domain=x", "javascript:alert(1)", "https://a:b@x.invalid/"])
def test_a_button_never_leads_anywhere_but_to_the_web(link: str) -> None:
    """Where there is no address on the web to lead to, there is no button."""
    assert laid_out("а", "Чытаць", link=link)[0].buttons == ()


def test_a_short_text_stands_under_its_picture() -> None:
    """A text of up to 1,024 units is the caption, with formatting and button, in one message."""
    (part,) = laid_out("<b>а</b>" + "б" * (CAPTION - 3) + "😀", "Чытаць", pictures=1)
    assert (part.length, part.limit, len(part.media), len(part.buttons)) == (CAPTION, CAPTION, 1, 1)
    assert [one.type for one in part.entities] == ["bold"]


def test_a_long_text_follows_its_picture_whole() -> None:
    """Nothing is cut and nothing stands there twice: the picture goes ahead without words, the text follows whole."""
    picture, words = laid_out("<b>а</b>" + "б" * (CAPTION - 2) + "😀", "Чытаць", pictures=1)
    assert (picture.part, picture.parts, picture.text, picture.limit, picture.buttons) == (1, 2, "", CAPTION, ())
    assert len(picture.media) == 1 and picture.entities == ()
    assert (words.part, words.parts, words.length, words.limit, words.media) == (2, 2, CAPTION + 1, LIMIT, ())
    assert words.text == "а" + "б" * (CAPTION - 2) + "😀" and len(words.entities) == len(words.buttons) == 1


def test_a_text_that_fits_nowhere_is_refused_with_a_picture_too() -> None:
    """A picture does not make room for more than one message takes."""
    media = (Media(path="card.png", alt="", digest="0" * 64),)
    draft = Draft(
        language="be", title="", sentences=(), link=LINK, rendered={"post.html": "а" * (LIMIT + 1)}, media=media
    )
    assert compose(draft, SETTINGS) == TooLong(length=LIMIT + 1, limit=LIMIT, unit="characters")


def test_two_pictures_are_a_fault_of_the_caller() -> None:
    """No picture is ever left out in silence."""
    with pytest.raises(ValueError, match="one picture"):
        laid_out("а", pictures=2)


def test_length_counts_as_telegram_does() -> None:
    """The length of a text is its UTF-16 units; an empty text does not fit."""
    assert (length("Ў😀").length, length("Ў😀").limit, length("Ў😀").fits) == (3, 4096, True)
    assert not length("").fits
    assert not length("а" * 4097).fits


def test_telegram_is_public_and_free() -> None:
    """A Telegram post cannot be taken back unseen and costs nothing; the payload is all that leaves."""
    assert channels.load("telegram").public
    assert cost((), SETTINGS) == Decimal(0)
    envelope = Envelope(key="s1/r1/t/be/1/auto", channel="t", language="be", date=datetime(2026, 11, 22, tzinfo=UTC))
    assert specimen(post("а"), envelope, SETTINGS) is None
    assert SETTINGS.languages_served() == ("be",)


def test_an_unknown_key_in_the_settings_is_refused() -> None:
    """A misspelt key never passes silently."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"kind": "telegram", "language": "be", "chat": "@a", "silnt": True})
