"""The promise: no "not" is lost and none is added, and "at most" never becomes "at least".

Words are matched, not understood: a sentence that has lost its only negation is a `hold`, any other word that nothing
answers is worth a `look`.
"""

from bot.guard.negations.bounds import turned
from bot.guard.negations.matching import unanswered
from bot.guard.negations.phrases import bare_pronouns, halves, named, not_only
from bot.guard.negations.words import words
from bot.guard.pair import Pair
from bot.model import Finding, Kind, Severity

_LONG = 110  # characters: in a shorter sentence a Slavic particle is hardly ever worded away


def _denied(pair: Pair) -> list[Finding]:
    """What only one side denies."""
    lost, new = unanswered(pair)
    if not lost and not new:
        return []
    spans = tuple(word.span for word in lost), tuple(word.span for word in new)
    particle = any(word.kind in ("strict", "late") for word in lost)
    worded = pair.source.language != "en" and len(pair.source.text) > _LONG
    if particle and not worded and all(word.kind in ("idiom", "yet") for word in words(pair.target)):
        message = "{s} says that something is not so; {t} has no negation."
        return [pair.finding(Kind.NEGATION, Severity.HOLD, message, source=spans[0], target=spans[1])]
    message = "{t} denies something that {s} does not."
    if lost:
        message = "{s} denies something that {t} does not." if not new else "{s} and {t} do not deny the same."
    return [pair.finding(Kind.NEGATION, Severity.LOOK, message, source=spans[0], target=spans[1])]


def compare(pair: Pair) -> list[Finding]:
    """Every negation or bound that did not come through."""
    return [
        *_denied(pair),
        *turned(pair),
        *not_only(pair),
        *halves(pair),
        *bare_pronouns(pair),
        *named(pair),
    ]
