"""Where a text names a person, whatever case, spelling, script or order of the name it uses.

The surname alone is a mention, a first name alone only where the surname stands as well. In doubt it is one: what is
found is shown to a person before anything changes, what is missed is seen by nobody. Only a surname that certainly has
another's first name or initial beside it is somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

from bot.text import given
from bot.text.glossary import Entry, Glossary, Mention
from bot.text.numbers import fold
from bot.text.spelling import Name, bare, sounds
from bot.text.words import OPENERS, STOP_WORDS

Span = tuple[int, int]

_LETTER, _MARK = r"[^\W\d_]", "[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]*"
_WORD = re.compile(rf"{_LETTER}{_MARK}(?:['’ʼ‘`´]?{_LETTER}{_MARK})*")
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZА-ЯЁІЎ])(?=[A-ZА-ЯЁІЎ])")
_TAG = re.compile("[#@][\\w\u2060]*$")
_LONGEST_TAG = 100  # letters; no platform's hashtag is longer
_ADDRESS = re.compile(r"https?://[^\s<>«»“”\"]+", re.IGNORECASE)
# A host or mail address and what follows it; a last label with a capital begins the next sentence: "home.Then".
_BARE_ADDRESS = re.compile(
    r"(?<![\w.+-])(?:[\w.+-]+@)?(?:[\w-]+\.)+(?:[a-z]{2,}|[A-Z]{2,}(?=/)|xn--[a-z\d-]+|бел|рф|укр)(?![\w-])"
    r"(?::\d+)?(?:[/?#][^\s<>«»“”\"]*)?"
)
_GAP = re.compile(r"[^\S\n]+|_|")  # nothing: two words of one hashtag
_AFTER_INITIAL = re.compile(r"\.[^\S\n]*")
_HYPHEN = re.compile("[-\u2010\u2011]")
_INITIALS = re.compile(rf"(?:{_LETTER}{{1,2}}\.)+")
_PATRONYMIC = re.compile(
    r"(?:[оеаяё][ўв](?:[іи]ч|на)|[ьі][іи]ч|[іи]н[іи]чна|[aeo][vuŭ](?:ich|ič|na)|yich|inichna)"
    r"(?:а|у|е|ам|ем|ы|і|и|ай|ой)?$"
)
_DIGRAPHS = frozenset(
    ("дз", "дж", "дм", "dz", "dm", "ya", "yu", "ye", "ja", "ju", "ia", "iu", "ts", "ch", "kh", "sh", "zh")
)
# A Latin initial of a name that other spellings begin with a vowel: "Y." for «Яўген».
_GLIDES, _VOWEL_SOUNDS = frozenset("yij"), frozenset("aeui")
_CLEAR = 4  # letters: a shorter surname is too often a part of an address by chance
# What hashtags join to a surname, before it and behind it.
_CALL = re.compile(
    r"(?:free(?:dom)?(?:for)?|save|support|release|ямы|(?:св[ао]бод[ауы]|вол[юя])(?:для)?|справ[ауы]|дел[ао]|суднад"
    r"|sv[ao]bod[auy]|vol[iy][au]|wolno(?:sc|ść)(?:dla)?)+",
    re.IGNORECASE,
)
_ECHO = re.compile(r"(?:(?:is)?free|(?:на)?(?:вол[еіюя]|св[ао]бод(?:зе|[аеуы])))+$", re.IGNORECASE)
_CALLED = 3  # letters: "#freely" names nobody called «Лі»
_LONG = 8  # letters: behind any letters at all, a shorter surname is the end of another: «Вольскі», «Дабравольскі»


class Person:
    """A person's name, taken apart. `name` is in the nominative, in be, ru or en, in any order, initials allowed."""

    def __init__(self, name: str, glossary: Glossary) -> None:
        chunks = name.replace(",", " ").replace(".", ". ").split()
        words = [chunk for chunk in chunks if not _INITIALS.fullmatch(chunk)]
        letters = [bare(chunk.rstrip(".")) for chunk in chunks if chunk not in words]
        # «Д.» is «Дмитрий» perhaps, and so «Зміцер».
        self.begun = tuple(one for first in letters[:1] for one in (first, *given.begun(first)))
        last = _surname_at(words)
        # Each half of a double surname stands for the whole.
        self.surnames = tuple(Name(part) for word in words[last:][:1] for part in _HYPHEN.split(word) if bare(part))
        others = [word for number, word in enumerate(words) if number != last]
        self.patronymics = tuple(Name(word) for word in others if len(words) > 2 and _is_patronymic(word))
        firsts = [word for word in others if Name(word).word not in {one.word for one in self.patronymics}]
        self.firsts = tuple(Name(one) for word in firsts for one in given.spellings(bare(word)))
        self.glossary = glossary
        entries = [entry for entry in glossary.entries if self._is_listed_as(entry)]
        self.ours = frozenset(entry.id for entry in entries)
        for form in (form for entry in entries for forms in entry.forms.values() for form in forms):
            parts = form.split()
            self.surnames += (Name(parts[-1]),)
            self.firsts += tuple(map(Name, parts[:-1]))

    def found(self, text: str, language: str, *, named: bool) -> tuple[Span, ...]:
        """Every mention in a text; see `mentions`."""
        if not self.surnames:
            return ()
        spans: tuple[Span, ...] = ()
        # What is found is taken out and the rest read again: a name that ended at a neighbour may stand alone by now.
        while new := _Search(text, self, language).found(named or bool(spans)):
            spans += new
            text = _blanked(text, new)
        return tuple(sorted(spans))

    def pieces(self, word: str) -> Iterator[Span]:
        """(start, end) of each word that is joined in a word of a hashtag, handle or address, as the surname tells."""
        capitals = [found.start() for found in _CAMEL.finditer(word)]
        for start, end in pairwise([0, *capitals, len(word)]):
            edges = sorted({0, *self._cuts(word[start:end]), end - start})
            yield from ((start + first, start + last) for first, last in pairwise(edges))

    def has_surname(self, word: str) -> bool:
        """Whether a bare word is the surname."""
        return any(one.says(word) for one in self.surnames)

    def has_first(self, word: str) -> bool:
        """Whether a bare word is the first name, in any spelling; a listed one may stand for a known initial."""
        if self.begun and not self.firsts:
            return bool(given.same(word)) and self.may_begin(word)
        return any(one.says(word) for one in self.firsts)

    def is_other(self, word: str) -> bool:
        """Whether a bare word is certainly the first name of somebody else."""
        return bool(self.firsts or self.begun) and bool(given.same(word)) and not self.has_first(word)

    def may_begin(self, letters: str) -> bool:
        """Whether the first name may begin with these letters, in any spelling."""
        known = tuple(one.word for one in self.firsts) or self.begun
        return not known or any(begins(word, letters) for word in known)

    def _cuts(self, word: str) -> tuple[int, ...]:
        """Where to cut a word that has the surname joined to others in small letters; nowhere if it has not."""
        if len(word) > _LONGEST_TAG:
            return ()
        call, echo, whole = _CALL.match(word), _ECHO.search(word), len(word)
        begin, end = call.end() if call else 0, echo.start() if echo else whole
        # Without the call first: what is left may be another's first name. "Freeman" is a surname with it.
        for first, last in ((begin, end), (begin, whole), (0, end), (0, whole)):
            for cut in range(last - 1, first - 1, -1):
                if self._joins(bare(word[first:cut]), bare(word[cut:last])):
                    return first, cut, last
        return ()

    def _joins(self, left: str, right: str) -> bool:
        """Whether two bare halves of a joined word are the surname and what may stand beside it."""
        if self.has_surname(left) and self.has_first(right):
            return True
        names = [one for one in self.surnames if one.says(right)]
        if not names or not left or _CALL.fullmatch(left):
            return bool(names) and len(right) >= _CALLED
        is_long = any(len(one.word) >= _LONG for one in names)
        return self.has_first(left) or (is_long and (len(left) > 2 or self.may_begin(left)))

    def _is_listed_as(self, entry: Entry) -> bool:
        """Whether a person of the glossary is this one: the name itself, or the same surname and first name."""
        if entry.kind != "people":
            return False
        for form in (form for forms in entry.forms.values() for form in forms):
            words = [bare(found.group()) for found in _WORD.finditer(form)]
            full = any(map(self.has_surname, words)) and any(map(self.has_first, words))
            if full or (len(words) == 1 and [one.word for one in self.surnames] == words and not self.firsts):
                return True
        return False


def begins(word: str, letters: str) -> bool:
    """Whether a bare name begins with these bare letters, in any spelling."""
    first, own = sounds(word)[:1], sounds(letters)[:1]
    if word.startswith(letters) or letters.startswith(word) or (own and first and set(own[0]) & set(first[0])):
        return True
    return letters[0] in _GLIDES and bool(first) and bool(set(first[0]) & _VOWEL_SOUNDS)


def _is_patronymic(word: str) -> bool:
    return _PATRONYMIC.search(bare(word)) is not None


def _surname_at(words: list[str]) -> int:
    """Which word of a name is the surname: the last, unless the order is that of a register."""
    if len(words) < 2:
        return 0
    if len(words) > 2 and _is_patronymic(words[-1]) and not _is_patronymic(words[-2]):
        return 0
    known = [bool(given.same(bare(word))) for word in words]
    return 0 if known[-1] and not known[0] and len(words) == 2 else len(words) - 1


# --------------------------------------------------------------------------------------------------------------------
# a text


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a text; `capital` also where a hashtag or handle leaves the capital out."""

    text: str
    bare: str
    start: int
    end: int
    capital: bool


def mentions(text: str, name: str, *, language: str, glossary: Glossary, named: bool = False) -> tuple[Span, ...]:
    """(start, end) of each place that names the person, in order and without overlap, in code points.

    `name` is in the nominative, as be, ru or en write it, with or without first name, initials or patronymic; the text
    is in `language`. `named`: the surname stands elsewhere in the same post, so that the first name alone is enough
    here. An address that has the name in it is one mention as a whole.
    """
    return Person(name, glossary).found(text, language, named=named)


@lru_cache(maxsize=64)
def _listed(text: str, language: str, glossary: Glossary) -> tuple[Mention, ...]:
    """The same for everybody who is looked for in one text."""
    return glossary.mentions(text, language)


class _Search:
    """One text and one person."""

    def __init__(self, text: str, person: Person, language: str) -> None:
        self.person = person
        self.plain = OPENERS.get(language, frozenset()) | STOP_WORDS.get(language, frozenset())
        addresses = [found.span() for found in _ADDRESS.finditer(text)]
        self.text = _blanked(text, addresses)
        self.words = list(_words(self.text, person))
        # What looks like an address may be two sentences without a space: its words are read all the same.
        addresses += [found.span() for found in _BARE_ADDRESS.finditer(self.text)]
        self.addresses = [one for one in addresses if self._is_in_address(text[slice(*one)])]
        # A listed name of several words is certain; a single word may be the surname of someone else as well.
        listed = _listed(fold(self.text), language, person.glossary)
        certain = [one.span for one in listed if one.full and not one.ids & person.ours]
        self.taken = {at for span in certain if " " in self.text[slice(*span)] for at in range(*span)}

    def found(self, named: bool) -> tuple[Span, ...]:
        """Every mention, joined where they overlap."""
        names = [at for at, word in enumerate(self.words) if self._is(word, self.person.has_surname)]
        spans = [*self.addresses, *(span for at in names if (span := self._around(at)) is not None)]
        if spans or named:
            spans += [span for at in range(len(self.words)) if (span := self._alone(at)) is not None]
        return _merged(spans)

    def _is(self, word: _Word, part: Callable[[str], bool]) -> bool:
        return word.capital and word.start not in self.taken and part(word.bare)

    def _is_in_address(self, address: str) -> bool:
        """Whether an address has the surname in it, and the first name as well where the surname is short."""
        joined = [found.group() for found in _WORD.finditer(unquote(address))]
        words = [bare(word[slice(*piece)]) for word in joined for piece in self.person.pieces(word)]
        names = [word for word in words if self.person.has_surname(word)]
        return any(len(word) >= _CLEAR for word in names) or (bool(names) and any(map(self.person.has_first, words)))

    def _around(self, at: int) -> Span | None:
        """The whole name around a surname; None when it is somebody else's."""
        first = last = at
        while self._is_double(first - 1):
            first -= 1
        while self._is_double(last):
            last += 1
        start = self._start(first)
        if start is None:
            return None
        end = self.words[last].end if start < first else self._end(last)
        return None if end is None else (self.words[start].start, end)

    def _is_double(self, at: int) -> bool:
        """Whether a word is the first half of a double surname."""
        return self._meets(at, _HYPHEN) and self.words[at + 1].capital

    def _start(self, surname: int) -> int | None:
        """The word at which the name begins; None when another's first name or initial stands before the surname."""
        at = surname
        while self._meets(at - 1, _AFTER_INITIAL) and self._is_initial(at - 1):
            at -= 1
        before = at - 1
        if at < surname:
            if self._meets(before, _GAP) and self.person.has_first(self.words[before].bare):
                return before
            return at if self.person.may_begin(self.words[at].bare) else None
        if self._meets(before, _GAP) and _is_patronymic(self.words[before].bare) and self._meets(before - 1, _GAP):
            before -= 1
        if self._meets(before, _GAP) and self._is_other(before):
            return None
        while self._meets(before, _GAP) and self.person.has_first(self.words[before].bare):
            at, before = before, before - 1
        return at

    def _end(self, surname: int) -> int | None:
        """Where the name ends that begins with the surname; None when another's first name or initial follows it."""
        end, behind = self.words[surname].end, surname + 1
        if not self._meets(surname, _GAP) or not self.words[behind].capital:
            return end
        if self._is_initial(behind):
            last = behind
            while self._meets(last, _AFTER_INITIAL) and self._is_initial(last + 1):
                last += 1
            if self._meets(last, _AFTER_INITIAL) and self.words[last + 1].capital:
                return end  # the initials of the next one
            return self.words[last].end + 1 if self.person.may_begin(self.words[behind].bare) else None
        if self._is_other(behind):
            return None
        if not self.person.has_first(self.words[behind].bare):
            return end
        if self._meets(behind, _GAP) and _is_patronymic(self.words[behind + 1].bare):
            behind += 1
        return self.words[behind].end

    def _alone(self, at: int) -> Span | None:
        """A first name without its surname, if no other surname follows it."""
        word = self.words[at]
        half = self._meets(at, _HYPHEN) or self._meets(at - 1, _HYPHEN)
        if half or not self.person.firsts or not self._is(word, self.person.has_first):
            return None
        if not self._meets(at, _GAP) or not self.words[at + 1].capital:
            return word.start, word.end
        behind = self.words[at + 1]
        return (word.start, behind.end) if any(one.says(behind.bare) for one in self.person.patronymics) else None

    def _meets(self, at: int, gap: re.Pattern[str]) -> bool:
        """Whether a word with a capital and the next word have no more than that between them."""
        if not 0 <= at < len(self.words) - 1 or not self.words[at].capital:
            return False
        return gap.fullmatch(self.text, self.words[at].end, self.words[at + 1].start) is not None

    def _is_initial(self, at: int) -> bool:
        word = self.words[at]
        short = len(word.bare) == 1 or word.bare in _DIGRAPHS
        return short and word.capital and self.text.startswith(".", word.end)

    def _is_other(self, at: int) -> bool:
        """Whether a word is another's first name; «Але» and «Яна» open a sentence more often."""
        word = self.words[at].bare
        return word not in self.plain and self.person.is_other(word)


def _words(text: str, person: Person) -> Iterator[_Word]:
    """The words of a text; those of a hashtag or handle one by one, and without regard to capitals."""
    for found in _WORD.finditer(text):
        start = found.start()
        if not _TAG.search(text, max(0, start - _LONGEST_TAG), start):
            yield _Word(found.group(), bare(found.group()), *found.span(), found.group()[0].isupper())
            continue
        for first, last in person.pieces(found.group()):
            part = found.group()[first:last]
            yield _Word(part, bare(part), start + first, start + last, True)


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with nothing readable in the spans, of the same length."""
    pieces, position = [], 0
    for start, end in spans:
        pieces += [text[position:start], "\0" * (end - start)]
        position = end
    return "".join([*pieces, text[position:]])


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
