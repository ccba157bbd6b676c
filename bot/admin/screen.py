"""What one message of the admins' bot shows: text, entities and buttons, within what Telegram takes.

There is no `parse_mode`: nothing that a site wrote becomes markup. What Telegram itself would make a command or a
mention of is shown as code, so that no tap on a statement's words gives the bot an order.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Literal
from urllib.parse import urlsplit

from channels import Entity, Post

# "1-4096 characters after entities parsing", counted as entities are. https://core.telegram.org/bots/api#sendmessage
LIMIT = 4096
# More entities are silently ignored. https://core.telegram.org/method/messages.sendMessage
MOST_ENTITIES = 100
# More stretches than this in one text that would be commands or mentions: the whole text is shown as code.
MOST_DISARMED = 20
WHITE = " \t\r\n"

Span = tuple[int, int]
Style = Literal[
    "bold", "italic", "underline", "strikethrough", "code", "pre", "blockquote", "expandable_blockquote", "text_link"
]
QUOTATIONS = ("blockquote", "expandable_blockquote")
# Telegram looks for no command and no mention inside these.
WHOLE = ("code", "pre", "text_link")
_TOKEN = re.compile(r"(?<![/<>])/[A-Za-z0-9_]{1,64}(?:@\w{1,64})?|@[A-Za-z0-9_]{2,64}")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCE = re.compile(r".+?(?:[.!?…][)»”\"]*\s+|\Z)", re.DOTALL)
_WORD = re.compile(r"\S+\s*|\s+")
_CHUNK = re.compile(rf".{{1,{LIMIT // 2}}}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A formatted stretch; `start` and `end` in code points."""

    style: str
    start: int
    end: int
    url: str | None = None


class Words:
    """A text that grows piece by piece, with its formatting."""

    def __init__(self, text: str = "", marks: Iterable[Mark] = ()) -> None:
        self.text = text
        self.marks = list(marks)

    def add(self, text: str, style: Style | None = None, url: str | None = None) -> Words:
        """Append words, formatted or linked; an address that is not http(s) makes no link. Returns itself."""
        start, end = len(self.text), len(self.text) + len(text)
        self.text += text
        if style is not None and text:
            self.marks.append(Mark(style=style, start=start, end=end))
        if url is not None and text and leads_out(url):
            self.marks.append(Mark(style="text_link", start=start, end=end, url=url))
        self._disarm(start)
        return self

    def line(self, text: str = "", style: Style | None = None, url: str | None = None) -> Words:
        """Append words and end the line. Returns itself."""
        self.add(text, style, url).text += "\n"
        return self

    def command(self, text: str) -> Words:
        """Append a command of ours that a tap may send. Returns itself."""
        self.text += text
        return self

    def post(self, post: Post, *, quoted: bool = False) -> Words:
        """Append a post's exact text with its own formatting; `quoted`: as a quotation, around those of its own.

        Quotations cannot be nested: https://core.telegram.org/bots/api#formatting-options
        """
        start = len(self.text)
        at = {wide: point for point, wide in enumerate(accumulate(map(_width, post.text), initial=0))}
        own = [
            Mark(style=one.type, start=start + at[one.offset], end=start + at[one.offset + one.length], url=one.url)
            for one in post.entities
        ]
        self.text += post.text
        self.marks += own
        if quoted:
            edges = [start, *(edge for one in own if one.style in QUOTATIONS for edge in (one.start, one.end))]
            gaps = zip(edges[::2], [*edges[1::2], len(self.text)], strict=True)
            self.marks += [Mark(style="blockquote", start=a, end=b) for a, b in gaps if self.text[a:b].strip(WHITE)]
        self._disarm(start)
        return self

    def join(self, other: Words) -> Words:
        """Append other words with their formatting. Returns itself."""
        shift = len(self.text)
        self.text += other.text
        self.marks += [replace(one, start=one.start + shift, end=one.end + shift) for one in other.marks]
        return self

    def part(self, start: int, end: int) -> Words:
        """The stretch between two code points, with what is formatted in it."""
        clipped = (replace(one, start=max(one.start, start), end=min(one.end, end)) for one in self.marks)
        kept = [replace(one, start=one.start - start, end=one.end - start) for one in clipped if one.start < one.end]
        return Words(self.text[start:end], kept)

    def trimmed(self) -> Words:
        """Without white space at the ends, as Telegram trims a message."""
        return self.part(len(self.text) - len(self.text.lstrip(WHITE)), len(self.text.rstrip(WHITE)))

    @property
    def fits(self) -> bool:
        """Whether it can be one message."""
        return units(self.text.strip(WHITE)) <= LIMIT and len(self.marks) <= MOST_ENTITIES

    def entities(self) -> tuple[Entity, ...]:
        """Its formatting as Telegram wants it: in UTF-16 units, in order of place, the longer first."""
        wide = [0, *accumulate(map(_width, self.text))]
        made = (
            Entity(type=one.style, offset=wide[one.start], length=wide[one.end] - wide[one.start], url=one.url)
            for one in self.marks
        )
        return tuple(sorted(made, key=lambda one: (one.offset, -one.length)))

    def _disarm(self, start: int) -> None:
        """Show as code what stands after `start` and would become a command or a mention."""
        linked = [one for one in self.marks if one.style in WHOLE and one.end > start]
        tokens = [
            (a, b) for a, b in _tokens(self.text, start) if not any(one.start < b and a < one.end for one in linked)
        ]
        marks = self.marks
        for a, b in tokens[: MOST_DISARMED + 1]:
            marks = [piece for one in marks for piece in _around(one, a, b)]
            marks.append(Mark(style="code", start=a, end=b))
        if len(tokens) > MOST_DISARMED or (tokens and sum(one.end > start for one in marks) > MOST_ENTITIES):
            # A text of nothing but commands, or more formatting than a message may have: all of it letter by letter.
            marks = [one for one in self.marks if one.end <= start]
            marks.append(Mark(style="code", start=start, end=len(self.text)))
        self.marks = marks


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def leads_out(url: str) -> bool:
    """Whether an address leads to the web, so that Telegram takes it for a link or a button."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not re.search(r"\s", url)
    except ValueError:
        return False


def _width(letter: str) -> int:
    return 2 if letter > "\uffff" else 1


def _tokens(text: str, start: int) -> Iterator[Span]:
    """Where Telegram would see a command or a mention: not behind a letter, a figure or an underscore."""
    for hit in _TOKEN.finditer(text, start):
        before = text[hit.start() - 1] if hit.start() > start else " "
        if before != "_" and unicodedata.category(before)[0] not in "LN":
            yield hit.span()


def _around(mark: Mark, start: int, end: int) -> list[Mark]:
    """What is left of a mark when a stretch becomes code, which takes no other formatting but a quotation's."""
    if mark.style in QUOTATIONS or mark.end <= start or end <= mark.start:
        return [mark]
    sides = (replace(mark, end=start), replace(mark, start=end))
    return [side for side in sides if side.start < side.end]


@dataclass(frozen=True, slots=True)
class Key:
    """One button: what it says, and the act (one to four letters) and argument that it asks for, or where it leads."""

    text: str
    act: str
    arg: str = ""
    url: str | None = None


Rows = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """One message with its keyboard."""

    text: str
    entities: tuple[Entity, ...]
    rows: Rows

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of all that it shows and offers: a message that says this already need not be edited."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


def screen(words: Words, rows: Rows = ()) -> Screen:
    """One message; the words must fit."""
    whole = words.trimmed()
    assert whole.fits, "a screen that is too long has pages"
    return Screen(text=whole.text, entities=whole.entities(), rows=rows)


def paged(blocks: Sequence[Words], page: int, keys: Rows, *, act: str, arg: str = "") -> Screen:
    """Blocks, a blank line between them, on as many pages as they need; `keys` are on each.

    `page` counts from 0; one that is not there is the nearest that is. ‹ and › ask for `act` with `arg` and the number
    of the page. A page ends between blocks, else between lines, else between sentences; only a sentence that is longer
    than a message goes on over the page.
    """
    return turned([(one, ()) for one in parted(blocks)], page, keys, act=act, arg=arg)


def turned(pages: Sequence[tuple[Words, Rows]], page: int, keys: Rows, *, act: str, arg: str = "") -> Screen:
    """One of several pages with the keys of its own, those that turn the page, and those of all pages."""
    number = min(max(page, 0), len(pages) - 1)
    words, own = pages[number]
    turn = (
        *((Key("‹", act, f"{arg}{number - 1}"),) if number else ()),
        Key(f"{number + 1}/{len(pages)}", act, f"{arg}{number}"),
        *((Key("›", act, f"{arg}{number + 1}"),) if number + 1 < len(pages) else ()),
    )
    return screen(words, (*own, *((turn,) if len(pages) > 1 else ()), *keys))


def parted(blocks: Sequence[Words]) -> list[Words]:
    """The blocks on as few pages as they need, in order; all that they say stands on one of the pages."""
    pages: list[Words] = []
    for block in blocks:
        first, *others = _pages_of(block.trimmed())
        longer = Words().join(pages[-1]).add("\n\n").join(first) if pages else first
        pages[-1:] = [longer] if longer.fits else [*pages[-1:], first]
        pages += others
    return pages


def _pages_of(block: Words) -> list[Words]:
    """A block as it is when it fits, else parted where it does least harm."""
    if block.fits:
        return [block]
    spans = _packed(block, [(0, len(block.text))], (_LINE, _SENTENCE, _WORD, _CHUNK))
    pages = [block.part(*span).trimmed() for span in spans]
    for page in pages:
        page._disarm(0)  # a page that begins inside a word may begin like a command
    return [page for page in pages if page.text.strip()]  # a message of no-break spaces is refused as empty


def _packed(whole: Words, spans: Iterable[Span], finer: tuple[re.Pattern[str], ...]) -> list[Span]:
    """Neighbouring stretches put together while they fit; one that does not fit by itself is parted more finely."""
    found: list[Span] = []
    for span in spans:
        longer = (found[-1][0], span[1]) if found else span
        if whole.part(*longer).fits:
            found[-1:] = [longer]
        elif whole.part(*span).fits:
            found.append(span)
        else:
            found += _packed(whole, [hit.span() for hit in finer[0].finditer(whole.text, *span)], finer[1:])
    return found
