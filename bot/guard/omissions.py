"""The promise: nothing is left out and nothing is added, as far as length and the count of sentences can tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity
from bot.text.glossary import Glossary
from bot.text.sentences import split

# Letters that one language needs for what takes 1.00 in English (engines and people of FLORES dev, medians).
_LENGTH = {"en": 1.0, "ru": 1.08, "be": 1.08, "uk": 1.02, "pl": 1.05}
_CERTAIN = 1.6  # times the bound: from here on it is no free wording any more
_FIT = 0.25  # by how much worse a text may fit in length without an added sentence
_LONGER = 0.15  # and by how much it is too long when the count of sentences does not tell
_TWINS_LONGER = 0.04  # what two engines differ in length by choice of words, however their sentences are counted
_MOST = 3  # added sentences that are looked for


def _length(side: Side, glossary: Glossary) -> int:
    """The characters of a sentence with every institution under its listed name: «КК» is "Criminal Code"."""
    mentions = glossary.mentions(side.text, side.language)
    names = ((one, glossary.name(min(one.ids), side.language)) for one in mentions if one.kind == "institutions")
    return len(side.text.strip()) + sum(len(name) - (one.end - one.start) for one, name in names)


@dataclass(frozen=True, slots=True)
class _Guess:
    """The part of the target that may have been added; `fit` is how much worse the length fits without it."""

    span: Span
    fit: float


def _guess(target: Side, expected: float, deviation: float, most: int) -> _Guess | None:
    """The one to `most` neighbouring sentences without which the target comes nearest to the expected length."""
    sentences = split(target.text, target.language)
    found = None
    whole = len(target.text.strip())
    for count in range(1, min(most, _MOST) + 1):
        for first, last in zip(sentences, sentences[count - 1 :], strict=False):
            rest = whole - (last[1] - first[0]) - 1
            if rest > 0:
                fit = abs(math.log(rest / expected)) - abs(deviation)
                if found is None or fit < found.fit:
                    found = _Guess((first[0], last[1]), fit)
    return found


def _added(pair: Pair, expected: float, deviation: float) -> Span | None:
    """A sentence of the target that the source does not have, or None.

    A sentence cut in two keeps its length; one with an addition has the right length without it. Engines hardly ever
    cut one (0.3 %), people who write Belarusian often (17 %), so the length decides; in doubt a person looks.
    """
    more = len(split(pair.target.text, pair.target.language)) - len(split(pair.source.text, pair.source.language))
    guess = _guess(pair.target, expected, deviation, max(1, more))
    if guess is None:
        return None
    if more > 0 and guess.fit < _FIT and not (pair.twins and deviation < _TWINS_LONGER):
        return guess.span
    if more <= 0 and deviation > _LONGER and guess.fit < -_LONGER / 3:
        return guess.span
    return None


def compare(pair: Pair, glossary: Glossary) -> list[Finding]:
    """A sentence too many, or a target that is far too short or far too long; the bound is wider for short ones."""
    source, target = _length(pair.source, glossary), _length(pair.target, glossary)
    if not source or not target:
        return []
    ratio = _LENGTH[pair.target.language] / _LENGTH[pair.source.language]
    deviation = math.log(target / source / ratio)
    bound = 0.23 + 2.2 / math.sqrt(source)
    severity = Severity.HOLD if abs(deviation) > _CERTAIN * bound else Severity.LOOK
    if (span := _added(pair, source * ratio, deviation)) is not None:
        return [pair.finding(Kind.LENGTH, severity, "{t} has a sentence more than {s}.", target=(span,))]
    if pair.twins and (span := _added(pair.turned(), target / ratio, -deviation)) is not None:
        return [pair.finding(Kind.LENGTH, severity, "{s} has a sentence more than {t}.", source=(span,))]
    if abs(deviation) <= bound:
        return []
    wrong = "short" if deviation < 0 else "long"
    message = f"{{t}} is too {wrong}: {target} characters for {source}."
    return [pair.finding(Kind.LENGTH, severity, message, expected=str(round(source * ratio)), found=str(target))]
