"""The promise: every address, e-mail, @name and #tag arrives letter for letter."""

from __future__ import annotations

import re
from collections import Counter

from bot.guard.pair import Pair, Span, braced
from bot.model import Finding, Kind, Severity

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>«»“”\"]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@/.])@\w{2,}"
    r"|(?<![\w#&/])#[^\W\d]\w*"
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|info|by|ru|ua|pl|eu|io|me|example|invalid)(?:/[^\s<>«»“”\"]*)?(?!\w)"
)


def links(text: str) -> list[tuple[str, Span]]:
    """Each address with its span, without the punctuation that ends a sentence."""
    found = []
    for hit in _LINK.finditer(text):
        raw = hit.group().rstrip(".,;:!?'…*_")
        if raw.endswith(")") and "(" not in raw:
            raw = raw.rstrip(").,")
        found.append((raw, (hit.start(), hit.start() + len(raw))))
    return found


def compare(pair: Pair) -> tuple[list[Finding], tuple[Span, ...], tuple[Span, ...]]:
    """The findings, and the spans of addresses on each side: their figures are no numbers."""
    source, target = links(pair.source.text), links(pair.target.text)
    ones, others = Counter(link for link, _ in source), Counter(link for link, _ in target)
    findings = [
        pair.finding(Kind.LINK, Severity.HOLD, f"{{t}} lacks the address {braced(link)}.", expected=link, source=spans)
        for link in ones - others
        for spans in [tuple(span for one, span in source if one == link)]
    ]
    findings += [
        pair.finding(
            Kind.LINK,
            Severity.HOLD,
            f"{{t}} has an address that is not in {{s}}: {braced(link)}.",
            found=link,
            target=spans,
        )
        for link in others - ones
        for spans in [tuple(span for one, span in target if one == link)]
    ]
    return findings, tuple(span for _, span in source), tuple(span for _, span in target)
