"""Whole sentences of a statement, ranked once and cut to length, never rewritten.

One way of counting everywhere: sentences of one block are joined by a space, blocks by a blank line (`characters`).
Cuts are built upward: a larger one keeps what the smaller shows and adds. A list goes in whole, is announced by its
count, or is not there. Equal cuts are all kept, so that the cut for a length is found by its figure.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.model import BlockKind, Cut, Sentence, Statement, Summary
from bot.text import words
from bot.text.dates import dates
from bot.text.sentences import split
from bot.text.words import WORD, leans, topics

STANDARD = (280, 1000)
# What the label of an announced list may take, its separator included; the words are in the catalogues.
ANNOUNCEMENT = 60

_SHOWN = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTATION)
_MARKER = re.compile(r"[^\S\r\n]*(?:\(?(\d{1,2})[.)]|\(?[^\W\d_]\)|[-–—•*·▪●])[^\S\r\n]+(?=\S)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# "Мройск, 18 студзеня 2026 г." tells where and when, and nothing else.
_DATE_LINE = re.compile(
    r"(?:[^\W\d_][\w’'-]*(?: [^\W\d_][\w’'-]*)?, ?)?"
    r"(?:(?:\d{1,2} [^\W\d_]+\.?|[^\W\d_]+ \d{1,2}),? \d{4}(?: ?[^\W\d_]{1,4}\.?)?|\d{1,2}\.\d{1,2}\.\d{4})\W*"
)
_FINAL = re.compile(r"[.!?…][\"'»”“’)\]⁰¹²³⁴-⁹⁾]*$")
_QUOTATION_ONLY = re.compile(r"[«“„\"][^«»“”„\"]*[»”“\"][.!?…]*")
_QUOTED = re.compile(r"[«„“\"][^»”“\"]*[»”“\"]")
_FIGURE = re.compile(r"\d+(?:[ .,:\u00a0\u202f]\d+)*")
_NAME = re.compile(r"(?<=\s)[«“„\"(]?[^\W\d_a-zа-яёіўїєґąćęłńóśźż][^\W\d_]+")
_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d%]|[.,]\d)")
# What each term of a sentence's score is worth as news. The figures come from trial; docs/summary.md tells what the
# loss of each costs.
WEIGHTS = {
    "central": 1.2,
    "opening": 0.3,
    "title": 0.3,
    "figures": 0.3,
    "names": 0.6,
    "dated": 0.8,
    "past": -0.6,
    "asks": -0.6,
    "itself": -0.6,
    "official": -0.4,
    "quoted": -0.8,
    "cry": -0.4,
}
# The shortest cut rather stays short than be filled with what is worth less than this share of its best sentence.
FLOOR = 0.4
# Beyond the shortest cut a demand comes before whatever else is told.
DEMAND = 6.0
# Power iteration over more sentences than a long statement has would only burn time.
_CENTRAL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a source that is of one kind; offsets count into the source.

    `block` is the index of its block. `after_marker` is where the words begin when a list marker was typed before them.
    """

    kind: BlockKind
    block: int
    start: int
    end: int
    ordinal: int | None = None
    after_marker: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is summarised: a text, its title, and its pieces in order, whose offsets count into that very text."""

    text: str
    language: str
    title: str
    pieces: tuple[Piece, ...]


def of_statement(statement: Statement) -> Source:
    """A statement as a source; offsets count into `statement.text`."""
    pieces: list[Piece] = []
    at, text = 0, statement.text
    for index, block in enumerate(statement.blocks):
        end = at + len(block.text)
        if block.kind is BlockKind.PARAGRAPH:
            pieces += _lines(text, at, end, index)
        else:
            pieces.append(Piece(kind=block.kind, block=index, start=at, end=end, ordinal=block.ordinal))
        at = end + 2
    return Source(text=text, language=statement.language, title=statement.title, pieces=_typed_lists(text, pieces))


def of_text(text: str, language: str) -> Source:
    """A plain text file as it was read; offsets count code points into `text`, whatever its line ends.

    Blank lines part blocks; lines that open with "-", "•", "1.", "(2)" or "a)" are items, also indented; lines of
    cells parted by tabs or bars are a table. A first short line or wrapped paragraph without a full stop is the title
    when a blank line or a far longer line follows.
    """
    return _read(text, language, titled=True)


def summarise(statement: Statement | Source) -> Summary:
    """The ranking of a statement as nested cuts of at most 280 and 1,000 characters.

    An empty cut is left out. When no sentence fits any, one cut holds the best sentence whatever its length. A
    statement of nothing but lines without a full stop is told by those; one without a single sentence or line that can
    stand alone gives a summary without sentences.
    """
    ranking = _rank(_source(statement))
    steps = _standard(ranking)
    longest = sorted(steps[-1][1]) if steps else []
    place = {pool: index for index, pool in enumerate(longest)}
    cuts = tuple(
        Cut(
            characters=limit,
            sentences=tuple(sorted(place[pool] for pool in chosen)),
            announced=tuple((place[anchor], count) for anchor, count in ranking.anchored(chosen, announced)),
        )
        for limit, chosen, announced in steps
    )
    sentences = tuple(ranking.sentences[pool] for pool in longest)
    return Summary(language=ranking.language, title=ranking.title, sentences=sentences, cuts=cuts)


def cut(statement: Statement | Source, characters: int) -> tuple[Sentence, ...]:
    """The sentences for any length, in source order: the largest standard cut that fits, and what else fits.

    `characters` is never exceeded, so a small figure may give nothing. Lists are quoted whole or left out.
    """
    ranking = _rank(_source(statement))
    chosen: set[int] = set()
    for limit, sentences, _ in _standard(ranking):
        if limit <= characters:
            chosen = set(sentences)
    ranking.grow(chosen, characters)
    return tuple(ranking.sentences[pool] for pool in sorted(chosen))


def characters(sentences: Iterable[Sentence]) -> int:
    """The length of sentences in source order as they are counted everywhere: one space, or two between blocks."""
    total, block = 0, None
    for sentence in sentences:
        total += len(sentence.text) + (0 if block is None else 1 if block == sentence.block else 2)
        block = sentence.block
    return total


def written(text: str, language: str, title: str) -> Summary:
    """An officer's own words as a summary: every sentence in order, cut after 280, after 1,000 and not at all.

    A cut never ends inside a list. Offsets count into `text`.
    """
    source = replace(_read(text, language, titled=False), title=title)
    ranking = _rank(source)
    sentences = tuple(ranking.sentences)
    inside = {i for group in ranking.groups for i in range(min(group.members) + 1, max(group.members) + 1)}
    ends = [i for i in range(1, len(sentences) + 1) if i not in inside]
    whole = characters(sentences)
    cuts = []
    for limit in (*STANDARD, *([whole] if whole > STANDARD[-1] else [])):
        fitting = [end for end in ends if characters(sentences[:end]) <= limit]
        if fitting:
            cuts.append(Cut(characters=limit, sentences=tuple(range(fitting[-1]))))
    return Summary(language=language, title=title, sentences=sentences, cuts=tuple(cuts), written=True)


# --------------------------------------------------------------------------------------------------------------------
# reading: from a text to its pieces


def _source(statement: Statement | Source) -> Source:
    return of_statement(statement) if isinstance(statement, Statement) else statement


def _read(text: str, language: str, *, titled: bool) -> Source:
    pieces: list[Piece] = []
    title = ""
    for index, (start, end) in enumerate(_paragraphs(text)):
        after = _title_end(text, language, start, end) if titled and index == 0 else start
        if after > start:
            title = " ".join(text[start:after].split())
            pieces.append(Piece(kind=BlockKind.HEADING, block=index, start=start, end=after))
        if titled and _is_table(text[after:end]):
            pieces.append(Piece(kind=BlockKind.TABLE, block=index, start=after, end=end))
        else:
            pieces += _lines(text, after, end, index)
    return Source(text=text, language=language, title=title, pieces=_typed_lists(text, pieces))


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the text between blank lines; a byte order mark belongs to no paragraph."""
    start: int | None = None
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        line = _LINE.match(text, at)
        end = line.end() if line else len(text)
        if text[at:end].strip():
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None
        at = end
    if start is not None:
        yield start, len(text)


def _title_end(text: str, language: str, start: int, end: int) -> int:
    """Where the title ends that the first paragraph is or opens with; its start when there is none."""
    first = _LINE.match(text, start, end)
    line_end = first.end() if first else end
    line, whole, rest = (text[a:b].strip() for a, b in ((start, line_end), (start, end), (line_end, end)))
    # A line of 50 characters or more may have been wrapped by hand.
    if (not rest or len(line) >= 50) and text[end:].strip() and _may_be_title(whole, language):
        return end
    following = _LINE.match(text, line_end, end)
    longer = rest and following is not None and len(following.group()) > max(100, 2 * len(line))
    return line_end if longer and _may_be_title(line, language) else start


def _may_be_title(text: str, language: str) -> bool:
    """Whether a text of its own may be a title: short, no item, and no sentence unless it asks or cries."""
    if not text or len(text) > 150 or text.endswith(":") or any(map(_MARKER.match, text.splitlines())):
        return False
    return not _FINAL.search(text) or (text.endswith(("?", "!")) and len(split(text, language)) == 1)


def _is_table(paragraph: str) -> bool:
    """Whether a paragraph is rows of cells: two lines or more, each with a tab or a bar inside."""
    rows = [row for line in paragraph.splitlines() if (row := line.strip())]
    return len(rows) > 1 and all("\t" in row or "|" in row for row in rows)


def _lines(text: str, start: int, end: int, block: int) -> list[Piece]:
    """A paragraph as pieces: one, or more when lines in it open with a list marker."""
    if start == end:
        return []
    starts: list[tuple[int, re.Match[str] | None]] = []
    at = start
    while at < end:
        line = _LINE.match(text, at, end)
        marker = _MARKER.match(text, at, end)
        if marker or not starts:
            starts.append((at, marker))
        at = line.end() if line and line.end() > at else end
    ends = [at for at, _ in starts[1:]] + [end]
    return [
        Piece(
            kind=BlockKind.PARAGRAPH,
            block=block,
            start=at,
            end=until,
            ordinal=int(marker.group(1)) if marker and marker.group(1) else None,
            after_marker=marker.end() if marker else None,
        )
        for (at, marker), until in zip(starts, ends, strict=True)
    ]


def _typed_lists(text: str, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces that open with markers become items where they make a list; elsewhere a marker is part of the words.

    Two in a row make a list, numbers only when each is one more; after a colon one is enough.
    """
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        run = _run(pieces, at)
        announced = bool(found) and text[found[-1].start : found[-1].end].rstrip().endswith(":")
        if run and (len(run) > 1 or announced):
            for piece in run:
                words = piece.start if piece.after_marker is None else piece.after_marker
                found.append(replace(piece, kind=BlockKind.ITEM, start=words, after_marker=None))
            at += len(run)
            continue
        piece = replace(pieces[at], after_marker=None)
        if pieces[at].after_marker is not None:
            piece = replace(piece, ordinal=None)
            if found and found[-1].kind is BlockKind.PARAGRAPH and found[-1].end == piece.start:
                piece = replace(found.pop(), end=piece.end)
        found.append(piece)
        at += 1
    return tuple(found)


def _run(pieces: Sequence[Piece], at: int) -> list[Piece]:
    run: list[Piece] = []
    for piece in pieces[at:]:
        if piece.after_marker is None:
            break
        if run and piece.ordinal != (None if run[-1].ordinal is None else run[-1].ordinal + 1):
            break
        run.append(piece)
    return run


# --------------------------------------------------------------------------------------------------------------------
# ranking: what may be shown, what must stay together, what matters


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Sentences that stand or fall together: a list with its intro, or a quotation; `items` is 0 for a quotation.

    `demands` says that its intro, or the heading above it, makes its items demands.
    """

    members: tuple[int, ...]
    items: int
    demands: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranking:
    """Every sentence of a source, which of them may be shown, and their order of worth.

    `order` is that of the shortest cut, by `worth` as news; `later` that of what longer cuts add, the demands first.
    """

    language: str
    title: str
    sentences: tuple[Sentence, ...]
    groups: tuple[_Group, ...]
    allowed: tuple[bool, ...]
    worth: tuple[float, ...]
    order: tuple[int, ...]
    later: tuple[int, ...]

    def needs(self, index: int) -> set[int] | None:
        """The sentence with all that it cannot be shown without; None when some of that may not be shown."""
        needed: set[int] = set()
        opened: set[int] = set()
        wanted = [index]
        while wanted:
            i = wanted.pop()
            if i in needed:
                continue
            if i < 0 or not self.allowed[i]:
                return None
            needed.add(i)
            enumeration = self.sentences[i].enumeration
            if enumeration is not None and enumeration not in opened:
                opened.add(enumeration)
                wanted += self.groups[enumeration].members
            if self.sentences[i].follows:
                wanted.append(i - 1)
        return needed

    def length(self, chosen: Collection[int]) -> int:
        """The characters of some sentences together."""
        return characters(self.sentences[i] for i in sorted(chosen))

    def grow(self, chosen: set[int], limit: int, announced: set[int] | None = None) -> None:
        """Add the best that fits to `chosen`; a list that does not fit is added to `announced`, when that is given."""
        short = limit <= STANDARD[0]
        labels: set[int] = set() if announced is None else announced
        needs = {i: self.needs(i) for i in self.order}
        everything = chosen.union(*(needed for needed in needs.values() if needed))
        if self.length(everything) + ANNOUNCEMENT * len(labels) <= limit:
            chosen |= everything
        fitting = (self.worth[i] for i, needed in needs.items() if needed and self.length(needed) <= limit)
        best = max(fitting, default=0.0)
        least = min(FLOOR * best, best) if short else -math.inf
        for i in self.order if short else self.later:
            if i in chosen:
                continue
            group, needed = self.sentences[i].enumeration, needs[i]
            others = labels if group is None else labels - {group}
            if needed and self.length(chosen | needed) + ANNOUNCEMENT * len(others) <= limit:
                chosen |= needed if self.worth[i] >= least else set()
            elif announced is not None and group is not None and chosen and self.groups[group].items:
                room = self.length(chosen) + ANNOUNCEMENT * (len(others) + 1) <= limit
                labels |= {group} if room else set()
        labels -= {group for i in chosen if (group := self.sentences[i].enumeration) is not None}

    def anchored(self, chosen: Collection[int], announced: Collection[int]) -> list[tuple[int, int]]:
        """(sentence after which the label stands, number of items) of each announced list, in order of the source."""
        pairs = []
        for group in sorted(announced):
            before = [i for i in chosen if i < self.groups[group].members[0]]
            if before:
                pairs.append((max(before), self.groups[group].items))
        return pairs


def _standard(ranking: _Ranking) -> list[tuple[int, frozenset[int], frozenset[int]]]:
    """(characters, sentences, announced groups) of the standard cuts that hold anything, smallest first."""
    steps = []
    chosen: set[int] = set()
    announced: set[int] = set()
    for limit in STANDARD:
        ranking.grow(chosen, limit, announced)
        if chosen:
            steps.append((limit, frozenset(chosen), frozenset(announced)))
    if not steps:
        best = next((i for i in ranking.order if ranking.needs(i) == {i}), None)
        if best is not None:
            steps.append((ranking.length({best}), frozenset({best}), frozenset()))
    return steps


def _rank(source: Source) -> _Ranking:
    sentences, groups = _sentences(source)
    title = _stems(source.title)
    allowed, unfinished, seen = [], [], {_normal(source.title)}
    for i, sentence in enumerate(sentences):
        normal = _normal(sentence.text)
        last = i + 1 == len(sentences) or sentences[i + 1].block != sentence.block
        if sentence.enumeration is not None:
            allowed.append(_can_open(sentences, groups[sentence.enumeration]))
            unfinished.append(allowed[-1])
        else:
            copies = normal in seen or _stems(sentence.text) <= title
            unfinished.append(bool(normal) and not copies and not _is_fragment(sentence, last=False))
            allowed.append(unfinished[-1] and not _is_fragment(sentence, last=last))
        seen.add(normal)
    score = _scores(source, sentences)
    asked = [
        value + DEMAND * _demand(sentence, groups, source.language)
        for value, sentence in zip(score, sentences, strict=True)
    ]
    ranking = _Ranking(
        language=source.language,
        title=source.title,
        sentences=tuple(sentences),
        groups=tuple(groups),
        allowed=tuple(allowed),
        worth=tuple(score),
        order=_descending(score),
        later=_descending(asked),
    )
    # Some sites write no full stops: better lines that look like headings than a post of nothing but its title.
    nothing = not any(ranking.needs(i) for i in ranking.order)
    return replace(ranking, allowed=tuple(unfinished)) if nothing else ranking


def _sentences(source: Source) -> tuple[list[Sentence], list[_Group]]:
    """The sentences of all pieces that carry words, and what stands or falls together among them."""
    sentences: list[Sentence] = []
    groups: list[_Group] = []
    before: BlockKind | None = None
    heading = ""
    typed = False
    for piece in source.pieces:
        if piece.kind not in _SHOWN:
            if piece.kind is BlockKind.HEADING:
                heading = source.text[piece.start : piece.end]
            # A picture or a table between an intro and its list does not part them; a heading does.
            before = piece.kind if piece.kind is BlockKind.HEADING else before
            continue
        found = _sentences_of(source, piece)
        if not found:
            continue
        if piece.kind is not BlockKind.PARAGRAPH:
            if before is not piece.kind:
                # A quotation under a line that looks like a heading may be introduced by that very line.
                parted = before is BlockKind.HEADING or (typed and piece.kind is BlockKind.ITEM)
                _open_group(sentences, groups, found, parted=parted)
                intro = sentences[-1].text if sentences and not parted else ""
                demands = any(words.opens_demands(text, source.language) for text in (heading, intro))
                groups[-1] = replace(groups[-1], demands=demands)
            _join_group(sentences, groups, found)
        elif sentences and leans(found[0].text, source.language):
            found[0] = replace(found[0], follows=True)
        sentences += found
        before = piece.kind
        typed = len(found) == 1 and _is_heading(found[0])
        heading = found[0].text if typed else heading
    return sentences, groups


def _sentences_of(source: Source, piece: Piece) -> list[Sentence]:
    found: list[Sentence] = []
    for start, end in split(source.text[piece.start : piece.end], source.language):
        text = source.text[piece.start + start : piece.start + end]
        found.append(
            Sentence(
                text=text,
                start=piece.start + start,
                end=piece.start + end,
                block=piece.block,
                kind=piece.kind,
                ordinal=None if found else piece.ordinal,
                follows=bool(found) and (piece.kind is BlockKind.ITEM or leans(text, source.language)),
            )
        )
    return found


def _open_group(sentences: list[Sentence], groups: list[_Group], found: list[Sentence], *, parted: bool) -> None:
    """Begin a list or quotation: the line with a colon before it is part of it, any other sentence must precede it."""
    members: tuple[int, ...] = ()
    if sentences and not parted:
        if sentences[-1].text.endswith(":") and sentences[-1].enumeration is None:
            sentences[-1] = replace(sentences[-1], enumeration=len(groups))
            members = (len(sentences) - 1,)
        else:
            found[0] = replace(found[0], follows=True)
    groups.append(_Group(members=members, items=0))


def _join_group(sentences: list[Sentence], groups: list[_Group], found: list[Sentence]) -> None:
    """Add an item by its first sentence, a quotation by all."""
    item = found[0].kind is BlockKind.ITEM
    lead = 1 if item else len(found)
    found[:lead] = [replace(sentence, enumeration=len(groups) - 1) for sentence in found[:lead]]
    members = (*groups[-1].members, *range(len(sentences), len(sentences) + lead))
    groups[-1] = replace(groups[-1], members=members, items=groups[-1].items + item)


def _demand(sentence: Sentence, groups: Sequence[_Group], language: str) -> float:
    """How surely a sentence demands, by itself or as part of a list of demands."""
    if sentence.enumeration is not None and groups[sentence.enumeration].items:
        return float(groups[sentence.enumeration].demands)
    return words.demand(sentence.text, language)


def _descending(worth: Sequence[float]) -> tuple[int, ...]:
    """The indices from the highest worth to the lowest, equals in their order."""
    return tuple(sorted(range(len(worth)), key=lambda i: (-worth[i], i)))


def _can_open(sentences: Sequence[Sentence], group: _Group) -> bool:
    """Whether a list can be understood: by its intro, by the sentence before it, or by its own capital."""
    first = sentences[group.members[0]]
    return first.follows or not next((letter for letter in first.text if letter.isalpha()), "A").islower()


def _is_fragment(sentence: Sentence, *, last: bool) -> bool:
    """A line that introduces what is not there, a quotation that nobody says, a date line, or a heading."""
    text = sentence.text
    if text.endswith(":") or _QUOTATION_ONLY.fullmatch(text) or _DATE_LINE.fullmatch(text):
        return True
    return last and _is_heading(sentence)


def _is_heading(sentence: Sentence) -> bool:
    """A short line of a paragraph without a full stop, which announces what comes under it."""
    text = sentence.text
    if sentence.kind is not BlockKind.PARAGRAPH or text.endswith(":") or _FINAL.search(text):
        return False
    return len(WORD.findall(text)) < 10


def _normal(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))


def _stems(text: str) -> frozenset[str]:
    """Every word and figure of a text, however small: one "not" or one number more is no copy of the title."""
    return frozenset(map(words.stem, re.findall(r"\w+", text.casefold())))


# --------------------------------------------------------------------------------------------------------------------
# worth: what the whole text speaks of, what stands first, what carries figures and names


def _scores(source: Source, sentences: Sequence[Sentence]) -> list[float]:
    """What each sentence is worth as news."""
    return [sum(WEIGHTS[name] * value for name, value in terms.items()) for terms in _terms(source, sentences)]


def _terms(source: Source, sentences: Sequence[Sentence]) -> Iterator[dict[str, float]]:
    """The terms of each sentence's score, by their names in WEIGHTS, each from 0 to 1."""
    language = source.language
    stems = [topics(sentence.text, language) for sentence in sentences]
    central = _centrality(stems[:_CENTRAL])
    title = set(topics(source.title, language))
    days = [dates(" ".join(sentence.text.split()), language) for sentence in sentences]
    years = [[int(year) for year in _YEAR.findall(sentence.text)] for sentence in sentences]
    newest = max((one.year for found in days for one in found if one.day), default=0) or max(
        (year for found in years for year in found), default=0
    )
    for i, sentence in enumerate(sentences):
        text = sentence.text
        yield {
            "central": central[i] if i < _CENTRAL else 0.0,
            "opening": 1 / (1 + 0.15 * i),
            "title": len(title.intersection(stems[i])) / len(title) if title else 0.0,
            "figures": min(1.0, len(_FIGURE.findall(text)) / 3),
            "names": min(1.0, len(_NAME.findall(text)) / 4),
            "dated": float(words.today(text, language) or any(one.day and one.year in {0, newest} for one in days[i])),
            "past": float(bool(years[i]) and max(years[i]) < newest),
            "asks": words.demand(text, language),
            "itself": float(words.says("itself", text, language)),
            "official": float(words.says("official", text, language)),
            "quoted": sum(len(quoted) for quoted in _QUOTED.findall(text)) / len(text),
            "cry": float(text.endswith(("!", "?"))),
        }


def _centrality(stems: Sequence[Sequence[str]]) -> list[float]:
    """LexRank: the share of attention of each sentence when it is handed on along likeness, the highest being 1."""
    spread = Counter(stem for sentence in stems for stem in set(sentence))
    vectors = []
    for sentence in stems:
        weights = {
            stem: (1 + math.log(count)) * math.log(1 + len(stems) / spread[stem])
            for stem, count in Counter(sentence).items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors.append({stem: weight / norm for stem, weight in weights.items()})
    likeness = _likeness(vectors)
    sums = [sum(row.values()) or 1.0 for row in likeness]
    rank = [1.0] * len(stems)
    for _ in range(20):
        flow = [0.15] * len(stems)
        for i, row in enumerate(likeness):
            share = 0.85 * rank[i] / sums[i]
            for j, weight in row.items():
                flow[j] += share * weight
        rank = flow
    highest = max(rank, default=1.0)
    return [value / highest for value in rank]


def _likeness(vectors: Sequence[dict[str, float]]) -> list[dict[int, float]]:
    """The cosine of every two sentences that share a stem; none with itself, or a stray one would admire itself."""
    holders: dict[str, list[tuple[int, float]]] = {}
    for i, vector in enumerate(vectors):
        for stem, weight in vector.items():
            holders.setdefault(stem, []).append((i, weight))
    rows: list[dict[int, float]] = [{} for _ in vectors]
    for held in holders.values():
        for i, first in held:
            row = rows[i]
            for j, second in held:
                if i != j:
                    row[j] = row.get(j, 0.0) + first * second
    return rows
