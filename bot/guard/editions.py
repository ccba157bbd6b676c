"""A whole edition: picks the clear sentence among the candidates, leaves out what may go, and says what is wanting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.guard import written
from bot.guard.comparison import compare, verdict
from bot.guard.language import wrong_language
from bot.guard.pair import side
from bot.guard.unnamed import screen
from bot.model import (
    MEMORY,
    Candidate,
    Checked,
    CheckedSentence,
    Finding,
    Kind,
    Origin,
    Severity,
    Statement,
    Summary,
    TranslatedSentence,
    Translation,
)
from bot.text.glossary import Glossary
from bot.text.letters import strangers

_ORDER = ("clear", "look", "hold")
TITLE = -1


def _judge(
    sentence: TranslatedSentence, i: int, from_: str, to: str, *, glossary: Glossary, at: int
) -> tuple[Finding, ...]:
    """The findings about candidate `i` of a sentence, with a second opinion where there is one."""
    candidate = sentence.candidates[i]
    approved = candidate.approver is not None
    second = _second_opinion(sentence, candidate, from_, to, glossary)
    findings = compare(sentence.source, candidate.text, from_, to, glossary=glossary, second=second, approved=approved)
    if candidate.draft and not approved:
        message = f"{candidate.engine} writes drafts only: a person must read this sentence."
        findings = (*findings, Finding(kind=Kind.DRAFT, severity=Severity.LOOK, message=message))
    return tuple(replace(finding, sentence=at) for finding in findings)


def _second_opinion(
    sentence: TranslatedSentence, candidate: Candidate, from_: str, to: str, glossary: Glossary
) -> str | None:
    """What another engine made of the sentence, where the settings ask for that; None when it is itself held.

    An engine whose own sentence contradicts the source has no say about another's.
    """
    if sentence.opinion is None:
        return None
    others = (one for one in (sentence.opinion, *sentence.candidates) if one.engine != candidate.engine)
    for other in others:
        if verdict(compare(sentence.source, other.text, from_, to, glossary=glossary)) != "hold":
            return other.text
    return None


def pick(sentence: TranslatedSentence, at: int, from_: str, to: str, glossary: Glossary) -> CheckedSentence:
    """The first clear candidate, else the first that is only worth a look, else the first; with its findings.

    `at` is the index of the sentence in its summary (-1: the title).
    """
    best: tuple[int, Candidate, tuple[Finding, ...]] | None = None
    for i, candidate in enumerate(sentence.candidates):
        findings = _judge(sentence, i, from_, to, glossary=glossary, at=at)
        rank = _ORDER.index(verdict(findings))
        if best is None or rank < best[0]:
            best = (rank, candidate, findings)
        if rank == 0:
            break
    if best is None:
        message = "No engine has translated this sentence."
        missing = Finding(kind=Kind.OMISSION, severity=Severity.HOLD, message=message, sentence=at)
        return CheckedSentence(source=sentence.source, text="", engine="", version="", findings=(missing,))
    _, chosen, findings = best
    return CheckedSentence(
        source=sentence.source,
        text=chosen.text,
        engine=chosen.engine,
        version=chosen.version,
        approver=chosen.approver,
        findings=findings,
    )


def _left_out(summary: Summary, sentences: Sequence[CheckedSentence]) -> frozenset[int]:
    """The optional sentences with an open finding, with all that cannot stay without them."""
    if not summary.cuts:
        return frozenset()
    smallest = summary.cuts[0]
    kept = set(smallest.sentences)
    lists = {summary.sentences[i].enumeration for i in kept} - {None}
    gone: frozenset[int] = frozenset()
    for i, sentence in enumerate(sentences):
        if verdict(sentence.findings) == "clear":
            continue
        with_it = summary.dependants(i)
        if not with_it & kept and all(summary.sentences[j].enumeration not in lists for j in with_it):
            gone |= with_it
    return gone


def examine(
    statement: Statement,
    summary: Summary,
    translation: Translation,
    *,
    glossary: Glossary,
    disagreements: tuple[Finding, ...] = (),
) -> Checked:
    """The translated edition: what was picked for the title and each sentence, and every finding about it.

    `disagreements`, here and below, are those of the story's authored editions; they stand with the title, which is
    never left out, so that a `hold` among them stops the story in every place.
    """
    from_, to = translation.source_language, translation.language
    title = pick(translation.title, TITLE, from_, to, glossary)
    sentences = [pick(one, i, from_, to, glossary) for i, one in enumerate(translation.sentences)]
    sentences += [
        pick(TranslatedSentence(source=one.text, candidates=()), i, from_, to, glossary)
        for i, one in enumerate(summary.sentences)
        if i >= len(sentences)
    ]
    if summary.written:
        # What an officer's words say beside the statement, their translation says too.
        own = _own(statement, summary, to, Origin.EDITED, glossary)
        title = _with(title, own.title.findings)
        sentences = [_with(one, said.findings) for one, said in zip(sentences, own.sentences, strict=True)]
    wanting = tuple(at for at, one in enumerate([title, *sentences], start=TITLE) if verdict(one.findings) == "hold")
    title = _with(title, disagreements)  # no engine can settle them
    left_out = _left_out(summary, sentences)
    published = [title, *(one for i, one in enumerate(sentences) if i not in left_out)]
    checked = Checked(
        statement=statement,
        summary=summary,
        language=to,
        origin=_origin(published),
        title=title,
        sentences=tuple(sentences),
        left_out=left_out,
        wanting=wanting,
    )
    return screen(checked, glossary)


def _origin(published: Sequence[CheckedSentence]) -> Origin:
    """Who made a translation: people, a machine whose every sentence somebody has read, or a machine."""
    if any(one.approver is None for one in published):
        return Origin.MACHINE
    return Origin.PEOPLE if all(one.engine == MEMORY for one in published) else Origin.EDITED


def _with(sentence: CheckedSentence, findings: tuple[Finding, ...]) -> CheckedSentence:
    return replace(sentence, findings=(*sentence.findings, *findings))


def _verbatim(statement: Statement, summary: Summary, at: int) -> list[Finding]:
    """The source's own words must be the source's own words."""
    if at == TITLE:
        exact = summary.title == statement.title
    else:
        sentence = summary.sentences[at]
        exact = statement.text[sentence.start : sentence.end] == sentence.text
    if exact:
        return []
    message = "These words do not stand in the statement as they are."
    return [Finding(kind=Kind.OMISSION, severity=Severity.HOLD, message=message, sentence=at)]


def _letters(text: str, language: str, at: int) -> list[Finding]:
    """The language of a text by its letters must be the one that it is published as."""
    one = side(text, language)
    if (found := wrong_language(one)) is not None:
        message = f"The statement is marked as “{language}”, and this is written in {found}."
        return [
            Finding(
                kind=Kind.LANGUAGE, severity=Severity.HOLD, message=message, expected=language, found=found, sentence=at
            )
        ]
    if odd := tuple(one.back(span) for span in strangers(one.text, language)):
        message = "Some words have letters that this language does not have."
        words = ", ".join(text[a:b] for a, b in odd)
        # The site's own words: worth a note, for it may quote a neighbour's language.
        return [
            Finding(
                kind=Kind.LANGUAGE, severity=Severity.NOTE, message=message, found=words, source_spans=odd, sentence=at
            )
        ]
    return []


def _own(statement: Statement, summary: Summary, language: str, origin: Origin, glossary: Glossary) -> Checked:
    """An edition in the words of the statement or, when `summary.written`, of an officer."""
    texts = [summary.title, *(sentence.text for sentence in summary.sentences)]
    checked = []
    for at, text in enumerate(texts, start=TITLE):
        if summary.written:
            findings = written.compare(statement, text, at, glossary)
        else:
            findings = _verbatim(statement, summary, at)
        findings += _letters(text, statement.language, at)
        checked.append(CheckedSentence(source=text, text=text, engine="source", version="", findings=tuple(findings)))
    return Checked(
        statement=statement,
        summary=summary,
        language=language,
        origin=origin,
        title=checked[0],
        sentences=tuple(checked[1:]),
    )


def examine_authored(
    statement: Statement, summary: Summary, *, glossary: Glossary, disagreements: tuple[Finding, ...] = ()
) -> Checked:
    """The edition in the statement's own language: verbatim, or an officer's words that say nothing else."""
    origin = Origin.EDITED if summary.written else Origin.ORIGINAL
    own = _own(statement, summary, statement.language, origin, glossary)
    return screen(replace(own, title=_with(own.title, disagreements)), glossary)


def examine_untranslated(
    statement: Statement,
    summary: Summary,
    language: str,
    *,
    glossary: Glossary,
    disagreements: tuple[Finding, ...] = (),
) -> Checked:
    """The fallback for a channel in `language`: the edition in the statement's own words, to be labelled as such."""
    own = _own(statement, summary, language, Origin.UNTRANSLATED, glossary)
    return screen(replace(own, title=_with(own.title, disagreements)), glossary)
