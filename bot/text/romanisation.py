"""How alike two spellings of a name are, in any of be, ru, uk, pl and en: by their consonants, and by all letters.

A skeleton is what stays the same of a name in any of them. Only for names that no glossary lists: different people can
be spelled alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

# Letter by letter, because hard and soft signs and the apostrophe leave nothing behind ("-").
_LETTERS = "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюяł'"
_SOUNDS = "abvggdeeesziiiiklmnoprstuvfgssss-i-eual-"
_LATIN = {letter: sound.replace("-", "") for letter, sound in zip(_LETTERS, _SOUNDS, strict=True)}
_DIGRAPHS = re.compile(r"shch|sch|tsch|szcz|sh|ch|zh|sz|cz|ts|dz|rz|kh|ph|th|ck|x|qu|q")
_DIGRAPH_VALUES = {"kh": "g", "ph": "f", "th": "t", "ck": "k", "x": "ks", "qu": "k", "q": "k"}
_SINGLE = str.maketrans({"h": "g", "w": "v", "j": "i", "y": "i", "z": "s", "c": "k", "d": "t", "b": "p"})

_CYRILLIC = re.compile(r"[а-яёіїєґў]")
_GLIDE = re.compile(r"[уў](?=[аэеиіоы])")  # «Уайт» is "White", «Уэльс» is "Wales"
_SOFT = re.compile(r"(?:ц|дз)(?=[іеёюяь])")  # Belarusian for «т» and «д»: «Таіці», «Дзяніс»
# Endings that add a consonant; those of vowels alone leave the skeleton as it is.
_CASE = re.compile(
    r"(?<=\w{3})(?:[оаеёэыиі]м|[aeiy]m|om|ach|ami|ам[іи]|ямі|ями|[ая]х|ów|owi|[оаеёі][вў]|[оае]ві|(?:[ое]г|[ая]г)[оа]"
    r"|[ое]му|[ая]му|iego|ego|iemu|emu)$"
)
_ADJECTIVE = re.compile(r"(?<=\w{4})(?:[сц]ь?к|sk|ck)(?:[іиы]й|[іиыаояеуюё]{1,2}|[aioeąę]{1,2}|ej|im|ich)$")
# What a Latin letter may stand for in a foreign name: "John", "Jan"; "George", "Georg"; "Michael"; "Cvirko", "Cape".
_FOREIGN = (
    (re.compile("j"), ("s", "i")),
    (re.compile("g(?=[eiy])"), ("s", "g")),
    (re.compile("ch"), ("s", "k")),
    (re.compile("c(?![hkz])"), ("s", "k")),
    (re.compile("c(?=[eiy])"), ("s",)),
    (re.compile("(?<=[aeiouy])h(?![aeiouy])"), ("", "h")),
)
_SHORT = 4  # letters: the skeletons of different names are often the same when they are shorter
_SAME, _STRANGE_START = 100.0, 15.0
_BY_CONSONANTS = 0.4  # of the likeness; the rest is by all letters
_VOWELS = str.maketrans("uoey", "iaai")
_TAIL, _TAIL_COST = 3, 5.0  # so many letters behind the shorter word may be a case ending


def _plain(lower: str) -> str:
    """A word in Latin letters without marks."""
    latin = "".join(_LATIN.get(c, c) for c in lower)
    decomposed = (c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    return "".join(c for c in decomposed if c.isalnum())


def _common(plain: str) -> str:
    """Latin letters in the one spelling in which all languages are compared."""
    return _DIGRAPHS.sub(lambda found: _DIGRAPH_VALUES.get(found.group(), "s"), plain).translate(_SINGLE)


def _consonants(common: str) -> str:
    if not common:
        return ""
    first = "a" if common[0] in "aeiou" else common[0]
    rest = re.sub(r"[aeiou]", "", common[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)


@lru_cache(maxsize=16384)
def skeleton(word: str) -> str:
    """The consonants of a name in a common spelling; its first letter stays, a first vowel as "a"."""
    return _consonants(_common(_plain(word.lower())))


@lru_cache(maxsize=16384)
def _skeletons(word: str) -> tuple[frozenset[str], str]:
    """Every skeleton that a word may have, by what its letters may stand for and its ending; all its letters."""
    lower = word.lower()
    bare = _ADJECTIVE.sub("", lower)
    forms = {lower, bare, _CASE.sub("", bare)}
    if _CYRILLIC.search(lower):
        forms = {_GLIDE.sub("в", one).replace("дж", "ш") for one in forms}
        forms |= {_SOFT.sub(lambda found: "т" if found.group() == "ц" else "д", one) for one in forms}
        plain = {_plain(one) for one in forms}
    else:
        plain = {_plain(one.replace("ç", "s").replace("wh", "w")) for one in forms}
        for pattern, values in _FOREIGN:
            plain |= {pattern.sub(value, one) for one in plain for value in values}
    whole = _common(_plain(_GLIDE.sub("в", lower).replace("дж", "ш"))).translate(_VOWELS)
    return frozenset(_consonants(_common(one)) for one in plain), re.sub(r"(.)\1+", r"\1", whole)


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """0–100: how alike two spellings are; 100 when their consonants are the same, 65 when they can hardly be two."""
    (ones, letters), (others, letters_) = _skeletons(one), _skeletons(other)
    best = 0.0
    for first in ones:
        for second in others:
            if not first or not second:
                continue
            if first == second and len(first) >= _SHORT:
                return _SAME
            best = max(best, fuzz.ratio(first, second) - (first[0] != second[0]) * _STRANGE_START)
    shorter = min(len(letters), len(letters_))
    alike = fuzz.ratio(letters, letters_)
    if shorter >= _TAIL and abs(len(letters) - len(letters_)) <= _TAIL:
        alike = max(alike, fuzz.ratio(letters[:shorter], letters_[:shorter]) - _TAIL_COST)
    return max(0.0, _BY_CONSONANTS * best + (1 - _BY_CONSONANTS) * alike)
