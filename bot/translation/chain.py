"""A chain of engines for one pair of languages: who is asked for what, and when nobody can answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal

from bot.model import Candidate, Summary, TranslatedSentence, Translation
from bot.translation.engine import Engine, EngineFailed
from bot.translation.memory import Memory

log = logging.getLogger("vestka.translation")


async def begin(
    summary: Summary, target: str, *, memory: Memory, engines: Sequence[Engine], second: Engine | None = None
) -> Translation:
    """What people approved, then the first engine of the chain for the sentences that nobody has approved yet.

    The engine of the `second` opinion translates those as well, to be compared.
    """
    source = summary.language
    texts = (summary.title, *(sentence.text for sentence in summary.sentences))
    approved = await memory.recall(texts, source, target)
    title, *sentences = (
        TranslatedSentence(source=text, candidates=(approved[text],) if text in approved else ()) for text in texts
    )
    translation = Translation(source_language=source, language=target, title=title, sentences=tuple(sentences))
    missing = {i for i in range(-1, len(sentences)) if not _at(translation, i).candidates}
    translation = await ask_next(translation, missing, engines=engines) or translation
    return translation if second is None else await _ask_second(translation, missing, second)


async def _ask_second(translation: Translation, missing: Collection[int], second: Engine) -> Translation:
    """The second engine's sentences; where it has written the translation itself, it has no second opinion of it."""
    pair = (translation.source_language, translation.language)
    ask = [
        i
        for i in sorted(missing)
        if (made := _at(translation, i).candidates) and second.name not in {one.engine for one in made}
    ]
    if not ask or not second.supports(*pair):
        return translation
    answer = await second.translate([_at(translation, i).source for i in ask], *pair)
    _tell(second, answer)
    if isinstance(answer, EngineFailed):
        return translation
    for i, text in zip(ask, answer, strict=True):
        if not isinstance(text, EngineFailed):
            opinion = Candidate(text=text, engine=second.name, version=second.version(*pair))
            translation = _put(translation, i, replace(_at(translation, i), opinion=opinion))
    return translation


async def ask_next(
    translation: Translation, wanting: Collection[int], *, engines: Sequence[Engine]
) -> Translation | None:
    """One more candidate for each of these sentences (-1: the title), of the next engine that has not answered.

    An engine is not asked again for what it has said as a second opinion. None when none is left that could answer.
    """
    answered = False
    for engine in engines:
        ask = [i for i in sorted(wanting) if engine.name not in {one.engine for one in _at(translation, i).candidates}]
        if not ask or not engine.supports(translation.source_language, translation.language):
            continue
        said = {i: known for i in ask if (known := _at(translation, i).opinion) is not None}
        made = {i: known.text for i, known in said.items() if known.engine == engine.name}
        if unknown := [i for i in ask if i not in made]:
            texts = [_at(translation, i).source for i in unknown]
            answer = await engine.translate(texts, translation.source_language, translation.language)
            _tell(engine, answer)
            if not isinstance(answer, EngineFailed):
                both = zip(unknown, answer, strict=True)
                made |= {i: text for i, text in both if not isinstance(text, EngineFailed)}
        version = engine.version(translation.source_language, translation.language)
        draft = engine.drafts(translation.source_language, translation.language)
        for i, text in made.items():
            candidate = Candidate(text=text, engine=engine.name, version=version, draft=draft)
            translation = _with(translation, i, candidate)
        answered = answered or bool(made)
        wanting = set(wanting) - set(made)
    return translation if answered else None


def _tell(engine: Engine, answer: Sequence[str | EngineFailed] | EngineFailed) -> None:
    """Each reason once, in the log: the chain goes on without this engine, and somebody should know why."""
    every = [answer] if isinstance(answer, EngineFailed) else answer
    for reason in sorted({one.reason for one in every if isinstance(one, EngineFailed)}):
        log.warning("engine %s: %s", engine.name, reason)


def serves(translation: Translation, summary: Summary, *, engines: Sequence[Engine]) -> bool:
    """Whether anything in the chain can translate this: an engine for the pair, or people's own sentences.

    People's sentences serve when they cover the title and the whole shortest cut.
    """
    if any(engine.supports(translation.source_language, translation.language) for engine in engines):
        return True
    needed = (-1, *summary.cuts[0].sentences) if summary.cuts else (-1,)
    return all(_at(translation, i).candidates for i in needed)


def coverage(
    languages: Sequence[str], chain: Callable[[str, str], Sequence[Engine]]
) -> tuple[tuple[str, str | None], ...]:
    """Each pair of these languages, as "be-en", with the name of the first engine of its chain that serves it, or None.

    `chain` gives the engines of a pair, as `Corridor.chain` does. People's memory is no engine and is not counted.
    """
    return tuple(
        (f"{source}-{target}", next((one.name for one in chain(source, target) if one.supports(source, target)), None))
        for source, target in permutations(languages, 2)
    )


@dataclass(frozen=True, slots=True)
class Drafting:
    """An engine whose sentences always wait for a person, because its chain says so."""

    engine: Engine

    @property
    def name(self) -> str:
        """As the engine."""
        return self.engine.name

    @property
    def privacy(self) -> Literal["local", "self-hosted", "third-party"]:
        """As the engine."""
        return self.engine.privacy

    def supports(self, source: str, target: str) -> bool:
        """As the engine."""
        return self.engine.supports(source, target)

    def version(self, source: str, target: str) -> str:
        """As the engine."""
        return self.engine.version(source, target)

    def drafts(self, source: str, target: str) -> bool:
        """Always."""
        return True

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """As the engine."""
        return await self.engine.translate(sentences, source, target)

    async def close(self) -> None:
        """As the engine."""
        await self.engine.close()


def _at(translation: Translation, index: int) -> TranslatedSentence:
    return translation.title if index < 0 else translation.sentences[index]


def _with(translation: Translation, index: int, made: Candidate) -> Translation:
    old = _at(translation, index)
    return _put(translation, index, replace(old, candidates=(*old.candidates, made)))


def _put(translation: Translation, index: int, new: TranslatedSentence) -> Translation:
    if index < 0:
        return replace(translation, title=new)
    sentences = (*translation.sentences[:index], new, *translation.sentences[index + 1 :])
    return replace(translation, sentences=sentences)
