"""The small HTML of our own templates -> text and entities, offsets in UTF-16 code units.

Telegram's `parse_mode` is never used: what came from a feed can then never become markup.
https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urlsplit

from channels import Entity

TYPES = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "a": "text_link", "blockquote": "blockquote"}
WHITE = " \t\r\n"


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def parse(markup: str) -> tuple[str, tuple[Entity, ...]]:
    """The text that the markup means and its entities, in order, without white space at any end.

    Known: b strong i em a[href] blockquote br, and line breaks as they stand. Links lead only to the web.
    Raises ValueError for any other tag and for tags that do not close in order.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if reader.open:
        raise ValueError(f"<{reader.open[-1][0]}> is never closed")
    return _trimmed("".join(reader.pieces), reader.entities)


class _Reader(HTMLParser):
    """Collects text and, in code points, the stretches that tags enclose."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, str | None]] = []
        self.entities: list[Entity] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
        elif tag in TYPES:
            self.open.append((tag, self.length, dict(attrs).get("href")))
        else:
            raise ValueError(f"<{tag}> is no markup of a Telegram message")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            raise ValueError(f"<{tag}/> is no markup of a Telegram message")
        self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise ValueError(f"</{tag}> closes nothing")
        _, start, href = self.open.pop()
        if tag == "a" and not leads_out(href):
            return
        url = href if tag == "a" else None
        self.entities.append(Entity(type=TYPES[tag], offset=start, length=self.length - start, url=url))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        self.length += len(data)

    def handle_comment(self, data: str) -> None:
        raise ValueError("a comment is no markup of a Telegram message")

    def handle_decl(self, decl: str) -> None:
        raise ValueError("a declaration is no markup of a Telegram message")

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        self.handle_decl(data)


def leads_out(href: str | None) -> bool:
    """Whether an address is one on the web that a reader may be sent to: http or https, and no name before an @.

    Not `mailto:`, of which Telegram makes a web address on the mail server: http://mailto:NAME@HOST/.
    """
    try:
        parts = urlsplit(href or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Without white space at the ends of the text and of each entity, as the platform trims them; in UTF-16 units."""
    lead = len(text) - len(text.lstrip(WHITE))
    body = text.strip(WHITE)
    wide = [0]
    for letter in body:
        wide.append(wide[-1] + (2 if letter > "\uffff" else 1))
    found = []
    for entity in entities:
        start = max(0, entity.offset - lead)
        end = min(len(body), entity.offset + entity.length - lead)
        inner = body[start:end]
        start += len(inner) - len(inner.lstrip(WHITE))
        end -= len(inner) - len(inner.rstrip(WHITE))
        if start < end:
            found.append(replace(entity, offset=wide[start], length=wide[end] - wide[start]))
    return body, tuple(sorted(found, key=lambda one: (one.offset, -one.length)))
