"""People, places and institutions by their listed names: the one thing about names that is certain.

A word matches when it begins with a listed form, less its last vowel, and goes on with no more than a case ending; the
longest form wins. Letters that are taken for each other («і» and «и», a Latin "o") are one. A form in capitals («КК»)
or with a stop at its end ("k.k.") is matched as it is written. Any change of content changes `Glossary.version`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA

from bot.errors import SettingsError
from bot.text.numbers import fold
from bot.text.spelling import bare

SHIPPED = Path(__file__).with_name("glossary.toml")
KINDS = ("people", "places", "institutions")
NEVER = "never_name"
LANGUAGES = ("be", "ru", "en", "uk", "pl")
_KEYS = (*LANGUAGES, *(f"{language}_forms" for language in LANGUAGES))
# With the marks that stress a letter, and those that a browser does not show: they hide nobody.
_LETTERS = "(?:[^\\W\\d_][\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]*)+"
WORD = re.compile(rf"{_LETTERS}(?:[-']{_LETTERS})*")
_POSSESSIVE = re.compile(r"'s?$")
_TAIL = re.compile(r"(?:ий|ый|ій|ая|яя|ое|ее|ае|[аеёиіїоуыэюяьйaeiouyąęó])$")
# Listed, not "any three letters": «Кулікоў» is not a case of «Кулік», nor «беларускі» of «Беларусь».
_CASES = (
    "а я у ю ы и і ї е є ё о ь й ай ой ом ам ем ём ім ым им эм ого ому ага аму ога ей ою ею аю ых их іх ые ие ыя ія "
    "ыми ими ымі імі ої ею ією ах ях ая яя ую юю ое ее ае ий ый ій ами амі ямі ями ові еві єві эй "
    "a ą e ę i o u y ie em om ami ach owi ego emu ej im ym iem iego iemu ich ych ymi imi ią ia"
)
_ENDINGS = frozenset(_CASES.split())
_UKRAINIAN = frozenset(("ові", "еві"))
_SHORT_U, _FINAL_U = re.compile("в(?=[^аеиоуыэюя])"), re.compile("(?<=[оае])у$")
# A vowel that only the nominative has: «Кравец», «Краўца»; «Павел», «Паўла»; "Wróbel", "Wróbla".
_FLEETING = re.compile(r"(?<=\w\w)(?:ie|[аоеэeo])(?=[кцлkclł]$)")
# The letters that Belarusian, Russian and Ukrainian keyboards put in each other's place.
_ONE_LETTER = str.maketrans("ёґўії", "егуии")
_CYRILLIC, _LATIN = re.compile("[а-яёіїєґў]"), re.compile("[a-ząćęłńóśźż]")
_TO_LATIN = str.maketrans("асеорхіј", "aceopxij")
_SLIP = 6  # letters: one slip in a shorter name makes another name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person, place or institution: `forms` holds per language the nominative first, then the extra forms."""

    id: str
    kind: str
    forms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Where a sentence names entries. `ids` has several when a surname alone could be more than one listed person."""

    ids: frozenset[str]
    kind: str
    start: int
    end: int
    full: bool

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) in the text it was read from."""
        return self.start, self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A word that is a listed name but for one letter that is missing, doubled, or has changed places with the next."""

    id: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) in the text it was read from."""
        return self.start, self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    id: str
    kind: str
    stems: tuple[str, ...]
    full: bool
    exact: bool
    literal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """All entries, and `version`, which every change of content changes; `never` are the people whom no post names."""

    entries: tuple[Entry, ...] = field(hash=False)  # `version` tells them all
    version: str
    index: Mapping[str, Mapping[str, tuple[_Form, ...]]] = field(repr=False, compare=False, hash=False)
    long_forms: Mapping[str, tuple[_Form, ...]] = field(repr=False, compare=False, hash=False)
    never: tuple[Entry, ...] = field(default=(), hash=False)

    def mentions(self, text: str, language: str) -> tuple[Mention, ...]:
        """Every listed name in a folded sentence, in order and without overlap."""
        words = _words(text)
        found: list[Mention] = []
        at = 0
        while at < len(words):
            length, forms = self._longest(text, words, at, language)
            if forms:
                found.append(
                    Mention(
                        ids=frozenset(form.id for form in forms),
                        kind=forms[0].kind,
                        start=words[at][1],
                        end=words[at + length - 1][2],
                        full=forms[0].full,
                    )
                )
            at += max(length, 1)
        return tuple(found)

    def slips(self, text: str, language: str) -> tuple[Slip, ...]:
        """The words of a folded sentence in which a long name of a person or place is misspelled, as typing does it."""
        named = [mention.span for mention in self.mentions(text, language)]
        found = []
        for word, start, end in _words(text):
            if len(word) < _SLIP or not word[0].isupper() or any(a <= start < b for a, b in named):
                continue
            folded = _folded(word)
            for form in self.long_forms.get(language, ()):
                if _slipped(folded, form.stems[-1]):
                    found.append(Slip(id=form.id, start=start, end=end))
                    break
        return tuple(found)

    def name(self, id: str, language: str) -> str:
        """The listed nominative of an entry in a language, else in any other, for messages."""
        for entry in self.entries:
            if entry.id == id:
                return next(iter(entry.forms.get(language, ())), next(iter(entry.forms.values()))[0])
        return id

    def lists(self, id: str, language: str) -> bool:
        """Whether an entry has a name in a language; what is not listed there cannot be asked for."""
        return any(entry.id == id and language in entry.forms for entry in self.entries)

    def _longest(self, text: str, words: list[tuple[str, int, int]], at: int, language: str) -> tuple[int, list[_Form]]:
        """(number of words, forms) of the longest listed names that begin at a word."""
        first = _folded(words[at][0])
        best: tuple[int, int] = (0, 0)
        found: list[_Form] = []
        index = self.index.get(language, {})
        for end in range(max(1, len(first) - 4), len(first) + 1):
            for form in index.get(first[:end], ()):
                size = (len(form.stems), sum(map(len, form.stems)))
                if size < best or not _matches(form, words, at):
                    continue
                if form.literal and not text.startswith(form.literal, words[at][1]):
                    continue
                found = [*found, form] if size == best else [form]
                best = size
        return best[0], found


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(found.group(), found.start(), found.end()) for found in WORD.finditer(text)]


@lru_cache(maxsize=16384)
def _folded(word: str) -> str:
    """A word in small letters, marks and possessive left out, letters that are mistaken for each other made one."""
    plain = bare(word)
    if _CYRILLIC.search(plain):
        strange = word.lower()
        if len(_LATIN.findall(strange)) > len(_CYRILLIC.findall(strange)):
            return bare(strange.translate(_TO_LATIN))
        plain = plain.translate(_ONE_LETTER)
    return plain


_FOLDED_ENDINGS = frozenset(ending.translate(_ONE_LETTER) for ending in _ENDINGS)


def _matches(form: _Form, words: list[tuple[str, int, int]], at: int) -> bool:
    if at + len(form.stems) > len(words):
        return False
    if form.exact:
        return words[at][0] == form.stems[0].upper() or words[at][0].startswith(form.stems[0].upper() + "-")
    if form.kind != "institutions" and not words[at][0][0].isupper():
        return False
    for stem, (word, _, _) in zip(form.stems, words[at:], strict=False):
        folded = _folded(word)
        rest = folded[len(stem) :]
        if not folded.startswith(stem) or (rest and rest not in _FOLDED_ENDINGS):
            return False
    return True


def _slipped(word: str, stem: str) -> bool:
    """Whether a folded word is a case of a stem in which one letter is missing, doubled, or behind the next."""
    if not -1 <= len(word) - len(stem) <= 4 or word.startswith(stem):
        return False
    for length in (len(stem) - 1, len(stem), len(stem) + 1):
        said, rest = word[:length], word[length:]
        if len(said) < length or (rest and rest not in _FOLDED_ENDINGS):
            continue
        if OSA.distance(said, stem, score_cutoff=1) == 1 and _is_typing(said, stem):
            return True
    return False


def _is_typing(said: str, stem: str) -> bool:
    """Whether the one difference is a slip of the hand; one letter instead of another can be another name."""
    if len(said) == len(stem):
        return sorted(said) == sorted(stem)
    if len(said) < len(stem):
        return said[0] == stem[0] and said[-1] == stem[-1]
    return any(
        said[:i] + said[i + 1 :] == stem and said[i] in (said[i - 1], said[i + 1 : i + 2]) for i in range(1, len(said))
    )


def _forms(entry: Entry, language: str) -> list[_Form]:
    """The searchable forms of an entry; a person is also found by the surname alone, the last word."""
    found = []
    for written in map(fold, entry.forms.get(language, ())):
        words = [word for word, _, _ in _words(written)]
        if not words:
            continue
        exact = len(words) == 1 and written.isupper() and len(written) > 1
        stems = tuple(word.lower() if exact else _folded(_stem(bare(word))) for word in words)
        # "k.k." is a code and "K. K." is a person's initials: what is written with stops is taken letter by letter.
        literal = written if written.endswith(".") else ""
        found.append(
            _Form(id=entry.id, kind=entry.kind, stems=stems, full=True, exact=exact and not literal, literal=literal)
        )
        if entry.kind == "people":
            for cases in _declined(stems, language):
                found.append(_Form(id=entry.id, kind=entry.kind, stems=cases, full=True, exact=False))
                found.append(_Form(id=entry.id, kind=entry.kind, stems=cases[-1:], full=len(cases) == 1, exact=False))
    return list(dict.fromkeys(found))


def _declined(stems: tuple[str, ...], language: str) -> tuple[tuple[str, ...], ...]:
    """The stems of a person's name, and those of its cases where the nominative has a vowel of its own."""
    if language == "en":
        return (stems,)
    cases = tuple(_FLEETING.sub("", stem) for stem in stems)
    if language != "be":
        return (stems, cases)
    # «Павел», «Паўла»; «Кулікоў», «Кулікова»
    return (stems, cases, tuple(_SHORT_U.sub("у", _FINAL_U.sub("в", stem)) for stem in cases))


def ambiguous(one: str, other: str, language: str) -> str | None:
    """A word that can be a case of either of two surnames, the second of which begins with the first; None for none.

    «Куликові» is the dative of «Кулик» in Ukrainian, and may be that of «Куликов».
    """
    first, second = (_folded(_stem(bare(word))) for word in (one, other))
    rest = second.removeprefix(first)
    if rest == second or not rest:
        return None
    endings = (ending for ending in sorted(_ENDINGS) if language == "uk" or ending not in _UKRAINIAN)
    both = (
        ending
        for ending in endings
        if (folded := ending.translate(_ONE_LETTER)).startswith(rest)
        and (folded == rest or folded.removeprefix(rest) in _FOLDED_ENDINGS)
    )
    found = next(both, None)
    return None if found is None else f"{_stem(one)}{found}"


def _is_long(form: _Form) -> bool:
    """Whether a form is one word, long enough that a slip in it still shows whom it means."""
    single = len(form.stems) == 1 and not form.exact and not form.literal
    return single and form.kind != "institutions" and len(form.stems[0]) >= _SLIP - 1


def _stem(word: str) -> str:
    return word if len(word) <= 3 else _TAIL.sub("", word)


def _problem(where: str, message: str) -> SettingsError:
    return SettingsError(f"glossary: {where}: {message}")


def entry(kind: str, id: str, values: Any) -> Entry:
    """One table of the TOML, `[kind.id]`, checked. Raises SettingsError with one clear line."""
    where = f"{kind}.{id}"
    if not isinstance(values, dict):
        raise _problem(where, "must be a table with a name per language")
    forms: dict[str, tuple[str, ...]] = {}
    for key, value in values.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise _problem(f"{where}.{key}", f"unknown key{hint}")
        listed = value if key.endswith("_forms") else [value]
        if not isinstance(listed, list) or not all(isinstance(one, str) and one.strip() for one in listed):
            wanted = 'a list of names, such as ["…"]' if key.endswith("_forms") else "a name"
            raise _problem(f"{where}.{key}", f"must be {wanted}")
    for language in LANGUAGES:
        if language in values:
            forms[language] = (values[language], *values.get(f"{language}_forms", ()))
        elif f"{language}_forms" in values:
            raise _problem(f"{where}.{language}_forms", f"needs {language} = the name in the nominative beside it")
    if not forms:
        raise _problem(where, "has no name in any language")
    return Entry(id=id, kind=kind, forms=forms)


def read(toml_text: str) -> dict[str, Entry]:
    """The entries of one TOML text by their ids. Raises SettingsError with one line: the key and the fault."""
    try:
        document = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"glossary: not valid TOML: {fault}") from fault
    entries: dict[str, Entry] = {}
    for kind, table in document.items():
        if kind not in (*KINDS, NEVER) or not isinstance(table, dict):
            raise _problem(kind, f"unknown table; the tables are {', '.join((*KINDS, NEVER))}")
        for id, values in table.items():
            if id in entries:
                raise _problem(f"{kind}.{id}", f"this id is already used in {entries[id].kind}")
            entries[id] = entry(kind, id, values)
    return entries


def parse(toml_text: str, *more: str) -> Glossary:
    """The glossary that TOML texts make together; a later text replaces the entries of an earlier one by their id.

    Raises SettingsError with one line that names the key and the fault.
    """
    entries: dict[str, Entry] = {}
    for text in (toml_text, *more):
        entries |= read(text)
    return _made(entries.values())


def outspoken(glossary: Glossary) -> Glossary:
    """The same glossary with the people of `never` among the people, for those who have to find them."""
    return _made((*glossary.entries, *(replace(entry, kind="people") for entry in glossary.never)))


def _made(all_entries: Iterable[Entry]) -> Glossary:
    """A glossary of entries with different ids."""
    entries = {entry.id: entry for entry in all_entries}
    content = json.dumps(
        [[e.id, e.kind, {k: list(v) for k, v in sorted(e.forms.items())}] for _, e in sorted(entries.items())],
        ensure_ascii=False,
    )
    listed = tuple(entry for entry in entries.values() if entry.kind != NEVER)
    index: dict[str, dict[str, tuple[_Form, ...]]] = {language: {} for language in LANGUAGES}
    long_forms: dict[str, tuple[_Form, ...]] = {}
    for language in LANGUAGES:
        forms = [form for entry in listed for form in _forms(entry, language)]
        for form in forms:
            index[language][form.stems[0]] = (*index[language].get(form.stems[0], ()), form)
        long_forms[language] = tuple(filter(_is_long, forms))
    never = tuple(entry for entry in entries.values() if entry.kind == NEVER)
    version = hashlib.sha256(content.encode()).hexdigest()[:12]
    return Glossary(entries=listed, version=version, index=index, long_forms=long_forms, never=never)
