"""Feeds of two dozen generators: what each must come out as, entry by entry."""

import json
from pathlib import Path

import pytest

from bot.feed import body, clean, parse
from bot.model import Document, Entry, Quarantined

FEEDS = Path(__file__).parent / "feeds"
DATA = {path.name: path.read_bytes() for path in FEEDS.iterdir()}
EXPECTED = json.loads((FEEDS / "expected.json").read_text("utf-8"))
LANGUAGES = {"ghost": "en", "jekyll": "en", "medium": "en", "squarespace": "en", "movable-type": "en", "rss092": "en",
             "substack": "pl", "typo3": "pl"}  # fmt: skip


def told(entry: Entry, url: str) -> dict[str, object]:
    """An entry in the words of expected.json."""
    blocks = body(entry, url)
    assert not isinstance(blocks, Quarantined), blocks
    return {
        "title": clean.plain(entry.title),
        "link": entry.link,
        "guid": entry.guid,
        "language": entry.language,
        "published": entry.published.isoformat() if entry.published else None,
        "first": blocks[0].text if blocks else None,
        "last": blocks[-1].text if blocks else None,
        "kinds": " ".join(block.kind.value for block in blocks),
        "ordinals": [block.ordinal for block in blocks if block.ordinal is not None],
        "excerpt": entry.excerpt,
        "attachments": [list(pair) for pair in entry.attachments],
        "alternates": [list(pair) for pair in entry.alternates],
        "fault": entry.fault,
    }


async def read(name: str, data: bytes) -> dict[str, object]:
    url = f"https://feeds.example.invalid/{name}"
    script = LANGUAGES.get(name.partition(".")[0], "be")
    document = await parse(data, content_type="application/xml", url=url, script=script)
    assert isinstance(document, Document), document
    return {"doubt": document.doubt is not None, "entries": [told(entry, url) for entry in document.entries]}


@pytest.mark.parametrize("name", EXPECTED)
async def test_generators(name: str) -> None:
    """Whatever wrote the feed, its statements come out with their words, dates, links and files, and nothing else."""
    assert await read(name, DATA[name]) == EXPECTED[name]


def test_every_feed_is_told() -> None:
    """Every feed of the collection is described to the reader and has its expectation."""
    feeds = set(DATA) - {"README.md", "expected.json"}
    assert feeds == set(EXPECTED) and len(feeds) >= 20
    assert all(f"`{name}`" in DATA["README.md"].decode() for name in feeds)
