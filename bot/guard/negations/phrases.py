"""What is left of a set phrase, or of "nobody … not", when its "not" is gone; and "never", "nobody", "nothing"."""

from __future__ import annotations

import re

from bot.guard.negations.words import Word, words
from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity

_I = re.IGNORECASE
_ONLY = re.compile(
    r"\b(?:only|just|merely|только|лишь|просто|толькі|проста|тільки|лише|аж|tylko|dopiero|po prostu)\b", _I
)
_NOT_ONLY = re.compile(
    r"\b(?:not (?:just|only|merely|simply|solely)|more than (?:just|merely)|"
    r"(?:не|больше,? чем|больш,? чым|більше,? ніж) (?:только|просто|лишь|толькі|проста|тільки|лише)|"
    r"(?:nie|więcej niż) (?:tylko|po prostu))\b",
    _I,
)
# What is left of "nevertheless" or of "not only … but also" without its "not".
_HALF = {
    "en": re.compile(r"(?<!not )\bonly\b[^.;]{3,120}?\bbut (?:also|too|even)\b", _I),
    "ru": re.compile(
        r"\bтем мен\w+|(?<!не )\b(?:только|просто)\b[^.;]{3,120}?\b(?:но|а) (?:и|ещё|еще|также)\b",
        _I,
    ),
    "be": re.compile(
        r"\bтым мен\w+|(?<!не )\b(?:толькі|проста)\b[^.;]{3,120}?\b(?:але|а) (?:і|й|яшчэ|таксама)\b",
        _I,
    ),
    "uk": re.compile(
        r"\bтим менш\w*|(?<!не )\b(?:тільки|лише|просто)\b[^.;]{3,120}?\b(?:але|а) (?:і|й|ще|також)\b",
        _I,
    ),
    "pl": re.compile(r"(?<!nie )\btylko\b[^.;]{3,120}?\b(?:ale|lecz) (?:też|także|również|i)\b", _I),
}
# Where another clause may begin, with a "not" of its own; what stands between two commas or dashes is no such place.
_ASIDE = re.compile(r",[^,]{1,40},| [-–—] .{1,40} [-–—] ")
_CLAUSE = re.compile(r"[.;:!?()—,]| [-–] |\b(?:и|і|й|або|или|чи|ani|i|lub|oraz|ані|але|но|ale|бо)\b", _I)
_PARTICLES = frozenset({"strict", "also", "till", "idiom", "without", "prefixed", "nor"})
# "Never", "nobody", "nothing": who says so, and who may answer.
_NAMED = {
    "never": {
        "en": (r"never", r"never|ever|at no time"),
        "ru": (r"никогда", r"никогда|ни разу|так и не"),
        "be": (r"ніколі", r"ніколі|(?:ні|ані) ?разу|так і не"),
        "uk": (r"ніколи", r"ніколи|(?:ні|ані|жодного) разу|так і не"),
        "pl": (r"nigdy", r"nigdy|ani razu|tak i nie"),
    },
    "nobody": {
        "en": (r"nobody|no[- ]one", r"nobody|no|none|anyone|anybody|neither|single"),
        "ru": (r"никто|никого|никому|никем", r"никто|никого|никому|никем|никак\w+|ни од\w+"),
        "be": (r"ніхто|нікога|нікому|нікім", r"ніхто|нікога|нікому|нікім|н[іяе]в?од[нз]\w*|ні ад\w+|ніяк\w+"),
        "uk": (r"ніхто|нікого|нікому|ніким", r"ніхто|нікого|нікому|ніким|жод\w+|ні од\w+|нія[кц]\w+"),
        "pl": (r"nikt|nikogo|nikomu|nikim", r"nikt|nikogo|nikomu|nikim|żad\w+|ani jed\w+"),
    },
    "nothing": {
        "en": (r"nothing", r"nothing|anything|none|no|little"),
        "ru": (r"ничто|ничего|ничему|ничем", r"ничто|ничего|ничему|ничем|никак\w+"),
        "be": (r"нішто|нічога|нічому|нічым", r"нішто|нічога|нічому|нічым|ніяк\w+"),
        "uk": (r"ніщо|нічого|нічому|нічим", r"ніщо|нічого|нічому|нічим|жод\w+|нія[кц]\w+"),
        "pl": (r"nic|niczego|niczemu|niczym", r"nic|niczego|niczemu|niczym|żad\w+"),
    },
}
_SAYS, _MAY_ANSWER = (
    {
        (name, language): re.compile(rf"\b(?:{row[role]})\b", _I)
        for name, rows in _NAMED.items()
        for language, row in rows.items()
    }
    for role in (0, 1)
)


def not_only(pair: Pair) -> list[Finding]:
    """ "Not only" that lost its "not"."""
    sides = (pair.source, pair.target)
    full = [_NOT_ONLY.search(one.text) is not None for one in sides]
    if full[0] == full[1]:
        return []
    bare = pair.target if full[0] else pair.source
    if not _ONLY.search(bare.text):
        return []
    return [pair.finding(Kind.NEGATION, Severity.LOOK, "One side says “not only”, the other side “only”.")]


def halves(pair: Pair) -> list[Finding]:
    """A set phrase that lost its "not" on one side."""
    source, target = (
        tuple(hit.span() for hit in _HALF[one.language].finditer(one.text)) for one in (pair.source, pair.target)
    )
    if bool(source) == bool(target):
        return []
    message = "Only one side has a phrase such as “not only … but also” or “nevertheless” without its “not”."
    return [pair.finding(Kind.NEGATION, Severity.LOOK, message, source=source, target=target)]


def bare_pronouns(pair: Pair) -> list[Finding]:
    """A Slavic «никто» without its «не»: a negation was lost on the way."""
    source, target = _bare(pair.source), _bare(pair.target)
    if len(target) == len(source) or (len(target) < len(source) and not pair.twins):
        return []
    message = "{t} has a negative pronoun without the negation that belongs to it."
    if pair.twins:
        message = "Only one of two translations has a whole negation."
    return [pair.finding(Kind.NEGATION, Severity.LOOK, message, target=tuple(word.span for word in target))]


def _bare(side: Side) -> list[Word]:
    """The negative pronouns that no particle in their clause goes with; English has none."""
    found = words(side)
    particles = [word for word in found if word.kind in _PARTICLES]
    return [word for word in found if word.kind == "pronoun" and not any(_one_clause(side, word, p) for p in particles)]


def _one_clause(side: Side, one: Word, other: Word) -> bool:
    first, last = sorted((one.span, other.span))
    return not _CLAUSE.search(_ASIDE.sub(" ", side.text[first[1] : last[0]]))


def named(pair: Pair) -> list[Finding]:
    """ "Never", "nobody" or "nothing" that is not on the other side: «никогда не знал» that became «не знал»."""
    found = []
    for name in _NAMED:
        said, answered = _says(name, pair.source), _answers(name, pair.target)
        if said and not answered:
            message = f"{{s}} says “{name}”, {{t}} does not."
            found.append(pair.finding(Kind.NEGATION, Severity.LOOK, message, source=said))
        elif pair.twins and (added := _says(name, pair.target)) and not _answers(name, pair.source):
            message = f"{{t}} says “{name}”, {{s}} does not."
            found.append(pair.finding(Kind.NEGATION, Severity.LOOK, message, target=added))
    return found


def _says(name: str, side: Side) -> tuple[Span, ...]:
    return tuple(
        word.span
        for word in words(side)
        if word.kind in ("strict", "late", "pronoun") and _SAYS[name, side.language].match(side.text, word.span[0])
    )


def _answers(name: str, side: Side) -> bool:
    return _MAY_ANSWER[name, side.language].search(side.text) is not None
