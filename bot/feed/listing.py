"""The entries of a page that lists a site's news and has no feed; runs in the parser's cell only, loaded by child.py.

An XPath from the settings names the entries, or they are recognised: links of one make, to pages of the site, with long
and different texts. What could be either of two lists is no list: a person names the right one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urlsplit

FEWEST = 3  # entries that make a list; a shorter one is named by a person
LONG = 20  # letters of a title; half of a menu's words may reach it, half of a list's titles do
MOST = 300  # entries, as in a feed
LINKS = 2_000  # of a whole page; what is done for each costs more the deeper it stands
DIFFERENT = 0.9  # of the titles of a list; "read more" is always the same
CLEAR = 2  # times as good as any other is the list that is taken
SHORT_WORD = 15  # letters of a piece of an address that is a word and no title
SPACE = re.compile(r"\s+")
LETTER = re.compile(r"[^\W\d_]")
TRACKING = re.compile(r"(?:utm_[^=]*|fbclid)(?:=|$)", re.IGNORECASE)
DIGIT = re.compile(r"\d")
# Lists of the site's own, and its services: never an entry.
BESIDE = re.compile(
    r"/(?:page|tags?|categor(?:y|ies)|rubric|author|users?|search|log-?in|sign-?in|register|feed|rss|comments?)(?:/|$)",
    re.IGNORECASE,
)
PAGING = re.compile(r"(?:page|paged|start|offset|pagen_\d+|tag|cat|category|s|q|search|replytocom)=", re.IGNORECASE)
FILE = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|ods|rtf|zip|jpe?g|png|gif|webp|svg|mp[34]|xml|rss|ics)$", re.IGNORECASE)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TITLED = re.compile(r"(?:^|[\s_-])(?:title|headline|heading|caption|name)(?:$|[\s_-])", re.IGNORECASE)
UNREAD_NAME = re.compile(r"(?:^|\s)(?:screen-reader-text|sr-only|visually-hidden)(?:$|\s)")
UNREAD = frozenset({"time", "svg", "script", "style", "button", "template", "noscript"})
STRUCK = ("del", "s", "strike")
INLINE = frozenset({"a", "abbr", "b", "bdi", "cite", "em", "font", "i", "mark", "q", "small", "span", "strong"}) | {
    *("sub", "sup", "u", "var", "wbr"),
}
CUT = ("…", "...")
PUBLISHED = re.compile(r"(?:^|[\s_-])(?:published|pubdate)(?:$|\s)")

NOTHING = (
    "no list of articles is recognised on the page: name one entry of it by `items`, a CSS selector such as"
    ' "main article"'
)
TWO = (
    "more than one list of articles is recognised on the page, or something like an entry beside it: name one entry of"
    ' the right one by `items`, a CSS selector such as "main article"'
)


class Unlisted(Exception):
    """No certain list can be read from the page; the words are one line for a person."""


class Link(NamedTuple):
    """A link to a page of the site; `key` is one value for all spellings of its address, `item` what it stands in."""

    element: Any
    key: str
    address: str
    text: str
    item: Any


def read(
    page: Any,
    tree: Any,
    url: str,
    items: str | None,
    hosts: Sequence[str],
    address: Callable[[str, str], str | None],
) -> list[tuple[str, str, str]]:
    """(title, address, date as written) of each entry, in the page's order. Raises Unlisted.

    `page` is the module page.py, `items` an XPath of one entry, `hosts` the site's own without "www.", and `address`
    joins and judges a link.
    """
    if len(tree.xpath("//a")) > LINKS:
        raise Unlisted(f"more than {LINKS:,} links on the page")
    bases = tree.xpath("//base/@href")  # of several the first counts (HTML Standard, 4.2.3)
    base = (address(url, bases[0]) if bases else None) or url
    own = frozenset(hosts)

    def links(elements: Iterable[Any], item: Any = None) -> Iterator[Link]:
        for each in elements:
            there = urldefrag(address(base, each.get("href") or "") or "").url
            if there and host(there) in own and (key := key_of(there)) != key_of(url):
                yield Link(each, key, there, title_of(each), item)

    if items is None:
        found = recognised(page, tree, links)
    else:
        matched = tree.xpath(items)
        found = [entry_of(inside) for item in matched if (inside := list(links(item.iter("a"), item)))]
        if not found:
            what = f"{len(matched)} of them, and none with a link to a page of the site" if matched else "nothing"
            raise Unlisted(f"`items` finds {what} on the page: has the site another look?")
    entries = {link.key: link for link in reversed(found)}
    if len(entries) > MOST:
        raise Unlisted(f"more than {MOST} entries: let `items` name fewer, e.g. by :nth-child(-n+50)")
    order = dict.fromkeys(link.key for link in found)
    return [(entries[key].text, entries[key].address, date_of(entries[key].item)) for key in order]


def host(address: str) -> str:
    """The host of an address in ASCII, without "www."."""
    name = (urlsplit(address).hostname or "").rstrip(".").removeprefix("www.")
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def key_of(address: str) -> str:
    """One value for the spellings of an address that differ in scheme, www., tracking, fragment or a last slash."""
    parts = urlsplit(address)
    query = "&".join(word for word in parts.query.split("&") if not TRACKING.match(word))
    return f"{host(address)}:{parts.port or ''}{parts.path.rstrip('/')}?{query}"


def title_of(link: Any) -> str:
    """What a link says: the heading in it, or what is called its title, else all but dates and what nobody sees.

    Empty when words in it are struck out: which of them hold is not certain.
    """
    inner = [each for each in link.iterdescendants() if isinstance(each.tag, str)]
    if any(each.tag in STRUCK for each in inner):
        return ""
    named = [each for each in inner if each.tag in HEADINGS] or [
        each for each in inner if TITLED.search(each.get("class") or "") and each.tag != "img"
    ]
    text = words_of(named[0]) if named else words_of(link)
    whole = SPACE.sub(" ", link.get("title") or "").strip()
    if text.endswith(CUT) and whole.startswith(text.rstrip("….").rstrip()) and not whole.endswith(CUT):
        return whole
    return text


def words_of(element: Any) -> str:
    """The text of an element; only what is set in one line with its neighbours is joined to them."""
    pieces: list[str] = []

    def walk(each: Any) -> None:
        for child in each:
            seen = isinstance(child.tag, str) and child.tag not in UNREAD
            if seen and not UNREAD_NAME.search(child.get("class") or ""):
                gap = "" if child.tag in INLINE else " "
                pieces.extend((gap, child.text or ""))
                walk(child)
                pieces.append(gap)
            pieces.append(child.tail or "")

    pieces.append(element.text or "")
    walk(element)
    return SPACE.sub(" ", "".join(pieces)).strip()


def entry_of(found: Sequence[Link]) -> Link:
    """The entry of one item: its link in or around a heading, else its first; with the best text that leads there."""
    entry = next((each for each in found if is_headed(each)), found[0])
    same = [each for each in found if each.key == entry.key]
    said = next((each.text for each in same if is_headed(each) and each.text), None)
    said = said or next((each.text for each in same if letters(each.text) >= LONG), None)
    return entry._replace(text=said or max((each.text for each in same), key=letters))


def is_headed(link: Link) -> bool:
    """Whether a link stands in a heading or holds one."""
    return any(each.tag in HEADINGS for each in (*link.element.iterancestors(), *link.element.iterdescendants()))


def letters(text: str) -> int:
    """How many letters a text has."""
    return len(LETTER.findall(text))


def date_of(item: Any) -> str:
    """The one date that an item gives for a machine; of several the one that is called that of publication, else none.

    `<time datetime>`: HTML Standard, 4.5.14; `itemprop="datePublished"`: schema.org.
    """
    times = [(each.get("datetime") or each.get("content") or "", each) for each in item.iter("time", "meta")]
    told = {date.strip(): each for date, each in times if date and (each.tag == "time" or is_published(each))}
    named = [date for date, each in told.items() if is_published(each)]
    return next(iter(told)) if len(told) == 1 else named[0] if len(named) == 1 else ""


def is_published(element: Any) -> bool:
    """Whether a date is called that of publication."""
    named = element.get("itemprop") == "datePublished" or element.get("pubdate") is not None
    return named or (element.tag == "time" and bool(PUBLISHED.search(element.get("class") or "")))


# --------------------------------------------------------------------------------------------------------------------
# recognising


class Group(NamedTuple):
    """Links of one make, by their keys in the page's order, and how much they look like a list of articles."""

    links: dict[str, Link]
    score: int


def recognised(page: Any, tree: Any, links: Callable[[Iterable[Any]], Iterator[Link]]) -> list[Link]:
    """The entries of the only list of articles on the page. Raises Unlisted."""
    body = tree.find("body")
    if body is None:
        raise Unlisted(NOTHING)
    found = [link for link in links(body.iter("a")) if is_article(link.address)]
    found = outside(found, lambda each: page.is_never(each) and each.tag != "form")
    long = [link for link in found if letters(link.text) >= LONG]
    within = Counter(above for link in long for above in link.element.iterancestors())
    found = outside(
        found,
        lambda each: (each.tag == "form" or page.BESIDE.search(page.names(each))) and 2 * within[each] < len(long),
    )
    groups = sorted(groups_of(found), key=lambda group: -group.score)
    if not groups:
        raise Unlisted(NOTHING)
    best, *others = groups
    rivals = [each for each in others if 2 * len(each.links.keys() - best.links.keys()) > len(each.links)]
    if any(CLEAR * each.score > best.score for each in rivals) or has_above(best, found):
        raise Unlisted(TWO)
    return list(best.links.values())


def is_article(address: str) -> bool:
    """Whether an address may be that of an article: no file, no list, no service of the site, not its front page."""
    parts = urlsplit(address)
    if FILE.search(parts.path) or BESIDE.search(parts.path):
        return False
    return not any(PAGING.match(word) for word in parts.query.split("&")) and bool(parts.path.strip("/") or parts.query)


def outside(links: Iterable[Link], is_furniture: Callable[[Any], bool]) -> list[Link]:
    """The links around which no element is furniture."""
    asked: dict[Any, bool] = {}  # an element -> whether it, or what stands around it, is

    def is_inside(element: Any) -> bool:
        path = []
        while element is not None and element not in asked:
            path.append(element)
            element = element.getparent()
        answer = asked.get(element, False)
        for each in reversed(path):
            answer = asked[each] = answer or bool(is_furniture(each))
        return answer

    return [link for link in links if not is_inside(link.element)]


def groups_of(found: Sequence[Link]) -> Iterator[Group]:
    """The links by the way of tags that leads to them, and by the boxes that their items stand in."""
    by_way: dict[tuple[str, ...], list[Link]] = {}
    for link in found:
        way = tuple(each.tag for each in (link.element, *link.element.iterancestors()))
        by_way.setdefault(way, []).append(link)
    for alike in by_way.values():
        if len({link.key for link in alike}) < FEWEST:
            continue
        inside: dict[Any, str | None] = {}  # an element -> the only entry in it, None for several
        for link in alike:
            for above in link.element.iterancestors():
                inside[above] = link.key if inside.get(above, link.key) == link.key else None
        alone = [[each for each in link.element.iterancestors() if inside[each] is not None] for link in alike]
        usual = Counter(map(len, alone)).most_common(1)[0][0]  # an entry alone in its row is one among rows
        boxes: dict[tuple[Any, str, str | None], list[Link]] = {}
        for link, around in zip(alike, alone, strict=True):
            item = (link.element, *around[:usual])[-1]
            box = item.getparent()  # rows of one list are boxes of one make, side by side
            boxes.setdefault((box.getparent(), box.tag, box.get("class")), []).append(link._replace(item=item))
        for links in boxes.values():
            if (group := group_of(links)) is not None:
                yield group


def group_of(links: Sequence[Link]) -> Group | None:
    """What may be a list of articles: enough links with long, different texts. Headings and dates speak for it."""
    by_key: dict[str, list[Link]] = {}
    for link in links:
        by_key.setdefault(link.key, []).append(link)
    kept = {key: entry_of(same) for key, same in by_key.items()}
    texts = [link.text for link in kept.values()]
    if len(kept) < FEWEST or median(map(letters, texts)) < LONG or len(set(texts)) < DIFFERENT * len(texts):
        return None
    headed = 2 * sum(map(is_headed, kept.values())) > len(kept)
    dated = 2 * sum(bool(date_of(link.item)) for link in kept.values()) > len(kept)
    return Group(kept, len(kept) * (1 + headed) * (1 + dated))


def has_above(group: Group, found: Sequence[Link]) -> bool:
    """Whether what looks like an entry stands above the list: the newest one may be set apart from the others."""
    shapes = {shape_of(link.address) for link in group.links.values()}
    top = next(iter(group.links.values())).element
    for link in found:
        if link.element is top:
            return False
        if link.key not in group.links and letters(link.text) >= LONG and shape_of(link.address) in shapes:
            return True
    return False


def shape_of(address: str) -> tuple[str, ...]:
    """What addresses of articles have in common: words stay, numbers are #, what names one article is *."""
    parts = urlsplit(address)
    query = sorted(word.partition("=")[0] for word in parts.query.split("&") if word and not TRACKING.match(word))
    return (*(piece_of(each) for each in parts.path.strip("/").split("/")), "?", *query)


def piece_of(word: str) -> str:
    """One piece of a path: a number, a word, or the name of one article."""
    if word.isdigit():
        return "#"
    return word if len(word) <= SHORT_WORD and not DIGIT.search(word) and not re.search("[-_%.]", word) else "*"
