"""What goes to X: counted as X counts, parted only where a reader is not misled, calling nobody, and priced."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import channels
from channels import Draft, Line, Media, Post, TooLong
from channels.x import Settings, compose, cost, fee, length
from channels.x.thread import JOINER, lay_out, mended, units
from channels.x.weight import LIMIT, urls, weight

LINK = "https://example.org/statements/2026/11/22/a-long-name-of-a-page"


def settings(**values: object) -> Settings:
    return Settings.model_validate({"kind": "x", "language": "en", **values})


def draft(rendered: str, sentences: tuple[Line, ...] = (), link: str = LINK) -> Draft:
    return Draft(language="en", title="", sentences=sentences, link=link, rendered={"post.txt": rendered})


def posts(rendered: str, *sentences: Line, **values: object) -> tuple[Post, ...]:
    outcome = compose(draft(rendered, sentences), settings(**values))
    assert not isinstance(outcome, TooLong), outcome
    return outcome


def picture(alt: str) -> Media:
    """A picture with some words for those who do not see it."""
    return Media(path="card.png", alt=alt, digest="0" * 64)


def unnumbered(made: tuple[Post, ...]) -> list[str]:
    """The texts of the posts without the numbers of the thread."""
    if len(made) == 1:
        return [made[0].text]
    return [post.text.removesuffix(f"\n\n{post.part}/{post.parts}") for post in made]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ў і ё « » – — “ ” „ ’ ʼ\xa0", 24),
        ("№", 2), ("€", 2), ("…", 2), ("•", 2), ("\u2212", 2), ("→", 2), ("₽", 2), ("\u202f", 2), ("\u2060", 2),
        ("\u10ff", 1), ("\u1100", 2), ("\u1fff", 2), ("\u2000", 1), ("\u200d", 1), ("\u200e", 2), ("\u200f", 2),
        ("\u2010", 1), ("\u201f", 1), ("\u2020", 2), ("\u2031", 2), ("\u2032", 1), ("\u2037", 1), ("\u2038", 2),
        ("漢", 2), ("\U00020000", 2), ("\U0001f600", 2), ("\U000e0001", 2), ("\U0010ffff", 2),
        ("e\u0301", 1), ("у\u0306", 1), ("и\u0306", 1), ("a\r\nb", 3),
        ("©", 1), ("©\ufe0f", 2), ("™\ufe0f", 2), ("❤\ufe0f", 2), ("1", 1), ("1\ufe0f\u20e3", 2), ("#\u20e3", 2),
        ("🇧🇾", 2), ("🇧🇾🇺🇦", 4), ("🇦🇦", 4), ("👍🏽", 2), ("🐱🏽", 4), ("👩‍⚖️", 2), ("👩🏿‍⚖", 2), ("👨‍👩‍👧‍👦", 2),
        ("🏳️‍🌈", 2), ("🧑🏻‍🤝‍🧑🏿", 2), ("👩‍❤️‍💋‍👨", 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        ("🐱‍🐶", 5), ("🚶🏽‍♀️‍➡️", 2), ("❤️‍🔥", 2), ("\U0001fae0", 2),
    ],
)  # fmt: skip
def test_a_text_weighs_what_x_says(text: str, expected: int) -> None:
    """Letters, marks, signs and emoji of every plane count as the platform's configuration 3 counts them."""
    assert length(text).length == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LINK, [LINK]),
        ("гл. example.org і EXAMPLE.COM.", ["example.org", "EXAMPLE.COM"]),
        ("https://пример.рф/путь_(1)?а", ["https://пример.рф/путь_(1)"]),
        ("пример.рф", []),
        ("словаexample.org/а", ["example.org/а"]),
        ("Заява.У горадзе", []),
        ("detained.In 2026", ["detained.In"]),
        ("me@example.org", []),
        ("@example.org #example.org $example.org", []),
        ("https://example.invalid/1", []),
        ("ftp://example.org", []),
        ("-example.org", []),
        ("https://example.org/a_(b(c))d.", ["https://example.org/a_(b(c))d"]),
        ("https://example.org?q=1&r=2, далей", ["https://example.org?q=1&r=2"]),
        ("https://example.org:8080/x!", ["https://example.org:8080/x"]),
        ("example.co.uk example.company", ["example.co.uk", "example.company"]),
        ("https://t.co/abc/def", ["https://t.co/abc"]),
        ("https://t.co/" + "a" * 41, []),
        ("https://xn--e1afmkfd.xn--p1ai/", ["https://xn--e1afmkfd.xn--p1ai/"]),
        ("a..com 1.5 3.14.15", []),
        ("https://" + "а" * 64 + ".org", []),
        ("https://example.org/" + "а/" * 2500, []),
    ],
)
def test_addresses_are_found_as_x_finds_them(text: str, found: list[str]) -> None:
    """What X turns into a link, also a bare domain, counts 23; what only looks like one counts its letters."""
    assert [text[start:end] for start, end in urls(text)] == found
    rest = text
    for address in found:
        rest = rest.replace(address, "", 1)
    assert weight(text) == weight(rest) + 23 * len(found)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000,
        "а" * 100_000 + ".1",
        ("a." * 400 + " ") * 125,
        "http://" * 14_000,
        "(" * 100_000 + ".",
        "a.com/" + "/(" * 50_000,
    ],
)
def test_a_hostile_text_is_weighed_in_time(text: str) -> None:
    """A hundred thousand characters made to slow the search for addresses are weighed within a few seconds."""
    begun = time.process_time()
    assert weight(text) > LIMIT
    assert time.process_time() - begun < 5


def test_a_text_of_280_is_one_post_and_of_281_a_thread() -> None:
    """The limit is 280 weighted characters, to the character."""
    fits = ("слова " * 47)[:279] + "."
    assert [(post.length, post.text) for post in posts(fits)] == [(280, fits)]
    assert len(posts(fits + ".")) == 2


WORD = st.sampled_from(
    [
        "1 049 чалавек",
        "22 лістапада 2026 г.",
        "«мы не прызнаем»",
        "https://example.org/a(b)/%D0%B0?x=1",
        "example.com",
        "суд",
        "Зарэчнага раёна",
        "№ 5",
        "арт. 411",
        "А. Б. Ясенскі",
        "👩‍⚖️🇧🇾",
        "e\u0301тап",
        "і",
        "пакінуў",
        "(пад вартай)",
        "€ 3\u202f500",
        "@хтосьці",
        "@someone",
        "#свабода",
        "$BYN",
        "me@example.org",
        "слова-" * 9,
    ]
)


@st.composite
def sentences(draw: st.DrawFn) -> Line:
    """A sentence whose numbers, quotations and addresses may not be parted."""
    words = draw(st.lists(WORD, min_size=1, max_size=40))
    text, spans = "", []
    for word in words:
        if " " in word:
            spans.append((len(text), len(text) + len(word)))
        text += word + " "
    return Line(text=text.rstrip() + ".", unbreakable=tuple(spans))


@given(st.lists(st.lists(sentences(), min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_thread_loses_nothing_and_breaks_nothing(blocks: list[list[Line]]) -> None:
    """Every post is at most 280, the posts joined give the text, and no number, quotation or address is parted."""
    rendered = "\n\n".join("\n".join(line.text for line in block) for block in blocks) + f"\n\n{LINK}"
    lines = [line for block in blocks for line in block]
    outcome = compose(draft(rendered, tuple(lines)), settings(max_parts=25))
    if isinstance(outcome, TooLong):
        assert (outcome.unit, outcome.limit) == ("posts", 25)
        return
    assert all(0 < post.length <= LIMIT and post.length == weight(post.text) for post in outcome)
    assert [(post.part, post.parts) for post in outcome] == [(n, len(outcome)) for n in range(1, len(outcome) + 1)]
    joined = " ".join(unnumbered(outcome))
    assert joined.split() == mended(rendered).split()
    for line in lines:
        for start, end in line.unbreakable:
            assert any(mended(line.text[start:end]) in text for text in unnumbered(outcome))
    assert any(LINK in text for text in unnumbered(outcome))


def test_a_thread_parts_only_between_sentences_when_it_can() -> None:
    """Sentences that fit into a post are never parted."""
    lines = [Line(text=f"Сказ нумар {number} " + "слова " * 12 + "канец.") for number in range(14)]
    texts = unnumbered(posts("\n".join(line.text for line in lines), *lines))
    assert len(texts) > 3
    assert all(text.endswith("канец.") for text in texts)


def test_a_long_sentence_is_parted_only_outside_its_unbreakable_spans() -> None:
    """When a sentence is longer than a post, a number still stays with its noun."""
    text = "слова " * 44 + "1 049 чалавек " + "слова " * 20
    span = (text.index("1 049"), text.index("чалавек") + len("чалавек"))
    parts = unnumbered(posts(text, Line(text=text.strip(), unbreakable=(span,))))
    assert len(parts) == 2
    assert parts[1].startswith("1 049 чалавек")


def test_the_number_of_a_list_item_stays_with_its_first_word() -> None:
    """A drawn "3." never ends a post alone."""
    parts = unnumbered(posts("а" * 275 + "\n\n3. " + "б" * 268 + " канец"))
    assert parts[0] == "а" * 275
    assert parts[1] == "3. " + "б" * 268
    outcome = compose(draft("а" * 9 + "\n\n3. " + "б" * 273), settings())
    assert outcome == TooLong(length=276, limit=275, unit="weighted characters")


def test_what_cannot_be_parted_or_is_too_long_a_thread_is_refused_with_figures() -> None:
    """A quotation longer than a post, or more posts than allowed, is refused and never cut."""
    quotation = "«" + "слова " * 60 + "»"
    line = Line(text=quotation, unbreakable=((0, len(quotation)),))
    assert compose(draft(quotation, (line,)), settings()) == TooLong(length=362, limit=275, unit="weighted characters")
    long = "\n".join("слова " * 40 for _ in range(9))
    assert compose(draft(long), settings()) == TooLong(length=9, limit=8, unit="posts")
    assert compose(draft(long), settings(max_parts=1)) == TooLong(length=2159, limit=280, unit="weighted characters")


def test_a_thread_of_ten_posts_and_more_leaves_room_for_its_numbers() -> None:
    """Posts 10 to 12 have longer numbers and still fit."""
    made = posts("\n".join("слова " * 45 + "кан." for _ in range(12)), max_parts=25)
    assert made[-1].text.endswith("12/12") or made[-1].parts > 12
    assert all(post.length <= LIMIT for post in made)


def test_the_link_stands_where_the_settings_want_it() -> None:
    """Last by default, right after the title, or nowhere."""
    text = f"Title\n\nWords.\n\nLabel\n\n{LINK}"
    assert posts(text)[0].text == f"Title\n\nWords.\n\nLabel\n\n{LINK}"
    assert posts(text, link="first")[0].text == f"Title\n\n{LINK}\n\nWords.\n\nLabel"
    assert posts(text, link="none")[0].text == "Title\n\nWords.\n\nLabel"
    assert posts(f"{LINK}\n\nTitle")[0].text == f"Title\n\n{LINK}"


def test_nobody_is_called_and_no_tag_is_made() -> None:
    """A name, tag or cashtag in a statement gets an invisible joiner; the words and the addresses stay as they are."""
    text = "@username і #tag, #свабода, $BYN; me@example.org, https://example.org/@who#x, № #5, C#"
    shown = posts(text)[0].text
    assert shown.replace(JOINER, "") == text
    assert re.findall(rf"(.){JOINER}", shown) == ["@", "#", "#", "$"]


def test_a_narrow_space_becomes_a_no_break_space() -> None:
    """U+202F, which weighs 2, becomes U+00A0, which weighs 1 and looks the same; the text is in NFC."""
    assert posts("1\u202f250 e\u0301")[0].text == "1\xa0250 \xe9"
    assert units("1\u202f250", ()) == units("1\xa0250", ())


def test_a_post_with_an_address_costs_more() -> None:
    """Each post of a thread is priced by whether X links an address in it."""
    made = posts("\n".join("слова " * 40 for _ in range(3)) + f"\n\n{LINK}")
    assert cost(made, settings()) == Decimal("0.015") * (len(made) - 1) + Decimal("0.200")
    assert cost(made, settings(price_post="0.01", price_post_with_link="1")) == Decimal("0.01") * (len(made) - 1) + 1


def test_taking_a_post_away_has_a_price_of_its_own() -> None:
    """A deletion costs what the settings say, whatever stands in the post."""
    post = posts(f"Words. {LINK}")[0]
    assert fee(settings(price_delete="0.5"), "delete", post) == Decimal("0.5")


def test_a_picture_without_words_is_not_laid_out() -> None:
    """Who cannot see a picture is told what it shows; and X takes four at most."""
    for media in ([picture("")], [picture(" ")], [picture("a" * 1001)], [picture("A court")] * 5):
        with pytest.raises(ValueError, match="picture"):
            compose(replace(draft("Words."), media=tuple(media)), settings())
    assert compose(replace(draft("Words."), media=(picture("A court"),)), settings())


def test_a_template_that_says_nothing_is_a_fault() -> None:
    """An empty text, or one that held only the link that is left out, is refused."""
    with pytest.raises(ValueError, match="nothing"):
        posts(" \n ")
    with pytest.raises(ValueError, match="nothing"):
        posts(LINK, link="none")


def test_x_is_public() -> None:
    """A post on X cannot be taken back unseen."""
    assert channels.load("x").public
    assert settings().languages_served() == ("en",)
    assert lay_out(units("а", ()), 1) == ("а",)
