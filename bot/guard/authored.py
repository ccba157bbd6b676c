"""The editions of a story that the site itself wrote, compared with each other: the same fact must have one value.

They are no translations of each other: sentences move, merge, fall away. So facts that are equal pair up first, and
two values are held against each other only where the sentences around them are the same.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise

from rapidfuzz.distance import OSA

from bot.guard.language import NAMES
from bot.guard.law import Reference, references
from bot.guard.links import links
from bot.guard.pair import LANGUAGES, Side, Span, side
from bot.model import Block, BlockKind, Finding, Kind, Severity, Statement
from bot.text.dates import DateMention, dates
from bot.text.glossary import Glossary, Mention
from bot.text.numbers import Quantity, quantities
from bot.text.romanisation import skeleton
from bot.text.sentences import split
from bot.text.units import TIME, scale

_TITLE = -1
# Lists of names, pictures and files are not told in sentences; another number of them is no contradiction.
_BESIDE = frozenset({BlockKind.SIGNATORIES, BlockKind.IMAGE, BlockKind.ATTACHMENT})
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_PREFIX = 4  # letters of a skeleton: what words of one origin share before their endings
_YEARS = range(1500, 2100)
_ABOUT = re.compile(
    r"\b(?:about|around|some|nearly|almost|over|more than|less than|under|approximately|roughly|at least|up to|"
    r"каля|больш за|больш як|больш чым|больш|болей за|амаль|звыш|прыблізна|блізу|менш за|да|"
    r"около|более|более чем|больше|почти|свыше|примерно|порядка|менее|до|"
    r"близько|понад|майже|більше|більш як|приблизно|менше|до|"
    r"około|ponad|prawie|blisko|więcej niż|niemal|mniej niż|do) (?:\w{1,3} )?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[ -]?(?:[^\W\d_]+|[%$€₽₴])")
_DAY_BEFORE = re.compile(r"(?<!\d)([3-9]\d) $")
_YEAR_AFTER = re.compile(r"(?:,| of)? (\d{4})(?!\d)")
_ROUNDED = Fraction(1, 10)  # how far a round number may be from what it rounds

_Value = Quantity | DateMention | Reference | Mention


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fact:
    """One fact of one edition: what it is, what it says, how it is written and in which sentence."""

    kind: Kind
    value: _Value
    text: str
    language: str
    sentence: int
    counted: str = ""  # a number with the word behind it
    about: bool = False
    soft: bool = False  # it may explain a fact of another edition, and is not asked for


_Clash = tuple[_Fact, _Fact]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sentence:
    """One sentence of one edition with what it can be known by: `place` is 0–1, `features` are language-free."""

    index: int
    place: float
    item: tuple[int, int] | None
    facts: tuple[_Fact, ...]
    features: frozenset[str]


# --------------------------------------------------------------------------------------------------------------------
# reading an edition


def _sentences(edition: Statement, glossary: Glossary) -> list[_Sentence]:
    """The title and every sentence of an edition."""
    texts: list[tuple[str, tuple[int, int] | None]] = [(edition.title, None)]
    listing = 0
    for block in edition.blocks:
        if block.kind in _BESIDE:
            continue
        listing += block.ordinal == 1
        item = (listing, block.ordinal) if block.ordinal is not None else None
        texts += [(text, item) for text in _cut(block, edition.language)]
    return [
        _sentence(text, edition.language, i + _TITLE, i / max(1, len(texts) - 1), item, glossary)
        for i, (text, item) in enumerate(texts)
    ]


def _cut(block: Block, language: str) -> Iterator[str]:
    for line in block.text.splitlines():
        yield from (line[start:end] for start, end in split(line, language))


def _sentence(
    text: str, language: str, index: int, place: float, item: tuple[int, int] | None, glossary: Glossary
) -> _Sentence:
    one = side(text, language)
    facts = tuple(_facts(one, index, glossary))
    words = (skeleton(hit.group()) for hit in _WORD.finditer(one.text) if len(hit.group()) > 3)
    features = {word[:_PREFIX] for word in words if len(word) >= 3}
    for fact in facts:
        features |= _features(fact)
    return _Sentence(index=index, place=place, item=item, facts=facts, features=frozenset(features))


def _facts(one: Side, index: int, glossary: Glossary) -> Iterator[_Fact]:
    """Every fact of a sentence; what a date or an article is made of is no number."""

    def fact(kind: Kind, value: _Value, span: Span, *, about: bool = False, soft: bool = False) -> _Fact:
        behind = _BEHIND.match(one.text, span[1])
        return _Fact(
            kind=kind,
            value=value,
            text=one.text[slice(*span)],
            language=one.language,
            sentence=index,
            counted=one.text[span[0] : behind.end() if behind else span[1]],
            about=about,
            soft=soft,
        )

    seen = [span for _, span in links(one.text)]
    for law in references(one.text):
        seen.append(law.span)
        yield fact(Kind.LAW, law, law.span)
    for date in (_impossible(one.text, date) for date in dates(one.text, one.language)):
        if date.day or date.year:
            seen.append(date.span)
        yield fact(Kind.DATE, date, date.span, soft=date.adjective or date.doubtful)
    for number in quantities(one.text, one.language, without=tuple(seen)):
        seen.append(number.span)
        soft = not number.figures and (number.glued or number.value < 3)
        about = _ABOUT.search(one.text, max(0, number.start - 20), number.start) is not None
        yield fact(Kind.NUMBER, number, number.span, about=about, soft=soft)
    for hit in _WORD.finditer(one.text):
        # "More than a thousand": a scale that nothing counts.
        if (factor := scale(hit.group().lower())) and not any(a < hit.end() and b > hit.start() for a, b in seen):
            readings = frozenset({("n", Fraction(factor))})
            lone = Quantity(start=hit.start(), end=hit.end(), text=hit.group(), readings=readings, figures=False)
            yield fact(Kind.NUMBER, lone, hit.span(), about=True, soft=True)
    for name in glossary.mentions(one.text, one.language):
        yield fact(Kind.NAME, name, name.span)


def _impossible(text: str, date: DateMention) -> DateMention:
    """The date with the day or year that a slip of the pen made of it, which no calendar knows: 78 March, June 9156."""
    if date.month and not date.day and (day := _DAY_BEFORE.search(text, max(0, date.start - 5), date.start)):
        date = replace(date, start=day.start(1), day=int(day[1]))
    if date.month and not date.year and (year := _YEAR_AFTER.match(text, date.end)):
        date = replace(date, end=year.end(1), year=int(year[1]))
    return replace(date, text=text[date.start : date.end])


def _features(fact: _Fact) -> set[str]:
    """What a fact adds to the likeness of two sentences; one and two are everywhere and tell nothing."""
    value = fact.value
    if isinstance(value, Quantity):
        return {f"{kind}{number}" for kind, number in value.readings if number > 2 and not value.glued}
    if isinstance(value, DateMention):
        return {f"m{value.month}", f"d{value.day}.{value.month}"}
    if isinstance(value, Reference):
        return {f"law {value.article} {value.part}"}
    return {f"id {id}" for id in value.ids}


# --------------------------------------------------------------------------------------------------------------------
# two facts


def _same(one: _Fact, other: _Fact) -> bool:
    """Whether two facts say the same."""
    a, b = one.value, other.value
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return a.same(b) and not (_units_differ(a, b) and a.figures and b.figures)
    if isinstance(a, DateMention) and isinstance(b, DateMention):
        return any(_agree(x, y) for x in _days(a) for y in _days(b))
    if isinstance(a, Reference) and isinstance(b, Reference):
        return a.article == b.article and a.part == b.part
    return isinstance(a, Mention) and isinstance(b, Mention) and bool(a.ids & b.ids)


def _units_differ(a: Quantity, b: Quantity) -> bool:
    return bool(a.unit and b.unit and a.unit != b.unit)


def _days(date: DateMention) -> list[tuple[int, int, int]]:
    return [date.value] + ([date.alternative] if date.alternative else [])


def _agree(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[1] == other[1] and all(a == b or 0 in (a, b) for a, b in zip(one, other, strict=True))


def _rounds(one: _Fact, other: _Fact) -> bool:
    """Whether one number is the other one told roundly: "more than 1,000" for 1,049."""
    a, b = one.value, other.value
    if not isinstance(a, Quantity) or not isinstance(b, Quantity) or one.about == other.about:
        return False
    round_, exact = (a.value, b.value) if one.about else (b.value, a.value)
    step = _step(round_)
    return step > _step(exact) and abs(round_ - exact) < min(Fraction(step), _ROUNDED * exact)


def _step(number: Fraction) -> int:
    """The place of the last figure that is not nought: 1 for 1,049 and 1,000 for 2,000."""
    step = 1
    while number and number % (step * 10) == 0:
        step *= 10
    return step


def _rivals(one: _Fact, other: _Fact, glossary: Glossary) -> bool:
    """Whether two facts could be two values of one: of one kind, and counting the same."""
    a, b = one.value, other.value
    if one.soft or other.soft:
        return False
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return _numbers_rival(a, b)
    if isinstance(a, DateMention) and isinstance(b, DateMention):
        return bool(a.day) == bool(b.day) and bool(a.year and not a.month) == bool(b.year and not b.month)
    if isinstance(a, Reference) and isinstance(b, Reference):
        return bool(a.article) == bool(b.article)
    if isinstance(a, Mention) and isinstance(b, Mention):
        known = all(glossary.lists(id, other.language) for id in a.ids)
        known = known and all(glossary.lists(id, one.language) for id in b.ids)
        return known and a.kind == b.kind != "institutions" and a.full == b.full
    return False


def _numbers_rival(a: Quantity, b: Quantity) -> bool:
    """Two numbers can be one when they count the same; in words, which are used freely, the unit must be told too."""
    if a.same(b):
        return {a.unit, b.unit} <= TIME
    if _slip(a.text, b.text):
        return not _units_differ(a, b)
    if a.glued or b.glued or _is_year(a) != _is_year(b) or _scaled(a, b):
        return False
    if not (a.figures and b.figures):
        return a.unit == b.unit != ""
    return not _units_differ(a, b) and (a.unit == "percent") == (b.unit == "percent")


def _slip(one: str, other: str) -> bool:
    """Whether two numbers as they are written differ by a slip of the pen: one digit, or two that changed places."""
    a, b = (re.sub(r"\D", "", text) for text in (one, other))
    return min(len(a), len(b)) >= 2 and OSA.distance(a, b) == 1


def _scaled(a: Quantity, b: Quantity) -> bool:
    """Whether two numbers differ by a scale that was read on one side only: «50 ці болей мільёнаў»."""
    return any(a.value * factor == b.value or b.value * factor == a.value for factor in (10**3, 10**6, 10**9))


def _is_year(number: Quantity) -> bool:
    return number.value in _YEARS and number.text.isdigit()


def _closeness(clash: _Clash) -> int:
    """How much two rivals have in common: the surest pair of rivals is taken for one fact first."""
    a, b = (fact.value for fact in clash)
    if isinstance(a, DateMention) and isinstance(b, DateMention):
        return sum(x == y != 0 for x, y in zip(a.value, b.value, strict=True))
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return 2 * _slip(a.text, b.text) + (a.unit == b.unit != "")
    if isinstance(a, Reference) and isinstance(b, Reference):
        return (a.part == b.part) + _slip(a.article, b.article)
    return 0


# --------------------------------------------------------------------------------------------------------------------
# two editions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pair:
    """Two sentences that tell the same; `likeness` is 0–1."""

    one: _Sentence
    other: _Sentence
    likeness: float


_LIKE = 0.30  # from here on two sentences are taken for one
_NEVER = 9
_FAR = 0.6  # what is left of a likeness at the other end of the text


def _align(ones: Sequence[_Sentence], others: Sequence[_Sentence]) -> list[_Pair]:
    """Which sentences tell the same, the surest first; one may be told by two, and many have no partner."""
    table = _likenesses(ones, others)
    best_one = [max(range(len(others)), key=row.__getitem__) for row in table]
    best_other = [max(range(len(ones)), key=lambda i: table[i][j]) for j in range(len(others))]
    pairs: dict[tuple[int, int], float] = {(0, 0): 1.0}
    for i, one in enumerate(ones):
        for j, other in enumerate(others):
            if one.item is not None and one.item == other.item:
                pairs[i, j] = 1.0
            elif i and j and table[i][j] >= _LIKE and (best_one[i] == j or best_other[j] == i):
                pairs[i, j] = table[i][j]
    _fill(pairs, len(ones), len(others))
    found = [_Pair(one=ones[i], other=others[j], likeness=likeness) for (i, j), likeness in pairs.items()]
    return sorted(found, key=lambda pair: -pair.likeness)


def _fill(pairs: dict[tuple[int, int], float], ones: int, others: int) -> None:
    """What stands between two pairs that keep their order must be told between them, or in them, on the other side."""
    left, right = ({pair[side] for pair in pairs} for side in (0, 1))
    for low, high in pairwise([*_chain(pairs), (ones, others)]):
        alone = [i for i in range(low[0] + 1, high[0]) if i not in left]
        gap = [j for j in range(low[1] + 1, high[1]) if j not in right]
        if len(alone) == len(gap):
            pairs.update(dict.fromkeys(zip(alone, gap, strict=True), _LIKE))
        rows = (*alone, *(i for i in (low[0], high[0]) if i < ones))
        columns = (*gap, *(j for j in (low[1], high[1]) if j < others))
        for i in rows:
            for j in columns:
                pairs.setdefault((i, j), 0.0)


def _chain(pairs: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The likeliest pairs that stand in the same order in both editions, the titles first."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {}
    for pair in sorted(pairs):
        before = [one for one in best if one[0] < pair[0] and one[1] < pair[1]]
        last = max(before, key=lambda one: best[one][0], default=None)
        best[pair] = (pairs[pair] + (best[last][0] if last else 0.0), last)
    at: tuple[int, int] | None = max(best, key=lambda one: best[one][0])
    chain = []
    while at is not None:
        chain.append(at)
        at = best[at][1]
    return chain[::-1]


def _likenesses(ones: Sequence[_Sentence], others: Sequence[_Sentence]) -> list[list[float]]:
    """The cosine of every two sentences over what both editions have, rare features counting more, near ones too."""
    counts = Counter(feature for sentence in (*ones, *others) for feature in sentence.features)
    shared = set().union(*(one.features for one in ones)) & set().union(*(one.features for one in others))
    total = len(ones) + len(others)
    weight = {feature: math.log(1 + total / counts[feature]) ** 2 for feature in shared}
    norms = [
        [math.sqrt(sum(weight[feature] for feature in one.features & shared)) for one in side]
        for side in (ones, others)
    ]
    table = []
    for one, norm in zip(ones, norms[0], strict=True):
        row = []
        for other, other_norm in zip(others, norms[1], strict=True):
            common = sum(weight[feature] for feature in one.features & other.features)
            near = 1 - (1 - _FAR) * abs(one.place - other.place)
            row.append(near * common / (norm * other_norm) if common else 0.0)
        table.append(row)
    return table


def _compare(
    ones: Sequence[_Sentence], others: Sequence[_Sentence], glossary: Glossary
) -> tuple[list[_Clash], list[_Fact]]:
    """The facts of two editions that are one fact with two values, and those that one of them lacks."""
    pairs = _align(ones, others)
    left = {fact for one in ones for fact in one.facts}
    right = {fact for one in others for fact in one.facts}

    def take(some: Iterable[_Fact], more: Iterable[_Fact], agree: Callable[[_Fact, _Fact], bool]) -> None:
        for one in some:
            if one not in left:
                continue
            for other in more:
                if other in right and agree(one, other):
                    left.remove(one)
                    right.remove(other)
                    break

    for agree in (_same, _rounds):
        for pair in pairs:
            take(pair.one.facts, pair.other.facts, agree)
    all_ones, all_others = ([fact for one in side for fact in one.facts] for side in (ones, others))
    take(all_ones, all_others, _same)
    clashes: list[_Clash] = []

    def settle(some: Iterable[_Fact], more: Sequence[_Fact], least: Callable[[_Clash], int]) -> None:
        """Takes the rivals that have as much in common as `least` asks for out of both sides, the closest first."""
        rivals = [
            (one, other)
            for one in some
            for other in more
            if one in left and other in right and _rivals(one, other, glossary)
        ]
        often = Counter(fact for clash in rivals for fact in clash)
        for one, other in sorted(rivals, key=_closeness, reverse=True):
            told = _told(one, all_others) + _told(other, all_ones)
            # Nothing in common but their place: only when there is no choice.
            told += not _closeness((one, other)) and max(often[one], often[other]) > 1
            if one in left and other in right and _closeness((one, other)) >= least((one, other)) + told:
                left.remove(one)
                right.remove(other)
                clashes.append((one, other))

    for pair in pairs:
        settle(pair.one.facts, pair.other.facts, _known if pair.likeness >= _LIKE else _near)
    settle(all_ones, all_others, _anywhere)
    lacking = [one for one in all_ones if one in left and not _told(one, all_others)]
    lacking += [other for other in all_others if other in right and not _told(other, all_ones)]
    return clashes, lacking


def _known(_: _Clash) -> int:
    """What two rivals must have in common when their sentences tell the same: nothing but that."""
    return 0


def _near(_: _Clash) -> int:
    """… and when their sentences stand where the same could be told."""
    return 2


def _anywhere(clash: _Clash) -> int:
    """… and when nothing is known of their sentences: the same figures but for a slip, and of the same things."""
    a, b = (fact.value for fact in clash)
    if isinstance(a, Reference):
        return 2
    if isinstance(a, Quantity) and isinstance(b, Quantity) and not (_is_year(a) or _is_year(b)):
        alike = skeleton(_noun(clash[0]))[:3] == skeleton(_noun(clash[1]))[:3] != ""
        return 2 if alike or min(a.value, b.value) >= 100 else 3
    return _NEVER


def _noun(fact: _Fact) -> str:
    return fact.counted.removeprefix(fact.text).strip(" -")


def _told(fact: _Fact, facts: Iterable[_Fact]) -> bool:
    return any(_same(fact, other) or _rounds(fact, other) for other in facts)


# --------------------------------------------------------------------------------------------------------------------
# all editions


def disagreements(editions: Sequence[Statement], *, glossary: Glossary) -> tuple[Finding, ...]:
    """Where the site's own editions of one story contradict each other: a `hold` for each fact that has two values.

    A fact that one edition lacks is a `note`: nobody has to tell everything in every language. Each finding belongs to
    the title (sentence -1) and has no span, for it is about two texts; `expected` and `found` are the values as they
    are written, `found` that of the odd one out when the others agree. Editions in no language of the guard are passed
    over.
    """
    known = [edition for edition in editions if edition.language in LANGUAGES]
    if len(known) < 2:
        return ()
    read = [_sentences(edition, glossary) for edition in known]
    clashes: list[_Clash] = []
    notes: dict[str, Finding] = {}
    for (one, ones), (other, others) in combinations(zip(known, read, strict=True), 2):
        found, lacking = _compare(ones, others, glossary)
        clashes += found
        for fact in lacking:
            note = _note(fact, other.language if fact.language == one.language else one.language, glossary)
            if note is not None:
                notes.setdefault(note.message, note)
    holds = {finding.message: finding for finding in map(_hold, _joined(clashes))}
    return (*holds.values(), *notes.values())


def _joined(clashes: Iterable[_Clash]) -> list[list[_Fact]]:
    """The clashes of every two editions put together, one list of facts for each fact that has several values."""
    groups: list[list[_Fact]] = []
    for clash in clashes:
        touched = [group for group in groups if any(f in group for f in clash) or all(_among(f, group) for f in clash)]
        merged = list(dict.fromkeys(fact for group in (*touched, clash) for fact in group))
        groups = [*(group for group in groups if group not in touched), merged]
    return groups


def _among(fact: _Fact, facts: Iterable[_Fact]) -> bool:
    """Whether an edition has told the same before: a value in the title and in the text is one contradiction."""
    return any(fact.language == other.language and _same(fact, other) for other in facts)


def _hold(facts: Sequence[_Fact]) -> Finding:
    """One sentence that names every language and its value; the odd one out, when there is one, is named first."""
    values: list[list[_Fact]] = []
    for fact in {fact.language: fact for fact in reversed(facts)}.values():
        like = next((value for value in values if _same(value[0], fact)), None)
        values.append([fact]) if like is None else like.append(fact)
    values = [sorted(value, key=facts.index) for value in values]
    values.sort(key=lambda value: (len(value), facts.index(value[0])))
    plain = len({fact.text for fact in facts}) > 1
    texts = [value[0].text if plain else value[0].counted for value in values]
    told = ", ".join(f"{_tellers(value)} “{text}”" for value, text in zip(values, texts, strict=True))
    odd = len(values) == 2 and len(values[0]) < len(values[1])
    expected, found = (texts[1], texts[0]) if odd else (texts[0], texts[1])
    return Finding(
        kind=facts[0].kind,
        severity=Severity.HOLD,
        message=f"Only {told}." if odd else f"Y{told[1:]}.",
        expected=expected,
        found=found,
        sentence=_TITLE,
    )


def _tellers(facts: Sequence[_Fact]) -> str:
    names = " and ".join(f"your {NAMES[fact.language]}" for fact in facts)
    return f"{names} {'say' if len(facts) > 1 else 'says'}"


def _note(fact: _Fact, language: str, glossary: Glossary) -> Finding | None:
    """A fact that another edition lacks, when it is one that could be asked for there."""
    value = fact.value
    if fact.soft or (isinstance(value, Quantity) and (not value.figures or value.glued)):
        return None
    if isinstance(value, Mention) and not all(glossary.lists(id, language) for id in value.ids):
        return None
    message = f"Your {NAMES[fact.language]} says “{fact.text}”, your {NAMES[language]} does not."
    return Finding(kind=fact.kind, severity=Severity.NOTE, message=message, expected=fact.text, sentence=_TITLE)
