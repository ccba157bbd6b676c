"""An entry's body as the corridor takes it: its blocks, whether it is only the beginning, and the files beside it.

A teaser must never be summarised as the statement. It is known by how it ends, never by its length: a short statement
is a whole one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.feed import clean
from bot.model import Block, BlockKind, Entry, Quarantined

CUT = r"(?:…|\.{3,}|&hellip;|&#8230;)"
CUT_END = re.compile(
    rf"(?:{CUT}|\[\s*{CUT}\s*\]|\(\s*(?:more|далей|далее|далі|dalej)?\s*{CUT}\s*\))\s*$", re.IGNORECASE
)
PHRASES = (
    *("чытаць далей", "чытаць больш", "чытаць болей", "чытаць цалкам", "чытайце далей", "падрабязней", "далей"),
    *("читать далее", "читать дальше", "читать полностью", "читайте далее", "подробнее", "подробности", "далее"),
    *("читати далі", "читати більше", "читати повністю", "читайте далі", "детальніше", "докладніше", "далі"),
    *("czytaj więcej", "czytaj dalej", "czytaj całość", "więcej", "continue reading", "keep reading", "learn more"),
    *("read more", "read on", "read the full story", "read the full text", "read the full statement"),
    *("read the full article", "full story", "full text", "more"),
)
WORDS = "|".join(PHRASES)
MORE = rf"(?:{WORDS})(?:\s*[«“\"].{{1,300}}|[\s.…:»→›>]*)"
MORE_LINE = re.compile(rf"\W*{MORE}", re.IGNORECASE)
MORE_LINK = re.compile(rf"\W*(?:{MORE}|continue reading\b.*|(?:{WORDS})\s*:.*)", re.IGNORECASE)
MORE_END = re.compile(rf"(?P<cut>{CUT}\s*[\])]?)\s*{MORE}$", re.IGNORECASE)
# What WordPress and its plug-ins write under every entry of a feed.
FOOTER = re.compile(
    r"(?:the post|запіс|запись|сообщение|допис|wpis|artykuł) .{1,500}"
    r" (?:appeared first on|(?:упершыню )?з['’ʼ]яві(?:ўся|лася) (?:спачатку )?на"
    r"|(?:впервые )?появил(?:ась|ось|ся|ись) (?:сначала )?на"
    r"|(?:спочатку )?з['’ʼ]явився (?:спочатку )?на|pojawił się (?:najpierw|pierw|początkowo)? ?(?:na|w)"
    r"|pochodzi z serwisu) .{1,200}",
    re.IGNORECASE,
)
HINTS = ("…", "...", "hellip;", "#8230;", "#x2026;", *PHRASES)
TAG = re.compile("<[^>]*>")
TAIL = 4_000  # characters of the markup that are looked at for a sign of a cut before anything is parsed
MARGINAL = (BlockKind.IMAGE, BlockKind.ATTACHMENT)


def body(entry: Entry, base: str) -> tuple[Block, ...] | Quarantined:
    """The blocks of an entry: its text, then the files that come with it.

    What a feed hangs around the text is left out: the title once more above it, a footer below. `base` is the
    document's address, for an entry without a link. An excerpt may be left without any block. Quarantined as
    `clean.blocks` says.
    """
    found = clean.blocks(entry.markup, is_html=entry.is_html, base=entry.link or base)
    if isinstance(found, Quarantined):
        return found
    found = _without_more(found, entry.markup) if entry.excerpt else _without_footer(found)
    if len(found) > 1 and found[0].text.casefold() == clean.plain(entry.title).casefold():
        found = found[1:]
    return found + clean.attachments(entry.attachments, found)


def is_excerpt(blocks: tuple[Block, ...], markup: str) -> bool:
    """Whether a body is surely only the beginning of a text.

    It ends with an ellipsis, with "read more" in one of our languages, or it holds nothing but a link.
    """
    shown = [block for block in _without_footer(blocks) if block.kind not in MARGINAL]
    if not _text(tuple(shown)) or _only_link(markup):
        return True
    last = shown[-1].text.rstrip()  # the mark of a cut may stand in a paragraph of its own
    return bool(
        CUT_END.search(last)
        or MORE_LINE.fullmatch(last)
        or MORE_END.search(last)
        or any(last.endswith(link) and MORE_LINK.fullmatch(link) for link in _links(markup))
    )


def cut_short(markup: str, *, is_html: bool) -> bool:
    """`is_excerpt` for an entry's body as it came; a whole one, which shows no sign of a cut, costs no parsing."""
    before, tail = markup.partition("<a")[0] if is_html else markup, markup[-TAIL:].casefold()
    if clean.WORDS.search(TAG.sub("", before)) and not any(hint in tail for hint in HINTS):
        return False
    found = clean.blocks(markup, is_html=is_html, base="")
    return not isinstance(found, Quarantined) and is_excerpt(found, markup)


def _text(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks that are text."""
    return tuple(block for block in blocks if block.kind not in MARGINAL and clean.WORDS.search(block.text))


def _without_footer(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return blocks[:-1] if blocks and FOOTER.fullmatch(blocks[-1].text) else blocks


def _without_more(blocks: tuple[Block, ...], markup: str) -> tuple[Block, ...]:
    """An excerpt without the words that lead to the rest of it."""
    if _only_link(markup):
        return ()
    kept = list(_without_footer(blocks))
    for at in range(len(kept) - 1, -1, -1):
        if kept[at].kind in MARGINAL:
            continue
        text = MORE_END.sub(r"\g<cut>", kept[at].text)
        for link in _links(markup):
            if text.endswith(link) and MORE_LINK.fullmatch(link):
                text = text.removesuffix(link)
        kept[at] = replace(kept[at], text="" if MORE_LINE.fullmatch(text) else text.rstrip())
        if kept[at].text:
            break
        del kept[at]
    return tuple(kept)


def _links(markup: str) -> list[str]:
    """The texts of the links."""
    found: list[str] = []
    inside: list[str] | None = None
    for token in _tokens(markup):
        if isinstance(token, str):
            if inside is not None:
                inside.append(token)
        elif token.name == "a":
            if inside is not None:
                found.append(clean.plain("".join(inside)))
            inside = None if token.closes else []
    return [text for text in found if text]


def _only_link(markup: str) -> bool:
    """Whether every word of the markup stands in a link."""
    deep, linked = False, False
    for token in _tokens(markup):
        if isinstance(token, str):
            if clean.WORDS.search(token):
                if not deep:
                    return False
                linked = True
        elif token.name == "a":
            deep = not token.closes
    return linked


def _tokens(markup: str) -> list[str | clean.Tag]:
    """The tokens of HTML; none of a plain text that only looks like it."""
    try:
        return list(clean.tokens(markup))
    except clean.Unfit:
        return []
