"""When two entries are one, and when a text has changed: what keeps a statement from being posted twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.feed import identity
from bot.model import Block, BlockKind, Entry

ENTRY = Entry(
    guid="http://WWW.Example.invalid/?p=7", link="https://example.invalid/statement/", title="Заява «Пра ўмовы»",
    markup="", is_html=True, language="be", published=datetime(2026, 11, 16, tzinfo=UTC),
    published_raw="", alternates=(), digest="",
)  # fmt: skip


@pytest.mark.parametrize(
    "spelling",
    ["https://example.invalid/a?x=1", "http://EXAMPLE.invalid/a/?x=1", "https://www.example.invalid:443/a?x=1#top",
     "http://example.invalid:80/a?utm_source=t&x=1&fbclid=9", " https://mirror.invalid/a?x=1 ", "https://example.invalid./a?x=1"],
)  # fmt: skip
def test_canonical_url(spelling):
    """However a page's address is spelt, on a mirror too, it is one address."""
    found = identity.canonical_url(spelling, aliases={"mirror.invalid": "example.invalid"})
    assert found == "https://example.invalid/a?x=1"


def test_canonical_url_keeps_differences():
    """Addresses that lead to different pages stay different."""
    pages = [
        "https://a.invalid/?p=1",
        "https://a.invalid/?p=2",
        "https://a.invalid/P",
        "https://a.invalid/p",
        "https://a.invalid:8443/p",
    ]
    assert len({identity.canonical_url(page) for page in pages}) == len(pages)
    assert identity.canonical_url("tag:a.invalid,2026:1") == "tag:a.invalid,2026:1"
    assert identity.canonical_url("https://a.invalid/%d0%b7") == identity.canonical_url("https://a.invalid/з")
    assert identity.canonical_url("http://[") == "http://["


def test_aliases_in_order():
    """The guid identifies first, then the address; the text only where both are missing."""
    assert identity.aliases(ENTRY) == (
        ("guid", "https://example.invalid?p=7"),
        ("url", "https://example.invalid/statement"),
    )
    ((kind, one),) = identity.aliases(replace(ENTRY, guid=None, link=None))
    ((_, two),) = identity.aliases(replace(ENTRY, guid=" ", link=None, title="ЗАЯВА  “Пра ўмовы”"))
    ((_, other),) = identity.aliases(replace(ENTRY, guid=None, link=None, published=None))
    assert kind == "text" and one == two != other


def test_migration():
    """A site that moves all its guids from http to https, or to another host, posts nothing again."""
    moved = replace(ENTRY, guid="https://new.invalid/?p=7", link="https://new.invalid/statement")
    assert identity.aliases(moved, hosts={"new.invalid": "example.invalid"}) == identity.aliases(ENTRY)


def test_guid_fragment_counts():
    """Two guids that differ behind # are two statements."""
    one, two = (identity.aliases(replace(ENTRY, guid=f"https://a.invalid/page#{n}"))[0] for n in (1, 2))
    assert one != two


def block(text, **words):
    return Block(kind=BlockKind.PARAGRAPH, text=text, **words)


def test_content_hash():
    """Typography is no change; one figure, one negation or another numbering is."""
    base = identity.content_hash("Заява", (block("Іх 1 250, «усе» https://a.invalid/?utm_source=x&p=1"),))
    same = identity.content_hash(" Заява ", (block("Іх 1\u00a0250, “усе”  https://a.invalid/?p=1"),))
    assert base == same
    others = [(block("Іх 1 251, «усе» https://a.invalid/?p=1"),), (block("Іх 1 250, «не ўсе» https://a.invalid/?p=1"),),
              (block("Іх 1 250, «усе» https://a.invalid/?p=1", ordinal=2),)]  # fmt: skip
    assert base not in {identity.content_hash("Заява", blocks) for blocks in others}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("be", "https://example.org/be/news/7"), ("ru", "https://example.org/ru/news/7"), True),
        (("be", "https://example.org/by/news/7"), ("en", "https://example.org/en/news/7"), True),
        (("be", "https://example.org/news/7"), ("en", "https://example.org/news/en/7"), True),
        (("be", "https://be.example.org/7"), ("en", "https://www.example.org/7?lang=en"), True),
        (("be", "https://example.org/news/by/court"), ("ru", "https://example.org/news/court"), False),
        (("be", "https://example.org/news/en/5"), ("ru", "https://example.org/news/pl/5"), False),
        (("be", "https://example.org/be/7"), ("ru", "https://example.net/ru/7"), False),
    ],
)
def test_only_the_mark_of_its_own_language_is_left_out_of_an_address(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    """Two pages are editions of one when their addresses differ by the marks of their own languages alone."""
    first, second = (identity.neutral(url, language) for language, url in (one, other))
    assert (first == second) is same
