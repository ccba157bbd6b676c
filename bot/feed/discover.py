"""What a page of HTML names in its head: its feed, for a person who gave the page's address; its other languages."""

from __future__ import annotations

from bot.feed.clean import Tag, Unfit, address, tokens
from bot.feed.fetch import Fetcher
from bot.model import Fetched, FetchFailed, NotModified

PAGE_CHARACTERS = 300_000
ALTERNATES = 20
# Not "application/json": WordPress calls its programming interface so.
TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
PAGE_MARKS = (b"<!doctype html", b"<html")
FEED_MARKS = (b"<rss", b"<feed", b"<rdf:rdf")
MARK_BYTES = 1000


async def behind(fetcher: Fetcher, url: str, *, allow_private: bool) -> tuple[str, Fetched | FetchFailed]:
    """The feed at an address, or the one that the page there names: the address that was asked last, and its answer."""
    got = await fetcher.fetch(url, allow_private=allow_private)
    if isinstance(got, Fetched) and (named := discover(got.body, got.url)):
        url, got = named, await fetcher.fetch(named, allow_private=allow_private)
    if isinstance(got, NotModified):
        return url, FetchFailed(reason="the site answered 304 to a first request")
    return url, got


def is_page(got: Fetched) -> bool:
    """Whether what could not be read as a feed is a page of HTML: by its beginning, or by its label alone."""
    beginning = got.body[:MARK_BYTES].lower()
    labelled = got.content_type.lower().startswith(("text/html", "application/xhtml"))
    marked = any(mark in beginning for mark in PAGE_MARKS)
    return (labelled or marked) and not any(mark in beginning for mark in FEED_MARKS)


def discover(html: bytes, url: str) -> str | None:
    """The absolute http(s) address of the first RSS, Atom or JSON feed that a `<link rel="alternate">` of a page names.

    `url` is the page's own address. None when its first 300,000 bytes name none. Never raises for what the bytes are.
    """
    try:
        for token in tokens(html[:PAGE_CHARACTERS].decode("utf-8", "replace")):
            if isinstance(token, Tag) and token.name == "link" and (found := _feed(token, url)):
                return found
    except Unfit:
        pass  # the page ends in the middle of a tag: what came before has been read
    return None


def alternates(html: bytes, url: str) -> tuple[tuple[str, str], ...]:
    """The same page in other languages, as (language tag, absolute http(s) address), by `hreflang`; at most 20.

    https://developers.google.com/search/docs/specialty/international/localized-versions describes what sites write.
    """
    found: dict[tuple[str, str], None] = {}
    try:
        for token in tokens(html[:PAGE_CHARACTERS].decode("utf-8", "replace")):
            if not isinstance(token, Tag) or token.name != "link" or len(found) == ALTERNATES:
                continue
            language = token.attributes.get("hreflang", "").strip().lower()
            words = token.attributes.get("rel", "").lower().split()
            there = address(url, token.attributes.get("href", ""))
            if "alternate" in words and language not in ("", "x-default") and there is not None:
                found[language[:35], there] = None
    except Unfit:
        pass  # the page ends in the middle of a tag: what came before has been read
    return tuple(found)


def _feed(tag: Tag, url: str) -> str | None:
    words = tag.attributes.get("rel", "").lower().split()
    if "alternate" not in words or tag.attributes.get("type", "").lower().strip() not in TYPES:
        return None
    return address(url, tag.attributes.get("href", ""))
