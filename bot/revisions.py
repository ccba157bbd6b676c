"""What an edit of a text means: nothing, typography, wording, a fact, or that the text was withdrawn.

Two looks at one text in one language are compared. Facts come first: what might touch a number, date, name, negation or
quotation is called a fact, for a person then decides whether what was already sent must be corrected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import Indel

from bot.model import Edit, EditKind
from bot.text import spans
from bot.text.dates import dates, weekdays
from bot.text.glossary import Glossary
from bot.text.numbers import Quantity, fold, quantities
from bot.text.sentences import split
from bot.text.words import OPENERS, STOP_WORDS

Span = tuple[int, int]
_LAYOUT = re.compile(r"[ \t\r\n\f\v]+")  # not the no-break space: that is typography
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")

# --------------------------------------------------------------------------------------------------------------------
# typography

_DOUBLE = str.maketrans(dict.fromkeys("«»„“”‟″", '"') | dict.fromkeys("‘’‚‛′ʼ`´", "'"))
_SINGLE = re.compile(r"(?<!\w)'|'(?!\w)")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe63\uff0d-]+")
_YO = str.maketrans("ёЁ", "еЕ")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
# "1, 094" is not "1,094": a space between figures stays.
_AROUND = re.compile(r"(?<!\d) ?([^\w\s]) ?| ?([^\w\s]) ?(?!\d)")
_TRAILING = re.compile(r"[.!…,;:]+$")
_ENDED = re.compile(r"[.!?…:;]\W*$")


def _plain(text: str, language: str) -> list[tuple[str, bool]]:
    """The lines of a text without all that is typography, and whether each is a heading: it has no end mark."""
    lines = []
    for raw in _UNSEEN.sub("", unicodedata.normalize("NFC", text)).splitlines():
        line = _SPACE.sub(" ", raw).strip()
        if not line:
            continue
        heading = _ENDED.search(line) is None
        line = _SINGLE.sub('"', _DASHES.sub("-", line.translate(_DOUBLE))).replace("...", "…")
        # Russian may leave the dots out; in Belarusian «ё» and «е» are two letters.
        line = line.translate(_YO) if language == "ru" else line
        lines.append((_TRAILING.sub("", _AROUND.sub(lambda mark: mark[1] or mark[2], line)), heading))
    return lines


def _only_typography(before: str, after: str, language: str) -> bool:
    """Whether two texts differ in typography alone; the case of letters is typography in headings only."""
    ones, others = _plain(before, language), _plain(after, language)
    if " ".join(line for line, _ in ones) == " ".join(line for line, _ in others):
        return True
    return len(ones) == len(others) and all(
        one == other or (heading and also and one.casefold() == other.casefold())
        for (one, heading), (other, also) in zip(ones, others, strict=True)
    )


# --------------------------------------------------------------------------------------------------------------------
# withdrawal

# The whole text must be the notice, with at most a reason behind it: a story about a withdrawal goes on.
_NOTICES = {
    "be": r"(?:(?:гэты|гэтая|дадзены|дадзеная) )?"
    r"(?:матэрыял|тэкст|артыкул|публікацыя|заява|старонка|навіна|паведамленне) (?:быў |была |было )?"
    r"(?:выдален\w{0,2}|адклікан\w{0,2}|зняты|знята|знятая)(?: (?:па|на|з|у сувязі|аўтар)\b.{0,60})?",
    "ru": r"(?:(?:этот|эта|это|данный|данная) )?"
    r"(?:материал|текст|статья|публикация|заявление|страница|новость|сообщение) (?:был |была |было )?"
    r"(?:удал[её]н\w{0,2}|отозван\w{0,2}|снят\w{0,2})(?: (?:по|на|с|в связи|автор)\b.{0,60})?",
    "en": r"(?:(?:this|the) )?(?:material|text|article|publication|statement|page|post|story|item) "
    r"(?:has been |was |is )?(?:withdrawn|removed|deleted|retracted|taken down)(?: (?:at|on|by|for|due)\b.{0,60})?",
    "uk": r"(?:(?:цей|ця|це|даний|дана) )?"
    r"(?:матеріал|текст|стаття|публікація|заява|сторінка|новина|повідомлення) (?:був |була |було )?"
    r"(?:видален\w{0,2}|відкликан\w{0,2}|знят\w{0,2})(?: (?:за|на|з|у зв'язку|автор)\b.{0,60})?",
    "pl": r"(?:(?:ten|ta|to|niniejszy|niniejsza) )?(?:materiał|tekst|artykuł|publikacja|oświadczenie|strona|wpis)"
    r" (?:został[ao]? )?(?:usunięt[yae]|wycofan[yae]|skasowan[yae])(?: (?:na|przez|z)\b.{0,60})?",
}


def _withdrawn(text: str, language: str) -> bool:
    """Whether a text is empty or nothing but a notice that it was withdrawn."""
    plain = _SPACE.sub(" ", fold(text)).strip()
    return not plain or re.fullmatch(rf"\W*{_NOTICES[language]}\W*", plain, re.IGNORECASE) is not None


# --------------------------------------------------------------------------------------------------------------------
# facts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fact:
    """One fact of one text: where it stands and what it says; `key` is compared within its kind."""

    kind: str
    key: object
    span: Span


_NOT = {
    "be": r"не|ня|няма|нельга|ні|ані|без|бяз|ніхто|нікога|нікому|нікім|нішто|нічога|нічому|нічым|ніколі|нідзе|"
    r"ніводн\w+",
    "ru": r"не|нет|нельзя|ни|без|никто|никого|никому|никем|ничто|ничего|ничему|ничем|никогда|нигде",
    "en": r"not|no|never|none|nobody|nothing|nowhere|neither|nor|cannot|without|\w+n't",
    "uk": r"не|немає|нема|ні|ані|без|ніхто|нікого|нікому|ніким|ніщо|нічого|нічому|нічим|ніколи|ніде|жод\w+",
    "pl": r"nie|ani|bez|brak|nikt|nikogo|nikomu|nikim|nic|niczego|niczemu|niczym|nigdy|nigdzie|żad\w+",
}
# What is one negation in two spellings, before a vowel or in a contraction.
_NOT_FORMS = {"ня": "не", "бяз": "без", "cannot": "not"}
# A "not" that has grown into its word: «невиновен», "unlawful".
_GROWN = {
    "be": ("не", "ня"),
    "ru": ("не",),
    "en": ("un", "in", "il", "im", "ir", "dis", "non"),
    "uk": ("не",),
    "pl": ("nie",),
}


def _numbers(text: str, language: str, seen: Sequence[Span]) -> Iterator[_Fact]:
    for number in quantities(text, language, without=tuple(seen)):
        if number.text == "I" and language == "en":
            continue  # the pronoun
        yield _Fact(kind="number", key=number, span=number.span)


def _dates(text: str, language: str) -> Iterator[_Fact]:
    for date in dates(text, language):
        yield _Fact(kind="date", key=date.value, span=date.span)
    for day, span in weekdays(text, language).items():
        yield _Fact(kind="weekday", key=day, span=span)


def _negations(text: str, language: str) -> Iterator[_Fact]:
    for hit in re.finditer(rf"\b(?:{_NOT[language]})\b", text, re.IGNORECASE):
        word = hit.group().lower()
        yield _Fact(kind="negation", key="not" if word.endswith("n't") else _NOT_FORMS.get(word, word), span=hit.span())


def _said(quotation: str, language: str) -> str:
    return " ".join(line for line, _ in _plain(quotation.strip('«»„“”"'), language)).casefold()


def _quotations(text: str, language: str) -> Iterator[_Fact]:
    for start, end in spans.quotations(text):
        yield _Fact(kind="quotation", key=_said(text[start:end], language), span=(start, end))


def _names(text: str, language: str, glossary: Glossary, seen: Sequence[Span]) -> Iterator[_Fact]:
    """Listed names by their ids, other words with a capital letter by their letters."""
    mentions = glossary.mentions(text, language)
    for one in mentions:
        yield _Fact(kind="listed", key=one.ids, span=one.span)
    taken = [*(one.span for one in mentions), *seen]
    first = _WORD.search(text)
    for hit in _WORD.finditer(text):
        free = not any(start < hit.end() and end > hit.start() for start, end in taken)
        if free and hit.group()[0].isupper() and len(hit.group()) > 1:
            kind = "opener" if first and hit.start() == first.start() else "name"
            yield _Fact(kind=kind, key=hit.group(), span=hit.span())


def _facts(text: str, language: str, glossary: Glossary) -> list[_Fact]:
    """Every fact of a text, read sentence by sentence; quotations may be longer than one."""
    found = list(_quotations(text, language))
    at = 0
    for line in text.splitlines(keepends=True):
        for start, end in split(line, language):
            found += (
                replace(fact, span=(at + start + fact.span[0], at + start + fact.span[1]))
                for fact in _in_sentence(line[start:end], language, glossary)
            )
        at += len(line)
    return found


def _in_sentence(text: str, language: str, glossary: Glossary) -> Iterator[_Fact]:
    days = list(_dates(text, language))
    yield from days
    figures = list(_numbers(text, language, [fact.span for fact in days if fact.kind == "date"]))
    yield from figures
    yield from _negations(text, language)
    yield from _names(text, language, glossary, [fact.span for fact in (*days, *figures)])


# The endings of names in the Slavic languages; an English name has none but the possessive.
_CASES = (
    "а я у ю ы и і ї е є ё о ь й ай ой ом ам ем ём ім ым им эм ого ому ага аму ога ей ою ею аю ях ах ых их іх ые ие ыя "
    "ія ыми ими ымі імі ая яя ую юю ое ее ае ий ый ій ами амі ямі ями ові еві єві эй "
    "a ą e ę i o u y ie em om ami ach owi ego emu ej im ym iem iego iemu ich ych ymi imi ią ia"
)
_ENDINGS = frozenset((*_CASES.split(), ""))


@lru_cache(maxsize=16384)
def _one_name(one: str, other: str, language: str) -> bool:
    """Whether two words are one name, in two cases perhaps; a name that is changed inside is another one."""
    if language == "en":
        return one.removesuffix("'s").removesuffix("'").lower() == other.removesuffix("'s").removesuffix("'").lower()
    first, second = (re.sub("ў", "в", word.lower()) for word in (one, other))
    same = 0
    while same < min(len(first), len(second)) and first[same] == second[same]:
        same += 1
    # The ending may begin inside what both share: «Вера», «Веры».
    return any(
        cut >= min(3, len(first)) and first[cut:] in _ENDINGS and second[cut:] in _ENDINGS
        for cut in range(max(0, same - 2), same + 1)
    )


def _one_number(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers are equal and count the same; a unit that is worded freely is no other one."""
    units = {one.unit, other.unit} - {""}
    return (
        one.same(other)
        and len(units) < 2
        and (one.unit == other.unit or "percent" not in units)
        and (one.negative == other.negative)
    )


def _heads(fact: _Fact) -> frozenset[object]:
    """What two equal facts share at least one of: it spares comparing each with each."""
    if isinstance(fact.key, Quantity):
        return frozenset(fact.key.readings)
    return frozenset({fact.key[:1].lower() if isinstance(fact.key, str) else fact.key})


def _unpaired(
    ones: Iterable[_Fact], others: Sequence[_Fact], same: Callable[[_Fact, _Fact], bool]
) -> tuple[list[_Fact], list[_Fact]]:
    """What is left on both sides when equal facts have been taken away in pairs."""
    gone = []
    come = dict.fromkeys(others)
    shelves: dict[object, list[_Fact]] = {}
    for other in others:
        for head in _heads(other):
            shelves.setdefault(head, []).append(other)
    for one in ones:
        near = (other for head in _heads(one) for other in shelves.get(head, ()) if other in come)
        twin = next((other for other in near if same(one, other)), None)
        if twin is None:
            gone.append(one)
        else:
            del come[twin]
    return gone, list(come)


def _same(language: str) -> dict[str, Callable[[_Fact, _Fact], bool]]:
    """How two facts of a kind are compared."""

    def equal(one: _Fact, other: _Fact) -> bool:
        return one.key == other.key

    def number(one: _Fact, other: _Fact) -> bool:
        return isinstance(one.key, Quantity) and isinstance(other.key, Quantity) and _one_number(one.key, other.key)

    def name(one: _Fact, other: _Fact) -> bool:
        return _one_name(str(one.key), str(other.key), language)

    exact = dict.fromkeys(("date", "weekday", "negation", "quotation", "listed"), equal)
    return {**exact, "number": number, "name": name, "opener": name}


def _changed(before: str, after: str, language: str, glossary: Glossary) -> tuple[list[Span], list[Span]]:
    """The spans of the facts that only one of the two texts has."""
    ones, others = (_facts(text, language, glossary) for text in (before, after))
    gone: dict[str, list[_Fact]] = {}
    come: dict[str, list[_Fact]] = {}
    same = _same(language)
    for kind, agree in same.items():
        gone[kind], come[kind] = _unpaired(
            [fact for fact in ones if fact.kind == kind], [fact for fact in others if fact.kind == kind], agree
        )
    # A name that moved to or from the beginning of a sentence.
    gone["name"], come["opener"] = _unpaired(gone["name"], come["opener"], same["name"])
    come["name"], gone["opener"] = _unpaired(come["name"], gone["opener"], same["name"])
    openers = _replaced(before, after, gone.pop("opener"), come.pop("opener"), language)
    spans_gone, spans_come = ([fact.span for facts in side.values() for fact in facts] for side in (gone, come))
    spans_gone += [one.span for one, _ in openers]
    spans_come += [other.span for _, other in openers]
    for one, other in _grown(before, after, language):
        spans_gone.append(one)
        spans_come.append(other)
    if not gone["number"] and not come["number"]:
        exchanged = _exchanged(before, after, ones, others)
        spans_gone += exchanged[0]
        spans_come += exchanged[1]
    return spans_gone, spans_come


def _replaced(
    before: str, after: str, gone: Sequence[_Fact], come: Sequence[_Fact], language: str
) -> list[tuple[_Fact, _Fact]]:
    """First words that were exchanged for others before the same next word: perhaps names, for they have a capital."""
    common = OPENERS[language] | STOP_WORDS[language]
    lower = {hit.group() for text in (before, after) for hit in _WORD.finditer(text) if hit.group().islower()}
    sides: list[dict[str, list[_Fact]]] = [{}, {}]
    for side, text, facts in zip(sides, (before, after), (gone, come), strict=True):
        for fact in facts:
            following = _WORD.search(text, fact.span[1])
            word = str(fact.key).lower()
            if following is not None and word not in common and word not in lower:
                side.setdefault(following.group(), []).append(fact)
    return [pair for word, ones in sides[0].items() for pair in zip(ones, sides[1].get(word, ()), strict=False)]


def _grown(before: str, after: str, language: str) -> Iterator[tuple[Span, Span]]:
    """Words that differ by a negation which has grown into one of them: «невиновен» that became «виновен»."""
    ones, others = (list(_WORD.finditer(text)) for text in (before, after))
    known = [{hit.group().lower(): hit.span() for hit in hits} for hits in (ones, others)]
    gone, come = ({word: side[word] for word in side.keys() - other.keys()} for side, other in (known, known[::-1]))
    for one, span in _bare(gone, come, language):
        yield span, one
    yield from _bare(come, gone, language)


def _bare(negated: Mapping[str, Span], plain: Mapping[str, Span], language: str) -> Iterator[tuple[Span, Span]]:
    """(span of the plain word, span of the negated word) wherever one is the other without its negation."""
    beginnings = {word[:5]: span for word, span in plain.items()}
    for word, span in negated.items():
        for prefix in _GROWN[language]:
            rest = word.removeprefix(prefix)
            if rest != word and len(rest) >= 4 and rest[:5] in beginnings:
                yield beginnings[rest[:5]], span


def _exchanged(
    before: str, after: str, ones: Iterable[_Fact], others: Iterable[_Fact]
) -> tuple[list[Span], list[Span]]:
    """Numbers that changed places: "12 women and 17 men" says what "17 women and 12 men" does not."""
    sides: list[dict[tuple[str, object], Span]] = []
    for text, facts in ((before, ones), (after, others)):
        counted: dict[tuple[str, object], Span] = {}
        for fact in facts:
            noun = _WORD.match(text, fact.span[1] + 1) if fact.kind == "number" else None
            if noun is not None and isinstance(fact.key, Quantity):
                counted[noun.group().lower()[:6], fact.key.value] = (fact.span[0], noun.end())
        sides.append(counted)
    gone, come = sides[0].keys() - sides[1].keys(), sides[1].keys() - sides[0].keys()
    nouns = {noun for noun, _ in gone} & {noun for noun, _ in come}
    return [sides[0][key] for key in gone if key[0] in nouns], [sides[1][key] for key in come if key[0] in nouns]


def _written(text: str, found: Iterable[Span]) -> tuple[str, ...]:
    """The facts as they are written, in reading order; of a quotation with a fact in it only the fact is told."""
    inner: list[Span] = []
    for one in sorted(set(found), key=lambda span: (span[0], -span[1]), reverse=True):
        if not inner or one[1] < inner[-1][1] or one[1] <= inner[-1][0]:
            inner.append(one)
    return tuple(text[start:end] for start, end in inner[::-1])


# --------------------------------------------------------------------------------------------------------------------
# the edit


def _diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """The word diff; white space counts as one space. Not difflib: that takes seconds for two long different texts."""
    ones, others = before.split(), after.split()
    runs: list[tuple[str, str]] = []
    gone: list[str] = []
    come: list[str] = []

    def end() -> None:
        runs.extend((mark, " ".join(run)) for mark, run in (("-", gone), ("+", come)) if run)
        gone.clear()
        come.clear()

    for act in Indel.opcodes(ones, others):
        if act.tag == "equal":
            end()
            runs.append(("=", " ".join(ones[act.src_start : act.src_end])))
        else:
            gone += ones[act.src_start : act.src_end]
            come += others[act.dest_start : act.dest_end]
    end()
    return tuple(runs)


def classify(before: str, after: str, language: str, *, glossary: Glossary) -> Edit:
    """What became of a text in `language` (be, ru, en, uk or pl) between two looks at it.

    Facts are compared as multisets of what they say, so that a sentence that moved is `wording`, as is "twelve" for 12
    or another case of a name; in doubt it is a `fact`. White space alone (but for no-break spaces) is `nothing`.
    """
    before, after = (unicodedata.normalize("NFC", text) for text in (before, after))
    if _LAYOUT.sub(" ", before).strip() == _LAYOUT.sub(" ", after).strip():
        return Edit(kind=EditKind.NOTHING)
    diff = _diff(before, after)
    if _withdrawn(after, language) and not _withdrawn(before, language):
        return Edit(kind=EditKind.WITHDRAWAL, diff=diff)
    if _only_typography(before, after, language):
        return Edit(kind=EditKind.TYPOGRAPHY, diff=diff)
    ones, others = fold(before), fold(after)
    gone, come = _changed(ones, others, language, glossary)
    if not gone and not come:
        return Edit(kind=EditKind.WORDING, diff=diff)
    told = _written(before, gone), _written(after, come)
    if told[0] == told[1]:
        # Only what is counted changed: "18 days" became "18 months".
        told = _written(before, _counted(ones, gone)), _written(after, _counted(others, come))
    return Edit(kind=EditKind.FACT, gone=told[0], come=told[1], diff=diff)


def _counted(text: str, found: Iterable[Span]) -> Iterator[Span]:
    for start, end in found:
        behind = _COUNTED.match(text, end)
        yield start, behind.end() if behind else end


_COUNTED = re.compile(r" ?(?:[^\W\d_]+|[%$€₽₴])")
_TOLD = 3  # facts on each side: enough to know which edit it was


def words(edit: Edit) -> str:
    """One short English clause for the audit trail: "wording", "a fact: 17 → 18"."""
    if edit.kind is not EditKind.FACT:
        return edit.kind.value
    gone, come = (
        ", ".join(facts[:_TOLD]) + (", …" if len(facts) > _TOLD else "") or "nothing"
        for facts in (list(dict.fromkeys(edit.gone)), list(dict.fromkeys(edit.come)))
    )
    return f"a fact: {gone} → {come}"
