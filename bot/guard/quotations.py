"""The promise: what was quoted stays a quotation of the same length by the same speaker, and nothing becomes one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity
from bot.text.romanisation import skeleton

# Straight and typographic marks of the five languages; apostrophes were folded and are no quotation marks.
_QUOTATION = re.compile(r"«[^«»]+»|„[^„”“\"]+[”“\"]|“[^“”]+”|\"[^\"]+\"|(?<!\w)'[^']{12,}'(?!\w)")
_MARK = re.compile(r"[«»„“”\"]")
_WORDS = re.compile(r"\w+")
_SPEECH = 4  # words: from here on a quotation is speech, below it is a title or a doubtful word
_TITLE = 6  # words: a title has fewer; a Belarusian or Russian one stands in marks, an English one need not
_MOVED = (0.25, 1.2)  # how far the logarithm of the quoted share may change: a, b in a + b / √characters
_PARTNER = 0.6  # and from here on it is another quotation

_SAY = re.compile(
    r"\b(?:sa(?:y|id|ys)|told|tells?|added|adds|stated|states|declared|noted|wrote|asked|replied|explained|commented|"
    r"according to|(?:сказа|заяви|сообщи|добави|отмети|написа|ответи|объясни|спроси|рассказа|подчеркн|прокоммент)\w*|"
    r"говор\w+|по словам|(?:сказа|заяві|паведамі|дада[ўл]|адзначы|напіса|адказа|растлумачы|спыта|расказа|падкрэслі)\w*|"
    r"кажа|гаворыць|паводле слоў|(?:повідоми|дода[вл]|зазначи|відпові|поясни|запита|розпові|підкресли)\w*|каже|"
    r"за словами|(?:powiedzia|oświadczy|doda[łj]|stwierdzi|napisa|odpowiedzia|wyjaśni|zapyta|zaznaczy|podkreśli)\w*|"
    r"mówi\w*|według|zdaniem)\b",
    re.IGNORECASE,
)
_CAPITAL = r"(?<![^\W_])[^\W\d_a-zа-яёіўїєґąćęłńóśźż][^\W\d_]{2,}"
_NAME = re.compile(_CAPITAL)
_NAME_BEHIND = re.compile(rf"(?: [^\W\d_A-ZА-ЯЁІЎЇЄ][^\W\d_]*)?((?: {_CAPITAL})+)")
_NAME_BEFORE = re.compile(rf"((?:{_CAPITAL} )+)(?:[^\W\d_]+ )?$")
_REACH = 45  # characters between a quotation and the word that says who speaks


def quotations(text: str) -> tuple[Span, ...]:
    """The spans of quotations in a folded sentence, marks included."""
    return tuple(found.span() for found in _QUOTATION.finditer(text))


def _stretches(text: str) -> list[Span]:
    """The outermost quoted stretches; one whose other mark stands in another sentence reaches to the sentence's end."""
    spans: list[Span] = []
    depth = start = 0
    for hit in _MARK.finditer(text):
        at, mark = hit.start(), hit.group()
        german = mark == "“" and depth and text[start] == "„"
        before, behind = text[at - 1 : at], text[at + 1 : at + 2]
        inward = mark in '"”' and not (before.isalnum() or before in tuple('.,!?…)»”"')) and behind not in ("", " ")
        if (mark in "«„“" and not german) or inward:
            start = at if not depth else start
            depth += 1
        elif depth:
            depth -= 1
            spans += [(start, at + 1)] if not depth else []
        else:
            spans = [(0, at + 1)]
    if depth:
        spans.append((start, len(text)))
    single = (span for span in quotations(text) if text[span[0]] == "'")
    spans += [span for span in single if not any(a < span[1] and b > span[0] for a, b in spans)]
    return sorted(spans)


def _words(text: str, span: Span) -> int:
    return len(_WORDS.findall(text[slice(*span)]))


def _share(text: str, span: Span) -> float:
    """The part of the sentence that is quoted, 0–1."""
    return len(text[slice(*span)].strip("«»„“”\"' ")) / len(text.strip())


def _is_title(text: str, span: Span) -> bool:
    """Whether a quotation can be the name of something: short, with a capital letter, and nobody says it."""
    inside = text[slice(*span)].strip("«»„“”\"' ")
    before = text[: span[0]].rstrip()
    spoken = before.endswith(":") or _SAY.search(text, max(0, span[0] - _REACH), min(len(text), span[1] + _REACH))
    return _words(text, span) < _TITLE and inside[:1].isupper() and not spoken


def _is_closed(text: str, span: Span) -> bool:
    """Whether both marks of a quotation stand in this sentence; what is quoted from before may drop a lone one."""
    marks = '«»„“”"' + "'"
    return text[span[0]] in marks and text[span[1] - 1] in marks


def _alone(one: Side, spans: list[Span], other: Side, others: list[Span]) -> list[Span]:
    """Speech on one side that no quotation of the other side can be, by its share of the sentence."""
    speech = [
        span
        for span in spans
        if _is_closed(one.text, span) and _words(one.text, span) >= _SPEECH and not _is_title(one.text, span)
    ]
    return [
        span
        for span in speech
        if not any(abs(_drift(one.text, span, other.text, partner)) <= _PARTNER for partner in others)
    ]


def _drift(text: str, span: Span, other: str, partner: Span) -> float:
    """How the quoted share of the sentence changed, as a logarithm; 0 is unchanged."""
    return math.log((_share(other, partner) or 1e-3) / (_share(text, span) or 1e-3))


def _speakers(side: Side, spans: list[Span]) -> list[frozenset[str]]:
    """For each quotation the names beside the word that says who speaks; empty where none is found."""
    ends = [0, *(span[1] for span in spans)]
    starts = [*(span[0] for span in spans), len(side.text)]
    found = []
    for i, (start, end) in enumerate(spans):
        names = ""
        for low, high in ((end, min(starts[i + 1], end + _REACH)), (max(ends[i], start - _REACH), start)):
            if not names and (say := _SAY.search(side.text, low, high)):
                behind = _NAME_BEHIND.match(side.text, say.end(), starts[i + 1] if low == end else start)
                before = _NAME_BEFORE.search(side.text[: say.start()], end if low == end else ends[i])
                names = behind[1] if behind else before[1] if before else ""
        found.append(_roots(names))
    return found


def _roots(text: str) -> frozenset[str]:
    """The names of a text, without the vowels and endings in which languages differ."""
    return frozenset(root[:5] for hit in _NAME.finditer(text) if len(root := skeleton(hit.group())) >= 2)


def _speaker_changed(pair: Pair, source: list[Span], target: list[Span]) -> Iterator[Finding]:
    """A quotation given to another of the people whom the source names."""
    ones, others = _speakers(pair.source, source), _speakers(pair.target, target)
    names = _roots(pair.source.text), _roots(pair.target.text)
    for one, other, span, partner in zip(ones, others, source, target, strict=True):
        if one and other and one.isdisjoint(other) and other & names[0] and one & names[1]:
            message = "{t} seems to give the quotation to another speaker than {s}."
            yield pair.finding(Kind.QUOTATION, Severity.LOOK, message, source=(span,), target=(partner,))


def compare(pair: Pair) -> list[Finding]:
    """Speech that is no longer marked as such, words that became speech, marks and speakers that moved."""
    source, target = _stretches(pair.source.text), _stretches(pair.target.text)
    if len(source) == len(target):
        findings = list(_speaker_changed(pair, source, target))
        for span, partner in zip(source, target, strict=True):
            long = max(_words(pair.source.text, span), _words(pair.target.text, partner)) >= _SPEECH
            bound = _MOVED[0] + _MOVED[1] / math.sqrt(span[1] - span[0])
            if long and abs(_drift(pair.source.text, span, pair.target.text, partner)) > bound:
                message = "The quotation does not reach as far in {t} as in {s}, or reaches farther."
                findings.append(pair.finding(Kind.QUOTATION, Severity.LOOK, message, source=(span,), target=(partner,)))
        return findings
    findings = []
    if lost := _alone(pair.source, source, pair.target, target):
        message = "{s} quotes words that {t} does not quote."
        findings.append(pair.finding(Kind.QUOTATION, Severity.LOOK, message, source=tuple(lost)))
    if new := _alone(pair.target, target, pair.source, source):
        message = "{t} quotes words that {s} does not quote."
        findings.append(pair.finding(Kind.QUOTATION, Severity.LOOK, message, target=tuple(new)))
    return findings
