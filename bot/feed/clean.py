"""HTML to blocks of plain text in which nothing is glued, and the walls that every text passes.

One pass from left to right, linear whatever the markup (the usual HTML parsers are quadratic on hostile input). Every
tag that is not known to be inline is a break: `<td>12</td><td>34</td>` must never become 1234.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from bot.feed import signatories
from bot.model import Block, BlockKind, Quarantined

INLINE = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|data|dfn|em|font|i|ins|kbd|mark|q|samp|small|span|strong|sub|sup|time|tt|u|var|wbr"
)
STRUCK = frozenset({"del", "s", "strike"})
STRUCK_STYLE = re.compile("line-through", re.IGNORECASE)
UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
STYLE_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
HOLDS_NO_TEXT = frozenset({"img", "br", "hr", "wbr", "input", "source", "embed", "track", "meta", "area", "col"})
RAW = frozenset({"script", "style", "title", "iframe", "noscript", "noembed", "noframes"})  # dropped, with their text
UNSEEN = frozenset({"head", "template", "svg", "object", "audio", "video", "canvas"})  # dropped, with all inside
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
DEPTH = 64  # of lists and quotations within each other

NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?""")
TAG_END = re.compile(r"[\s/]*>")
LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9}")
SPACE = re.compile("[ \t\n\f\r]+")  # ASCII only: a no-break space belongs to its number
INTEGER = re.compile(r"\s*(-?\d{1,9})")
LIST_MARK = re.compile(r"\s*(?:\d{1,3}[.)]|[-*•–—])\s")
WORDS = re.compile(r"\w")
FILE = re.compile(r".*\.(?:pdf|docx?|odt|xlsx?|ods|rtf|zip)$", re.IGNORECASE)
# The text of a link that does not say which file it leads to.
SAYS_NOTHING = re.compile(
    r"\W*(?:(?:тут|тут|здесь|here|tutaj|спампаваць|скачать|завантажити|download|pobierz|файл|file|plik|pdf|docx?|xlsx?|zip"
    r"|па спасылцы|по ссылке|за посиланням|link|спасылка|ссылка|посилання|this|click|гэты|этот)\W*){0,3}",
    re.IGNORECASE,
)
UNUSABLE = re.compile("[\x00-\x20\x7f-\xa0\\\\]")
LISTED_STYLE = re.compile(r"list-style", re.IGNORECASE)
# Raised and lowered figures have letters of their own, so that 15<sup>1</sup> is neither 151 nor "15 1".
SMALL_FIGURES = re.compile(r"\s*[+\-−–]?[0-9]{1,6}(?:[,;]\s?[0-9]{1,3}){0,9}\)?\s*", re.ASCII)
RAISED = str.maketrans("0123456789+-−–)", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁾")
LOWERED = str.maketrans("0123456789+-−–)", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₎")
NOTE = re.compile(r"\s*(?:\[(?:\d{1,3}|[a-zа-я]|\*)\]|(?P<bare>\d{1,3}|[a-zа-я]|\*{1,3}|[†‡§]))\s*")
SMALL_AT_END = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉]$")
DIGIT = re.compile(r"\d")
RAISED_NOTE = re.compile(r"\s*[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}\s*")

SPACE_CONTROLS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
# C0, C1, soft hyphen, bidirectional controls, zero-width characters, byte order mark: what a reader cannot see.
UNSEEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
STRAY_JOINER = re.compile(f"(?<![{EMOJI}])\u200d|\u200d(?![{EMOJI}])")


class Unfit(Exception):
    """The markup cannot be turned into text that is surely what readers see; the words are the reason."""


def wall(text: str) -> str:
    """Text in NFC without characters that nobody sees; line ends and their like become spaces, so nothing is glued."""
    visible = UNSEEN_CHARACTERS.sub("", SPACE_CONTROLS.sub(" ", text))
    return unicodedata.normalize("NFC", STRAY_JOINER.sub("", visible))


def plain(title: str) -> str:
    """A title as one line of plain text: never markup, for what looks like a tag may be meant as written."""
    return SPACE.sub(" ", wall(title)).strip(" ")


def blocks(markup: str, *, is_html: bool, base: str) -> tuple[Block, ...] | Quarantined:
    """Turn an entry's body into blocks, in the order in which a reader meets them.

    `base` is the address that relative image addresses are joined with. Quarantined, with a reason for a person, when
    the markup is broken in a way that would lose text, or holds struck-out text. Markup is expected within the caps of
    the parser child (300,000 characters).
    """
    if "\x00" in markup:
        return Quarantined(reason="its text contains a NUL character")
    try:
        return signatories.mark(_Page(base).read(markup) if is_html else tuple(_paragraphs(markup)))
    except Unfit as unfit:
        return Quarantined(reason=str(unfit))


def attachments(pairs: Iterable[tuple[str, str]], found: tuple[Block, ...] = ()) -> tuple[Block, ...]:
    """(text, address) pairs as blocks, each address once and none that is already among the blocks `found`."""
    known = {block.href for block in found if block.kind is BlockKind.ATTACHMENT}
    made: dict[str, Block] = {}
    for text, href in pairs:
        if href not in known and href not in made:
            made[href] = Block(kind=BlockKind.ATTACHMENT, text=_label(text, href), href=href)
    return tuple(made.values())


def _label(text: str, href: str) -> str:
    """What an attachment is called: the words that lead to it, or its file's name when they say nothing."""
    words = plain(text)
    name = plain(unquote(urlsplit(href).path.rsplit("/", 1)[-1]))
    return name or words or href if SAYS_NOTHING.fullmatch(words) else words


def _paragraphs(text: str) -> Iterator[Block]:
    """Plain text: blank lines part paragraphs, and a line that begins like an item stands by itself."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if lines and (not line.strip() or LIST_MARK.match(line)):
            if words := plain(" ".join(lines)):
                yield Block(kind=BlockKind.PARAGRAPH, text=words)
            lines = []
        if line.strip():
            lines.append(line)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its name in lower case, whether it ends an element, and its attributes, entities decoded."""

    name: str
    closes: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def tokens(markup: str) -> Iterator[str | Tag]:
    """The pieces of text (entities decoded once) and the tags of `markup`, read once from left to right.

    Raises Unfit where a browser would swallow the rest: a tag, a comment or a script that never ends.
    """
    position = 0
    while (opening := markup.find("<", position)) >= 0:
        if opening > position:
            yield _decoded(markup[position:opening])
        if match := NAME.match(markup, opening):
            tag, position = _tag(markup, match)
            yield tag
            if tag.name in RAW and not tag.closes:
                position = _after_raw(markup, tag.name, position)
        elif markup.startswith(("<!", "<?", "</"), opening):
            closing = "-->" if markup.startswith("<!--", opening) else ">"
            if markup.startswith("<![CDATA[", opening) or (end := markup.find(closing, opening + 2)) < 0:
                raise Unfit("its HTML holds a comment or declaration that never ends")
            position = end + len(closing)
        else:
            yield "<"
            position = opening + 1
    yield _decoded(markup[position:])


def _tag(markup: str, match: re.Match[str]) -> tuple[Tag, int]:
    """The tag that begins at `match`, and where the text after it begins."""
    attributes: dict[str, str] = {}
    position = match.end()
    while not (end := TAG_END.match(markup, position)):
        attribute = ATTRIBUTE.match(markup, position)
        if not attribute:
            raise Unfit("its HTML holds a tag that is broken or never ends")
        name, *values = attribute.groups()
        attributes.setdefault(name.lower(), _decoded(next((value for value in values if value is not None), "")))
        position = attribute.end()
    return Tag(match[2].lower(), match[1] == "/", attributes), end.end()


def _after_raw(markup: str, name: str, position: int) -> int:
    """Where the end tag of a script or its like begins."""
    if end := re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE).search(markup, position):
        return end.start()
    raise Unfit(f"its HTML holds a <{name}> that never ends")


def _decoded(text: str) -> str:
    if "&" not in text:
        return text
    if LONG_REFERENCE.search(text):
        raise Unfit("its HTML holds a character reference that names no character")
    return html.unescape(text)


@dataclass(slots=True)
class _Container:
    """A list, an item or a quotation that is open. `counter` is an ordered list's next number; `written` is where the
    item's block stands once it has text."""

    name: str
    counter: int | None = None
    written: int | None = None


@dataclass(slots=True)
class _Small:
    """A <sup>, <sub> or footnote link that is open: the hand that holds its text, where its text begins there, and the
    words in it that a footnote link holds."""

    name: str
    hand: list[str]
    start: int
    note: str | None = None


@dataclass(slots=True)
class _File:
    """A link to a document that is open: its address, the hand that holds its text and where that begins."""

    href: str
    hand: list[str]
    start: int


class _Page:
    """The state of one conversion: what is open, the text of the block in hand, the blocks that are done."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.done: list[Block] = []
        self.text: list[str] = []
        self.open: list[_Container] = []
        self.beside: list[Block] = []  # pictures and files, which stand after the block that they are in
        self.files: set[str] = set()
        self.heading = False
        self.unseen: list[str] = []
        self.tables = 0
        self.cells: list[str] | None = None
        self.in_cell = False
        self.small: _Small | None = None
        self.link: _Small | None = None
        self.file: _File | None = None
        self.apart: re.Pattern[str] | None = None

    def read(self, markup: str) -> tuple[Block, ...]:
        for token in tokens(markup):
            if isinstance(token, str):
                if not self.unseen:
                    self._words(token)
            elif not self._skips(token):
                self._tag(token)
        if self.unseen:
            raise Unfit(f"its HTML holds a <{self.unseen[-1]}> that never ends")
        self._end_row()
        self._flush()
        self.done += self.beside
        return tuple(self.done)

    def _skips(self, tag: Tag) -> bool:
        """Whether the tag belongs to what browsers do not show."""
        if tag.name == "body" and self.unseen == ["head"]:
            self.unseen.clear()  # the end tag of <head> may be left out
        if tag.name in UNSEEN:
            if not tag.closes:
                self.unseen.append(tag.name)
            elif tag.name in self.unseen:
                del self.unseen[self.unseen.index(tag.name) :]
        return bool(self.unseen) or tag.name in RAW

    def _tag(self, tag: Tag) -> None:
        name = tag.name
        if name in STRUCK:
            raise Unfit("it holds struck-out text: a person must read what still stands")
        if not tag.closes and _is_hidden(tag):
            self.text.append(" ")  # a hidden picture, such as those that count readers
            return
        if name == "img":
            self._image(tag)
        elif name == "q":
            self.text.append("”" if tag.closes else "“")
        elif name in ("sup", "sub"):
            self._small(tag)
        elif name == "a":
            self._link(tag)
        elif not INLINE.fullmatch(name):
            self._break(tag)

    def _words(self, text: str) -> None:
        """Take text in hand; what follows a raised figure or a dropped footnote is not glued to what stood before."""
        if self.apart and (visible := wall(text)):
            if self.apart.match(visible):
                self.text.append(" ")
            self.apart = None
        self.text.append(text)

    def _small(self, tag: Tag) -> None:
        """Raised and lowered figures become such letters and a footnote's mark goes; all else is set apart by spaces.

        The space before stands until the end tag, lest what is never closed be glued to the word before it.
        """
        small, self.small = self.small, None
        if not tag.closes:
            self.small = _Small(tag.name, self.text, len(self.text))
            self.text.append(" ")
            return
        if small is None or small.name != tag.name or small.hand is not self.text:
            self.text.append(" ")
            return
        content = "".join(self.text[small.start :])
        note = NOTE.fullmatch(content) if tag.name == "sup" else None
        if note and (not note["bare"] or (small.note or "").strip() == note["bare"]):
            del self.text[small.start :]
            self.apart = WORDS
        elif SMALL_FIGURES.fullmatch(content):
            letters = content.strip().translate(RAISED if tag.name == "sup" else LOWERED)
            beside = small.start > 0 and SMALL_AT_END.search(self.text[small.start - 1])
            self.text[small.start :] = [" " * bool(beside) + letters]
            self.apart = DIGIT
        else:
            self.text.append(" ")

    def _link(self, tag: Tag) -> None:
        """A link to a place on a page that holds nothing but a raised figure is a footnote's mark too."""
        link, self.link = self.link, None
        self._file(tag)
        if not tag.closes:
            self.link = _Small("a", self.text, len(self.text)) if "#" in tag.attributes.get("href", "") else None
        elif link is not None and link.hand is self.text:
            content = "".join(self.text[link.start :])
            if self.small is not None:
                self.small.note = content
            elif RAISED_NOTE.fullmatch(content):
                del self.text[link.start :]
                self.apart = WORDS

    def _file(self, tag: Tag) -> None:
        """A link to a document gives, besides its words, a block of its own; one link to each."""
        file, self.file = self.file, None
        if not tag.closes:
            href = address(self.base, tag.attributes.get("href", ""))
            if href and FILE.match(urlsplit(href).path) and href not in self.files:
                self.file = _File(href, self.text, len(self.text))
        elif file is not None:
            text = "".join(file.hand[file.start :]) if file.hand is self.text else ""
            self.files.add(file.href)
            self.beside.append(Block(kind=BlockKind.ATTACHMENT, text=_label(text, file.href), href=file.href))

    def _break(self, tag: Tag) -> None:
        name = tag.name
        if name in ("table", "tr", "td", "th"):
            self._table(tag)
        elif self.in_cell:
            self.text.append(" ")
            if name in ("ol", "ul", "li"):
                self._container(tag)
        else:
            # A heading is one line, whatever breaks it on the page.
            if self.heading and name not in HEADINGS:
                self.text.append(" ")
                return
            self._flush()
            if name in HEADINGS:
                self.heading = not tag.closes
            elif name in ("ol", "ul", "li", "blockquote"):
                self._container(tag)

    def _container(self, tag: Tag) -> None:
        """Open or close a list, an item or a quotation; a new item ends the one before it."""
        lists = [i for i, each in enumerate(self.open) if each.name in ("ol", "ul")]
        if tag.name == "li":
            floor = lists[-1] + 1 if lists else 0
            items = [i for i, each in enumerate(self.open) if i >= floor and each.name == "li"]
            del self.open[items[0] if items else len(self.open) :]
        elif tag.closes:
            same = [i for i, each in enumerate(self.open) if each.name == tag.name]
            del self.open[same[-1] if same else len(self.open) :]
        if tag.closes:
            return
        if len(self.open) >= DEPTH:
            raise Unfit(f"its lists and quotations are nested deeper than {DEPTH}")
        counter = None
        if tag.name == "ol" and _is_numbered(tag):
            counter = _integer(tag.attributes.get("start"), 1)
        elif tag.name == "li" and lists and (list_ := self.open[lists[-1]]).counter is not None:
            counter = _integer(tag.attributes.get("value"), list_.counter)
            list_.counter = counter + 1
            if self.in_cell:
                self.text.append(f"{counter}. ")
        self.open.append(_Container(tag.name, counter))

    def _table(self, tag: Tag) -> None:
        """Rows of the outermost table; a table within a cell only adds spaces to it."""
        if tag.name == "table":
            if self.tables == 0 or (tag.closes and self.tables == 1):
                self._end_row()
                self._flush()
            self.tables = max(0, self.tables + (-1 if tag.closes else 1))
        if self.tables != 1 or tag.name == "table":
            self.text.append(" ")
            return
        self._end_cell()
        if tag.name == "tr":
            self._end_row()
        if self.cells is None:
            self._flush()
            self.cells = []
        self.in_cell = tag.name != "tr" and not tag.closes

    def _end_cell(self) -> None:
        if self.in_cell and self.cells is not None:
            self.cells.append(self._taken())
            self.in_cell = False

    def _end_row(self) -> None:
        self._end_cell()
        if self.cells and any(self.cells):
            self.done.append(Block(kind=BlockKind.TABLE, text=" | ".join(self.cells)))
        self.cells = None

    def _taken(self) -> str:
        """The text in hand, walled and with its white space collapsed; the hand is empty after."""
        text, self.text = "".join(self.text), []
        return plain(text)

    def _flush(self) -> None:
        """Make a block of the text in hand."""
        top = self.open[-1] if self.open else None
        if text := self._taken():
            if top is not None and top.name == "li":
                self._item(top, text)
            elif self.heading:
                self.done.append(Block(kind=BlockKind.HEADING, text=text))
            elif top is not None and top.name == "blockquote":
                self.done.append(Block(kind=BlockKind.QUOTATION, text=text))
            else:
                self.done.append(Block(kind=BlockKind.PARAGRAPH, text=text))
        if top is None or top.name != "li":
            self.done += self.beside
            self.beside = []

    def _item(self, item: _Container, text: str) -> None:
        """The item's first text is its block; what follows at once continues it, but not behind a nested list."""
        if item.written is None:
            item.written = len(self.done)
            self.done.append(Block(kind=BlockKind.ITEM, text=text, ordinal=item.counter))
        elif item.written == len(self.done) - 1:
            text = f"{self.done[-1].text}\n{text}"
            self.done[-1] = Block(kind=BlockKind.ITEM, text=text, ordinal=item.counter)
        else:
            self.done.append(Block(kind=BlockKind.PARAGRAPH, text=text))

    def _image(self, tag: Tag) -> None:
        """A picture stands after the block that it is in, so that it cuts no sentence; a drawn emoji is its text."""
        alternative = plain(tag.attributes.get("alt", ""))
        if not alternative or not WORDS.search(alternative) or self.in_cell:
            self.text.append(f" {alternative} " if alternative and self.in_cell else alternative or " ")
            return
        self.text.append(" ")
        self.beside.append(Block(kind=BlockKind.IMAGE, text=alternative, href=_source(tag, self.base)))


def _source(tag: Tag, base: str) -> str | None:
    """The address of a picture; where it is loaded late, `src` holds only what stands in for it."""
    told = tag.attributes
    sets = [told.get(name, "").strip().partition(" ")[0].rstrip(",") for name in ("data-srcset", "srcset")]
    links = [told.get(name, "") for name in ("data-src", "data-lazy-src", "data-original", "src")] + sets
    return next((url for link in links if (url := address(base, link))), None)


def _is_numbered(tag: Tag) -> bool:
    """Whether a list draws 1, 2, 3; one that counts down, or draws letters or nothing, gives no number to rely on."""
    counts = "reversed" not in tag.attributes and tag.attributes.get("type", "1").strip() == "1"
    return counts and not LISTED_STYLE.search(tag.attributes.get("style", ""))


def _is_hidden(tag: Tag) -> bool:
    """Whether a tag that can hold no text is hidden; one that can goes to a person, for its words may be a draft's."""
    style = STYLE_COMMENT.sub("", tag.attributes.get("style", ""))
    if STRUCK_STYLE.search(style):
        raise Unfit("it holds struck-out text: a person must read what still stands")
    hidden = "hidden" in tag.attributes or UNSEEN_STYLE.search(style) is not None
    if hidden and tag.name not in HOLDS_NO_TEXT:
        raise Unfit("it holds hidden text: a person must read what readers are to see")
    return hidden and tag.name == "img"


def _integer(text: str | None, default: int) -> int:
    match = INTEGER.match(text or "")
    return int(match[1]) if match else default


def address(base: str, link: str) -> str | None:
    """The absolute http(s) address of a link, or None when it is none that a reader may be sent to."""
    try:
        parts = urlsplit(joined := urljoin(base, link.strip().replace(" ", "%20")))
        usable = link.strip() and parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        return joined if usable and not UNUSABLE.search(joined) else None
    except ValueError:
        return None
