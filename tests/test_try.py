"""`vestka try`: what would become of a real feed, without settings and without a trace."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.house import ROOT, in_process, item, rss
from tests.web import Web, answer

STATEMENT = item("first", "Суды пакаралі 17 чалавек", "Суды Мройска пакаралі 17 чалавек. Ніхто не прызнаў віны.")
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="be"><title>Бюро</title>
<id>urn:bureau</id><updated>2026-03-12T10:00:00Z</updated>
<entry><title>Суды пакаралі 17 чалавек</title><id>urn:first</id><updated>2026-03-12T10:00:00Z</updated>
<link rel="alternate" href="https://example.invalid/first"/>
<content type="html">&lt;p&gt;Суды Мройска пакаралі 17 чалавек.
Ніхто не прызнаў віны.&lt;/p&gt;</content></entry></feed>"""
PAIRS = (
    ("Суды пакаралі 17 чалавек", "Courts punish 17 people"),
    ("Суды Мройска пакаралі 17 чалавек.", "Courts in Mroisk punished 17 people."),
    ("Ніхто не прызнаў віны.", "None of them admitted guilt."),
)


async def tried(url: str, *words: str) -> tuple[int, str, str]:
    """`vestka try`, in a thread of its own."""
    return await asyncio.to_thread(in_process, ["try", url, "--allow-private", *words])


@pytest.mark.parametrize("body", [rss([STATEMENT]), ATOM.encode()], ids=["RSS", "Atom"])
async def test_a_feed_is_shown_on_every_channel(tmp_path: Path, body: bytes) -> None:
    """With people's translations a feed appears in English; into Russian, which nobody serves, it says so openly."""
    memory = tmp_path / "memory.jsonl"
    lines = [json.dumps({"from": "be", "to": "en", "source": a, "target": b}) for a, b in PAIRS]
    memory.write_text("\n".join(lines))
    before = set(ROOT.iterdir())
    async with Web() as web:
        web.answers["/feed"] = answer(body)
        code, out, _ = await tried(web.url("/feed"), "--to", "en,ru", "--memory", str(memory), "--json")
    answered = json.loads(out)
    rows = {(row["channel"], row["language"]): row for row in answered["statements"][0]["channels"]}
    assert code == 0 and answered["unserved"] == ["be-ru"]
    english = rows["telegram-en", "en"]
    assert english["origin"] == "people" and english["state"] == "approved"
    assert "None of them admitted guilt." in english["posts"][0]["payload"]["text"]
    assert rows["telegram-ru", "ru"]["origin"] == "untranslated"
    assert {channel.split("-")[0] for channel, _ in rows} == {"telegram", "x", "newsletter"}
    assert set(ROOT.iterdir()) == before


async def test_a_page_that_names_its_feed_is_enough() -> None:
    """Whoever gives the address of the site instead of the feed is led to the feed."""
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>x</body></html>'
    async with Web() as web:
        web.answers["/"] = answer(page, content_type="text/html")
        web.answers["/feed"] = answer(rss([STATEMENT]))
        code, out, _ = await tried(web.url("/"))
    assert code == 0 and "17 чалавек" in out and "No engine yet" in out


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"<html><body>Sorry</body></html>", 200, 3),
        (b"", 200, 3),
        (rss([STATEMENT])[:300], 200, 3),
        (b"", 404, 1),
        (b"", 410, 1),
        (b"", 204, 1),
        (b"", 429, 75),
        (b"", 503, 75),
    ],
    ids=["error page", "empty", "cut short", "404", "410", "204", "429", "503"],
)
async def test_what_is_no_feed_is_said_in_one_line(body: bytes, status: int, code: int) -> None:
    """An address without a usable feed ends with the reason and a code that tells "broken" from "try later"."""
    async with Web() as web:
        web.answers["/feed"] = answer(body, status=status)
        found, out, err = await tried(web.url("/feed"))
    assert found == code and (out + err).strip()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!DOCTYPE html><html><head><title>Bureau</title></head><body>News</body></html>", "application/xml"),
        (b"<p>News</p>", "text/html; charset=utf-8"),
    ],
    ids=["by its beginning", "by its label"],
)
async def test_a_page_that_names_no_feed_is_told_as_such(body: bytes, content_type: str) -> None:
    """Whoever gives the address of a page without a feed learns just that, and not what a feed should look like."""
    async with Web() as web:
        web.answers["/"] = answer(body, content_type=content_type)
        code, out, _ = await tried(web.url("/"), "--json")
        (reason,) = json.loads(out)["quarantined"]
        assert code == 3 and reason.startswith(f"no feed is named on this page: {web.url('/')}; ")


async def test_a_broken_feed_is_not_taken_for_a_page() -> None:
    """A feed that is cut short is called broken, even where the site labels its feeds as pages."""
    async with Web() as web:
        web.answers["/feed"] = answer(rss([STATEMENT])[:300], content_type="text/html")
        code, out, _ = await tried(web.url("/feed"), "--json")
    assert code == 3 and "page" not in json.loads(out)["quarantined"][0]


async def test_an_empty_feed_is_no_fault() -> None:
    """A feed without entries is read, and there is simply nothing to show."""
    async with Web() as web:
        web.answers["/feed"] = answer(rss([]))
        code, out, _ = await tried(web.url("/feed"))
    assert code == 0 and "0 entries" in out
