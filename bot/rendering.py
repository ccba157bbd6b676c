"""Checked words + templates -> the drafts of a channel, longest first -> the first that its `compose` takes, as posts.

Never cuts: what does not fit steps down the nest of cuts, or is refused with the figures. No disk, no clock, no wire.
A correction says when it was made; `notice` is what stands in the place of a post that was withdrawn.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from jinja2 import DictLoader, StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

import channels
from bot.errors import SettingsError
from bot.model import (
    Block,
    BlockKind,
    Checked,
    CheckedSentence,
    Cut,
    Origin,
    Sentence,
    Statement,
    Summary,
)
from bot.text.spans import unbreakable
from channels import Channel, ChannelSettings, Draft, Line, Post, TooLong

# Far above any post, far below what would trouble the memory.
LARGEST_OUTPUT = 2_000_000
# A template whose output is called so lays out the notice in the place of a withdrawn post, and nothing else;
NOTICE = "withdrawn-"
# or the frame around several posts that go out as one.
DIGEST = "digest-"
SHORT = 1_000  # characters, at most, of a statement among others

# --------------------------------------------------------------------------------------------------------------------
# words from the catalogue


class Catalogue:
    """One language's interface words. A missing, fuzzy or empty message is an error, never a fallback."""

    def __init__(self, language: str, source: str) -> None:
        self.language = language
        self.name = f"locale/{language}/LC_MESSAGES/vestka.po"
        try:
            catalogue = read_po(io.BytesIO(source.encode()), locale=language, abort_invalid=True)
            compiled = io.BytesIO()
            write_mo(compiled, catalogue)
        except (PoFileError, UnknownLocaleError, ValueError) as error:
            raise SettingsError(f"templates/{self.name}: {error}") from error
        compiled.seek(0)
        self._words = gettext.GNUTranslations(compiled)
        self._known = {
            message.id[0] if isinstance(message.id, tuple) else message.id
            for message in catalogue
            if message.id and not message.fuzzy and all(_forms(message.string))
        }

    def gettext(self, message: str, **values: object) -> str:
        """The message in this language, `%(name)s` filled in."""
        return self._filled(self._words.gettext(self._sure(message)), values)

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> str:
        """The message in the plural form that the number asks for; `%(number)d` is the number."""
        return self._filled(self._words.ngettext(self._sure(singular), plural, number), {"number": number, **values})

    def _sure(self, message: str) -> str:
        if message not in self._known:
            raise SettingsError(f'templates/{self.name}: no translation of "{message}"')
        return message

    def _filled(self, text: str, values: Mapping[str, object]) -> str:
        try:
            return text % values if values else text
        except (KeyError, ValueError, TypeError) as error:
            raise SettingsError(f'templates/{self.name}: "{text}" cannot be filled in: {error!r}') from error


def _forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Every plural form of a translation."""
    return (string or "",) if isinstance(string, str | None) else tuple(string)


_LABELS = {
    Origin.ORIGINAL: "original",
    Origin.PEOPLE: "translated by people",
    Origin.MACHINE: "machine translation, checked automatically",
    Origin.EDITED: "checked and read by an editor",
}
# Whole phrases, because a language's name takes another form after "in".
_UNTRANSLATED = {
    "be": "no translation yet: the original, in Belarusian",
    "ru": "no translation yet: the original, in Russian",
    "en": "no translation yet: the original, in English",
    "uk": "no translation yet: the original, in Ukrainian",
    "pl": "no translation yet: the original, in Polish",
}


def _label(checked: Checked, catalogue: Catalogue) -> str:
    """What the post says of itself."""
    if checked.origin is not Origin.UNTRANSLATED:
        return catalogue.gettext(_LABELS[checked.origin])
    original = checked.statement.language
    if original in _UNTRANSLATED:
        return catalogue.gettext(_UNTRANSLATED[original])
    name = Locale.parse(original).get_display_name(checked.language)
    return catalogue.gettext("no translation yet: the original (%(language)s)", language=name)


def _dated(message: str, on: date | None, catalogue: Catalogue) -> str:
    """A phrase that names a day, in the catalogue's language; "" without a day.

    U+202F becomes U+00A0, which looks the same, keeps the words together as well, and weighs half of it on X.
    """
    if on is None:
        return ""
    # Plain "en" is American: "November 25, 2026".
    locale = "en_GB" if catalogue.language == "en" else catalogue.language
    return catalogue.gettext(message, date=format_date(on, "long", locale=locale).replace("\u202f", "\u00a0"))


# --------------------------------------------------------------------------------------------------------------------
# templates


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates may lay words out and nothing more: no raw HTML, nothing that builds long strings."""

    intercepted_binops = frozenset({"*", "**", "%"})
    methods = frozenset({"startswith", "endswith", "upper", "lower", "strip", "items", "get", "keys", "values"})
    own_filters = (
        "capitalize",
        "e",
        "escape",
        "first",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "replace",
        "trim",
        "upper",
    )

    def __init__(self, sources: Mapping[str, str]) -> None:
        super().__init__(
            loader=DictLoader(dict(sources)),
            undefined=StrictUndefined,
            autoescape=lambda name: name is None or not name.endswith(".txt.j2"),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = {name: self.filters[name] for name in self.own_filters}
        self.globals = {"range": self.globals["range"], "namespace": self.globals["namespace"]}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`%` of two whole numbers is all the arithmetic that could grow."""
        if operator == "%" and isinstance(left, int) and isinstance(right, int):
            return super().call_binop(context, operator, left, right)
        raise SecurityError(f"the operator {operator} may not be used here")

    def wrap_str_format(self, value: Any) -> None:
        """No exception for `str.format`: a width in its pattern can ask for gigabytes."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Methods of strings such as `ljust` or `format` can fill the memory; nothing needs them."""
        allowed = not callable(value) or attr in self.methods or not isinstance(obj, str | dict | list | tuple | int)
        return allowed and bool(super().is_safe_attribute(obj, attr, value))


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One template: its name below templates/, what it makes (`post.html`), and its language when it overrides."""

    name: str
    output: str
    language: str | None
    template: Template


class Templates:
    """All templates and catalogues, compiled once.

    `sources`: path below templates/ ("telegram/post.html.j2") -> source. `catalogues`: language -> its .po text.
    A file whose name begins with "_" is for inclusion. Raises SettingsError that names the template or catalogue.
    """

    def __init__(self, sources: Mapping[str, str], catalogues: Mapping[str, str]) -> None:
        sandbox = _Sandbox(sources)
        self._catalogues = {language: Catalogue(language, text) for language, text in catalogues.items()}
        self._kinds: dict[str, list[_Compiled]] = {}
        for name in sorted(sources):
            kind, _, file = name.rpartition("/")
            with _Blamed(name):
                template = sandbox.get_template(name)
            if not file.startswith("_"):
                self._kinds.setdefault(kind, []).append(_Compiled(name, *_output(name, file), template))

    def catalogue(self, language: str) -> Catalogue:
        """The words of one language. Raises SettingsError that names the missing file."""
        if language not in self._catalogues:
            raise SettingsError(f"templates/locale/{language}/LC_MESSAGES/vestka.po is missing")
        return self._catalogues[language]

    def render(self, kind: str, language: str, values: Mapping[str, object], *, group: str = "") -> dict[str, str]:
        """The kind's templates for a post, or of a `group` (NOTICE, DIGEST); `post.<language>.…` before `post.…`.

        By plain name: that of `post.be.html.j2` and of `withdrawn-post.html.j2` is `post.html`.
        """
        if kind not in self._kinds:
            raise SettingsError(f"templates/{kind} holds no template")
        known = [one for one in self._kinds[kind] if _group(one.output) == group]
        chosen = {one.output.removeprefix(group): one for one in known if one.language is None}
        chosen |= {one.output.removeprefix(group): one for one in known if one.language == language}
        words = self.catalogue(language)
        functions: dict[str, Callable[..., str]] = {"_": words.gettext, "ngettext": words.ngettext}
        return {output: _written(one, {**values, **functions}) for output, one in sorted(chosen.items())}

    def withdraws(self, kind: str) -> bool:
        """Whether the kind's folder says what stands in the place of a withdrawn post."""
        return any(_group(one.output) == NOTICE for one in self._kinds.get(kind, ()))

    def check(self, kinds: Iterable[str], languages: Iterable[str]) -> None:
        """Lay out a sample of every origin for each kind and language, corrected and not, and the notice of each kind
        that has one. Raises SettingsError that names the fault.
        """
        languages = tuple(languages)
        for kind in kinds:
            channel = channels.load(kind)
            settings = channel.Settings.model_construct(kind=kind)
            for checked in (sample for language in languages for sample in _samples(language)):
                for attempt in _attempts(checked, settings, self.catalogue(checked.language)):
                    for corrected in (None, _A_DAY):
                        draft = _draft(checked, attempt, kind, self, "Sample", corrected)
                        _composed(draft, kind, channel, settings)
            for language in languages if self.withdraws(kind) else ():
                notice(
                    language,
                    kind=kind,
                    channel=channel,
                    settings=settings,
                    templates=self,
                    organisation="Sample",
                    on=_A_DAY,
                )


def _composed(
    draft: Draft, kind: str, channel: Channel, settings: ChannelSettings, prefix: str = ""
) -> tuple[Post, ...] | TooLong:
    """What the channel makes of a draft. Raises SettingsError that names the template which is wrong or missing."""
    try:
        return channel.compose(draft, settings)
    except KeyError as error:
        raise SettingsError(f"templates/{kind} lacks {prefix}{error.args[0]}.j2") from error
    except ValueError as error:
        place = f"templates/{kind}/{prefix}…" if prefix else f"templates/{kind}"
        raise SettingsError(f"{place}: {error}") from error


class _Blamed:
    """Turns whatever a template does wrong into one line that names it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # A template is code of the installation: a wrong type or a division by zero in it is as wrong as a bad tag.
        if isinstance(error, TemplateError | TypeError | ValueError | ArithmeticError | LookupError | RecursionError):
            line = getattr(error, "lineno", None)
            place = f"templates/{self.name}" + (f", line {line}" if line else "")
            raise SettingsError(f"{place}: {error}") from error


def _group(output: str) -> str:
    """Which group of templates an output belongs to; "" are those of a post."""
    return next((group for group in (NOTICE, DIGEST) if output.startswith(group)), "")


def _output(name: str, file: str) -> tuple[str, str | None]:
    """`post.be.html.j2` -> ("post.html", "be"); `post.html.j2` -> ("post.html", None)."""
    words = file.split(".")
    if words[-1] != "j2" or words[-2:-1] not in (["html"], ["mjml"], ["txt"]) or len(words) not in (3, 4):
        what = "NAME.html.j2, NAME.mjml.j2 or NAME.txt.j2, or NAME.LANGUAGE.…"
        raise SettingsError(f"templates/{name}: a template is called {what}")
    return f"{words[0]}.{words[-2]}", words[1] if len(words) == 4 else None


def _written(one: _Compiled, values: Mapping[str, object]) -> str:
    """The outcome of one template, watched while it grows."""
    pieces: list[str] = []
    size = 0
    with _Blamed(one.name):
        for piece in one.template.generate(values):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_OUTPUT:
                raise ValueError(f"writes more than {LARGEST_OUTPUT} characters")
    return "".join(pieces)


# --------------------------------------------------------------------------------------------------------------------
# what is laid out


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block as a template gets it. `kind` is a BlockKind's value, or "announced" for a list that is only counted."""

    kind: str
    text: str
    sentences: tuple[str, ...]
    ordinal: int | None = None
    href: str = ""

    def values(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "text": self.text,
            "lines": self.text.splitlines(),
            "sentences": list(self.sentences),
            "ordinal": self.ordinal,
            "href": self.href,
        }


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One length at which the edition may go out."""

    pieces: tuple[_Piece, ...]
    full: bool
    short: tuple[_Piece, ...] = ()
    lines: tuple[str, ...] = field(default=())


def render(
    checked: Checked,
    *,
    kind: str,
    channel: Channel,
    settings: ChannelSettings,
    templates: Templates,
    organisation: str,
    corrected: date | None = None,
) -> tuple[Post, ...] | TooLong:
    """The longest version of a checked edition that the channel takes as it is, or the figures of the shortest.

    `corrected` is the day on which it was put right; the reader is told. An original goes out in full when the settings
    say `auto` and it fits, else by its cuts, longest first. A statement that nothing can translate goes out in full or
    not at all. Raises SettingsError that names a wrong template.
    """
    words = templates.catalogue(checked.language)
    outcome: tuple[Post, ...] | TooLong | None = None
    for attempt in _attempts(checked, settings, words):
        outcome = channel.compose(_draft(checked, attempt, kind, templates, organisation, corrected), settings)
        if not isinstance(outcome, TooLong):
            return outcome
    assert outcome is not None  # there is always at least one attempt
    return outcome


def corrected_line(templates: Templates, language: str, day: date) -> str:
    """The line by which a corrected post says so."""
    return _dated("Corrected on %(date)s", day, templates.catalogue(language))


def notice(
    language: str,
    *,
    kind: str,
    channel: Channel,
    settings: ChannelSettings,
    templates: Templates,
    organisation: str,
    on: date,
    parts: int = 1,
) -> tuple[Post, ...]:
    """What stands in each of the `parts` of a post that was withdrawn on a day: that it was, and nothing it said.

    The kind's `withdrawn-…` templates are given to its `compose` under their names without that prefix. Raises
    SettingsError when one is missing, or when the channel does not take the notice as one part.
    """
    words = templates.catalogue(language)
    said = _dated("This post was withdrawn on %(date)s.", on, words)
    values = {"organisation": organisation, "language": language, "withdrawn": said}
    rendered = templates.render(kind, language, values, group=NOTICE)
    draft = Draft(language=language, title=said, sentences=(Line(text=said),), link="", rendered=rendered)
    posts = _composed(draft, kind, channel, settings, NOTICE)
    if isinstance(posts, TooLong) or len(posts) != 1:
        raise SettingsError(f"templates/{kind}: the notice of a withdrawn post must fit in one part")
    return tuple(replace(posts[0], part=part, parts=parts) for part in range(1, parts + 1))


def framed(
    templates: Templates, kind: str, language: str, *, organisation: str, weekly: bool, on: date
) -> dict[str, str]:
    """The frame around posts of a day, or of the week that it ends, which go out as one."""
    words = templates.catalogue(language)
    said = _dated("Statements of the week to %(date)s" if weekly else "Statements of %(date)s", on, words)
    values = {"organisation": organisation, "language": language, "title": said}
    return templates.render(kind, language, values, group=DIGEST)


def quietly(templates: Templates, language: str, on: date) -> tuple[str, str]:
    """Subject, and the line before the link to leave, of a letter whose reader wants neither to tell anything."""
    words = templates.catalogue(language)
    return _dated("A letter of %(date)s", on, words), words.gettext("Here you change your choices or leave:")


def _attempts(checked: Checked, settings: ChannelSettings, words: Catalogue) -> Iterator[_Attempt]:
    """The versions to try, longest first. An officer's own words stand instead of the statement, so it is not tried."""
    whole = checked.origin is Origin.UNTRANSLATED
    if whole or (checked.origin is Origin.ORIGINAL and settings.text == "auto" and not checked.summary.written):
        yield _attempt(_full(checked), short=_full(checked) if whole else tuple(_short(checked, _cut(checked), words)))
    if whole:
        return
    seen: set[tuple[_Piece, ...]] = set()
    for cut in reversed(checked.cuts or (_NO_CUT,)):
        pieces = tuple(_short(checked, cut, words))
        if pieces not in seen:
            seen.add(pieces)
            smaller = cut if cut.characters <= SHORT else _cut(checked)
            yield _attempt(pieces, short=tuple(_short(checked, smaller, words)), full=False)


_NO_CUT = Cut(characters=0, sentences=())


def _cut(checked: Checked) -> Cut:
    """The largest cut of a statement that stands among others; the smallest, where all are larger."""
    cuts = checked.cuts or (_NO_CUT,)
    return next((cut for cut in reversed(cuts) if cut.characters <= SHORT), cuts[0])


def _attempt(pieces: tuple[_Piece, ...], *, short: tuple[_Piece, ...], full: bool = True) -> _Attempt:
    return _Attempt(pieces, full, short, tuple(line for piece in pieces for line in piece.sentences))


def _full(checked: Checked) -> tuple[_Piece, ...]:
    """The statement block by block, each block's sentences where the summary found them."""
    known = () if checked.summary.written else checked.summary.sentences
    pieces = []
    start = 0
    for block in checked.statement.blocks:
        end = start + len(block.text)
        edges = {start, end}
        for sentence in known:
            if start <= sentence.start and sentence.end <= end:
                edges |= {sentence.start, sentence.end}
        cuts = sorted(edges)
        sentences = (checked.statement.text[a:b].strip() for a, b in pairwise(cuts))
        lines = tuple(_one_line(sentence) for sentence in sentences if sentence)
        pieces.append(_Piece(block.kind.value, block.text.strip(), lines, block.ordinal, _safe(block.href)))
        start = end + len("\n\n")
    return tuple(pieces)


def _short(checked: Checked, cut: Cut, words: Catalogue) -> Iterator[_Piece]:
    """The sentences of one cut, gathered into their blocks, with the label of each list that is only counted."""
    steps: list[tuple[int, int | None]] = [(index, None) for index in cut.sentences]
    steps += list(cut.announced)
    held: list[tuple[Sentence, str]] = []
    for index, count in sorted(steps, key=lambda step: (step[0], step[1] is not None)):
        sentence = checked.summary.sentences[index]
        if held and (count is not None or sentence.block != held[0][0].block or sentence.ordinal is not None):
            yield _gathered(held)
            held = []
        if count is None:
            held.append((sentence, _one_line(checked.sentences[index].text)))
        else:
            label = words.ngettext(
                "a list of %(number)d item in the full text", "a list of %(number)d items in the full text", count
            )
            yield _Piece("announced", label, (label,))
    if held:
        yield _gathered(held)


def _gathered(held: list[tuple[Sentence, str]]) -> _Piece:
    """Sentences of one block as one piece."""
    lines = tuple(text for _, text in held)
    return _Piece(held[0][0].kind.value, " ".join(lines), lines, held[0][0].ordinal)


def _one_line(text: str) -> str:
    """A sentence without line breaks: a template may give each sentence a line of its own."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").strip()


def _safe(href: str | None) -> str:
    """The address when a reader may be sent there, else nothing."""
    try:
        parts = urlsplit(href or "")
    except ValueError:
        return ""
    return href or "" if parts.scheme in ("http", "https") and parts.netloc else ""


def _draft(
    checked: Checked, attempt: _Attempt, kind: str, templates: Templates, organisation: str, corrected: date | None
) -> Draft:
    """The edition as the templates of a kind lay it out. Templates get nothing but str, int, bool, list and dict."""
    language, original = checked.language, checked.statement.language
    spoken = original if checked.origin is Origin.UNTRANSLATED else language
    title = _one_line(checked.title.text)
    words = templates.catalogue(language)
    values = {
        "organisation": organisation,
        "title": title,
        "blocks": [piece.values() for piece in attempt.pieces],
        "short": [piece.values() for piece in attempt.short],
        "full": attempt.full,
        "link": _safe(checked.statement.url),
        "language": language,
        "text_language": spoken,
        "origin": checked.origin.value,
        "label": _label(checked, words),
        "corrected": _dated("Corrected on %(date)s", corrected, words),
        "read_more": words.gettext("Read the full statement"),
    }
    return Draft(
        language=language,
        title=title,
        sentences=tuple(Line(text=line, unbreakable=unbreakable(line, spoken)) for line in (title, *attempt.lines)),
        link=_safe(checked.statement.url),
        rendered=templates.render(kind, language, values),
    )


# --------------------------------------------------------------------------------------------------------------------
# a sample for the check at start

_A_DAY = date(2020, 1, 1)


def _samples(language: str) -> Iterator[Checked]:
    """One small edition of every origin, with every kind of block and an enumeration that is only announced."""
    texts = [
        "A heading",
        "First words.",
        "A demand.",
        "Another.",
        "A quotation.",
        "1\t2",
        "A picture",
        "A file",
        "A. B.",
    ]
    kinds = [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ITEM, BlockKind.QUOTATION]
    kinds += [BlockKind.TABLE, BlockKind.IMAGE, BlockKind.ATTACHMENT, BlockKind.SIGNATORIES]
    address = "https://example.invalid/1"
    blocks = tuple(
        Block(kind=kind, text=text, ordinal=1 if text == "A demand." else None, href=address)
        for kind, text in zip(kinds, texts, strict=True)
    )
    statement = Statement(
        source="sample",
        language=language,
        url=address,
        title="A title",
        blocks=blocks,
        first_seen=datetime(2020, 1, 1, tzinfo=UTC),
    )
    sentences = []
    for number, block in enumerate(blocks):
        start = statement.text.index(block.text)
        end = start + len(block.text)
        sentences.append(
            Sentence(text=block.text, start=start, end=end, block=number, kind=block.kind, ordinal=block.ordinal)
        )
    everything = tuple(range(len(blocks)))
    cuts = (
        Cut(characters=40, sentences=(1,), announced=((1, 2),)),
        Cut(characters=60, sentences=(1,), announced=((1, 5),)),
        Cut(characters=200, sentences=everything),
    )
    summary = Summary(language=language, title="A title", sentences=tuple(sentences), cuts=cuts)
    title, *words = (CheckedSentence(source=text, text=text, engine="", version="") for text in ("A title", *texts))
    checked = Checked(
        statement=statement,
        summary=summary,
        language=language,
        origin=Origin.ORIGINAL,
        title=title,
        sentences=tuple(words),
    )
    for origin in Origin:
        yield replace(checked, origin=origin)
    for other in (*_UNTRANSLATED, "lt"):
        yield replace(checked, statement=replace(statement, language=other), origin=Origin.UNTRANSLATED)
