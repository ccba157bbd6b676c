"""People, places and institutions by their listed names: the one thing about names that is certain.

A word matches when it begins with a listed form, less its last vowel, and goes on with no more than a case ending; the
longest form wins. A form in capitals («КК») or with a stop at its end ("k.k.") is matched as it is written.
Any change of content changes `Glossary.version`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import SettingsError

KINDS = ("people", "places", "institutions")
LANGUAGES = ("be", "ru", "en", "uk", "pl")
_KEYS = (*LANGUAGES, *(f"{language}_forms" for language in LANGUAGES))
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"'s?$")
_TAIL = re.compile(r"(?:ий|ый|ій|ая|яя|ое|ее|ае|[аеёиіїоуыэюяьйaeiouyąęó])$")
# Listed, not "any three letters": «Кулікоў» is not a case of «Кулік», nor «беларускі» of «Беларусь».
_CASES = (
    "а я у ю ы и і ї е є ё о ь й ай ой ом ам ем ём ім ым им эм ого ому ага аму ога ей ою ею аю ых их іх ые ие ыя ія "
    "ыми ими ымі імі ая яя ую юю ое ее ае ий ый ій ами амі ямі ями ові еві єві эй "
    "a ą e ę i o u y ie em om ami ach owi ego emu ej im ym iem iego iemu ich ych ymi imi ią ia"
)
_ENDINGS = frozenset(_CASES.split())


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
class _Form:
    id: str
    kind: str
    stems: tuple[str, ...]
    full: bool
    exact: bool
    literal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """All entries, and `version`, which every change of content changes."""

    entries: tuple[Entry, ...]
    version: str
    index: Mapping[str, Mapping[str, tuple[_Form, ...]]] = field(repr=False, compare=False, hash=False)

    def mentions(self, text: str, language: str) -> tuple[Mention, ...]:
        """Every listed name in a folded sentence, in order and without overlap."""
        words = [(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]
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
        first = words[at][0].lower()
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


def _matches(form: _Form, words: list[tuple[str, int, int]], at: int) -> bool:
    if at + len(form.stems) > len(words):
        return False
    if form.exact:
        return words[at][0] == form.stems[0].upper() or words[at][0].startswith(form.stems[0].upper() + "-")
    if form.kind != "institutions" and not words[at][0][0].isupper():
        return False
    for stem, (word, _, _) in zip(form.stems, words[at:], strict=False):
        lower = _POSSESSIVE.sub("", word.lower())
        rest = lower[len(stem) :]
        if not lower.startswith(stem) or (rest and rest not in _ENDINGS):
            return False
    return True


def _forms(entry: Entry, language: str) -> list[_Form]:
    """The searchable forms of an entry; a person is also found by the surname alone, the last word."""
    found = []
    for written in entry.forms.get(language, ()):
        words = [match.group() for match in _WORD.finditer(written)]
        if not words:
            continue
        exact = len(words) == 1 and written.isupper() and len(written) > 1
        stems = tuple(_stem(word, exact=exact) for word in words)
        # "k.k." is a code and "K. K." is a person's initials: what is written with stops is taken letter by letter.
        literal = written if written.endswith(".") else ""
        found.append(
            _Form(id=entry.id, kind=entry.kind, stems=stems, full=True, exact=exact and not literal, literal=literal)
        )
        if entry.kind == "people" and len(words) > 1:
            found.append(_Form(id=entry.id, kind=entry.kind, stems=stems[-1:], full=False, exact=False))
    return found


def _stem(word: str, *, exact: bool) -> str:
    lower = word.lower()
    return lower if exact or len(lower) <= 3 else _TAIL.sub("", lower)


def _problem(where: str, message: str) -> SettingsError:
    return SettingsError(f"glossary: {where}: {message}")


def _entry(kind: str, id: str, values: Any) -> Entry:
    """One table of the TOML, checked. Raises SettingsError with one clear line."""
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


def _read(toml_text: str) -> dict[str, Entry]:
    try:
        document = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"glossary: not valid TOML: {fault}") from fault
    entries: dict[str, Entry] = {}
    for kind, table in document.items():
        if kind not in KINDS or not isinstance(table, dict):
            raise _problem(kind, f"unknown table; the tables are {', '.join(KINDS)}")
        for id, values in table.items():
            if id in entries:
                raise _problem(f"{kind}.{id}", f"this id is already used in {entries[id].kind}")
            entries[id] = _entry(kind, id, values)
    return entries


def parse(toml_text: str, *more: str) -> Glossary:
    """The glossary that TOML texts make together; a later text replaces the entries of an earlier one by their id.

    Raises SettingsError with one line that names the key and the fault.
    """
    entries: dict[str, Entry] = {}
    for text in (toml_text, *more):
        entries |= _read(text)
    content = json.dumps(
        [[e.id, e.kind, {k: list(v) for k, v in sorted(e.forms.items())}] for _, e in sorted(entries.items())],
        ensure_ascii=False,
    )
    index: dict[str, dict[str, tuple[_Form, ...]]] = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        for entry in entries.values():
            for form in _forms(entry, language):
                index[language][form.stems[0]] = (*index[language].get(form.stems[0], ()), form)
    version = hashlib.sha256(content.encode()).hexdigest()[:12]
    return Glossary(entries=tuple(entries.values()), version=version, index=index)
