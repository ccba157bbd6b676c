"""The promise: nothing is left out and nothing is added, as far as length can tell."""

from __future__ import annotations

import math

from bot.guard.pair import Pair, Side
from bot.model import Finding, Kind, Severity
from bot.text.glossary import Glossary

# Letters that one language needs for what takes 1.00 in English (human references of FLORES dev, medians).
_LENGTH = {"en": 1.0, "ru": 1.08, "be": 1.07, "uk": 1.02, "pl": 1.055}
_CERTAIN = 1.4  # times the bound: from here on it is no free wording any more


def _length(side: Side, glossary: Glossary) -> int:
    """The characters of a sentence with every institution under its listed name: «КК» is "Criminal Code"."""
    mentions = glossary.mentions(side.text, side.language)
    names = ((one, glossary.name(min(one.ids), side.language)) for one in mentions if one.kind == "institutions")
    return len(side.text.strip()) + sum(len(name) - (one.end - one.start) for one, name in names)


def compare(pair: Pair, glossary: Glossary) -> list[Finding]:
    """A target that is far too short or far too long for its source; the bound is wider for short sentences."""
    source, target = _length(pair.source, glossary), _length(pair.target, glossary)
    if not source or not target:
        return []
    expected = _LENGTH[pair.target.language] / _LENGTH[pair.source.language]
    deviation = abs(math.log(target / source / expected))
    bound = 0.22 + 2.2 / math.sqrt(source)
    if deviation <= bound:
        return []
    severity = Severity.HOLD if deviation > _CERTAIN * bound else Severity.LOOK
    wrong = "short" if target < source * expected else "long"
    message = f"{{t}} is too {wrong}: {target} characters for {source}."
    return [pair.finding(Kind.LENGTH, severity, message, expected=str(round(source * expected)), found=str(target))]
