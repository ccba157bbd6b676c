"""Which statement an entry is, and whether it says anything else than before.

"New" means that no alias of an entry is known, never its date or place. Hashes only detect change: the text that is
sent is never what was normalised here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from bot.model import Block, Entry

NO_ALIASES: Mapping[str, str] = MappingProxyType({})
TRACKING = re.compile(r"(?:utm_[^=]*|fbclid)(?:=|$)", re.IGNORECASE)
TRACKING_IN_TEXT = re.compile(r"(?<=[?&])(?:utm_[a-z]+|fbclid)=[^\s&#]*&?", re.IGNORECASE)
SPACE = re.compile(r"\s+")  # all white space, the no-break space too
QUOTES = str.maketrans(dict.fromkeys("«»„“”‟″", '"') | dict.fromkeys("‘’‚‛′ʼ", "'"))
ESCAPED = re.compile("%[0-9a-fA-F]{2}")


def canonical_url(url: str, *, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """One spelling for all addresses of a page: scheme, host case, www., default port, trailing slash, tracking, fragment.

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
    """The host in lower case and in ASCII (вясна.бел is xn--80adj0ax.xn--90ais), an alias replaced by what it stands for."""
    name = name.lower().rstrip(".").removeprefix("www.")
    name = hosts.get(name, name)
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
    return hosts.get(name, name)


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


def _normal(text: str) -> str:
    bare = TRACKING_IN_TEXT.sub("", unicodedata.normalize("NFC", text))
    return SPACE.sub(" ", bare).strip().translate(QUOTES)


def _hash(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode("utf-8", "surrogatepass")).hexdigest()
