"""What the parser promises: whole, clean feeds become entries; anything else is named, and this process lives on."""

import asyncio
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feed import Fetcher, parse
from bot.feed.parse import CHILD, moment
from bot.model import Document, Fetched, FetchFailed, Quarantined
from tests.web import Web, answer, dripping

FULL = os.environ.get("VESTKA_HOSTILE") == "1"
URL = "https://example.invalid/feed/"
BODY = "<p>Антаніна Вярбіцкая паведаміла пра 12 чалавек.</p>"


def item(inside="", title="Заява №5", guid="g1", link="https://example.invalid/1"):
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>Mon, 16 Nov 2026 10:00:00 +0300</pubDate>"
        f"<description><![CDATA[{BODY}]]></description>{inside}</item>"
    )


def rss(*items, encoding="utf-8", before="", after=""):
    body = "".join(items) or item()
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>{before}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>Навіны</title><language>be</language>{body}</channel></rss>{after}"
    ).encode(encoding, "xmlcharrefreplace")


async def read(body, content_type="application/rss+xml", script="be", **words):
    return await parse(body, content_type=content_type, url=URL, script=script, **words)


async def accepted(body, **words):
    document = await read(body, **words)
    assert isinstance(document, Document), document
    return document


async def refused(body, reason, **words):
    verdict = await read(body, **words)
    assert isinstance(verdict, Quarantined), verdict
    assert reason in verdict.reason and "\n" not in verdict.reason and len(verdict.reason) < 300


async def test_rss():
    """An entry of an RSS feed comes out as its document tells it."""
    document = await accepted(rss())
    (entry,) = document.entries
    assert (document.title, document.language) == ("Навіны", "be")
    assert (entry.guid, entry.link, entry.title) == ("g1", "https://example.invalid/1", "Заява №5")
    assert (entry.markup, entry.is_html, entry.language, entry.fault) == (BODY, True, "be", None)
    assert entry.published == datetime(2026, 11, 16, 7, tzinfo=UTC)
    assert entry.published_raw == "Mon, 16 Nov 2026 10:00:00 +0300"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="be"><title>Навіны</title>
<entry><id>tag:example.invalid,2026:1</id><title>Заява</title><updated>2026-11-16T10:00:00Z</updated>
<link rel="alternate" href="/be/1"/><link rel="alternate" hreflang="en" href="/en/1"/>
<link rel="alternate" hreflang="x" href="javascript:1"/>
<summary>Коратка</summary><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Поўны тэкст заявы</p></div></content></entry>
<entry xml:lang="ru"><id>2</id><title>Заявление</title><link href="/ru/2"/>
<summary>Просто текст</summary></entry></feed>"""


async def test_atom():
    """An Atom entry gives its own link, its other languages, its own language and its fullest body."""
    document = await accepted(ATOM.encode(), content_type="application/atom+xml")
    one, two = document.entries
    assert one.link == "https://example.invalid/be/1"
    assert one.alternates == (("en", "https://example.invalid/en/1"),)
    assert "<p>Поўны тэкст заявы</p>" in one.markup and one.is_html
    assert one.published == datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert (two.language, two.markup, two.is_html, two.published) == ("ru", "Просто текст", False, None)


async def test_fullest_body():
    """The full text is taken, not the teaser beside it."""
    full = "<content:encoded><![CDATA[<p>" + "Увесь тэкст. " * 20 + "</p>]]></content:encoded>"
    document = await accepted(rss(item(full)))
    assert "Увесь тэкст." in document.entries[0].markup


async def test_digest():
    """The digest of an entry changes when anything that it says changes, and else never."""
    one, two = (await accepted(rss())), (await accepted(rss(after="<!-- cache -->")))
    other = await accepted(rss(item("<category>x</category>"), item(guid="g2", title="Заява №6")))
    assert one.entries[0].digest == two.entries[0].digest == other.entries[0].digest != other.entries[1].digest


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 16 Nov 2026 10:00:00 GMT", datetime(2026, 11, 16, 10, tzinfo=UTC)),
        ("Mon, 16 Nov 2026 10:00:00 +0300", datetime(2026, 11, 16, 7, tzinfo=UTC)),
        ("2026-11-16T10:00:00+03:00", datetime(2026, 11, 16, 7, tzinfo=UTC)),
        ("2026-11-16T10:00:00Z", datetime(2026, 11, 16, 10, tzinfo=UTC)),
        ("Mon, 16 Nov 2026 10:00:00 MSK", None),
        ("Mon, 16 Nov 2026 10:00:00 EET", None),
        ("Mon, 16 Nov 2026 10:00:00 EST", None),
        ("Mon, 16 Nov 2026 10:00:00", None),
        ("2026-11-16T10:00:00", None),
        ("2026-11-16", None),
        ("16 лістапада 2026", None),
        ("16.11.2026 10:00", None),
        ("Mon, 99 Nov 2026 10:00:00 GMT", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("", None),
    ],
)
def test_dates(raw, expected):
    """A date counts only when its zone is certain; a guess would be hours wrong."""
    assert moment(raw) == expected


@pytest.mark.parametrize(
    "body",
    [
        rss(encoding="windows-1251"),
        rss(encoding="koi8-r").replace("№".encode("koi8-r", "ignore"), b""),
        rss(encoding="utf-16"),
        b"\xef\xbb\xbf" + rss(),
        rss(after="\n<!-- page cached in 0.2 s --> <?cache yes?>\n\n"),
    ],
    ids=["windows-1251", "koi8-r", "utf-16", "utf-8 with BOM", "comment behind the end"],
)
async def test_encodings_accepted(body):
    """A rightly labelled encoding and a cache's comment behind the end are no fault."""
    document = await accepted(body)
    assert document.entries[0].title.startswith("Заява")
    assert "Вярбіцкая" in document.entries[0].markup or "koi8" in str(body)


@pytest.mark.parametrize(
    "content_type", ["text/xml", "text/html", "", "text/xml; charset=iso-8859-1", "application/json"]
)
async def test_lying_content_type(content_type):
    """A wrong HTTP label on a right text is forgiven: the text itself decides."""
    assert (await accepted(rss(), content_type=content_type)).entries[0].title == "Заява №5"


def broken(text, **words):
    return rss(item(text), **words)


CHAIN = 100_000 if FULL else 30_000
LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = "".join(f'<!ENTITY e{n} "&e{n - 1};">' for n in range(1, CHAIN))
REFUSED = {
    "1 billion laughs": (rss(item(title="&l9;"), before=f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LOL}]>'), "DOCTYPE"),
    "3 chain of entities": (
        rss(item(title=f"&e{CHAIN - 1};"), before=f'<!DOCTYPE rss [<!ENTITY e0 "x">{ENTITIES}]>'),
        "DOCTYPE",
    ),
    "4 external entity": (
        rss(item(title="A&x;B"), before='<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "DOCTYPE",
    ),
    "6 harmless DOCTYPE": (rss(before="<!DOCTYPE rss>"), "DOCTYPE"),
    "7 bomb in utf-16": (
        rss(before=f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LOL}]>', encoding="utf-16"),
        "DOCTYPE",
    ),
    "8 deep nesting": (broken("<a>" * 100_000 + "</a>" * 100_000), "nested deeper"),
    "11 100,000 items": (rss(*["<item/>"] * 100_000), "elements"),
    "301 items": (rss(*[item(guid=str(n)) for n in range(301)]), "300 items"),
    "17 attributes": (broken("<a " + " ".join(f"a{n}='1'" for n in range(65)) + "/>"), "attributes"),
    "18 cut inside an item": (rss()[:-60], "cut short"),
    "20 NUL in a title": (rss(item(title="За\0ява")), "control character"),
    "20 C0 in a title": (rss(item(title="За&#7;ява")), "control character"),
    "21 cp1251 labelled utf-8": (rss(encoding="windows-1251").replace(b"windows-1251", b"utf-8"), "encoding is wrong"),
    "21 cp1251 without a label": (rss(encoding="windows-1251").replace(b' encoding="windows-1251"', b""), "wrong"),
    "21 cp1251 labelled latin": (rss(encoding="windows-1251").replace(b"windows-1251", b"iso-8859-1"), "wrong"),
    "21 mojibake": (rss(item(title="Çàÿâà"), encoding="utf-8").replace(BODY.encode(), b""), "Cyrillic"),
    "22 unknown charset": (rss().replace(b"utf-8", b"x-martian"), "x-martian"),
    "23 utf-7": (rss().replace(b"utf-8", b"utf-7"), "utf-7"),
    "23 big5": (rss().replace(b"utf-8", b"big5"), "big5"),
    "25 empty": (b"", "empty"),
    "26 HTML error page": (b"<html><body><p>Service unavailable</p></body></html>", "does not end as a feed"),
    "28 random bytes": (random.Random(7).randbytes(50_000), "encoding is wrong"),
    "5 parameter entity": (rss(before='<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>'), "DOCTYPE"),
    "2 one large entity": (
        rss(item(title="&x;" * 10_000), before=f'<!DOCTYPE rss [<!ENTITY x "{"x" * 100_000}">]>'),
        "DOCTYPE",
    ),
    "12 200,000 categories": (rss(item("<category>a</category>" * 200_000)), "elements"),
    "15 100,000 divs": (broken("<div/>" * 100_000), "elements"),
    "19 cut between items": (rss(item(), item(guid="g2"))[: rss(item()).index(b"</item>") + 7], "cut short"),
    "JSON": (b'{"items": []}', "no JSON Feed"),
    "NUL beside a fault": (rss(item(title="a & b \0")), "control character"),
    "DOCTYPE behind a fault": (rss(item(title="a & b <!DOCTYPE x>")), "DOCTYPE"),
    "CDATA that never ends": (rss(item("<content><![CDATA[x")), "where it ends is not certain"),
    "end in a comment that never ends": (rss(item(title="a & b"), after="<!-- </rss>"), "where it ends"),
    "comment that never ends": (rss(item("<x> & </x><!-- x")), "where it ends is not certain"),
    "two ends": (rss(item(title="a & b"), after="</rss>"), "where it ends is not certain"),
    "fault before the root": (b"& " + rss(), "not well-formed"),
    "elements behind a fault": (rss(item("<a> & </a>" + "<b/>" * 120_000)), "elements"),
    "text behind the end": (rss(after="<script>1</script>"), "cut short, or no feed"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(name):
    """A document that is hostile, broken or cut is quarantined with one tidy line, quickly, and the next is read."""
    body, reason = REFUSED[name]
    started = time.perf_counter()
    await refused(body, reason)
    assert time.perf_counter() - started < 3
    await accepted(rss())


LOOSE = {
    "unescaped ampersand": (item(title="Ліга & Бюро"), "Ліга & Бюро"),
    "named entity": (item(title="Ліга&nbsp;і&nbsp;Бюро &laquo;Мройск&raquo;"), "Ліга\u00a0і\u00a0Бюро «Мройск»"),
    "mismatched tag": (item("<a><b></a></b>"), "Заява №5"),
    "undeclared prefix": (item("<x:y>1</x:y>"), "Заява №5"),
    "bare less-than": (item("<x>5 < 7</x>"), "Заява №5"),
    "attribute without quotes": (item("<x a=1/>"), "Заява №5"),
}


@pytest.mark.parametrize("name", LOOSE)
async def test_not_well_formed(name):
    """A complete feed with a slip in its XML comes in word for word, under a doubt that a person settles."""
    text, title = LOOSE[name]
    document = await accepted(rss(text, item(guid="g2", title="Другая")))
    first, second = document.entries
    assert document.doubt and document.doubt.startswith("The feed is not well-formed XML (line 1: ")
    assert document.doubt.endswith("); its entries wait for a person.")
    assert (first.title, first.guid, first.fault, first.published) == (
        title, "g1", None, datetime(2026, 11, 16, 7, tzinfo=UTC),
    )  # fmt: skip
    assert first.markup == second.markup == BODY and second.title == "Другая"


async def test_doubt_names_the_line():
    """The doubt names the line of the fault as the site's own people count it; a clean feed is under none."""
    body = rss(item(title="Ліга & Бюро")).replace(b"<item>", b"\n\n<item>").replace(b"?><rss", b"?>\n<rss")
    document = await accepted(body)
    assert "(line 4: " in document.doubt
    assert (await accepted(rss())).doubt is None


async def test_attribute_bomb_behind_a_fault():
    """What expat did not reach cannot hold the reader up: its bounds of time and memory still stand."""
    for bad in ("<a " + "x='1' " * 300_000 + "/>", "<a>" * 40_000, '"<' * 40_000, "<a b='" * 40_000):
        started = time.perf_counter()
        verdict = await read(rss(item("<x> & </x>" + bad)))
        assert time.perf_counter() - started < 9
        if isinstance(verdict, Document):
            assert verdict.doubt


def json_feed(*items, **words):
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "Навіны", "language": "be"}
    return json.dumps({**head, "items": list(items), **words}, ensure_ascii=False).encode()


async def test_json_feed():
    """An item of a JSON Feed comes out as its document tells it."""
    full = {
        "id": 17, "url": "/1", "external_url": "https://other.invalid/", "title": "Заява", "content_html": BODY,
        "content_text": "тэкст", "date_published": "2026-11-16T10:00:00+03:00", "language": "ru",
        "attachments": [{"url": "/files/a.pdf", "mime_type": "application/pdf", "title": "Спіс"}],
    }  # fmt: skip
    plain = {"id": "2", "external_url": "https://example.invalid/2", "content_text": "Толькі <тэкст>"}
    document = await accepted(json_feed(full, plain), content_type="application/feed+json")
    one, two = document.entries
    assert (document.title, document.language, document.doubt) == ("Навіны", "be", None)
    assert (one.guid, one.link, one.title, one.language) == ("17", "https://example.invalid/1", "Заява", "ru")
    assert (one.markup, one.is_html, one.fault) == (BODY, True, None)
    assert one.published == datetime(2026, 11, 16, 7, tzinfo=UTC)
    assert one.attachments == (("Спіс", "https://example.invalid/files/a.pdf"),)
    assert (two.link, two.title, two.markup, two.is_html, two.language) == (
        "https://example.invalid/2", "", "Толькі <тэкст>", False, "be",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        json_feed({"id": "1", "content_text": "Тэкст"}, version="https://jsonfeed.org/version/1"),
        b"\xef\xbb\xbf" + json_feed({"id": "1", "content_text": "Тэкст"}),
        json_feed({"id": "1", "content_text": "Тэкст"}).decode().encode("utf-16"),
    ],
    ids=["version 1.0", "BOM", "utf-16"],
)
async def test_json_feed_accepted(body):
    """Both versions of JSON Feed are read, with or without a byte order mark."""
    assert (await accepted(body)).entries[0].markup == "Тэкст"


JSON_REFUSED = {
    "no version": (b'{"title": "x", "items": []}', "no JSON Feed"),
    "a list": (b"[1, 2]", "no JSON Feed"),
    "other JSON": (b'{"version": "https://example.invalid/1", "items": []}', "no JSON Feed"),
    "no items": (b'{"version": "https://jsonfeed.org/version/1.1"}', "no JSON Feed"),
    "cut": (json_feed({"id": "1"})[:-1], "cut short"),
    "text behind the end": (json_feed({"id": "1"}) + b"<script>", "cut short or broken"),
    "a name twice": (json_feed().replace(b'"items"', b'"title": "y", "items"'), "stands twice"),
    "NaN": (json_feed({"id": float("nan")}), "NaN"),
    "infinity": (json_feed({"id": float("inf")}), "Infinity"),
    "301 items": (json_feed(*[{"id": str(n)} for n in range(301)]), "300 items"),
    "deep": (json_feed({"id": "1", "_x": json.loads("[" * 70 + "]" * 70)}), "nested deeper"),
    "very deep": (b'{"a":' * 100_000, "nested deeper"),
    "many values": (json_feed({"id": "1", "tags": ["a"] * 60_000}), "50,000 values"),
    "NUL": (json_feed({"id": "1", "title": "За\0ява"}), "control character"),
    "half a character": (b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\\ud83d"}]}', "half a char"),
    "title of a wrong type": (json_feed({"id": "1", "title": 5}), "is no text"),
    "items of a wrong type": (json_feed(items={"a": 1}), "no list"),
    "Latin letters only": (json_feed({"id": "1", "content_text": "The wrong feed, all of it"}), "Cyrillic"),
}


@pytest.mark.parametrize("name", JSON_REFUSED)
async def test_json_refused(name):
    """JSON that is cut, ambiguous, hostile or no JSON Feed is put aside with one tidy line."""
    await refused(*JSON_REFUSED[name], content_type="application/feed+json")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"content_text": "Тэкст"}, "neither"),
        ({"id": "1", "url": "javascript:1"}, "link"),
        ({"id": "g" * 3_000}, "guid"),
        ({"id": "1", "title": "З" * 2_001}, "title"),
        ({"id": "1", "content_html": "x" * 300_001}, "300,000"),
        ({"id": "1", "content_html": "<" * 5_001}, "5,000 tags"),
    ],
)
async def test_json_faulty_item(bad, reason):
    """A single bad item of a JSON Feed is set aside with its reason, and the others come in."""
    first, second = (await accepted(json_feed(bad, {"id": "2", "content_text": "Тэкст " * 99}))).entries
    assert first.fault and reason in first.fault and second.fault is None


def enclosure(url, media_type="", length=1):
    return f"<enclosure url='{url}' type='{media_type}' length='{length}'/>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (enclosure("/a/%D0%B7.pdf", "application/pdf"), [("з.pdf", "https://example.invalid/a/%D0%B7.pdf")]),
        (enclosure("https://f.invalid/a b.doc"), [("a b.doc", "https://f.invalid/a%20b.doc")]),
        (enclosure("/1.pdf") + enclosure("/1.pdf"), [("1.pdf", "https://example.invalid/1.pdf")]),
        (enclosure("/photo.jpg", "image/jpeg") + enclosure("/photo.PNG"), []),
        (enclosure("/talk.mp3", "audio/mpeg"), [("talk.mp3", "https://example.invalid/talk.mp3")]),
        (enclosure("/12") + enclosure("javascript:1") + enclosure("https://u:p@x.invalid/1.pdf"), [("12", "https://example.invalid/12")]),
        ("<atom:link rel='enclosure' title=' Ліст у  суд ' href='/l.pdf'/>", [("Ліст у суд", "https://example.invalid/l.pdf")]),
        ("<m:content xmlns:m='http://search.yahoo.com/mrss/' url='/m.pdf' type='application/pdf'/>", [("m.pdf", "https://example.invalid/m.pdf")]),
        ("<m:content xmlns:m='http://search.yahoo.com/mrss/' url='/m.jpg' medium='image'/>", []),
        ("<m:content xmlns:m='http://search.yahoo.com/mrss/' url='/m' medium='document'/>", [("m", "https://example.invalid/m")]),
    ],
)  # fmt: skip
async def test_attachments(inside, expected):
    """The files that come with an entry keep their names and addresses; pictures are no files of a statement."""
    assert list((await accepted(rss(item(inside)))).entries[0].attachments) == expected


async def test_recording_that_the_text_names():
    """A recording that the text itself leads to is not named a second time."""
    named = item(enclosure("https://example.invalid/t.mp3", "audio/mpeg")).replace(
        "12", "<a href='https://example.invalid/t.mp3'>12</a>"
    )
    assert (await accepted(rss(named))).entries[0].attachments == ()


async def test_twenty_attachments():
    """At most twenty files come with one entry."""
    files = "".join(enclosure(f"/{n}.pdf") for n in range(25))
    assert len((await accepted(rss(item(files)))).entries[0].attachments) == 20


RUSSIAN = rss().decode().replace("№", "N")


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-u", "utf-16"])
@pytest.mark.parametrize("label", ["document", "server", "both"])
async def test_label_anywhere(charset, label):
    """An older encoding is read when the document, the server or both name it rightly."""
    declared = RUSSIAN.replace("utf-8", charset) if label != "server" else RUSSIAN.replace(' encoding="utf-8"', "")
    content_type = "text/xml" if label == "document" else f"text/xml; charset={charset}"
    document = await accepted(declared.replace("ў", "у").encode(charset, "strict"), content_type=content_type)
    assert document.entries[0].title == "Заява N5" and document.entries[0].markup == BODY


async def test_labels_that_disagree():
    """Two labels that would both give Cyrillic letters, but other words, are one too many."""
    await refused(rss(encoding="windows-1251"), "disagree", content_type="text/xml; charset=koi8-r")


FAULTS = {
    "71 long title": (item(title="З" * 2_001), "title"),
    "3 kB guid": (item(guid="g" * 3_000), "guid"),
    "long link": (item(link="https://example.invalid/" + "a" * 3_000), "link"),
    "13 huge body": (item(f"<content:encoded>{'x ' * 150_001}</content:encoded>"), "300,000 characters"),
    "14 comments": (item(f"<content:encoded>{'&lt;!--' * 6_000}</content:encoded>"), "5,000 tags"),
    "16 references": (item(f"<content:encoded>{'&amp;amp;' * 50_001}</content:encoded>"), "references"),
    "62 javascript link": (item(link="javascript:alert(1)"), "link"),
    "62 tg link": (item(link="tg://resolve?domain=x"), "link"),
    "62 data link": (item(link="data:text/html,x"), "link"),
    "63 xml:base": (item(link="rel").replace("<item>", "<item xml:base='file:///etc/'>"), None),
    "70 userinfo": (item(link="https://user:word@evil.invalid/"), "link"),
    "bad port": (item(link="https://example.invalid:99999/"), "link"),
    "29 nothing at all": ("<item><description>Тэкст</description></item>", "neither"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_faulty_entry(name):
    """A single bad entry is set aside with its reason, its markup unread, and the others come in."""
    bad, reason = FAULTS[name]
    document = await accepted(rss(bad, item(guid="g2")))
    first, second = document.entries
    assert second.fault is None
    if reason is None:
        assert first.link is None or first.link.startswith("https://")
    else:
        assert first.fault and reason in first.fault and first.markup == "" and first.link is None


@settings(max_examples=200 if FULL else 12, deadline=None)
@given(st.data())
def test_cut_anywhere(data):
    """A document that is cut at any place is refused as a whole: no first item of half a feed is ever believed."""
    loose = rss(item(title="Ліга & Бюро", inside="<x:y><![CDATA[</item></channel></rss>]]></x:y>"), item(guid="g2"))
    whole = data.draw(st.sampled_from([rss(item(), item(guid="g2")), ATOM.encode(), loose, json_feed({"id": "1"})]))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert isinstance(asyncio.run(read(cut)), Quarantined)


async def test_every_cut_of_the_tail():
    """The last bytes matter as much as the others: not even the closing bracket may be missing."""
    for length in (1, 2, 6, 7, 16):
        assert isinstance(await read(rss()[:-length]), Quarantined)
        assert isinstance(await read(rss(item(title="a & b"))[:-length]), Quarantined)


async def test_cut_behind_a_quoted_end():
    """A document that is cut just behind words which look like its end is not taken for a whole one."""
    for quoted in ("<![CDATA[</rss>]]>", "<!-- </rss> -->", "</rss>"):
        whole = rss(item(f"<x> & {quoted}</x>"), item(guid="g2"))
        assert isinstance(await read(whole[: whole.index(b"</rss>") + 6]), Quarantined)


async def stand_in(monkeypatch, tmp_path, source, **words):
    """The verdict when the child is this program instead."""
    script = tmp_path / "child.py"
    script.write_text(source)
    # The room exports the function under the name of its file.
    monkeypatch.setattr(sys.modules["bot.feed.parse"], "CHILD", script)
    return await read(rss(), **words)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashes"),
        ("import sys; sys.exit(9)", "code 9"),
        ("raise ValueError('bad\\x1b[31m luck')", "ValueError: bad"),
        ("raise MemoryError", "memory"),
        ("print('{')", "cut short"),
        ("import sys; sys.stdout.write('x' * 20_000_000)", "too large"),
        ("import time; time.sleep(60)", "longer than 0.5 s"),
    ],
)
async def test_child_dies(monkeypatch, tmp_path, source, reason):
    """Whatever happens to the parser, a crash, a hang or a flood, it is one quarantined document and no more."""
    verdict = await stand_in(monkeypatch, tmp_path, source, wall=0.5 if "sleep" in source else 5)
    assert isinstance(verdict, Quarantined) and reason in verdict.reason and verdict.reason.isprintable()


def test_child_limits():
    """The child takes its own rights away before it reads: 5 s of computing, 768 MB, 16 files, no core dump."""
    code = (
        f"import sys; sys.path.insert(0, {str(CHILD.parent)!r}); import child, resource as r; child.limit();"
        "print([r.getrlimit(x)[0] for x in (r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_NOFILE, r.RLIMIT_CORE)])"
    )
    out = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True).stdout
    assert json.loads(out) == [5, 768 * 1024 * 1024, 16, 0]


def test_child_cannot_fetch():
    """The parser carries no network code, so no document can make it fetch anything."""
    code = (
        f"import sys; sys.path.insert(0, {str(CHILD.parent)!r}); import child; child.load_feedparser();"
        "print([n for n in ('socket', 'ssl', 'http.client') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True).stdout
    assert out.strip() == "[]"


async def test_environment_is_empty(monkeypatch, tmp_path):
    """The parser sees none of our environment, where secrets may be."""
    monkeypatch.setenv("VESTKA_CANARY", "singing")
    source = "import json, os; print(json.dumps({'refused': ' '.join(os.environ)}))"
    verdict = await stand_in(monkeypatch, tmp_path, source)
    assert isinstance(verdict, Quarantined) and "CANARY" not in verdict.reason


BOMB = gzip.compress(b"\0" * (1024 if FULL else 200) * 1024 * 1024, 9)
HOSTILE = ["1 billion laughs", "3 chain of entities", "4 external entity", "8 deep nesting", "18 cut inside an item",
           "21 cp1251 labelled utf-8", "26 HTML error page"]  # fmt: skip


async def take(fetcher, url):
    result = await fetcher.fetch(url, allow_private=True)
    if isinstance(result, Fetched):
        return await parse(result.body, content_type=result.content_type, url=result.url, script="be")
    return result


async def test_ten_hostile_documents():
    """Ten hostile answers in a row, over the wire: each is named in time, memory stays flat, the next is read."""
    deadline = 20.0 if FULL else 2.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Web() as web, Fetcher(deadline=deadline) as fetcher:
        for name in HOSTILE:
            web.answers["/" + name[:2].strip()] = answer(REFUSED[name][0])
        web.answers["/39"] = answer(BOMB, content_encoding="gzip")
        web.answers["/40"] = answer(gzip.compress(BOMB, 9), content_encoding="gzip, gzip")
        web.answers["/44"] = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        web.answers["/good"] = answer(rss())
        for path in [path for path in web.answers if path != "/good"]:
            started = time.perf_counter()
            verdict = await take(fetcher, web.url(path))
            assert isinstance(verdict, Quarantined) or (isinstance(verdict, FetchFailed) and verdict.hostile), path
            assert time.perf_counter() - started < deadline + 1
            assert isinstance(await take(fetcher, web.url("/good")), Document)
        assert len(web.answers) == 11
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert growth < 150 * 1024
