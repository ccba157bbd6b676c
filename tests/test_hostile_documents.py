"""Hostile and broken documents: put aside with their reason, within their bounds, and nothing of them is posted."""

import asyncio
import gzip
import resource
import time
from pathlib import Path

import pytest

from tests.house import House, item, rss
from tests.web import Answer, Web, answer

GOOD = rss([item("ok", "Заява", "Бюро паведамляе пра 17 чалавек.")])
SIZE = 150  # MB that the service may grow by


def document(body: str, doctype: str = "") -> bytes:
    """A feed with one entry around a body."""
    return (
        f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><title>Бюро</title><item><title>Заява</title>'
        f"<link>https://example.invalid/1</link><guid>1</guid><description>{body}</description></item></channel></rss>"
    ).encode()


def laughs() -> bytes:
    """Entities that name ten others each, nine deep."""
    rows = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return document("&l9;", f'<!DOCTYPE rss [<!ENTITY l0 "lol">{rows}]>')


def chain() -> bytes:
    """A chain of 100,000 entities, each naming the one before: it kills expat."""
    rows = "".join(f'<!ENTITY e{i} "&e{i - 1};">' for i in range(1, 100_000))
    return document("&e99999;", f'<!DOCTYPE rss [<!ENTITY e0 "x">{rows}]>')


def bomb(layers: int) -> bytes:
    """A gibibyte of nothing, packed once or twice."""
    body = gzip.compress(bytes(1 << 30), 9)
    for _ in range(layers - 1):
        body = gzip.compress(body, 9)
    return body


async def drip(writer: asyncio.StreamWriter) -> None:
    """An answer that never ends, a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.25)


DOCUMENTS: dict[str, Answer] = {
    "1 billion laughs": answer(laughs()),
    "3 entity chain": answer(chain()),
    "4 external entity": answer(document("A&x;B", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>')),
    "8 nested elements": answer(document("<a>" * 100_000 + "</a>" * 100_000)),
    "18 cut inside an item": answer(GOOD[: GOOD.index(b"17")]),
    "21 cp1251 labelled utf-8": answer(
        GOOD.decode().replace("Бюро паведамляе", "Заява бюро пра падзеі").encode("cp1251", "replace")
    ),
    "26 error page": answer(b"<html><body>Too many connections</body></html>", content_type="text/html"),
    "39 gzip bomb": answer(bomb(1), content_encoding="gzip"),
    "40 gzip bomb, two layers": answer(bomb(2), content_encoding="gzip, gzip"),
    "44 one byte at a time": drip,
}


@pytest.fixture(autouse=True)
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline of a fetch, shortened; the full one is run with the hostile counts."""
    from bot import app
    from bot.feed import Fetcher

    monkeypatch.setattr(app, "Fetcher", lambda: Fetcher(deadline=1.5))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_hostile_document_is_put_aside_and_the_next_poll_is_on_time(tmp_path: Path, name: str) -> None:
    """The process lives and stays small, nothing is posted, the reason is kept, and the mended feed is read at once."""
    async with Web() as web:
        web.answers["/be.xml"] = DOCUMENTS[name]
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"')
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        await house("once")
        assert time.monotonic() - started < 20
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < SIZE
        assert house.sent() == []
        (row,) = (await house.json("queue"))["quarantine"]
        assert row["reason"] and "\n" not in row["reason"] and row["times"] == 1
        await house("once")
        assert (await house.json("queue"))["quarantine"][0]["times"] == 2
        web.answers["/be.xml"] = answer(GOOD)
        await house("once")
        assert house.sent()
