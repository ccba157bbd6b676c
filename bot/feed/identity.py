"""Which statement an entry is, and whether it says anything else than before.

"New" means that no alias of an entry is known, never its date or place. Hashes only detect change: the text that is
sent is never what was normalised here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from rapidfuzz.distance import Indel

from bot.model import Block, BlockKind, Entry

NO_ALIASES: Mapping[str, str] = MappingProxyType({})
TRACKING = re.compile(r"(?:utm_[^=]*|fbclid)(?:=|$)", re.IGNORECASE)
TRACKING_IN_TEXT = re.compile(r"(?<=[?&])(?:utm_[a-z]+|fbclid)=[^\s&#]*&?", re.IGNORECASE)
SPACE = re.compile(r"\s+")  # all white space, the no-break space too
QUOTES = str.maketrans(dict.fromkeys("«»„“”‟″", '"') | dict.fromkeys("‘’‚‛′ʼ", "'"))
ESCAPED = re.compile("%[0-9a-fA-F]{2}")

# Reasoned, not measured: an edit of one word in ten is still the same statement; less may be one or the other.
SIMILAR = 0.9
# Two texts about different things share some words of their language, but not three in ten, and not in this order.
REUSED = 0.3
# What may differ between two publications of one statement: who has signed it, and what hangs on it.
BESIDE = frozenset({BlockKind.SIGNATORIES, BlockKind.IMAGE, BlockKind.ATTACHMENT})


def canonical_url(url: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """One spelling for all addresses of a page: https, host without www. or default port, no slash, tracking, fragment.

    `aliases` maps a host (lower case, without www.) to the host it stands for: mirrors and former names. What is no
    http(s) address comes back as it is, without the spaces around it.
    """
    return _canonical(url, aliases, whole=False)


def _canonical(url: str, hosts: Mapping[str, str], *, whole: bool) -> str:
    """`whole` keeps query and fragment as they are: in a guid they may be what tells two entries apart."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return url
    host = _host(parts.hostname, hosts)
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    path = ESCAPED.sub(lambda match: match[0].upper(), quote(parts.path, safe="/%:;@!$&'()*+,=~")).rstrip("/")
    if whole:
        query, fragment = parts.query, parts.fragment
    else:
        query, fragment = "&".join(word for word in parts.query.split("&") if not TRACKING.match(word)), ""
    return f"https://{netloc}{path}{'?' * bool(query)}{query}{'#' * bool(fragment)}{fragment}"


def _host(name: str, hosts: Mapping[str, str]) -> str:
    """The host in lower case and in ASCII (IDNA), an alias replaced by what it stands for."""
    name = name.lower().rstrip(".").removeprefix("www.")
    name = hosts.get(name, name)
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
    return hosts.get(name, name)


def host(url: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """The host of an address as `canonical_url` writes it; "" when there is none."""
    try:
        return _host(urlsplit(url).hostname or "", aliases)
    except ValueError:
        return ""


def names(urls: Collection[str], *, aliases: Mapping[str, str] = NO_ALIASES) -> frozenset[str]:
    """Every host, without "www.", by which the site of these addresses is known."""
    known = {host(url, aliases=aliases) for url in urls}
    others = {alias for alias in aliases if host(f"https://{alias}", aliases=aliases) in known}
    return frozenset({host(url) for url in urls} | known | {host(f"https://{alias}") for alias in others})


# What sites write into addresses for a language; "by" is what Belarusian ones often write for Belarusian.
MARKS = {
    "be": frozenset({"be", "by", "bel", "be-by"}),
    "ru": frozenset({"ru", "rus", "ru-ru"}),
    "en": frozenset({"en", "eng", "en-us", "en-gb"}),
    "uk": frozenset({"uk", "ua", "ukr", "uk-ua"}),
    "pl": frozenset({"pl", "pol", "pl-pl"}),
}
LANGUAGE_MARKS = frozenset(mark for marks in MARKS.values() for mark in marks)
LANGUAGE_QUERY = re.compile(r"(?:lang|language|hl|locale)=[A-Za-z_-]{2,5}", re.IGNORECASE)


def site(url: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """The host of an address without a label that names a language: one value for all languages of a site."""
    return _without_language(host(url, aliases=aliases))


def _without_language(name: str, marks: frozenset[str] = LANGUAGE_MARKS) -> str:
    labels = name.split(".")
    return ".".join(labels[1:] if labels[0] in marks and len(labels) > 2 else labels)


def neutral(url: str, language: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """A page's address without what names its own language: one value for all editions that differ in that alone.

    A label of the host (`be.example.org`), a segment of the path (`/be/`) or a word of the query (`?lang=be`).
    """
    marks = MARKS[language]
    parts = urlsplit(canonical_url(url, aliases=aliases))
    name, colon, port = parts.netloc.partition(":")
    _, *segments = parts.path.split("/") if parts.path else ("",)
    named = [one.lower().replace("_", "-") for one in segments]
    # Deeper in the path only the code itself counts: "/news/by/court" may be a place, "/news/be/court" is not.
    mark = next((i for i, one in enumerate(named) if one in marks and (i == 0 or one.startswith(language))), None)
    if mark is not None:
        del segments[mark]
    words = parts.query.split("&")
    kept = [one for one in words if not (LANGUAGE_QUERY.fullmatch(one) and one.partition("=")[2].lower() in marks)]
    query = "&".join(kept)
    return f"{_without_language(name, marks)}{colon}{port}/{'/'.join(segments)}{'?' * bool(query)}{query}"


def aliases(entry: Entry, *, hosts: Mapping[str, str] = NO_ALIASES) -> tuple[tuple[str, str], ...]:
    """What identifies an entry, as (kind, value), the strongest first: guid, url, and only without both its text.

    The first alias that is known decides. Identifiers are never cut: two cut ones could be one.
    """
    found: list[tuple[str, str]] = []
    if guid := (entry.guid or "").strip():
        found.append(("guid", _canonical(guid, hosts, whole=True)))
    if entry.link:
        found.append(("url", canonical_url(entry.link, aliases=hosts)))
    if found:
        return tuple(found)
    date = entry.published.isoformat() if entry.published else entry.published_raw.strip()
    return (("text", _hash(_normal(entry.title).casefold(), date)),)


def content_hash(title: str, blocks: tuple[Block, ...]) -> str:
    """SHA-256, in hex, of what a statement says: equal when only white space, quotation marks or tracking differ."""
    words = [_normal(title)]
    for block in blocks:
        href = canonical_url(block.href) if block.href else ""
        words += [block.kind.value, str(block.ordinal or ""), _normal(block.text), href]
    return _hash(*words)


def _body(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.kind not in BESIDE)


def body_hash(title: str, blocks: tuple[Block, ...]) -> str:
    """`content_hash` without signatories, images and attachments: a joint statement keeps it wherever it appears."""
    return content_hash(title, _body(blocks))


LONG = 200  # characters of a body that no two statements share by chance


def text_key(title: str, blocks: tuple[Block, ...]) -> str:
    """What tells a text when it comes again under other names: its body, with its title only when it is short.

    A joint statement bears a title of its own on each site; a short text may mean two things under two titles.
    """
    long = sum(len(block.text) for block in _body(blocks)) >= LONG
    return body_hash("" if long else title, blocks)


def similar(one: tuple[str, tuple[Block, ...]], other: tuple[str, tuple[Block, ...]]) -> float:
    """How alike two texts, each (title, blocks), are: 0.0–1.0, the smaller of what titles and bodies say.

    Ask whether it reaches `SIMILAR` or stays below `REUSED`; all that stays below is 0.0. Signatories, images and
    attachments do not count; where one of the bodies is empty, the titles alone do.
    """
    titles = _alike_titles(_normal(one[0]).casefold(), _normal(other[0]).casefold())
    # Most statements end here: reading two bodies of 300,000 characters costs a thousand times as much.
    if not titles:
        return 0.0
    # By words: letters of any two texts in a language come in much the same order, and comparing them takes longer.
    words = [_normal(" ".join(block.text for block in _body(blocks))).casefold().split() for _, blocks in (one, other)]
    if not all(words):
        return titles  # of one of them only the title is known yet
    return min(titles, Indel.normalized_similarity(words[0], words[1], score_cutoff=REUSED))


def _alike_titles(one: str, other: str) -> float:
    """By letters as long as they are all but equal, which forgives a typing error; else by words."""
    letters = Indel.normalized_similarity(one, other, score_cutoff=SIMILAR)
    return letters or Indel.normalized_similarity(one.split(), other.split(), score_cutoff=REUSED)


def _normal(text: str) -> str:
    bare = TRACKING_IN_TEXT.sub("", unicodedata.normalize("NFC", text))
    return SPACE.sub(" ", bare).strip().translate(QUOTES)


def _hash(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode("utf-8", "surrogatepass")).hexdigest()
