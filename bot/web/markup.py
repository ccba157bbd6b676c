"""Formatted text as HTML: Telegram's entities over UTF-16 offsets become tags, and everything else is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


def web_address(url: object) -> str | None:
    """The address if a browser may be sent there, else None: `javascript:`, `data:` and their like are no links."""
    return url if isinstance(url, str) and url.lower().startswith(("https://", "http://")) else None


def marked_up(text: str, entities: Sequence[Mapping[str, Any]] = ()) -> Markup:
    """The text with its entities as tags, always well nested: one that crosses another ends where the other ends.

    Offsets count UTF-16 code units (https://core.telegram.org/bots/api#messageentity). An entity that lies outside the
    text or cuts a character in two is left out; no letter of the text ever is.
    """
    pieces: list[Markup] = []
    closing: list[tuple[int, Markup]] = []
    position = 0

    def write(until: int) -> None:
        nonlocal position
        while closing and closing[-1][0] <= until:
            end, tag = closing.pop()
            pieces.extend((escape(text[position:end]), tag))
            position = end
        pieces.append(escape(text[position:until]))
        position = until

    for start, stop, entity in _spans(text, entities):
        write(start)
        end = min(stop, closing[-1][0]) if closing else stop
        opened, closed = _tags(entity, text[start:end])
        pieces.append(opened)
        closing.append((end, closed))
    write(len(text))
    return Markup("").join(pieces)


def _spans(text: str, entities: Sequence[Mapping[str, Any]]) -> list[tuple[int, int, Mapping[str, Any]]]:
    """The entities in code points, outermost first; those that fit no place in the text are gone."""
    points: dict[int, int] = {}
    unit = 0
    for index, letter in enumerate(text):
        points[unit] = index
        unit += 2 if ord(letter) > 0xFFFF else 1
    points[unit] = len(text)
    places = [(points.get(one["offset"]), points.get(one["offset"] + one["length"]), one) for one in entities]
    spans = [(start, end, one) for start, end, one in places if start is not None and end is not None and start < end]
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _tags(entity: Mapping[str, Any], words: str) -> tuple[Markup, Markup]:
    """The opening and closing tag of one entity; nothing for a kind that has no look of its own."""
    kind = entity["type"]
    if kind in ("text_link", "url") and (address := web_address(entity.get("url", words))):
        return Markup('<a href="{}" rel="noopener noreferrer">').format(address), Markup("</a>")
    if tag := _TAGS.get(kind):
        return Markup(f"<{tag}>"), Markup(f"</{tag}>")
    return Markup(""), Markup("")
