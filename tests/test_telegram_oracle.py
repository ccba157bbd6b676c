"""Telegram's own parser as the judge: what our converter makes of our templates is what Telegram would make of them.

`tdjson` is Telegram's client library; its HTML parser works offline. https://core.telegram.org/tdlib
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Block, BlockKind, Checked, Origin, Summary
from bot.rendering import render
from channels import Draft, Entity, Media, Post, TooLong
from channels import telegram as telegram_channel
from channels.telegram import CAPTION, LIMIT, MOST_ENTITIES, Settings, compose
from channels.telegram.entities import parse, units
from tests.test_rendering import TEMPLATES, edition, word

tdjson = pytest.importorskip("tdjson", reason="no wheel of Telegram's own parser for this machine")

MANY = 5_000 if os.environ.get("VESTKA_HOSTILE") else 60
FEW = settings(max_examples=MANY, deadline=None)
SETTINGS = Settings(language="be")
LINKS = ("https://example.invalid/a?b&c=d", "http://мройск.example/я", "https://example.invalid/'\"<>")
# bad-inputs 58-72: markup, template code, scripts, addresses, pings, marks that turn a line around, emoji.
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<a href="jav&#x09;ascript:alert(1)">тут</a>',
    '<a href="tg://user?id=5">тут</a>', "<a href='https://evil.invalid/'>", "</b></a>", "</blockquote>", "<b>", "<br>",
    "{{7*7}}", "{% include 'x' %}", "${7*7}", "_*[]()~`>#+-=|{}.!\\", "[тут](tg://user?id=5)", "***", "```x```",
    "@username", "#tag", "/cmd", "$USD", "javascript:alert(1)", "data:text/html,x", "https://user:pw@evil.invalid/",
    "//evil.invalid/", "xn--80ak6aa92e.com", "&lt;b&gt;", "&amp;amp;", "&#60;b&#62;", "&nbsp;", "&quot;", "&", "<", ">",
    '"', "'", "\u202e", "\u200b", "\ufeff", "\u00a0", "\u202f", "😀", "🇧🇾", "👩‍⚖️", "é", "Ў", "№ 5", "1 250", "\\",
]  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(["а", "Мройск", "суд.", " ", "12"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
)
TEXT = st.lists(PIECES, min_size=1, max_size=8).map(" ".join).filter(str.strip)


@pytest.fixture(scope="module", autouse=True)
def _silence() -> Iterator[None]:
    ask({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
    yield


def ask(question: dict[str, Any]) -> dict[str, Any]:
    """One question to Telegram's library."""
    answered = json.loads(tdjson.td_execute(json.dumps(question).encode()))
    assert isinstance(answered, dict)
    return answered


NAMES = {"Bold": "bold", "Italic": "italic", "BlockQuote": "blockquote", "TextUrl": "text_link"}
Stretch = tuple[str, int, int, str | None]


def telegrams(markup: str) -> tuple[str, list[Stretch]]:
    """What Telegram's parser makes of HTML, trimmed as it trims a message that is sent; offsets in UTF-16 units."""
    mode = {"@type": "textParseModeHTML"}
    found = ask({"@type": "parseTextEntities", "text": markup, "parse_mode": mode})
    assert found["@type"] == "formattedText", found
    wide = found["text"].encode("utf-16-le")
    blank = {mark.encode("utf-16-le") for mark in " \t\r\n"}
    first, last = 0, len(wide) // 2

    def trimmed(start: int, end: int) -> tuple[int, int]:
        while start < end and wide[2 * start : 2 * start + 2] in blank:
            start += 1
        while start < end and wide[2 * end - 2 : 2 * end] in blank:
            end -= 1
        return start, end

    first, last = trimmed(first, last)
    stretches: list[Stretch] = []
    for one in found["entities"]:
        start, end = trimmed(max(one["offset"], first), min(one["offset"] + one["length"], last))
        if start < end:
            kind = NAMES[one["type"]["@type"].removeprefix("textEntityType")]
            stretches.append((kind, start - first, end - start, one["type"].get("url")))
    return wide[2 * first : 2 * last].decode("utf-16-le"), sorted(stretches, key=order)


def order(one: Stretch) -> tuple[int, int, str]:
    """From left to right, the longer first."""
    return one[1], -one[2], one[0]


def ours(entities: tuple[Entity, ...]) -> list[Stretch]:
    """Our entities in the same form."""
    return sorted(((one.type, one.offset, one.length, one.url) for one in entities), key=order)


def sound(post: Post) -> None:
    """A part that Telegram takes as it is: within its limits, no stretch outside it or in the middle of a letter."""
    wide = post.text.encode("utf-16-le")
    assert units(post.text) == post.length == len(wide) // 2
    assert post.length <= post.limit == (CAPTION if post.media else LIMIT)
    assert post.text == post.text.strip(" \t\r\n")
    assert len(post.entities) <= MOST_ENTITIES
    for one in post.entities:
        assert one.offset >= 0 and one.length > 0 and one.offset + one.length <= post.length
        wide[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le")  # raises for half a pair
        assert (one.url is not None) == (one.type == "text_link")
        assert one.url is None or one.url.startswith(("http://", "https://"))


BLOCKS = st.lists(
    st.builds(
        Block,
        kind=st.sampled_from(sorted(BlockKind)),
        text=TEXT,
        ordinal=st.none() | st.integers(1, 9),
        href=st.none()
        | st.sampled_from([*LINKS, "tg://resolve?domain=x", "javascript:x", "file:///x", "mailto:a@b.cd"]),
    ),
    min_size=1,
    max_size=6,
)


def statement(title: str, blocks: list[Block], origin: Origin = Origin.ORIGINAL) -> Checked:
    """An edition in full with these words; the site wrote it."""
    base = edition()
    return replace(
        base,
        statement=replace(base.statement, title=title, blocks=tuple(blocks)),
        summary=Summary(language="be", title=title, sentences=(), cuts=()),
        title=word(title),
        sentences=(),
        origin=origin,
    )


def through_the_templates(checked: Checked, **values: Any) -> tuple[str, tuple[Post, ...] | TooLong]:
    """The HTML that the shipped template writes, and what `compose` makes of that very draft."""
    drafts: list[Draft] = []

    def watched(draft: Draft, chosen: Settings) -> tuple[Post, ...] | TooLong:
        drafts.append(replace(draft, **values))
        return compose(drafts[-1], chosen)

    channel: Any = SimpleNamespace(**{**vars(telegram_channel), "compose": watched})
    posts = render(
        checked, kind="telegram", channel=channel, settings=SETTINGS, templates=TEMPLATES, organisation="Бюро"
    )
    return drafts[-1].rendered["post.html"], posts


@FEW
@given(TEXT, BLOCKS)
def test_our_templates_say_to_telegram_what_they_say_to_us(title: str, blocks: list[Block]) -> None:
    """Telegram's own parser reads the same text and the same formatting out of every statement, however hostile."""
    markup, posts = through_the_templates(statement(title, blocks))
    if isinstance(posts, TooLong):
        assert posts.length > posts.limit
        return
    text, stretches = telegrams(markup)
    assert "".join(post.text for post in posts) == text
    assert [one for post in posts for one in ours(post.entities)] == stretches
    for post in posts:
        sound(post)


@FEW
@given(TEXT, st.lists(TEXT, min_size=1, max_size=4))
def test_what_a_site_writes_is_letters_and_never_formats(title: str, paragraphs: list[str]) -> None:
    """Whatever stands in a title or a paragraph arrives letter by letter; only our template formats."""
    blocks = [Block(kind=BlockKind.PARAGRAPH, text=text) for text in paragraphs]
    _, posts = through_the_templates(statement(title, blocks))
    assert not isinstance(posts, TooLong)
    (post,) = posts
    for words in (title, *paragraphs):
        assert words.strip() in post.text
    kinds = [one.type for one in post.entities]
    assert kinds == ["bold", "italic", "text_link"], "a title, the label, the link to the statement"
    assert post.entities[-1].url == edition().statement.url


@FEW
@given(TEXT, st.integers(0, 2500), st.booleans())
def test_with_a_picture_nothing_is_lost_and_nothing_doubled(title: str, more: int, with_button: bool) -> None:
    """In one part or two, the parts joined say what the text alone says, once, with one picture and one button."""
    checked = statement(title, [Block(kind=BlockKind.PARAGRAPH, text="😀" * more + "а")])
    _, alone = through_the_templates(checked)
    media = (Media(path="card.png", alt="", digest="0" * 64),)
    rendered: dict[str, str] = {"post.html": through_the_templates(checked)[0]}
    rendered |= {"button.txt": "Чытаць"} if with_button else {}
    _, parts = through_the_templates(checked, media=media, rendered=rendered)
    if isinstance(alone, TooLong):
        assert parts == alone
        return
    assert not isinstance(parts, TooLong)
    assert "".join(part.text for part in parts) == alone[0].text
    assert sum(len(part.media) for part in parts) == 1 and len(parts[0].media) == 1
    assert [len(part.buttons) for part in parts] == [0] * (len(parts) - 1) + [int(with_button)]
    assert [(part.part, part.parts) for part in parts] == [(n + 1, len(parts)) for n in range(len(parts))]
    for part in parts:
        sound(part)


Tree = str | tuple[str, list[Any]]
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.one_of(TEXT, st.sampled_from([" ", "\n", "😀"])),
    lambda inner: st.tuples(st.sampled_from(["b", "strong", "i", "em", "a0", "a1", "a2"]), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def written(tree: Tree, open_tags: tuple[str, ...] = ()) -> str:
    """A tree as HTML; the same formatting is never opened twice, as no template does."""
    if isinstance(tree, str):
        return escape(tree)
    tag, inner = tree
    kind = {"strong": "b", "em": "i"}.get(tag, tag[0])
    words = "".join(written(one, (*open_tags, kind)) for one in inner)
    if kind in open_tags:
        return words
    if kind == "a":
        return f'<a href="{escape(LINKS[int(tag[1])])}">{words}</a>'
    return f"<{tag}>{words}</{tag}>"


def runs(text: str, stretches: list[Stretch]) -> list[tuple[str, frozenset[tuple[str, str | None]]]]:
    """Each letter with the formatting that it has: the same whether a stretch is told in one piece or in several."""
    wide = text.encode("utf-16-le")
    found: list[tuple[str, frozenset[tuple[str, str | None]]]] = []
    for at in range(len(wide) // 2):
        unit = wide[2 * at : 2 * at + 2].decode("utf-16-le", "replace")
        if unit in " \t\r\n":
            continue
        found.append((unit, frozenset((k, u) for k, start, size, u in stretches if start <= at < start + size)))
    return found


@FEW
@given(st.lists(TREES, min_size=1, max_size=5))
def test_any_template_would_be_read_as_telegram_reads_it(trees: list[Tree]) -> None:
    """Not only our templates: any nesting of the known tags gives each letter the formatting that Telegram gives it."""
    markup = "".join(written(tree) for tree in trees)
    text, entities = parse(markup)
    expected, stretches = telegrams(markup)
    assert text == expected
    assert runs(text, ours(entities)) == runs(text, stretches)


def test_a_link_to_a_mailbox_would_lead_elsewhere() -> None:
    """Why no link leads to a mailbox: Telegram makes a web address of it, on the mail server."""
    markup = '<a href="mailto:press@mroisk.example">пошта</a>'
    assert telegrams(markup)[1] == [("text_link", 0, 5, "http://mailto:press@mroisk.example/")]
    assert parse(markup) == ("пошта", ())


def test_letters_that_ping_a_person_stay_letters() -> None:
    """A name after @, a command or a tag is sent as plain text: nothing of ours makes a link of it."""
    text = "@username /cmd #tag tg://user?id=5 javascript:alert(1)"
    _, posts = through_the_templates(statement(text, [Block(kind=BlockKind.PARAGRAPH, text=text)]))
    assert not isinstance(posts, TooLong)
    assert [one.type for one in posts[0].entities] == ["bold", "italic", "text_link"]
    assert posts[0].text.count(text) == 2
