"""The promise: nothing is left out and nothing is added, as far as length can tell."""

from __future__ import annotations

import math

from bot.guard.pair import Pair
from bot.model import Finding, Kind, Severity

# Letters that one language needs for what takes 1.00 in English (human references of FLORES dev, medians).
_LENGTH = {"en": 1.0, "ru": 1.06, "be": 1.02, "uk": 1.0, "pl": 1.05}


def compare(pair: Pair) -> list[Finding]:
    """A target that is far too short or far too long for its source; the bound is wider for short sentences."""
    source, target = len(pair.source.text.strip()), len(pair.target.text.strip())
    if not source or not target:
        return []
    expected = _LENGTH[pair.target.language] / _LENGTH[pair.source.language]
    deviation = abs(math.log(target / source / expected))
    bound = 0.22 + 2.2 / math.sqrt(source)
    if deviation <= bound:
        return []
    severity = Severity.HOLD if deviation > 1.25 * bound else Severity.LOOK
    wrong = "short" if target < source * expected else "long"
    message = f"{{t}} is too {wrong}: {target} characters for {source}."
    return [pair.finding(Kind.LENGTH, severity, message, expected=str(round(source * expected)), found=str(target))]
