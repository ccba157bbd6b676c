"""The list of bad inputs, by its numbers, as far as parsing and cleaning answer for them.

Numbers 30 to 38 are the corridor's (test_corridor.py), 39 to 57 the fetcher's (test_feed_fetch.py).
"""

import random
import resource
import time

import pytest

from bot.feed import body, clean
from bot.model import Block, BlockKind, Document, Quarantined
from tests.test_feed_parse import BODY, FULL, REFUSED, accepted, item, read, rss

MB = 1024 * 1024
SECONDS = 3.0
GROWTH = 150  # MB of this process

ROWS: dict[str, bytes] = {
    "1 billion laughs": REFUSED["1 billion laughs"][0],
    "2 one large entity, 10,000 times": REFUSED["2 one large entity"][0],
    "3 chain of entities": REFUSED["3 chain of entities"][0],
    "4 external entity": REFUSED["4 external entity"][0],
    "5 parameter entity": REFUSED["5 parameter entity"][0],
    "5 external DTD": rss(before='<!DOCTYPE rss SYSTEM "https://example.invalid/rss.dtd">'),
    "6 harmless DOCTYPE": REFUSED["6 harmless DOCTYPE"][0],
    "7 entities in utf-16": REFUSED["7 bomb in utf-16"][0],
    "8 nested elements": REFUSED["8 deep nesting"][0],
    "9 100 MB feed": rss(item("<x>" + "a" * 100 * MB + "</x>")),
    "10 4 MB title": rss(item(title="З" * 2 * MB)),
    "11 100,000 items": REFUSED["11 100,000 items"][0],
    "12 200,000 categories": REFUSED["12 200,000 categories"][0],
    "13 20 MB body": rss(item(f"<content:encoded>{'x' * 20 * MB}</content:encoded>")),
    "13 4 MB body": rss(item(f"<content:encoded>{'x' * 4 * MB}</content:encoded>")),
    "14 100,000 comments": rss(item(f"<content:encoded>{'&lt;!--' * 100_000}</content:encoded>")),
    "15 100,000 divs": rss(item(f"<content:encoded>{'&lt;div&gt;' * 100_000}</content:encoded>")),
    "16 400,000 references": rss(item(f"<content:encoded>{'&amp;amp;' * 400_000}</content:encoded>")),
    "17 100,000 attributes": rss(item("<a " + " ".join(f"a{n}='1'" for n in range(100_000)) + "/>")),
    "18 cut inside an item": REFUSED["18 cut inside an item"][0],
    "19 cut between items": REFUSED["19 cut between items"][0],
    "20 NUL in a title": REFUSED["20 NUL in a title"][0],
    "20 C0 in a title": REFUSED["20 C0 in a title"][0],
    "20 C0 as it is": rss(item(title="За\x07ява")),
    "21 cp1251 labelled utf-8": REFUSED["21 cp1251 labelled utf-8"][0],
    "22 unknown charset": REFUSED["22 unknown charset"][0],
    "23 utf-7": REFUSED["23 utf-7"][0],
    "23 big5": REFUSED["23 big5"][0],
    "25 empty": b"",
    "25 blanks": b" \n\t ",
    "26 error page": REFUSED["26 HTML error page"][0],
    "28 random bytes": random.Random(28).randbytes(200_000),
    "29 neither guid, link nor title": rss("<item><description>Тэкст</description></item>"),
    "62 javascript link": rss(item(link="javascript:alert(1)")),
    "62 blank in the scheme": rss(item(link="java&#x09;script:alert(1)")),
    "62 data link": rss(item(link="data:text/html,x")),
    "62 tg link": rss(item(link="tg://resolve?domain=x")),
    "62 file link": rss(item(link="file:///etc/hostname")),
    "63 file as base": rss(item(link="x")).replace(b"<item>", b"<item xml:base='file:///etc/'>"),
    "70 userinfo": rss(item(link="https://user:word@evil.invalid/")),
    "71 title of 100 kB": rss(item(title="З" * 50_000)),
    "301 items": REFUSED["301 items"][0],
    "3 kB guid": rss(item(guid="g" * 3_000)),
    "65 attributes": REFUSED["17 attributes"][0],
}


@pytest.mark.parametrize("name", ROWS)
async def test_put_aside(name: str) -> None:
    """Each is put aside with one tidy line, within its bounds of time and memory, and the next feed is read."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    verdict = await read(ROWS[name])
    assert time.monotonic() - started < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < GROWTH
    if name.startswith("63"):
        # feedparser takes the feed's own address for a base that is none of the web
        assert isinstance(verdict, Document) and (verdict.entries[0].link or "https://").startswith("https://")
    elif isinstance(verdict, Document):
        (entry,) = verdict.entries
        assert entry.fault and "\n" not in entry.fault and entry.markup == "" and entry.link is None
    else:
        assert isinstance(verdict, Quarantined) and "\n" not in verdict.reason and len(verdict.reason) < 300
    if FULL:
        assert (await accepted(rss())).entries[0].markup == BODY


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "utf-8-sig"])
async def test_24_rightly_labelled(encoding: str) -> None:
    """24: a feed that names its encoding rightly is no bad input."""
    document = rss().decode().replace("utf-8", encoding.removesuffix("-sig")).encode(encoding, "xmlcharrefreplace")
    assert (await accepted(document)).entries[0].title == "Заява №5"


LITERAL = {
    "58 script": "<script>alert(1)</script>",
    "59 handler": "<img src=x onerror=alert(1)>",
    "64 template": "{{7*7}} {% include 'x' %} ${7*7}",
    "65 marks": r"_*[]()~`>#+-=|{}.!",
    "66 end tags": "</b></a>",
    "67 names": "@username #tag /cmd",
    "73 encoded word": "=?utf-8?q?=0D=0ABcc:_v@x?=",
    "73 encoded word, base64": "=?utf-8?b?DQpCY2M6IHZAeA==?=",
}


@pytest.mark.parametrize("name", LITERAL)
async def test_literal(name: str) -> None:
    """Markup, templates and marks in a title or a text are words like any others, kept as they were written."""
    words = LITERAL[name]
    document = await accepted(rss(item(title=f"<![CDATA[{words}]]>", inside="")))
    (entry,) = document.entries
    assert clean.plain(entry.title) == words
    assert clean.blocks(words, is_html=False, base="") == (Block(kind=BlockKind.PARAGRAPH, text=words),)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("68 \u202eабв\u202c г\u200bд\ufeffе", "68 абв где"),
        ("73 =\u200b?utf-8?q?x?=", "73 =?utf-8?q?x?="),
        ("74 адзін\r\nдва\u2028тры\x85чатыры\x0bпяць", "74 адзін два тры чатыры пяць"),
        ("74 " + "Заява №5 " * 22, "74 " + " ".join(["Заява №5"] * 22)),
    ],
)
def test_one_visible_line(title: str, expected: str) -> None:
    """68, 73, 74: a title is one line of characters that readers see, and no space of it is lost."""
    assert clean.plain(title) == expected


@pytest.mark.parametrize(
    "link",
    ["jav&#x09;ascript:alert(1)//a.pdf", "data:text/html,x.pdf", "//user:pw@evil.invalid/a.pdf", "tg://x/a.pdf",
     "file:///etc/a.pdf", "https://exa\\mple.invalid/a.pdf", "https://:80/a.pdf"],
)  # fmt: skip
def test_links_that_no_post_may_carry(link: str) -> None:
    """61, 70: a link to a file that is no plain web address is only its words."""
    found = clean.blocks(f'<p><a href="{link}">Спіс</a></p>', is_html=True, base="https://example.invalid/")
    assert found == (Block(kind=BlockKind.PARAGRAPH, text="Спіс"),)


def test_60_what_loads_from_afar() -> None:
    """60: counting pixels, posters, backgrounds and styles leave no trace in the text."""
    markup = (
        "<p>Раз<img src='https://t.invalid/p.gif' width=1 height=1></p><video poster='https://t.invalid/v.jpg'>x</video>"
        "<table background='https://t.invalid/b.jpg'><tr><td>Два</table><p style=\"background: url('https://t.invalid/s')\">"
        "Тры</p><iframe srcdoc='<p>x</p>'></iframe><form action='https://t.invalid/'><button formaction=x></form>"
    )
    found = clean.blocks(markup, is_html=True, base="https://example.invalid/")
    assert not isinstance(found, Quarantined)
    assert [(block.text, block.href) for block in found] == [("Раз", None), ("Два", None), ("Тры", None)]


async def test_75_lone_full_stop() -> None:
    """75: a line of nothing but a full stop arrives, and so does what follows it."""
    document = await accepted(rss(item().replace(BODY, "<p>Раз</p><p>.</p><p>Два</p>")))
    found = body(document.entries[0], "https://example.invalid/")
    assert not isinstance(found, Quarantined) and [block.text for block in found] == ["Раз", ".", "Два"]
