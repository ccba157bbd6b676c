"""The promise: the words are in the language that they are published in, letter by letter, and no code shows."""

from __future__ import annotations

import html
import re

from bot.guard.links import links
from bot.guard.pair import Pair, Side, Span
from bot.guard.quotations import quotations
from bot.model import Finding, Kind, Severity
from bot.text.letters import ALPHABETS, is_another, language_of, strangers

NAMES = {"be": "Belarusian", "ru": "Russian", "en": "English", "uk": "Ukrainian", "pl": "Polish"}
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-z]{2,8});")
_ENOUGH = 25  # letters: below it a name or a heading decides nothing
_WORD = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_POLISH = re.compile(r"[ąćęłńóśźż]")
_SHORT = 4  # letters: shorter words, "km" and "na", are the same in several languages
_IN_A_ROW = 3  # words copied from the source; in a pair of another alphabet, or of en and pl, one less tells


def unquoted(side: Side) -> str:
    """The sentence without its quotations and brackets, which may be in another language; offsets stay true."""
    text = list(side.text)
    for start, end in (*quotations(side.text), *(hit.span() for hit in _BRACKETS.finditer(side.text))):
        text[start:end] = " " * (end - start)
    return "".join(text)


def wrong_language(side: Side) -> str | None:
    """The name of the language that a sentence is written in, when it is certainly not its own."""
    text = unquoted(side)
    if sum(c.isalpha() for c in text) < _ENOUGH:
        return None
    found = language_of(text)
    if found is not None and found != side.language:
        return NAMES[found]
    return "another language" if found is None and is_another(text, side.language) else None


def _plain(side: Side) -> str:
    """The sentence without quotations, brackets and addresses: all that has to be in its language."""
    text = list(unquoted(side))
    for _, (start, end) in links(side.text):
        text[start:end] = " " * (end - start)
    return "".join(text)


def _copied(pair: Pair, text: str) -> tuple[Span, ...]:
    """Plain words in a row that stand in the source as they are: a stretch that was left untranslated."""
    length = _IN_A_ROW - ("en" in (pair.source.language, pair.target.language) or _across(pair))
    source = f" {' '.join(_WORD.findall(_plain(pair.source)))} "
    words = list(_WORD.finditer(text))
    found = []
    for i in range(len(words) - length + 1):
        row = words[i : i + length]
        said = " ".join(hit.group() for hit in row)
        if f" {said} " in source and said.islower() and all(len(hit.group()) >= _SHORT for hit in row):
            found.append((row[0].start(), row[-1].end()))
    return tuple(found)


def _across(pair: Pair) -> bool:
    return (pair.source.language in ALPHABETS) != (pair.target.language in ALPHABETS)


def _is_copy(pair: Pair) -> bool:
    """Whether the whole target is the source, where a plain word shows that it should not be («Минск» may stay)."""
    if pair.source.text.strip() != pair.target.text.strip():
        return False
    words = _WORD.findall(_plain(pair.target))
    return len(words) > 1 and any(word.islower() and len(word) >= _SHORT for word in words)


def _untranslated(pair: Pair) -> list[Finding]:
    """Words of the source that the engine let stand, and words with letters that the target's language lacks."""
    wanted, text = NAMES[pair.target.language], pair.target.text
    if pair.source.language != pair.target.language and _is_copy(pair):
        return [pair.finding(Kind.LANGUAGE, Severity.HOLD, "{t} is the same as {s}: nothing was translated.")]
    plain = _plain(pair.target)
    odd = tuple(
        (a, b)
        for a, b in strangers(text, pair.target.language)
        # What the source says too may stay in a quotation or in brackets.
        if text[a:b] not in pair.source.text or plain[a:b] == text[a:b]
    )
    if pair.target.language == "en":
        odd += tuple(hit.span() for hit in _WORD.finditer(plain) if hit.group().islower() and _POLISH.search(hit[0]))
    if odd:
        message = f"{{t}} has words with letters that {wanted} does not have."
        # A plain word of the source was not translated; a capitalised one can be a name that somebody has to see.
        said = set(_WORD.findall(pair.source.text))
        sure = any(text[a:b].islower() and text[a:b] in said for a, b in odd)
        return [pair.finding(Kind.LANGUAGE, Severity.HOLD if sure else Severity.LOOK, message, target=odd)]
    if pair.source.language != pair.target.language and (copied := _copied(pair, plain)):
        message = "{t} has words of {s} that were not translated."
        return [pair.finding(Kind.LANGUAGE, Severity.LOOK, message, target=copied)]
    return []


def compare(pair: Pair) -> list[Finding]:
    """A target in the wrong language, words that were not translated, and HTML codes that an engine left behind."""
    findings = []
    wanted = NAMES[pair.target.language]
    if (found := wrong_language(pair.target)) is not None:
        message = f"{{t}} should be in {wanted} and is written in {found}."
        findings.append(pair.finding(Kind.LANGUAGE, Severity.HOLD, message, expected=wanted, found=found))
    else:
        findings += _untranslated(pair)
    if _ENTITY.search(pair.target.text) and html.unescape(pair.source.text) == pair.source.text:
        spans = tuple(hit.span() for hit in _ENTITY.finditer(pair.target.text))
        message = "{t} shows an HTML code instead of a character."
        findings.append(pair.finding(Kind.LANGUAGE, Severity.LOOK, message, target=spans))
    return findings
