"""A chain of engines for one pair of languages: who is asked for what, and when nobody can answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.model import Candidate, Summary, TranslatedSentence, Translation
from bot.translation.engine import Engine, EngineFailed
from bot.translation.memory import Memory


async def begin(summary: Summary, target: str, *, memory: Memory, engines: Sequence[Engine]) -> Translation:
    """What people approved, then the first engine of the chain for the sentences that nobody has approved yet."""
    source = summary.language
    texts = (summary.title, *(sentence.text for sentence in summary.sentences))
    approved = await memory.recall(texts, source, target)
    title, *sentences = (
        TranslatedSentence(source=text, candidates=(approved[text],) if text in approved else ()) for text in texts
    )
    translation = Translation(source_language=source, language=target, title=title, sentences=tuple(sentences))
    missing = {i for i in range(-1, len(sentences)) if not _at(translation, i).candidates}
    return await ask_next(translation, missing, engines=engines) or translation


async def ask_next(
    translation: Translation, wanting: Collection[int], *, engines: Sequence[Engine]
) -> Translation | None:
    """One more candidate for each of these sentences (-1: the title), of the next engine that has not answered.

    None when no engine is left that could answer for any of them.
    """
    answered = False
    for engine in engines:
        ask = [i for i in sorted(wanting) if engine.name not in {one.engine for one in _at(translation, i).candidates}]
        if not ask or not engine.supports(translation.source_language, translation.language):
            continue
        texts = [_at(translation, i).source for i in ask]
        answer = await engine.translate(texts, translation.source_language, translation.language)
        if isinstance(answer, EngineFailed):
            continue
        for i, text in zip(ask, answer, strict=True):
            made = Candidate(text=text, engine=engine.name, version=engine.version, draft=engine.draft)
            translation = _with(translation, i, made)
        answered = True
        wanting = set(wanting) - set(ask)
    return translation if answered else None


def serves(translation: Translation, summary: Summary, *, engines: Sequence[Engine]) -> bool:
    """Whether anything in the chain can translate this: an engine for the pair, or people's own sentences.

    People's sentences serve when they cover the title and the whole shortest cut.
    """
    if any(engine.supports(translation.source_language, translation.language) for engine in engines):
        return True
    needed = (-1, *summary.cuts[0].sentences) if summary.cuts else (-1,)
    return all(_at(translation, i).candidates for i in needed)


def _at(translation: Translation, index: int) -> TranslatedSentence:
    return translation.title if index < 0 else translation.sentences[index]


def _with(translation: Translation, index: int, made: Candidate) -> Translation:
    old = _at(translation, index)
    new = replace(old, candidates=(*old.candidates, made))
    if index < 0:
        return replace(translation, title=new)
    sentences = (*translation.sentences[:index], new, *translation.sentences[index + 1 :])
    return replace(translation, sentences=sentences)
