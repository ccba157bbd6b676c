"""A glossary file as an editor keeps it: what is wrong in it, line by line, and how an entry is added.

Texts in, lines and texts out; nothing here touches a disk. What is added leaves every other letter of the file alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.errors import SettingsError, UsageError
from bot.text import unnamed
from bot.text.glossary import KINDS, LANGUAGES, NEVER, Entry, Glossary, ambiguous, entry, parse, read
from bot.text.letters import strangers
from bot.text.numbers import fold
from bot.text.romanisation import likeness

TABLES = (*KINDS, NEVER)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = re.compile(r"^\s*\[\s*([\w-]+)\s*\.\s*\"?([\w-]+)\"?\s*\]", re.MULTILINE)
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_MUCH_ALIKE = 85.0
_NEW_FILE = "# The people, places and institutions of our own, and whom no post may name. See docs/glossary.md.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line for an editor: where, and what. `wrong` asks to be put right; the others are only to be known."""

    line: int
    text: str
    wrong: bool = True


def check(text: str, *, shipped: str, languages: Sequence[str]) -> tuple[Remark, ...]:
    """All that is to be said of a glossary file, in the order of its lines.

    `shipped` is the text of the glossary that it adds to; `languages` are those in which each name is needed.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        at = _AT_LINE.search(str(fault))
        return (Remark(line=int(at[1]) if at else 1, text=f"not valid TOML: {_AT_LINE.sub('', str(fault))}"),)
    lines = {found.group(1, 2): text.count("\n", 0, found.start(1)) + 1 for found in _HEADER.finditer(text)}
    remarks: list[Remark] = []
    entries: dict[str, Entry] = {}
    for kind, table in document.items():
        if kind not in TABLES or not isinstance(table, dict):
            line = min((line for (known, _), line in lines.items() if known == kind), default=1)
            remarks.append(Remark(line=line, text=f"{kind}: unknown table; the tables are {', '.join(TABLES)}"))
            continue
        for id, values in table.items():
            line = lines.get((kind, id), 1)
            if id in entries:
                remarks.append(Remark(line=line, text=f"{kind}.{id}: this id is already used in {entries[id].kind}"))
                continue
            try:
                entries[id] = entry(kind, id, values)
            except SettingsError as fault:
                remarks.append(Remark(line=line, text=str(fault).removeprefix("glossary: ")))
    known = read(shipped) | entries
    for id, one in entries.items():
        line = lines.get((one.kind, id), 1)
        remarks += (Remark(line=line, text=f"{one.kind}.{id}: {said}") for said in _faults(one, languages))
    for one, other, said, wrong in _clashes(list(known.values())):
        mine = other if other.id in entries else one
        if mine.id in entries:
            line = lines.get((mine.kind, mine.id), 1)
            remarks.append(Remark(line=line, text=f"{mine.kind}.{mine.id}: {said}", wrong=wrong))
    return tuple(sorted(remarks, key=lambda remark: remark.line))


def _faults(one: Entry, languages: Sequence[str]) -> Iterator[str]:
    """What is wrong with an entry by itself."""
    for language, forms in one.forms.items():
        for form in forms:
            if odd := [form[a:b] for a, b in strangers(form, language)]:
                yield f"{language}: “{', '.join(odd)}” has letters that the language does not have, or of two alphabets"
            if one.kind in ("people", "places", NEVER) and not form[0].isupper():
                yield f"{language}: “{form}” should begin with a capital letter, else it is never found"
        for form in dict.fromkeys(form for form in forms if forms.count(form) > 1):
            yield f"{language}: “{form}” stands there twice"
    if missing := [language for language in languages if language not in one.forms]:
        yield f"has no name in {', '.join(missing)}: there it cannot be asked for"
    if one.kind == NEVER and unnamed.ids([one.id.replace("-", " ").title()], "en", _alone(one)):
        yield "its id is the name, and the id is told to people and alarms; call it something else"


def _alone(one: Entry) -> Glossary:
    return parse(_written(one.kind, one.id, one.forms))


def _clashes(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry, str, bool]]:
    """(an entry, a later one, what is to be said of the two, whether it is wrong) for names that can be confused."""
    people = [one for one in entries if one.kind in ("people", NEVER)]
    for one, other in combinations(entries, 2):
        for language in LANGUAGES:
            ones, others = one.forms.get(language, ()), other.forms.get(language, ())
            if one.kind != other.kind or not ones or not others:
                continue
            if twice := next((form for form in others if fold(form) in map(fold, ones)), None):
                yield one, other, f"{language}: “{twice}” is also a name of {one.kind}.{one.id}", True
    for one, other in combinations(people, 2):
        for language in LANGUAGES:
            ones, others = one.forms.get(language, ()), other.forms.get(language, ())
            if ones and others and (said := _confused(ones[0], others[0], language)):
                yield one, other, f"{language}: {said} of {one.kind}.{one.id}", False
                break


def _confused(one: str, other: str, language: str) -> str | None:
    """How the surnames of two people can be confused."""
    first, second = (name.rpartition(" ")[2] for name in (one, other))
    if one == other:
        return None
    if fold(first) == fold(second):
        return f"the surname “{second}” is also that"
    if form := ambiguous(first, second, language):
        return f"“{form}” is a case of “{second}” and of the surname “{first}”"
    if likeness(first, second) >= _MUCH_ALIKE:
        return f"“{second}” is spelled much like the surname “{first}”"
    return None


def used(text: str) -> tuple[str, ...]:
    """The languages in which a glossary names anybody; all of them for one that cannot be read."""
    try:
        entries = read(text).values()
    except SettingsError:
        return LANGUAGES
    return tuple(language for language in LANGUAGES if any(language in one.forms for one in entries))


# --------------------------------------------------------------------------------------------------------------------
# adding


def forms(nominatives: Mapping[str, str | None], more: Sequence[str]) -> dict[str, list[str]]:
    """The names of an entry by language, the nominative first; `more` are texts such as "be=Паўла".

    Raises UsageError for a form without a language, or without a nominative beside it.
    """
    found = {language: [name] for language, name in nominatives.items() if name}
    for one in more:
        language, equals, name = one.partition("=")
        if not equals or language not in LANGUAGES:
            raise UsageError(f"--form {one[:60]!r}: write LANGUAGE=NAME, the language one of {', '.join(LANGUAGES)}")
        if language not in found:
            raise UsageError(f"--form {one[:60]!r}: give the nominative too, --{language} NAME")
        found[language].append(name)
    return found


def add(
    text: str, kind: str, id: str, forms: Mapping[str, Sequence[str]], *, shipped: str
) -> tuple[str, tuple[Remark, ...]]:
    """The file with one entry more at its end, and what is to be known of it.

    `forms`: per language the nominative, then other forms. `text` is "" for a file that is to be made. Raises
    UsageError with one line for what cannot be added: a table or id that is none, a name or id that is there already.
    """
    if kind not in TABLES:
        raise UsageError(f"{kind[:40]!r} is no table; the tables are {', '.join(TABLES)}")
    if not _ID.fullmatch(id):
        raise UsageError(
            f"{id[:40]!r} is no id: small Latin letters and digits, joined by hyphens, such as kulik-alena"
        )
    named = {language: list(names) for language, names in forms.items() if names}
    if not named:
        raise UsageError(f"{kind}.{id}: give its name in at least one language, such as --be NAME")
    if not all(name.strip() and name.isprintable() for names in named.values() for name in names):
        raise UsageError(f"{kind}.{id}: a name is empty, or holds a character that cannot be shown")
    known = read(shipped) | read(text)
    if id in known:
        where = "this file" if id in read(text) else "the shipped glossary; write an entry that replaces it by hand"
        raise UsageError(f"{kind}.{id}: the id is that of {known[id].kind}.{id} in {where}")
    block = _written(kind, id, named)
    if "\r\n" in text:
        block = block.replace("\n", "\r\n")
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    new = f"{text or _NEW_FILE + chr(10)}{gap}{block}"
    before, after = (check(one, shipped=shipped, languages=tuple(named)) for one in (text, new))
    said = {(remark.text, remark.wrong) for remark in before}
    fresh = tuple(remark for remark in after if (remark.text, remark.wrong) not in said)
    if wrong := next((remark for remark in fresh if remark.wrong), None):
        raise UsageError(wrong.text)
    return new, fresh


def _written(kind: str, id: str, forms: Mapping[str, Sequence[str]]) -> str:
    """One entry as TOML; JSON writes printable strings and lists of them as TOML does."""
    lines = [f"[{kind}.{id}]"]
    for language in (language for language in LANGUAGES if language in forms):
        first, *others = forms[language]
        lines.append(f"{language} = {json.dumps(first, ensure_ascii=False)}")
        if others:
            lines.append(f"{language}_forms = {json.dumps(others, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
