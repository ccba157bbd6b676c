"""The text of a page of HTML, found and cut out as it stands; runs in the parser's cell only, loaded by child.py.

trafilatura finds which text is the article; its own rendering drops struck-out words and short cells, so what goes to
the parent is the page's own markup around that text, without what stands beside an article on every page.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

MARKUP_CHARACTERS = 3_000_000
TAGS = 30_000
REFERENCES = 100_000
ARTICLE_CHARACTERS = 300_000  # the caps of an entry's body
ARTICLE_TAGS = 5_000
ALTERNATES = 40  # looked at; the parent keeps 20
TITLE_CHARACTERS = 2_000
DATE_CHARACTERS = 100
LONG = 50  # letters of a line that is text and no label

NEVER = frozenset(
    {"script", "style", "noscript", "template", "iframe", "form", "nav", "footer", "aside"}
    | {"dialog", "button", "select", "object", "embed"}
)
ROLES = frozenset({"navigation", "banner", "contentinfo", "dialog", "alertdialog", "complementary", "search", "menu"})
BESIDE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|shar(?:e|ing)|sharedaddy|social|socials|related|similar|recommend\w*"
    r"|breadcrumbs?|comments?|respond|sidebar|newsletter|subscribe|subscription|popup|modal|advert\w*|pagination|pager"
    r"|menu|navbar|navigation|jp-relatedposts|addtoany\w*|ya-share2|read-?also|see-?also|tags|tag-links|skip-link"
    r"|screen-reader-text|author-box|donate|printfriendly)(?:$|[\s_-])",
    re.IGNORECASE,
)
LABELS = re.compile(
    r"(?:^|[\s_-])(?:meta|byline|posted|date|datetime|published|author|categor(?:y|ies)|submitted|created|views"
    r"|reading-time|cat-links|post-header|entry-header)(?:$|[\s_-])",
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    r"just a moment|attention required|checking (?:if the site|your browser)|ddos-guard|verify(?:ing)? (?:that )?you"
    r" are (?:a )?human|are you a robot|captcha|access denied|enable javascript and cookies|проверка браузера"
    r"|подтвердите,? что вы не робот|пацвердзіце,? што вы не робат|доступ ограничен|доступ запрещ[её]н",
    re.IGNORECASE,
)
CHALLENGE_MARK = re.compile(r"cf-chl|challenge-platform|_cf_chl|g-recaptcha|h-captcha|cf-turnstile|smartcaptcha")
PAYWALL = re.compile(
    r"(?:^|[\s_-])(?:paywall\w*|premium-wall|regwall|subscriber-only|members-only|gh-post-upgrade-cta)(?:$|[\s_-])"
)
CHALLENGE_TEXT = 1_500  # letters: a page that challenges says little else
TEXTUAL = frozenset(
    {"p", "ul", "ol", "dl", "table", "blockquote", "pre", "h2", "h3", "h4", "h5", "h6", "figure", "img", "hr"}
    | {"center", "b", "i", "strong", "em", "a", "span"}
)
STRUCTURE = frozenset(["div", "section", "article", "main", "td", "tr", "tbody", "table", "center", "header"])
FILE = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|ods|rtf|zip)(?:$|[?#])", re.IGNORECASE)
END = re.compile(r"</html\s*>", re.IGNORECASE)
BOXES = frozenset(["div", "ul", "ol", "section", "header"])
WORD = re.compile(r"\w+")


# What trafilatura imports and this use of it never calls: its network half, dates, and the opinion that `fast` skips.
UNUSED = (
    *("trafilatura.downloads", "courlan.network", "urllib3", "urllib3.response", "urllib.request"),
    *("htmldate", "justext", "justext.core", "justext.utils"),
)


class Absent:
    """What every name of a stand-in is: a type of which nothing is an instance."""


class Unread(Exception):
    """Nothing certain can be read from the page; the words are one line for a person."""


def read(text: str, url: str) -> dict[str, Any]:
    """An article's page as {"title", "markup", "alternates", "published"}, or {"refused": reason}.

    Alternates are (hreflang, href) as written.
    """
    try:
        return _read(text, url)
    except Unread as reason:
        return {"refused": str(reason)}


def opened(text: str) -> Any:
    """The tree of a page that stands within the walls and shows itself. Raises Unread."""
    if len(text) > MARKUP_CHARACTERS or text.count("<") > TAGS or text.count("&") > REFERENCES:
        raise Unread("the page is larger than a page may be")
    if "\x00" in text:
        raise Unread("the page holds a NUL character")
    if not END.search(text):
        raise Unread("the page is cut short: it has no </html>")
    from lxml import etree, html  # type: ignore[import-untyped]  # it ships no types

    try:
        tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.ParserError, ValueError):
        raise Unread("the page is empty, or no HTML") from None
    _expect_no_challenge(tree, text)
    return tree


def _read(text: str, url: str) -> dict[str, Any]:
    tree = opened(text)
    _expect_free(tree)
    title, published = _title(tree), _published(tree)
    markup = _written(_article(tree, title, _lines(tree, url)))
    if len(markup) > ARTICLE_CHARACTERS or markup.count("<") > ARTICLE_TAGS:
        raise Unread("the page's text is larger than an article may be")
    alternates = [
        [link.get("hreflang")[:35], link.get("href")]
        for link in tree.xpath("//link[@hreflang and @href]")
        if "alternate" in (link.get("rel") or "").lower().split() and link.get("hreflang").lower() != "x-default"
    ]
    return {"title": title, "markup": markup, "alternates": alternates[:ALTERNATES], "published": published}


def _expect_no_challenge(tree: Any, text: str) -> None:
    """Refuse a page that asks for a proof instead of showing itself."""
    words = " ".join("".join(tree.itertext("title", "h1", "h2", "p")).split())
    unseen = sum(len(_letters(each.text or "")) for each in tree.iter("script", "style"))
    if len(_letters(_words(tree))) - unseen < CHALLENGE_TEXT and (
        CHALLENGE.search(words) or CHALLENGE_MARK.search(text)
    ):
        raise Unread("the page is a challenge for a browser and not what was asked for")


def _expect_free(tree: Any) -> None:
    """Refuse a page that asks for money or a login instead of giving its text."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            told = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        if _closed(told):
            raise Unread("the page says that its text is not free to read")
    if any(
        PAYWALL.search(f"{each.get('class') or ''} {each.get('id') or ''}".lower()) for each in tree.xpath("//body//*")
    ):
        raise Unread("the page keeps its text behind a paywall")


def _closed(told: Any) -> bool:
    """Whether schema.org's data, at any level, says `isAccessibleForFree: false`."""
    level = [told]
    while level:
        each = level.pop()
        if isinstance(each, dict):
            if str(each.get("isAccessibleForFree")).lower().rsplit("/", 1)[-1] == "false":
                return True
            level += each.values()
        elif isinstance(each, list):
            level += each
    return False


def _words(element: Any) -> str:
    text: str = "".join(element.itertext())
    return " ".join(text.split())


def _letters(text: str) -> str:
    """Letters and figures alone, so that neither white space nor typography hides a match."""
    return "".join(WORD.findall(text.casefold()))


def _title(tree: Any) -> str:
    """The page's only h1; else the first that the head's titles begin with, og:title, or the title without the site."""
    headings = [" ".join("".join(each.itertext()).split()) for each in tree.xpath("//h1")]
    headings = [each for each in headings if each]
    told = [each.strip() for each in tree.xpath("//meta[@property='og:title']/@content") if each.strip()]
    written = [" ".join(each.split()) for each in tree.xpath("//head/title/text()") if each.strip()]
    if len(headings) != 1:
        headings = [
            each for each in headings if any(_letters(name).startswith(_letters(each)) for name in told + written)
        ]
    sites = [each.strip() for each in tree.xpath("//meta[@property='og:site_name']/@content") if each.strip()]
    found: str = (headings + told + [_without_site(each, sites) for each in written] + [""])[0]
    if len(found) > TITLE_CHARACTERS:
        raise Unread(f"its title is longer than {TITLE_CHARACTERS:,} characters")
    return found


def _published(tree: Any) -> str:
    """The one date of publication that the page states: Open Graph (ogp.me, "article") or schema.org."""
    told = tree.xpath(
        "//meta[@property='article:published_time']/@content | //*[@itemprop='datePublished']/@content"
        " | //*[@itemprop='datePublished']/@datetime"
    )
    dates = {date.strip() for date in told if 0 < len(date.strip()) <= DATE_CHARACTERS}
    return dates.pop() if len(dates) == 1 else ""


def _without_site(title: str, sites: list[str]) -> str:
    for site in sites:
        if title.endswith(site):
            title = title.removesuffix(site).rstrip(" |-–—·•«»/:")
    head, mark, _ = title.rpartition(" | ")
    return head if mark else title


def load_trafilatura() -> Any:
    """trafilatura with empty stand-ins, whose every name is `Absent`, for the parts that fetch.

    From here on the process can open no file and no socket: its three pipes are all it has.
    """
    for name in UNUSED:
        sys.modules[name] = module = ModuleType(name)
        module.__dict__["__getattr__"] = lambda _: Absent
    import trafilatura

    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    return trafilatura


def _lines(tree: Any, url: str) -> list[str]:
    """The article's text, line by line, as trafilatura finds it."""
    from copy import deepcopy

    found = load_trafilatura().extract(
        deepcopy(tree),
        url=url,
        fast=True,
        include_comments=False,
        include_tables=True,
        include_links=False,
        include_formatting=False,
        deduplicate=False,
        with_metadata=False,
        output_format="txt",
    )
    lines = [line.strip() for line in (found or "").splitlines()]
    return [line for line in lines if _letters(line)]


def _article(tree: Any, title: str, lines: list[str]) -> Any:
    """The smallest element that holds all the found text, without what is no part of it."""
    body = tree.find("body")
    name, found = _letters(title), list(dict.fromkeys(map(_letters, lines)))
    if body is None:
        raise Unread("no article is found on the page")
    _without(body, is_never)
    needed = _within(body, [line for line in found if len(line) >= LONG and line != name])
    needed = needed or _within(body, [line for line in found if line != name])
    _without(body, lambda each: _is_beside(each, needed, name))
    needed = _within(body, needed)
    if not needed:
        raise Unread("no article is found on the page")
    heading = next((each for each in body.iter("h1") if _letters(_words(each)) == name), None)
    article = body
    while inner := next((child for child in _elements(article) if _holds(child, needed)), None):
        if inner.tag not in STRUCTURE:
            break
        article = inner
    article, lead = _with_lead(article, heading)
    _trim(article, needed + lead)
    return article


def _within(body: Any, lines: list[str]) -> list[str]:
    """The lines that stand in the element's text."""
    letters = _letters(_words(body))
    return [line for line in lines if line in letters]


def _with_lead(article: Any, heading: Any) -> tuple[Any, list[str]]:
    """The article from its heading on, when sentences stand between the two, and those sentences.

    Many designs set the first paragraph apart, and then trafilatura leaves it out.
    """
    if heading is None:
        return article, []
    if heading in list(article.iter("h1")):
        heading.drop_tree()
        return article, []
    above = list(article.iterancestors())
    inside = next(each for each in [heading, *heading.iterancestors()] if each.getparent() in above)
    outer = inside.getparent()
    holder = next(each for each in [article, *above] if each.getparent() is outer)
    between = outer[outer.index(inside) + 1 : outer.index(holder)]
    lead = [letters for each in between if len(letters := _letters(_words(each))) >= LONG and each.tag != "header"]
    if not lead:
        return article, []
    for each in outer[: outer.index(inside) + 1]:
        each.drop_tree()
    return outer, lead


def _elements(parent: Any) -> list[Any]:
    return [child for child in parent if isinstance(child.tag, str)]


def _holds(element: Any, needed: list[str]) -> bool:
    letters = _letters(_words(element))
    return all(line in letters for line in needed)


def _without(parent: Any, unwanted: Any) -> Any:
    """The element without the descendants that are `unwanted`; what stands behind each stays."""
    for each in list(_descend(parent, unwanted)):
        each.drop_tree()
    return parent


def _descend(parent: Any, unwanted: Any) -> Iterator[Any]:
    for child in _elements(parent):
        if unwanted(child):
            yield child
        else:
            yield from _descend(child, unwanted)


def is_never(element: Any) -> bool:
    """Whether an element is no part of what a page tells, by its tag or role."""
    return element.tag in NEVER or (element.get("role") or "").lower() in ROLES


def _is_beside(element: Any, needed: list[str], title: str) -> bool:
    """Whether an element is what surrounds an article, by its name or as a box of links; never one that holds much."""
    if element.tag in ("body", "main", "article", "p", "table", "tr", "td", "tbody"):
        return False
    letters = _letters(_words(element))
    if element.tag == "h1" or any(_letters(_words(each)) == title for each in element.iter("h1")):
        return False
    held = sum(len(line) for line in needed if line in letters)
    if held > 0.3 * sum(len(line) for line in needed):
        return False
    called = names(element)
    if BESIDE.search(called):
        return True
    linked = sum(len(_letters("".join(link.itertext()))) for link in element.iter("a"))
    if any(FILE.search(link.get("href") or "") for link in element.iter("a")):
        return False
    if element.tag in BOXES and len(list(element.iter("a"))) > 1 and linked > 0.6 * len(letters):
        # A list of links that was found is the statement's; a box of nothing but links is the site's all the same.
        return not held or (element.tag == "div" and not list(element.iter("p", "li")))
    if held:
        return False
    if element.tag in ("div", "ul", "section", "header", "span", "time", "h2", "h3", "h4") and LABELS.search(called):
        return len(letters) < 2 * LONG
    return False


def _trim(article: Any, found: list[str]) -> None:
    """Drop the boxes before the first and behind the last piece of found text, unless they are of the same make.

    Plain text beside it stays. Site builders put every paragraph into a box of its own, all of one class.
    """
    children = _elements(article)
    holding = [index for index, child in enumerate(children) if set(_within(child, found))]
    makes = {_make(children[index]) for index in holding}
    for index, child in enumerate(children):
        if (
            holding
            and not holding[0] <= index <= holding[-1]
            and child.tag not in TEXTUAL
            and _make(child) not in makes
        ):
            child.drop_tree()


def names(element: Any) -> str:
    """What an element is called: its classes and its id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def _make(element: Any) -> tuple[str, ...]:
    return element.tag, element.get("class") or element.get("id") or "", element.get("data-record-type") or ""


def _written(article: Any) -> str:
    """The markup inside the element."""
    from html import escape

    from lxml import html

    inside = escape(article.text or "", quote=False)
    return inside + "".join(html.tostring(child, encoding="unicode", method="html") for child in _elements(article))
