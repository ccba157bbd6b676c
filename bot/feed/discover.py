"""The feed that a page of HTML names, for a person who gave the address of the page."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from bot.feed.clean import Tag, Unfit, tokens

PAGE_CHARACTERS = 300_000
TYPES = frozenset({"application/rss+xml", "application/atom+xml"})


def discover(html: bytes, url: str) -> str | None:
    """The absolute http(s) address of the first RSS or Atom feed in a `<link rel="alternate">` of the page at `url`.

    None when the first 300,000 bytes name none. Never raises for what the bytes are.
    """
    try:
        for token in tokens(html[:PAGE_CHARACTERS].decode("utf-8", "replace")):
            if isinstance(token, Tag) and token.name == "link" and (found := _feed(token, url)):
                return found
    except Unfit:
        pass  # the page ends in the middle of a tag: what came before has been read
    return None


def _feed(tag: Tag, url: str) -> str | None:
    words = tag.attributes.get("rel", "").lower().split()
    if "alternate" not in words or tag.attributes.get("type", "").lower().strip() not in TYPES:
        return None
    try:
        joined = urljoin(url, tag.attributes.get("href", "").strip())
        parts = urlsplit(joined)
        return joined if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None
    except ValueError:
        return None
