"""A post without a person's name: every mention in its text, subject, HTML and addresses gives way to one word.

Whatever is outside the mentions stays as it was, byte for byte, and every entity goes on marking what it marked.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from bot.text.glossary import Glossary
from bot.text.mentions import Person, Span, mentions
from channels import Entity, Post

__all__ = ["mentions", "redacted"]

# The HTML is our own templates': everything outside is escaped, so that "<" opens nothing but their tags.
_PIECE = re.compile(
    r"(?P<mute><!--.*?-->|<style\b.*?</style>)|(?P<tag><[^<>]*>)|(?P<letter>&(?:#\d+|#x[0-9a-f]+|\w+);)|[^<&]+|&",
    re.DOTALL | re.IGNORECASE,
)
_INLINE = re.compile(r"</?(?:a|b|bdi|em|i|mark|s|small|span|strong|sub|sup|u|wbr)\b", re.IGNORECASE)
_VALUE = re.compile(
    r"\s(?P<name>alt|aria-label|content|href|src|title)=(?P<mark>[\"'])(?P<value>.*?)(?P=mark)", re.DOTALL
)
_ADDRESSES = ("href", "src")

Places = Callable[[str], Sequence[Span]]
Cut = tuple[int, int, str]  # start, end, and what stands there instead


def redacted(
    post: Post, name: str, *, language: str, glossary: Glossary, word: str, length: Callable[[str], int]
) -> Post | None:
    """The post with `word` wherever it names the person; None when it does not.

    `name`, `language` and what counts as a mention: see `mentions`; the first name alone counts wherever any part of
    the post has the surname. An address with the name in it gives way to the word where it is read, and is dropped
    where it lies behind a link or button. A picture's description is changed, the picture is not. `length` counts the
    HTML of a letter, the text of any other post, in the channel's unit; the outcome may be longer than the limit of the
    post, which is for the caller to see.
    """
    person = Person(name, glossary)
    texts = [post.text, post.subject or "", _Readable(post.html or "").text]
    texts += [text if _is_plain(kind) else _Readable(text).text for kind, text in post.variants]
    texts += [one.alt for one in post.media] + [one.url or "" for one in post.entities]
    named = any(person.found(text, language, named=False) for text in texts)

    def places(text: str) -> Sequence[Span]:
        return person.found(text, language, named=named)

    def cut(text: str) -> str:
        return _edited(text, [(start, end, word) for start, end in places(text)])

    def marked(text: str) -> str:
        return _edited(text, _cuts(text, places, html.escape(word)))

    fresh = replace(
        post,
        text=cut(post.text),
        entities=tuple(one for one in _moved(post, places(post.text), word) if not places(one.url or "")),
        subject=None if post.subject is None else cut(post.subject),
        html=None if post.html is None else marked(post.html),
        variants=tuple((kind, cut(text) if _is_plain(kind) else marked(text)) for kind, text in post.variants),
        media=tuple(replace(one, alt=cut(one.alt)) for one in post.media),
        buttons=tuple(one for one in post.buttons if not places(one.url)),
    )
    return None if fresh == post else replace(fresh, length=length(fresh.text if fresh.html is None else fresh.html))


def _is_plain(kind: str) -> bool:
    """Whether a variant of a post is plain text, not markup."""
    return kind.endswith(".txt")


def _edited(text: str, cuts: Iterable[Cut]) -> str:
    """The text with each cut made; they are in order and do not overlap."""
    pieces, position = [], 0
    for start, end, word in cuts:
        pieces += [text[position:start], word]
        position = end
    return "".join([*pieces, text[position:]])


def _units(text: str) -> int:
    """The length of a text in UTF-16 code units, which is what entities count in."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def _moved(post: Post, spans: Sequence[Span], word: str) -> Iterator[Entity]:
    """The entities where they stand by now; the word belongs to those that reached into the name from before it."""
    wide = [0]
    for letter in post.text:
        wide.append(wide[-1] + _units(letter))
    known = [(wide[start], wide[end]) for start, end in spans]

    def moved(position: int) -> int:
        shift = 0
        for start, end in known:
            if position <= start:
                break
            shift += start + _units(word) - min(end, position) if position < end else _units(word) - (end - start)
        return position + shift

    for one in post.entities:
        start, end = moved(one.offset), moved(one.offset + one.length)
        if start < end:
            yield replace(one, offset=start, length=end - start)


# --------------------------------------------------------------------------------------------------------------------
# HTML


class _Readable:
    """The text of a piece of HTML; `spots` tells for each of its letters from where to where it is written."""

    def __init__(self, markup: str) -> None:
        letters: list[str] = []
        self.spots: list[Span] = []
        self.tags: list[Span] = []
        for piece in _PIECE.finditer(markup):
            start, end = piece.span()
            if piece["mute"]:
                continue
            if piece["tag"]:
                self.tags.append((start, end))
                # A name does not reach from one paragraph to the next.
                text, spots = ("", []) if _INLINE.match(piece["tag"]) else ("\n", [(end, end)])
            elif piece["letter"]:
                text = html.unescape(piece["letter"])
                spots = [(start, end), *[(end, end)] * (len(text) - 1)]
            else:
                text, spots = piece[0], [(at, at + 1) for at in range(start, end)]
            letters.append(text)
            self.spots += spots
        self.text = "".join(letters)

    def cuts(self, places: Places, word: str, at: int = 0) -> Iterator[Cut]:
        """What to change where the text names the person, `at` further on; tags inside a name stay."""
        for start, end in places(self.text):
            runs: list[Span] = []
            for first, last in self.spots[start:end]:
                if runs and runs[-1][1] == first:
                    runs[-1] = (runs[-1][0], last)
                else:
                    runs.append((first, last))
            yield from ((at + first, at + last, "" if run else word) for run, (first, last) in enumerate(runs))


def _cuts(markup: str, places: Places, word: str) -> list[Cut]:
    """Every change that HTML needs, in its text and in the attributes that are read or lead somewhere."""
    page = _Readable(markup)
    found = list(page.cuts(places, word))
    for start, end in page.tags:
        for value in _VALUE.finditer(markup, start, end):
            cuts = list(_Readable(value["value"]).cuts(places, word, value.start("value")))
            found += [(*value.span(), "")] if cuts and value["name"] in _ADDRESSES else cuts
    return sorted(found)
