"""Lays a text out in posts of X: one when it fits, else a numbered thread of whole sentences.

Nothing is cut off and no word changes. A sentence longer than a post is parted at spaces outside its unbreakable spans.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from channels import Line, TooLong
from channels.x.weight import LIMIT, urls, weight

UNIT = "weighted characters"
PARAGRAPH = "\n\n"
JOINER = "\u2060"

# What X would turn into a mention, a tag or a cashtag. https://docs.x.com/fundamentals/counting-characters
_CALL = re.compile(
    r"(?<![\w!#$%&*@\uff20])[@\uff20](?=[A-Za-z0-9_])|(?<![\w&])[#\uff03](?=\w*[^\W\d])|(?<!\w)\$(?=[A-Za-z])"
)
# U+202F weighs 2 and looks like U+00A0, which weighs 1; the platform refuses the last three.
_MENDED = {0x202F: 0xA0, 0xFFFE: None, 0xFEFF: None, 0xFFFF: None}


@dataclass(frozen=True, slots=True)
class Unit:
    """One line of the rendered text as pieces that must stay whole; `gap` is what parts it from the line before."""

    pieces: tuple[str, ...]
    gap: str

    @property
    def text(self) -> str:
        return " ".join(self.pieces)


def units(rendered: str, sentences: Iterable[Line]) -> list[Unit]:
    """The lines of a rendered text. Lines that follow each other run on; an empty line opens a paragraph."""
    known = sorted({line for line in sentences if line.unbreakable}, key=lambda line: -len(line.text))
    found: list[Unit] = []
    gap = ""
    for raw in rendered.strip().split("\n"):
        line = raw.strip(" \t\r")
        if line:
            found.append(Unit(tuple(map(mended, _pieces(line, _whole(line, known)))), gap))
        gap = " " if line else PARAGRAPH
    return found


def _whole(line: str, known: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """The spans of a line that must stay whole, from the sentences that stand in it, and its drawn number."""
    for sentence in known:
        start = line.find(sentence.text)
        while start >= 0:
            yield from ((start + a, start + b) for a, b in sentence.unbreakable)
            start = line.find(sentence.text, start + len(sentence.text))
    if number := re.match(r"\d+\. \S", line):
        yield number.span()


def _pieces(line: str, whole: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The line cut at every space that may end a post; a no-break space never may."""
    inside = {position for start, end in whole for position in range(start, end)}
    begin = 0
    for space in re.finditer(" +", line):
        if not inside.intersection(range(*space.span())):
            yield line[begin : space.start()]
            begin = space.end()
    yield line[begin:]


def mended(text: str) -> str:
    """The same words in NFC, with U+00A0 for U+202F, and nobody called: `@`, `#` and `$` get a word joiner behind them.

    U+2060 is invisible, lets no line break in, and is no letter of a name or a tag.
    """
    text = unicodedata.normalize("NFC", text).translate(_MENDED)
    parts: list[str] = []
    position = 0
    for start, end in urls(text):
        parts += [_CALL.sub(rf"\g<0>{JOINER}", text[position:start]), text[start:end]]
        position = end
    return "".join([*parts, _CALL.sub(rf"\g<0>{JOINER}", text[position:])])


def lay_out(lines: Sequence[Unit], max_parts: int) -> tuple[str, ...] | TooLong:
    """The texts of the posts with their numbers, or the figures of what does not fit."""
    whole = "".join(line.gap + line.text for line in lines).removeprefix(lines[0].gap)
    if weight(whole) <= LIMIT:
        return (whole,)
    if max_parts == 1:
        return TooLong(length=weight(whole), limit=LIMIT, unit=UNIT)
    parts = _pack(lines, LIMIT - len(f"{PARAGRAPH}9/9"))
    if isinstance(parts, list) and len(parts) > 9:
        parts = _pack(lines, LIMIT - len(f"{PARAGRAPH}99/99"))
    if isinstance(parts, TooLong):
        return parts
    if len(parts) > max_parts:
        return TooLong(length=len(parts), limit=max_parts, unit="posts")
    return tuple(f"{part}{PARAGRAPH}{number}/{len(parts)}" for number, part in enumerate(parts, 1))


class _Posts:
    """Posts being filled, `room` weighted characters each.

    Weights add up because neither an address nor an emoji reaches over white space.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.texts: list[str] = []
        self.used = 0

    def add(self, gap: str, text: str, size: int) -> None:
        """Put a text of this weight into the last post, or into a new one when it does not fit there."""
        if self.texts and self.used + len(gap) + size <= self.room:
            self.texts[-1] += gap + text
            self.used += len(gap) + size
        else:
            self.texts.append(text)
            self.used = size


def _pack(lines: Sequence[Unit], room: int) -> list[str] | TooLong:
    """Fill posts with whole lines; a line longer than a post opens one of its own and is parted at its spaces."""
    posts = _Posts(room)
    for line in lines:
        size = weight(line.text)
        if size <= room:
            posts.add(line.gap, line.text, size)
            continue
        posts.used = room
        for piece in line.pieces:
            size = weight(piece)
            if size > room:
                return TooLong(length=size, limit=room, unit=UNIT)
            posts.add(" ", piece, size)
    return posts.texts
