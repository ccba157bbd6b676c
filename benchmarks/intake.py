"""From fetched bytes to rows in the outbox, against a fresh process that only parses: one new entry in a feed of 200.

Prints medians and the ratio of alternated pairs; fails when the ratio is above the bound. Asserts what was done first.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from bot import app
from bot.model import Fetched, FetchFailed
from bot.pipeline import Pipeline
from bot.settings import build
from tests.house import Item, item, rss

ENTRIES = 200
PAIRS = 7
BOUND = 1.5
ANCHOR = "import sys, feedparser; print(len(feedparser.parse(sys.stdin.buffer.read()).entries))"
NOW = datetime.now(UTC)


def entry(n: int) -> Item:
    """One statement of eight sentences."""
    paragraphs = [
        f"Суды Мройска пакаралі {n + 20} чалавек за тыдзень. Сярод іх {n + 2} жанчыны, гаворыцца ў справаздачы № {n}.",
        f"Адвакатаў не пусцілі ні да каго з іх. Сваякі {n + 5} чалавек не ведаюць, дзе яны знаходзяцца цяпер.",
        "Бюро патрабуе назваць імёны ўсіх затрыманых. Бюро патрабуе дапусціць да іх адвакатаў і дактароў.",
        f"«Мы не спынімся», — сказала каардынатарка бюро. Наступная справаздача выйдзе праз {n + 3} дзён.",
    ]
    return item(f"n{n}", f"Заява нумар {n}", *paragraphs, now=NOW - timedelta(minutes=1000 - n))


class Bytes:
    """A fetcher that has already fetched: the benchmark begins with the bytes."""

    body = b""

    async def fetch(self, url: str, **_: object) -> Fetched | FetchFailed:
        """The bytes of this round."""
        return Fetched(url=url, body=self.body, content_type="application/rss+xml", etag=None, last_modified=None)


async def ours(pipeline: Pipeline, fetched: Bytes, newest: int) -> float:
    """Seconds from the bytes to the outbox rows of the one new entry."""
    items = [entry(n) for n in range(newest, newest - ENTRIES, -1)]
    fetched.body = rss(items)
    started = time.perf_counter()
    polled = await pipeline.poll("site")
    drafted = await pipeline.to_draft()
    for number in drafted:
        await pipeline.draft(number)
    seconds = time.perf_counter() - started
    assert polled.new == 1 and len(drafted) == 1, polled
    return seconds


def anchor(body: bytes) -> float:
    """Seconds of a fresh process that runs feedparser with its defaults on the same bytes."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", ANCHOR], input=body, capture_output=True, check=True)
    seconds = time.perf_counter() - started
    assert int(done.stdout) == ENTRIES
    return seconds


async def main() -> int:
    """One warm-up, then alternated pairs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = build(
            {
                "project": {"languages": ["be", "en"]},
                "sources": {"site": {"urls": ["https://example.invalid/feed"], "language": "be", "settle": "0s"}},
                "channels": {
                    "telegram-be": {"kind": "telegram", "language": "be"},
                    "telegram-en": {"kind": "telegram", "language": "en"},
                    "x-be": {"kind": "x", "language": "be"},
                    "newsletter": {"kind": "newsletter", "languages": ["be", "en"]},
                },
            },
            Path(folder),
        )
        async with app.house(settings) as pipeline:
            fetched = Bytes()
            pipeline.fetcher = fetched  # type: ignore[assignment]  # the bytes are there already
            fetched.body = rss([entry(n) for n in range(ENTRIES - 1, -1, -1)])
            assert (await pipeline.poll("site")).new == ENTRIES
            pairs = []
            for round_ in range(PAIRS + 1):
                mine = await ours(pipeline, fetched, ENTRIES + round_)
                pairs.append((mine, anchor(fetched.body)))
            unchanged = await pipeline.poll("site")
            assert unchanged.outcome == "nothing new"
    pairs = pairs[1:]
    ratios = [mine / theirs for mine, theirs in pairs]
    print(f"python {platform.python_version()}, feedparser {version('feedparser')}, {ENTRIES} entries, {PAIRS} pairs")
    print(f"bytes to outbox: {statistics.median(mine for mine, _ in pairs) * 1000:.0f} ms")
    print(f"fresh feedparser: {statistics.median(theirs for _, theirs in pairs) * 1000:.0f} ms")
    print(f"ratio: {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}], bound {BOUND}")
    return 0 if statistics.median(ratios) <= BOUND else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
