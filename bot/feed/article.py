"""The page of an article, for a statement whose feed carries only its beginning.

The page is read in the parser's cell like a feed; what comes back is markup, and it passes the same walls as an entry.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from bot.feed import clean
from bot.feed.parse import WALL_SECONDS, answer_of, moment
from bot.model import Article, Block, BlockKind, Fetched, Quarantined, Statement

ALTERNATES = 20
ADDRESS_CHARACTERS = 2_048
WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile("['’ʼ‘`]")
CUT = ("…", "...")
PART = 15  # characters of a title that may be a part of another
MARGINAL = (BlockKind.IMAGE, BlockKind.ATTACHMENT)


async def article(
    body: bytes, *, content_type: str, url: str, script: str | None, wall: float = WALL_SECONDS
) -> Article | Quarantined:
    """The title, text and other languages of a page of HTML, read in a child process with limits.

    The words are as in `parse`. Never raises for what the bytes are: a page without a certain text, a challenge for
    browsers or a paywall is `Quarantined` with its reason.
    """
    header = {"content_type": content_type, "url": url, "script": script, "page": "article"}
    value = await answer_of(header, body, wall)
    if isinstance(value, Quarantined):
        return value
    blocks = clean.blocks(value["markup"], is_html=True, base=url)
    if isinstance(blocks, Quarantined):
        return blocks
    if not any(_pressed(block.text) for block in blocks if block.kind not in MARGINAL):
        return Quarantined(reason="no article is found on the page")
    found: dict[tuple[str, str], None] = {}
    for language, link in value["alternates"]:
        address = clean.address(url, link)
        if address and len(address) <= ADDRESS_CHARACTERS:
            found[language, address] = None
    return Article(
        title=clean.plain(value["title"]),
        blocks=blocks,
        alternates=tuple(found)[:ALTERNATES],
        published=moment(value["published"]),
    )


async def whole(got: Fetched, excerpt: Statement) -> Article | Quarantined:
    """The whole text of a statement of which the feed carries only the beginning, from its page, which must say it.

    Where only the title is known, the page must bear it: that of an error, of a login or of the whole site does not.
    The title that comes back is the statement's; the page's where a list has cut it short or set something beside it.
    """
    read = await article(got.body, content_type=got.content_type, url=got.url, script=excerpt.language)
    if isinstance(read, Quarantined):
        return read
    if not contains(read.blocks, excerpt.blocks):
        return Quarantined(reason="it does not say what the feed says")
    if excerpt.blocks:
        return replace(read, title=excerpt.title)
    page, listed = (" ".join(_words(text)) for text in (read.title, excerpt.title))
    cut = excerpt.title.endswith(CUT) and len(listed) >= PART and page.startswith(listed)
    if page != listed and not cut and not _within(page, listed) and not _within(listed, page):
        return Quarantined(reason="it does not bear the title under which it was listed")
    return read if cut or (page != listed and _within(page, listed)) else replace(read, title=excerpt.title)


def _within(part: str, whole: str) -> bool:
    """Whether words are a part of others; a word or two are a part of many."""
    return len(part) >= PART and f" {part} " in f" {whole} "


def contains(article_blocks: tuple[Block, ...], excerpt_blocks: tuple[Block, ...]) -> bool:
    """Whether a page's text holds the words of an excerpt in their order, block by block.

    White space, punctuation, capitals and the ellipsis at a cut do not matter. An excerpt without words is in any page.
    """
    words, starts = _letters(article_blocks)
    position = 0
    for block in excerpt_blocks:
        if block.kind in MARGINAL or not (wanted := _pressed(block.text)):
            continue
        found = words.find(wanted, position)
        while found >= 0 and found not in starts:
            found = words.find(wanted, found + 1)
        if found < 0:
            return False
        position = found + len(wanted)
    return True


def _pressed(text: str) -> str:
    """The letters and figures of a text."""
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    """The words of a text, whatever its typography."""
    return WORD.findall(APOSTROPHE.sub("", unicodedata.normalize("NFC", text).casefold()))


def _letters(blocks: tuple[Block, ...]) -> tuple[str, frozenset[int]]:
    """The letters and figures of all text blocks, and where a word begins among them."""
    words: list[str] = []
    for block in blocks:
        if block.kind not in MARGINAL:
            words += _words(block.text)
    starts, position = set(), 0
    for word in words:
        starts.add(position)
        position += len(word)
    return "".join(words), frozenset(starts)
