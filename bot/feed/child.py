"""The parser's cell: run by path as `python -I child.py`, it turns one document into JSON and ends.

Input on stdin: a line of JSON, {"content_type", "url", "script"}, for a page of HTML with "page": "article", or "list"
and "items", "hosts"; then the document's bytes. Output on stdout: one JSON object, {"refused": reason} or {"title",
"language", "entries", "doubt"}; an article is answered by page.py. It limits itself before it reads anything.
"""

from __future__ import annotations

import html
import json
import re
import resource
import sys
import xml.parsers.expat
from io import BytesIO
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

CPU_SECONDS = 5
MEMORY_BYTES = 768 * 1024 * 1024
OPEN_FILES = 16

DEPTH = 64
ELEMENTS = 50_000
ATTRIBUTES = 64
ITEMS = 300
PROLOG_BYTES = 256 * 1024
TITLE_CHARACTERS = 2_000
ADDRESS_CHARACTERS = 2_048  # guid and link: refused when longer, for two that were cut could become one
BODY_CHARACTERS = 300_000
BODY_TAGS = 5_000
BODY_REFERENCES = 50_000
ALTERNATES = 20
ATTACHMENTS = 20
LABEL_CHARACTERS = 200  # of an attachment's title; a longer one is no label, and the file's name stands instead
DATE_CHARACTERS = 100

# What real sites write. Anything else (utf-7 above all, which hides markup) is refused by its name.
ENCODINGS = re.compile(
    "utf-?8|us-ascii|ascii|utf-16(le|be)?|(windows-|cp)125[0127]|koi8-[ru]|iso-8859-(1|2|5|13|15)|latin1"
)
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
BARE_UTF16 = ((b"<\x00?\x00", "utf-16le"), (b"\x00<\x00?", "utf-16be"))
CYRILLIC_LANGUAGES = frozenset({"be", "ru", "uk"})
CYRILLIC_SHARE = 0.3  # of the letters; a mixed feed keeps more, a garbled one has none
CYRILLIC = re.compile("[\u0400-\u052f]")
LETTER = re.compile(r"[^\W\d_]")
WESTERN = re.compile("[\u0080-\u00ff]")  # what Cyrillic bytes turn into when they are read as Latin
TAG = re.compile("<[^>]*>")
DECLARATION = re.compile(r"\s*<\?xml\b[^>]*?\?>")
DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# A page may say it in its first 1,024 bytes (HTML Standard, 4.2.5.4); many say it later.
DECLARED_META = re.compile(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
META_BYTES = 8_192
CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']{1,40})""", re.IGNORECASE)
CONTROL = re.compile("[\x00-\x20\x7f-\xa0\\\\]")
C0 = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.I)
VERBATIM = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
JSON_FEED = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.1)?/?")
# Pictures are the page's decoration; a recording counts when nothing else in the entry leads to it.
PICTURE = re.compile(r"image/|.*\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico)$", re.IGNORECASE)
RECORDING = re.compile(r"(?:audio|video)/|.*\.(?:mp[34]|m4[av]|ogg|oga|ogv|opus|wav|flac|webm|mov|avi|mkv)$", re.I)


class Refused(Exception):
    """The whole document is refused; the words are one line for a person."""


def limit() -> None:
    """Take from this process what a parser never needs, so that the kernel stops what our own rules miss."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def load_feedparser() -> Any:
    """feedparser without its network half: this process parses bytes, so it need not and cannot fetch.

    The empty stand-ins also spare 40 of the 80 ms that the import takes (ssl, http.client, email, tempfile).
    """
    for name in ("feedparser.http", "urllib.request", "urllib.error"):
        sys.modules[name] = ModuleType(name)
    sys.modules["urllib.error"].__dict__["URLError"] = OSError  # named in an `except` of feedparser.parse
    import feedparser  # type: ignore[import-untyped]  # it ships no types

    return feedparser


def known(name: str, where: str) -> str:
    """The encoding `name` in lower case; refused when it is none that we read."""
    lower = name.lower().replace("_", "-")
    if not ENCODINGS.fullmatch(lower):
        raise Refused(f"{where} names the encoding {name!r}, which is not one that feeds may use")
    return lower


def decode(body: bytes, content_type: str, script: str | None, declared: re.Match[bytes] | None) -> str:
    """The document as text, its encoding judged by the text and not by the label alone.

    A byte order mark wins (RFC 7303, 3.3); bytes that are valid UTF-8 are UTF-8, for no other text looks like it by
    chance; then the labels of HTTP and of the document, of which exactly one may remain.
    """
    for mark, name in BOMS:
        if body.startswith(mark):
            return strictly(body[len(mark) :], name)
    for mark, name in BARE_UTF16:
        if body.startswith(mark):
            return strictly(body, name)
    http = CHARSET.search(content_type)
    names = [known(http[1], "the server")] if http else []
    names += [known(declared[1].decode("ascii"), "the document")] if declared else []
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    texts: dict[str, None] = {}
    for name in names:
        try:
            texts[body.decode(name)] = None
        except UnicodeDecodeError:
            continue
    likely = [text for text in texts if readable(text, script)]
    if len(likely) == 1:
        return likely[0]
    raise Refused(
        "it is labelled with two encodings that disagree" if likely else wrong_encoding(names or ["utf-8 (by default)"])
    )


def wrong_encoding(names: list[str]) -> str:
    return f"the encoding is wrong: the text is not {' nor '.join(dict.fromkeys(names))}"


def strictly(body: bytes, name: str) -> str:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        raise Refused(wrong_encoding([name])) from None


def readable(text: str, script: str | None) -> bool:
    """Whether text that must be Cyrillic is not Cyrillic read as Latin («Çàÿâà»)."""
    return script not in CYRILLIC_LANGUAGES or len(CYRILLIC.findall(text)) >= len(WESTERN.findall(text))


def ending(text: str) -> str:
    """The last end tag of the document, without the comments, instructions and spaces that caches leave behind it."""
    tail = text[-65_536:].rstrip()
    while True:
        for opening, closing in (("<!--", "-->"), ("<?", "?>")):
            if tail.endswith(closing) and (start := tail.rfind(opening)) >= 0:
                tail = tail[:start].rstrip()
                break
        else:
            return tail[tail.rfind("<") :] if tail.endswith(">") else ""


def inspect(data: bytes, complete: bool) -> tuple[int, str | None]:
    """Read the document once with expat alone, for what kills or cheats a feed parser.

    The offset of its root element, and why it is not well-formed, when it is complete all the same. A DOCTYPE is
    refused before its body is read: a chain of 100,000 entities ends the process (CVE-2024-8176).
    """
    parser = xml.parsers.expat.ParserCreate("utf-8", " ")
    depth = elements = 0
    root = -1

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements, root
        if root < 0:
            root = parser.CurrentByteIndex
        depth += 1
        elements += 1
        if depth > DEPTH:
            raise Refused(f"elements are nested deeper than {DEPTH}")
        if elements > ELEMENTS:
            raise Refused(f"more than {ELEMENTS:,} elements")
        if len(attributes) > ATTRIBUTES:
            raise Refused(f"an element has more than {ATTRIBUTES} attributes")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*ignored: object) -> None:
        raise Refused("it carries a DOCTYPE, which no feed needs and attacks use")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = doctype
    try:
        # pyexpat finishes the piece in hand after a handler has raised: until the root the pieces are small.
        position = 0
        while root < 0 and position < len(data):
            if position >= PROLOG_BYTES:
                raise Refused("no element in the first 256 kB")
            parser.Parse(data[position : position + 4_096], False)
            position += 4_096
        parser.Parse(data[position:], True)
    except xml.parsers.expat.ExpatError as error:
        place = f"line {error.lineno}: {xml.parsers.expat.ErrorString(error.code)}"
        if complete and root >= 0:
            return root, place
        what = "not well-formed XML" if complete else "cut short, or no feed at all"
        raise Refused(f"it is {what} ({place})") from None
    return root, None


def inspect_loosely(text: str, place: str) -> None:
    """Refuse a document that is not well-formed when what expat did not reach hides its end or what kills a parser."""
    outside = VERBATIM.sub(" ", text)
    if C0.search(text):
        raise Refused("it holds a control character, which no text needs")
    halves = any(
        len(re.findall(rf"<{x}[\s>]", outside)) != outside.count(f"</{x}>") for x in ("item", "entry", "channel")
    )
    if halves or "<!--" in outside or "<![CDATA[" in outside or outside.count(ending(text)) != 1:
        raise Refused(f"it is not well-formed XML, and where it ends is not certain ({place})")
    if re.search("<!(?:DOCTYPE|ENTITY)", outside, re.IGNORECASE):
        raise Refused("it carries a DOCTYPE, which no feed needs and attacks use")
    if outside.count("<") > 2 * ELEMENTS:
        raise Refused(f"more than {ELEMENTS:,} elements")


def address(base: str, link: str) -> str | None:
    """The absolute address of a link, or None when it is none that a post may carry: http(s), a host, no userinfo."""
    try:
        parts = urlsplit(joined := urljoin(base, link.strip()))
        if CONTROL.search(joined) or parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        return None if "@" in parts.netloc or (parts.port or 1) < 1 else joined
    except ValueError:
        return None


def links_of(entry: Any, base: str, language: str | None) -> tuple[str | None, list[list[str]]]:
    """The entry's own link as written, and its other languages as [language, address].

    feedparser lets the last of several alternates be the link; the entry's own is the one without hreflang, else the
    one in the entry's language, else the first.
    """
    pages = [link for link in dict.get(entry, "links", []) if link.get("rel") == "alternate" and link.get("href")]
    foreign = [link for link in pages if link.get("hreflang")]
    alternates = []
    for link in foreign[:ALTERNATES]:
        url = address(base, link["href"])
        if url and len(url) <= ADDRESS_CHARACTERS:
            alternates.append([link["hreflang"][:35], url])
    own = [link for link in pages if not link.get("hreflang")]
    own = own or [link for link in foreign if link["hreflang"].lower() == (language or "").lower()] or foreign
    return (own[0]["href"] if own else dict.get(entry, "link")), alternates


def body_of(entry: Any) -> tuple[str, bool, str | None]:
    """The fullest body that the entry carries, whether it is HTML, and its language."""
    details = [*dict.get(entry, "content", []), dict.get(entry, "summary_detail") or {}]
    # Tilda and Bitrix put only a teaser into <description>, and the text where Yandex reads it.
    full = (dict.get(entry, name) or "" for name in ("turbo_content", "yandex_full-text"))
    details += [{"type": "text/html", "value": text} for text in full if isinstance(text, str)]
    texts = [d for d in details if d.get("type") in ("text/html", "application/xhtml+xml", "text/plain")]
    if not texts:
        return dict.get(entry, "summary") or "", True, None
    fullest = max(texts, key=lambda detail: len(detail.get("value") or ""))
    return fullest.get("value") or "", fullest["type"] != "text/plain", fullest.get("language")


def fault_of(record: dict[str, Any], link: str | None) -> str | None:
    """Why this one entry is refused, or None. The caps come before any HTML is read."""
    markup = record["markup"]
    if not (record["guid"] or link or record["title"]):
        return "it has neither guid, link nor title"
    if len(record["title"]) > TITLE_CHARACTERS:
        return f"its title is longer than {TITLE_CHARACTERS:,} characters"
    if max(len(record["guid"] or ""), len(link or "")) > ADDRESS_CHARACTERS:
        return f"its guid or link is longer than {ADDRESS_CHARACTERS:,} characters"
    if link and record["link"] is None:
        return "its link is no plain http or https address"
    if len(markup) > BODY_CHARACTERS:
        return f"its body is longer than {BODY_CHARACTERS:,} characters"
    if markup.count("<") > BODY_TAGS:
        return f"its body has more than {BODY_TAGS:,} tags"
    if markup.count("&") > BODY_REFERENCES:
        return f"its body has more than {BODY_REFERENCES:,} character references"
    if len(record["published"]) > DATE_CHARACTERS:
        return f"its date is longer than {DATE_CHARACTERS} characters"
    return None


def attachments_of(found: list[tuple[str, str, str]], base: str, markup: str) -> list[list[str]]:
    """Files that come with an entry as [title or file name, absolute address], of (title, address, media type)."""
    kept: dict[str, str] = {}
    for title, link, media_type in found:
        url = address(base, link.strip().replace(" ", "%20")) if link else None
        if not url or len(url) > ADDRESS_CHARACTERS:
            continue
        path = urlsplit(url).path
        if PICTURE.match(media_type) or PICTURE.match(path):
            continue
        if (RECORDING.match(media_type) or RECORDING.match(path)) and (link in markup or url in markup):
            continue
        label = " ".join(title.split())
        if not label or len(label) > LABEL_CHARACTERS:
            label = unquote(path.rsplit("/", 1)[-1])[:LABEL_CHARACTERS] or urlsplit(url).netloc
        kept.setdefault(url, label)
    return [[label, url] for url, label in kept.items()][:ATTACHMENTS]


def files_of(entry: Any) -> list[tuple[str, str, str]]:
    """(title, address, media type) of RSS and Atom enclosures, and of Media RSS content that is a document."""
    links = [link for link in dict.get(entry, "links", []) if link.get("rel") == "enclosure"]
    files = [(link.get("title") or "", link.get("href") or "", link.get("type") or "") for link in links]
    for media in dict.get(entry, "media_content", []):
        media_type = media.get("type") or ""
        if media.get("medium") == "document" or media_type.startswith(("application/", "text/")):
            files.append(("", media.get("url") or "", media_type))
    return files


def title_of(entry: Any, atom: bool) -> str:
    """The title; in Atom alone it says whether it is HTML (RFC 4287, 3.1.1), in RSS it is taken as it was written."""
    title = dict.get(entry, "title") or ""
    kind = (dict.get(entry, "title_detail") or {}).get("type")
    return html.unescape(TAG.sub("", title)) if atom and kind in ("text/html", "application/xhtml+xml") else title


def record_of(entry: Any, base: str, language: str | None, atom: bool) -> dict[str, Any]:
    """One entry of RSS or Atom as JSON."""
    markup, is_html, body_language = body_of(entry)
    title_language = (dict.get(entry, "title_detail") or {}).get("language")
    own_language = dict.get(entry, "language") or body_language or title_language or language
    link, alternates = links_of(entry, base, own_language)
    record = {
        "guid": dict.get(entry, "id") or None,
        "title": title_of(entry, atom),
        "markup": markup,
        "is_html": is_html,
        "language": own_language,
        "published": dict.get(entry, "published") or dict.get(entry, "updated") or "",
        "alternates": alternates,
    }
    return judged(record, link, files_of(entry), base)


def judged(record: dict[str, Any], link: str | None, files: list[tuple[str, str, str]], base: str) -> dict[str, Any]:
    """The record of an entry with its addresses, or, with a fault, only enough to name it."""
    language = record["language"]
    record = {**record, "link": address(base, link) if link else None, "language": language[:35] if language else None}
    if fault := fault_of(record, link):
        return refused_record({**record, "attachments": []}, fault)
    return {**record, "attachments": attachments_of(files, base, record["markup"]), "fault": None}


def refused_record(record: dict[str, Any], fault: str) -> dict[str, Any]:
    """Enough of a refused entry to name it, and a hash of the rest, so that a later, other fault is news again."""
    import hashlib  # only on this way, for its import takes a tenth of what feedparser's does

    whole = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    guid = record["guid"] if len(record["guid"] or "") <= ADDRESS_CHARACTERS else None
    kept = {"guid": guid, "title": record["title"][:200], "link": None, "markup": "", "published": ""}
    return {**record, **kept, "fault": fault, "whole": whole}


def expect_script(records: list[dict[str, Any]], script: str | None) -> None:
    """Refuse a feed of a Cyrillic language with hardly a Cyrillic letter: wrong encoding, or the wrong feed."""
    if script not in CYRILLIC_LANGUAGES:
        return
    text = " ".join(TAG.sub(" ", f"{record['title']} {record['markup'][:2_000]}") for record in records)
    letters, cyrillic = len(LETTER.findall(text)), len(CYRILLIC.findall(text))
    if letters and cyrillic < CYRILLIC_SHARE * letters:
        raise Refused(
            f"only {100 * cyrillic // letters} of 100 letters are Cyrillic, but the source is set to {script!r}:"
            " wrong encoding or wrong language"
        )


def read(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The whole document as JSON, or Refused."""
    if not body.strip():
        raise Refused("the document is empty")
    url, script = header["url"], header["script"]
    text = decode(body, header["content_type"], script, DECLARED.match(body))
    title, language, records, doubt = (read_json if text.lstrip().startswith(("{", "[")) else read_xml)(text, url)
    expect_script(records, script)
    return {"title": title[:TITLE_CHARACTERS], "language": language, "entries": records, "doubt": doubt}


def read_xml(text: str, url: str) -> tuple[str, str | None, list[dict[str, Any]], str | None]:
    """Title, language, records and doubt of an RSS or Atom document, or Refused."""
    text = text[declaration.end() :] if (declaration := DECLARATION.match(text)) else text
    complete = ending(text).rstrip(" \t\r\n>").lower() in ("</rss", "</feed", "</rdf:rdf")
    data = text.encode("utf-8", "strict")
    root, place = inspect(data, complete)
    if not complete:
        raise Refused("it does not end as a feed does: no </rss>, </feed> or </rdf:RDF>")
    if place:
        inspect_loosely(text, place)
    # feedparser is given what was inspected, from the root element on, in the encoding that was decided above.
    data = b"<?xml version='1.0' encoding='utf-8'?>\n" + data[root:]
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # A stream, never a str: feedparser opens a str as a file name or an address.
    feed = load_feedparser().parse(
        BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if feed["bozo"] and not place:
        raise Refused(f"the feed parser found a fault: {str(feed['bozo_exception'])[:200]}")
    if not dict.get(feed, "version"):
        raise Refused("it is no RSS or Atom feed")
    if len(feed["entries"]) > ITEMS:
        raise Refused(f"more than {ITEMS} items")
    head = feed["feed"]
    language = dict.get(head, "language") or None
    records = [record_of(entry, url, language, feed["version"].startswith("atom")) for entry in feed["entries"]]
    doubt = f"The feed is not well-formed XML ({place}); its entries wait for a person." if place else None
    return dict.get(head, "title") or "", language, records, doubt


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice: which of two values a reader would see is anybody's guess."""
    if len(value := dict(pairs)) < len(pairs):
        raise Refused("it is JSON in which a name stands twice in one object")
    return value


def constant(name: str) -> None:
    raise Refused(f"it is JSON with {name}, which is no JSON (RFC 8259, 6)")


def inspect_json(value: Any) -> None:
    """The same walls as for XML: depth, count of values, control characters."""
    level, count, depth = [value], 0, 0
    while level:
        depth += 1
        count += len(level)
        if depth > DEPTH:
            raise Refused(f"values are nested deeper than {DEPTH}")
        if count > ELEMENTS:
            raise Refused(f"more than {ELEMENTS:,} values")
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, str) and C0.search(each):
                raise Refused("it holds a control character, which no text needs")
        level = below


def text_at(value: dict[str, Any], name: str) -> str:
    """A text of a JSON object, empty when it is not there."""
    text = value.get(name)
    if text is None or isinstance(text, str):
        return text or ""
    raise Refused(f"it is no JSON Feed: a {name!r} is no text")


def list_at(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of JSON objects, empty when it is not there."""
    found = value.get(name)
    if found is None:
        return []
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise Refused(f"it is no JSON Feed: {name!r} is no list of objects")


def read_json(text: str, url: str) -> tuple[str, str | None, list[dict[str, Any]], str | None]:
    """Title, language and records of a JSON Feed 1.0 or 1.1 (jsonfeed.org/version/1.1), or Refused."""
    try:
        feed = json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except RecursionError:
        raise Refused(f"values are nested deeper than {DEPTH}") from None
    except ValueError as error:
        raise Refused(f"it is JSON that is cut short or broken ({str(error)[:100]})") from None
    if not isinstance(feed, dict) or not JSON_FEED.fullmatch(str(feed.get("version"))) or "items" not in feed:
        raise Refused("it is JSON, but no JSON Feed: no version of jsonfeed.org with items")
    inspect_json(feed)
    if len(items := list_at(feed, "items")) > ITEMS:
        raise Refused(f"more than {ITEMS} items")
    language = text_at(feed, "language") or None
    return text_at(feed, "title"), language, [json_record(each, url, language) for each in items], None


def json_record(item: dict[str, Any], base: str, language: str | None) -> dict[str, Any]:
    """One item of a JSON Feed. Its id may be a number; `url` is its own page, `external_url` that of another site."""
    guid = item.get("id")
    markup = text_at(item, "content_html")
    record: dict[str, Any] = {
        "guid": str(guid) if isinstance(guid, int | float) else text_at(item, "id") or None,
        "title": text_at(item, "title"),
        "markup": markup or text_at(item, "content_text") or text_at(item, "summary"),
        "is_html": bool(markup),
        "language": text_at(item, "language") or language,
        "published": text_at(item, "date_published") or text_at(item, "date_modified"),
        "alternates": [],
    }
    files = [
        (text_at(each, "title"), text_at(each, "url"), text_at(each, "mime_type"))
        for each in list_at(item, "attachments")
    ]
    return judged(record, text_at(item, "url") or text_at(item, "external_url") or None, files, base)


def load(name: str) -> Any:
    """A module that lies beside this one, by its path, for `-I` keeps siblings out of reach."""
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_page(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A page of HTML: the article on it by page.py, or its list of articles by listing.py."""
    text = decode(body, header["content_type"], header["script"], DECLARED_META.search(body[:META_BYTES]))
    page, url = load("page"), header["url"]
    if header["page"] == "article":
        answer: dict[str, Any] = page.read(text, url)
        return answer
    listing = load("listing")
    try:
        tree = page.opened(text)
        found = listing.read(page, tree, url, header["items"], header["hosts"], address)
    except (page.Unread, listing.Unlisted) as reason:
        raise Refused(str(reason)) from None
    record: dict[str, Any] = {"guid": None, "markup": "", "is_html": True, "language": None, "alternates": []}
    records = [judged(record | {"title": title, "published": at}, link, [], url) for title, link, at in found]
    expect_script(records, header["script"])
    title = " ".join((tree.findtext(".//title") or "").split())[:TITLE_CHARACTERS]
    return {"title": title, "language": tree.get("lang"), "entries": records, "doubt": None}


def main() -> None:
    """Read, parse, answer. What nobody foresaw ends in a traceback, and the parent names it."""
    limit()
    header = json.loads(sys.stdin.buffer.readline())
    try:
        answer = (read_page if header.get("page") else read)(header, sys.stdin.buffer.read())
        written = json.dumps(answer, ensure_ascii=False).encode("utf-8")
    except Refused as refused:
        written = json.dumps({"refused": str(refused)}).encode("ascii")
    except MemoryError:
        written = b'{"refused": "parsing it takes more memory than allowed"}'
    except UnicodeEncodeError:
        written = b'{"refused": "it holds half a character"}'
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
