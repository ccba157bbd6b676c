"""Where one sentence ends and the next begins, in Belarusian, Russian, English, Ukrainian and Polish.

A cut needs an end mark, a gap and something that can open a sentence; in doubt the two stay one sentence, because a
sentence that is too long is still true, and half a sentence need not be.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from bot.text.spans import abbreviations, unbreakable

# A footnote's raised figure may stand behind the end mark.
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'»”“’)\]⁰¹²³⁴-⁹⁾]*(\s+)")
# What may stand before the first letter of a sentence: quotation marks, brackets, a dash of direct speech.
_BEFORE_FIRST = re.compile(r"[\"'«„“‘(\[—–-]*\s*")
# The "1." of an inline list belongs to what it counts.
_LONE_NUMBER = re.compile(r"(?:.*[:;]\s)?\s*\d{1,3}\.", re.DOTALL)
_INITIAL = re.compile(r"[^\W\d_]\.")
# "12 ліпеня 2024 г." and "Мройск, 12 ліпеня 2024 г." open a sentence and are none.
_ONLY_A_DATE = re.compile(
    r"(?:[^\W\d_][\w’'-]*(?: [^\W\d_][\w’'-]*)?,\s+)?"
    r"(?:[^\W\d_]{1,3}\s+)?(?:\d{1,2}\s+[^\W\d_]+\s+|[^\W\d_]+\s+)?\d{4}(?:[–—-]\d{4})?\s*[^\W\d_]{1,2}\.\s*"
)


def split(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """(start, end) spans in code points of the sentences of one block, in order, without the space around them.

    Every character that is not space is in one of them.
    """
    whole = [*unbreakable(text, language), *_brackets(text)]
    whole.sort()
    may_end = {stop.end for stop in abbreviations(text, language) if not stop.binds}
    reach = _reach(whole)
    starts = [span[0] for span in whole]
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        cut, following = match.end(), match.end()
        inside = bisect_right(starts, match.start(1) - 1) - 1
        if inside >= 0 and starts[inside] < cut < reach[inside]:
            continue
        if not _opens_sentence(text, following) or _LONE_NUMBER.fullmatch(
            text, max(start, match.start(1) - 8), match.start(1)
        ):
            continue
        if match.start(1) in may_end and not _may_follow(text, start, following, match.start(1)):
            continue
        spans.append((start, match.start(1)))
        start = cut
    spans.append((start, len(text)))
    return tuple(trimmed for span in spans if (trimmed := _trimmed(text, span)))


def _reach(spans: list[tuple[int, int]]) -> list[int]:
    """For each span the farthest end among it and those before it, so that one look tells what covers a place."""
    reach: list[int] = []
    for _, end in spans:
        reach.append(max(end, reach[-1]) if reach else end)
    return reach


def _opens_sentence(text: str, at: int) -> bool:
    """Whether a sentence can open here: whatever marks come first, then no small letter and no lone punctuation."""
    opening = _BEFORE_FIRST.match(text, at)
    first = text[opening.end() : opening.end() + 1] if opening else ""
    return bool(first) and not first.islower() and first not in ".,;:!?…)]»”%"


def _may_follow(text: str, start: int, following: int, end: int) -> bool:
    """Whether what follows "г." or "др." opens a sentence: a capital does, a number or an initial does not."""
    opening = _BEFORE_FIRST.match(text, following)
    at = opening.end() if opening else following
    if text[at].isdigit() or _INITIAL.match(text, at):
        return False
    return _ONLY_A_DATE.fullmatch(text, start, end) is None


def _brackets(text: str) -> list[tuple[int, int]]:
    """Spans of the brackets that are opened and closed."""
    spans, opened = [], []
    for match in re.finditer(r"[()\[\]]", text):
        if match.group() in "([":
            opened.append(match.start())
        elif opened:
            spans.append((opened.pop(), match.end()))
    return spans


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int] | None:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
