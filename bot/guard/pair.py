"""A sentence pair made ready for comparison, and the maker of findings: what every promise of the guard shares."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from bot.model import Finding, Kind, Severity
from bot.text.numbers import fold

LANGUAGES = ("be", "ru", "en", "uk", "pl")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One sentence: `text` is composed (NFC) and folded, `offsets` lead each of its characters back to the original."""

    text: str
    language: str
    offsets: tuple[int, ...] | None = None

    def back(self, span: Span) -> Span:
        """A span of `text` in the sentence as it was given."""
        return span if self.offsets is None else (self.offsets[span[0]], self.offsets[span[1]])


def side(text: str, language: str) -> Side:
    """The sentence made ready; composing keeps offsets true by working from one base letter to the next."""
    if unicodedata.is_normalized("NFC", text):
        return Side(text=fold(text), language=language)
    composed, offsets, start = [], [], 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        cluster = unicodedata.normalize("NFC", text[start:end])
        composed.append(cluster)
        offsets += [start] * len(cluster)
        start = end
    return Side(text=fold("".join(composed)), language=language, offsets=(*offsets, len(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A source and a target. `twins` says that they are two engines' sentences in one language."""

    source: Side
    target: Side
    twins: bool = False

    def turned(self) -> Pair:
        """The same pair, read the other way."""
        return replace(self, source=self.target, target=self.source)

    @property
    def names(self) -> tuple[str, str]:
        """How a layman is told of the two."""
        return ("one translation", "another translation") if self.twins else ("the source", "the translation")

    def finding(
        self,
        kind: Kind,
        severity: Severity,
        message: str,
        *,
        source: tuple[Span, ...] = (),
        target: tuple[Span, ...] = (),
        expected: str | None = None,
        found: str | None = None,
    ) -> Finding:
        """A finding; in `message`, {s} and {t} become the names of the sides. Words default to those of the spans."""
        one, other = self.names
        text = message.format(s=one, t=other)
        return Finding(
            kind=kind,
            severity=severity,
            message=text[0].upper() + text[1:],
            expected=", ".join(self.source.text[a:b] for a, b in source) if expected is None else expected,
            found=", ".join(self.target.text[a:b] for a, b in target) if found is None else found,
            source_spans=tuple(self.source.back(span) for span in source),
            target_spans=tuple(self.target.back(span) for span in target),
        )


def braced(text: str) -> str:
    """Words of a sentence made safe for `message`."""
    return text.replace("{", "{{").replace("}", "}}")
