"""The promise: what was quoted stays a quotation, and nothing becomes one."""

from __future__ import annotations

import re

from bot.guard.pair import Pair, Span
from bot.model import Finding, Kind, Severity

# Straight and typographic marks of the five languages; apostrophes were folded and are no quotation marks.
_QUOTATION = re.compile(r"«[^«»]+»|„[^„”“\"]+[”“\"]|“[^“”]+”|\"[^\"]+\"|(?<!\w)'[^']{12,}'(?!\w)")
_WORDS = re.compile(r"\w+")
_SPEECH = 4  # words: from here on a quotation is speech, below it is a title or a doubtful word


def quotations(text: str) -> tuple[Span, ...]:
    """The spans of quotations in a folded sentence, marks included."""
    return tuple(found.span() for found in _QUOTATION.finditer(text))


def _words(text: str, span: Span) -> int:
    return len(_WORDS.findall(text[slice(*span)]))


def compare(pair: Pair) -> list[Finding]:
    """Speech that is no longer marked as such, or words that became speech."""
    source, target = quotations(pair.source.text), quotations(pair.target.text)
    spoken = [span for span in source if _words(pair.source.text, span) >= _SPEECH]
    answered = [span for span in target if _words(pair.target.text, span) >= _SPEECH]
    marks = any(c in text for text in (pair.source.text, pair.target.text) for c in "")
    if spoken and not target and not _open(pair.target.text):
        message = "{s} quotes somebody's words; {t} has no quotation."
        return [pair.finding(Kind.QUOTATION, Severity.LOOK, message, source=tuple(spoken))]
    if answered and not source and not _open(pair.source.text) and not marks:
        message = "{t} quotes somebody's words; {s} has no quotation."
        return [pair.finding(Kind.QUOTATION, Severity.LOOK, message, target=tuple(answered))]
    return []


def _open(text: str) -> bool:
    """Whether a quotation begins or ends outside the sentence, so that only one mark is seen."""
    return any(c in text for c in '«»„“”"')
