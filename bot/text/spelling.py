"""A name in any of its cases and in any of the spellings that Belarusian, Russian and English give it.

A form is a stem and an ending that its declension has; stems are compared sound by sound, a sound standing for all that
another language may write for it. Unlike a skeleton (`romanisation`), nothing is left out: «Кулік» is not «Кулікоў».
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# One string a sound: every sound that it may be. Upper case: Q «ц», D «дз», J «ж», S «ш», C «ч».
Sounds = tuple[str, ...]

_UNIT = re.compile(r"дз(?!ж)|тс|dzh|dz|kh|zh|sh|sz|ch|cz|ts|tz|[иіыїйyij]+[аоуеёюяэєaeou]|.", re.DOTALL)
_LETTERS = dict(zip("бвгґджзклмнпрстўфхшч", "bvggdJzklmnprstvfxSC", strict=True))
_LETTERS |= dict(zip("bvgdzklmnprstfwłŭšžčżq", "bvgdzklmnprstfvlvSJCJk", strict=True))
_LETTERS |= {"дз": "dD", "dz": "dD", "тс": "tQ", "ц": "tQ", "ts": "tQ", "tz": "tQ", "ć": "tQ", "c": "tQk"}
_LETTERS |= {"kh": "x", "h": "gx", "zh": "J", "sh": "S", "sz": "S", "ch": "Cx", "cz": "C"}
_SEVERAL = {"щ": ("S", "C"), "dzh": ("d", "J"), "x": ("k", "s")}
_LONG = re.compile(r"(?<=[^aeiouy][iy])u(?=[^aeiouy])")
_HARD, _SOFT, _ROUND, _CLOSE = "аоao", "еёэяєe", "уюu", "иіыїyi"
_VOWELS = frozenset(_HARD + _SOFT + _ROUND + _CLOSE)
# After these, Belarusian writes «а» where Russian writes «е»: «Шаўчэнка», «Трацякоў».
_HUSHED = frozenset(("S", "C", "Cx", "J", "r", "tQ", "tQk"))

_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff'’ʼ‘`´]")
_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ]s?$")
_CYRILLIC = re.compile("[а-яёіїєґў]")
_LOOK_ALIKE = str.maketrans("aceiopxy", "асеіорху")
_KEPT = frozenset("čšžŭćżł")  # Latin letters whose mark changes the sound


def bare(word: str) -> str:
    """A written word in lower case, without stress marks, soft hyphens, apostrophes and the English possessive.

    In a word with Cyrillic letters, the Latin ones that look the same are taken for them.
    """
    lower = _MARKS.sub("", _POSSESSIVE.sub("", unicodedata.normalize("NFC", word.lower())))
    if _CYRILLIC.search(lower):
        return lower.translate(_LOOK_ALIKE)
    return "".join(c if c in _KEPT else unicodedata.normalize("NFKD", c)[0] for c in lower)


@lru_cache(maxsize=65536)
def sounds(word: str) -> Sounds:
    """What a bare word sounds like, glides and softness left out, doubled consonants once."""
    found: list[str] = []
    before = ""
    for unit in _UNIT.findall(word):
        for sound in _heard(unit, before, found):
            if not (found and found[-1] == sound and sound not in "aeiu"):
                found.append(sound)
        before = unit
    return tuple(found)


def _hearings(word: str) -> set[Sounds]:
    """What a bare word may sound like: "iu" is «ю» in "Kliuyeu" and «іў» in "Siuchyk"."""
    return {sounds(word), sounds(_LONG.sub("ŭ", word))}


def _heard(unit: str, before: str, found: list[str]) -> tuple[str, ...]:
    """The sounds of one unit of letters; none for a glide, a sign, or a letter of another script."""
    last = unit[-1]
    if last in _HARD or last in _SOFT:
        if found and found[-1] in _HUSHED:
            return ("ae",)
        return ("e",) if last in _SOFT or len(unit) > 1 else ("a",)
    if last in _ROUND:
        if last == "u" and len(unit) == 1 and before[-1:] in _VOWELS:
            return ("vu",)  # "Kavaliou"
        return ("uv",) if not found else ("u",)  # «Уласевіч», «Власевич»
    if last in _CLOSE:
        return () if before[-1:] in _VOWELS else ("i",)
    return _SEVERAL.get(unit) or ((_LETTERS[unit],) if unit in _LETTERS else ())


def alike(one: Sounds, other: Sounds) -> bool:
    """Whether two words can be one in two spellings."""
    return len(one) == len(other) and all(not set(a).isdisjoint(b) for a, b in zip(one, other, strict=True))


# --------------------------------------------------------------------------------------------------------------------
# declensions


def _endings(nominative: str, latin: str, cases: str) -> tuple[frozenset[str], frozenset[str]]:
    """(the endings of the nominative, those of every case); "-" is none."""
    first = frozenset(one.strip("-") for one in f"{nominative} {latin}".split())
    return first, first | frozenset(one.strip("-") for one in cases.split())


# The Latin cases are those of łacinka and of what sites make of a title for its address.
# Only those that the declension has: «Прыкладна» is no case of «Прыкладны», nor «Кулікоў» of «Кулік».
_DECLENSIONS = {
    "adjective": _endings(
        "ы і ый ий ій ой ая яя",
        "y i yi yj ij iy ii oy oi oj aya aia aja",
        "ага яга ого его аму яму ому ему ым ім им ом ем ай яй ей ую юю аю ою ею яю ыя ія ые ие ых іх их "
        "ымі імі ыми ими aga aha aho ogo oho ego amu omu emu ym im om ai aj ei ej uyu uju aju yia yja ykh ych ikh ich",
    ),
    "possessive": _endings("- а", "- a", "у ым ім им ам ом е ой ай ою аю ы ых ымі ыми u ym im e oi oj ai aj"),
    "noun": _endings("- ь й", "- i y j", "а я у ю ам ям ом ем ём е э ы і и амі ямі ами ями ах ях a u am om em"),
    "vowel": _endings(
        "а я о ё ія ыя ия",
        "a o ia ya ja iya yia ija io yo",
        "ы і и е э у ю ай ой ёй яй ей аю ою ёю яю ею ам ом ем ыі іі ии ыю ію ию ыяй іяй ией ыяю іяю иею",
    ),
    "glide": _endings("ый ій ий", "y i yi iy ii yj ij", "ыя ія ия ыю ію ию ыем іем ием ыі іі ии"),
    "none": _endings("-", "-", "-"),
}
_POSSESSIVE_STEM = re.compile(r"(?:[оаеёэыіи][ўв]|[іыи]н|[oaeiy][vuŭ]|[iy]n)$")
_CONSONANT = re.compile(r"(?:[^аоуеёюяэєиіыїaeouiy]|[оаеэуaeou][йiyj]|[oae]u)$")
_FLEETING = re.compile(r"[еэя](?=ц$)|[оёа](?=к$)|е(?=нь$)|[еэ]й$|e(?=ts$|c$)|[yi]?o(?=k$)|e[iyj]$")
_SOFTENED = {"к": "ц", "г": "з", "х": "с"}
_LEAST = 2  # letters of a stem


@lru_cache(maxsize=65536)
def readings(word: str) -> tuple[tuple[str, Sounds], ...]:
    """Every (declension, stem) of which a bare word may be a case, by its ending."""
    return tuple(
        (name, heard)
        for name, (_, cases) in _DECLENSIONS.items()
        for ending in cases
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST
        for heard in _hearings(word.removesuffix(ending))
    )


class Name:
    """One word of a name, given in the nominative; tells whether another word is a case or a spelling of it."""

    def __init__(self, word: str) -> None:
        self.word = bare(word)
        self._stems: dict[str, set[Sounds]] = {"none": _hearings(self.word)}
        for declension, (nominatives, _) in _DECLENSIONS.items():
            for ending in nominatives:
                stem = self.word.removesuffix(ending)
                if self.word.endswith(ending) and len(stem) >= _LEAST and _belongs(stem, ending, declension):
                    varied = _varied(self.word, stem, declension)
                    self._stems.setdefault(declension, set()).update(*map(_hearings, varied))

    def __repr__(self) -> str:
        return f"Name({self.word!r})"

    def says(self, word: str) -> bool:
        """Whether a bare word is this one."""
        return any(alike(stem, own) for declension, stem in readings(word) for own in self._stems.get(declension, ()))


def _belongs(stem: str, ending: str, declension: str) -> bool:
    """Whether a word of this stem and ending is declined so."""
    if declension == "possessive":
        return _POSSESSIVE_STEM.search(stem) is not None
    if declension == "noun":
        return _CONSONANT.search(stem + ending) is not None
    return True


def _varied(word: str, stem: str, declension: str) -> set[str]:
    """The stem in the nominative and as other cases change it: «Кравец», «Краўца»; «Сапега», «Сапезе»."""
    if declension == "noun":
        return {stem, _FLEETING.sub("", word)} if len(_FLEETING.sub("", word)) >= _LEAST else {stem}
    if declension == "vowel" and stem[-1] in _SOFTENED:
        return {stem, stem[:-1] + _SOFTENED[stem[-1]]}
    return {stem}
