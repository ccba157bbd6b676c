"""Whom no post may name, `[never_name.ID]` in the glossary: found in every language, case, spelling and order.

In doubt it is a mention, as in `mentions`: what is found waits for a person, what is missed is read by everybody. Only
ids leave this room, never a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from bot.text.glossary import Glossary, outspoken
from bot.text.mentions import Person
from bot.text.numbers import fold

Span = tuple[int, int]
_DECLINED_BY_LIST = frozenset(("uk", "pl"))


@lru_cache(maxsize=4)
def _people(glossary: Glossary) -> tuple[Glossary, tuple[tuple[str, Person], ...]]:
    """The glossary in which they are people like others, and each of them by id, with all the listed forms."""
    known = outspoken(glossary)
    names = ((entry.id, next(iter(entry.forms.values()))[0]) for entry in glossary.never)
    return known, tuple((id, Person(name, known)) for id, name in names)


def mentions(text: str, language: str, glossary: Glossary) -> dict[str, tuple[Span, ...]]:
    """id -> (start, end) of each place of a text in a language that names the person, in code points."""
    if not glossary.never:
        return {}
    known, people = _people(glossary)
    found: dict[str, tuple[Span, ...]] = {}
    listed = known.mentions(fold(text), language)
    for id, person in people:
        # `Person` knows when a surname is somebody else's, but not how Ukrainian and Polish decline it.
        sure = (one for one in listed if id in one.ids and (one.full or language in _DECLINED_BY_LIST))
        spans = {one.span for one in sure} | set(person.found(text, language, named=False))
        if spans:
            found[id] = tuple(sorted(spans))
    return found


def ids(texts: Iterable[str], language: str, glossary: Glossary) -> tuple[str, ...]:
    """Whom any of the texts names, by id."""
    return tuple(sorted({id for text in texts for id in mentions(text, language, glossary)}))
