"""Which denials of one side nothing on the other side answers.

Each word is matched with one word that can stand for it and that stands at about the same part of the sentence.
"""

from __future__ import annotations

from bot.guard.negations.words import Word, words
from bot.guard.pair import Pair

# How far apart, in parts of the sentence, two words may stand that answer each other.
_REACH = {
    ("strict", "strict"): 1.0,
    ("strict", "late"): 1.0,
    ("strict", "till"): 1.0,
    ("strict", "without"): 0.15,
    ("strict", "prefixed"): 0.12,
    ("strict", "denying"): 0.1,
    ("strict", "hint"): 0.03,
    ("late", "till"): 1.0,
    ("late", "only"): 0.6,
    ("late", "prefixed"): 0.2,
    ("late", "denying"): 0.1,
    ("late", "hint"): 0.045,
    ("till", "till"): 0.6,
    ("till", "until"): 0.5,
    ("without", "without"): 0.6,
    ("without", "prefixed"): 0.2,
    ("without", "denying"): 0.2,
    ("without", "hint"): 0.06,
    ("prefixed", "prefixed"): 0.6,
    ("prefixed", "denying"): 0.25,
    ("prefixed", "hint"): 0.3,
    ("denying", "denying"): 0.6,
    ("denying", "hint"): 0.3,
    ("hardly", "hardly"): 1.0,
    ("hardly", "prefixed"): 0.2,
    ("hardly", "denying"): 0.25,
    ("hardly", "hint"): 0.3,
    ("unless", "unless"): 1.0,
    ("unless", "strict"): 1.0,
    ("unless", "till"): 1.0,
    ("unless", "hint"): 0.3,
}
_VAGUE = frozenset({"only", "hint"})
_NEAR = 16  # characters: in a short sentence a word's place tells little
# In one language the set phrases are the same, too, and nothing but a negation stands for a negation.
_REACH_OF_TWINS = {
    **{kinds: reach for kinds, reach in _REACH.items() if kinds != ("hardly", "hint")},
    ("idiom", "idiom"): 1.0,
    ("without", "hint"): 0.25,
    ("idiom", "strict"): 0.1,
    ("strict", "hint"): 0.03,
}
# What a pair of words costs beside their distance, so that the closest in kind find each other first.
_COST = {"without": 0.02, "prefixed": 0.04, "denying": 0.04, "until": 0.1, "only": 0.4, "hint": 0.4}
_OF_ANOTHER_KIND = 0.1
_LOST = frozenset({"strict", "late", "till", "without", "prefixed", "denying", "hardly", "unless"})
_NEW = frozenset({"strict", "late", "till", "without", "hardly"})
_OF_TWINS = _NEW | {"also", "denying"}


def _kind(word: Word) -> str:
    return "strict" if word.kind == "also" else word.kind


def _cost(pair: Pair, one: Word, other: Word) -> float | None:
    kinds = (_kind(one), _kind(other))
    reaches = _REACH_OF_TWINS if pair.twins else _REACH
    reach = reaches.get(kinds, reaches.get((kinds[1], kinds[0])))
    distance = abs(one.at - other.at)
    if reach is None:
        return None
    if kinds[0] not in _VAGUE and kinds[1] not in _VAGUE:
        reach = max(reach, _NEAR / max(len(pair.source.text), len(pair.target.text)))
    if distance > reach:
        return None
    change = 0.0 if kinds[0] == kinds[1] else _OF_ANOTHER_KIND
    return distance + change + _COST.get(kinds[0], 0.0) + _COST.get(kinds[1], 0.0)


def unanswered(pair: Pair) -> tuple[list[Word], list[Word]]:
    """The denials of the source that the target lacks, and those of the target that the source lacks."""
    source, target = words(pair.source), words(pair.target)
    costs = ((_cost(pair, one, other), i, j) for i, one in enumerate(source) for j, other in enumerate(target))
    left, right = dict(enumerate(source)), dict(enumerate(target))
    for _, i, j in sorted((cost, i, j) for cost, i, j in costs if cost is not None):
        if i in left and j in right:
            del left[i], right[j]
    # English says "do not steal or beg" where a Slavic language says its particle twice.
    also = set() if "en" in (pair.source.language, pair.target.language) else {"also"}
    lost, new = (_OF_TWINS, _OF_TWINS) if pair.twins else (_LOST | also, _NEW | also)
    return [w for w in left.values() if w.kind in lost], [w for w in right.values() if w.kind in new]
