"""The promise: the words are in the language that they are published in, letter by letter, and no code shows."""

from __future__ import annotations

import html
import re

from bot.guard.pair import Pair, Side
from bot.guard.quotations import quotations
from bot.model import Finding, Kind, Severity
from bot.text.letters import language_of, strangers

_NAMES = {"be": "Belarusian", "ru": "Russian", "en": "English", "uk": "Ukrainian", "pl": "Polish"}
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-z]{2,8});")
_ENOUGH = 25  # letters: below it a name or a heading decides nothing


def unquoted(side: Side) -> str:
    """The sentence without its quotations and brackets: those may be in another language."""
    text = side.text
    for start, end in quotations(side.text):
        text = text[:start] + " " * (end - start) + text[end:]
    return re.sub(r"\([^()]*\)", " ", text)


def wrong_language(side: Side) -> str | None:
    """The name of the language that a sentence is written in, when it is certainly not its own."""
    text = unquoted(side)
    if sum(c.isalpha() for c in text) < _ENOUGH:
        return None
    found = language_of(text)
    return _NAMES[found] if found is not None and found != side.language else None


def compare(pair: Pair) -> list[Finding]:
    """A target in the wrong language, words with foreign letters, and HTML codes that an engine left behind."""
    findings = []
    wanted = _NAMES[pair.target.language]
    if (found := wrong_language(pair.target)) is not None:
        message = f"{{t}} should be in {wanted} and is written in {found}."
        findings.append(pair.finding(Kind.LANGUAGE, Severity.HOLD, message, expected=wanted, found=found))
    odd = tuple(
        span
        for span in strangers(pair.target.text, pair.target.language)
        if pair.target.text[slice(*span)] not in pair.source.text
    )
    if odd and not findings:
        message = f"{{t}} has words with letters that {wanted} does not have."
        findings.append(pair.finding(Kind.LANGUAGE, Severity.LOOK, message, target=odd))
    if _ENTITY.search(pair.target.text) and html.unescape(pair.source.text) == pair.source.text:
        spans = tuple(hit.span() for hit in _ENTITY.finditer(pair.target.text))
        message = "{t} shows an HTML code instead of a character."
        findings.append(pair.finding(Kind.LANGUAGE, Severity.LOOK, message, target=spans))
    return findings
