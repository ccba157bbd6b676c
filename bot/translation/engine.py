"""What an engine is: it proposes one target sentence for each source sentence, or says why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailed:
    """The engine gave no answer; `reason` is one line without any of the text."""

    reason: str


def fit(text: str, most: int) -> str | EngineFailed:
    """A sentence, if an engine that takes so many characters can be asked for it at all."""
    if not text.strip():
        return EngineFailed(reason="a sentence without words")
    if len(text) > most:
        return EngineFailed(reason=f"a sentence of {len(text)} characters is too long: {most} fit")
    try:
        text.encode()
    except UnicodeEncodeError:
        return EngineFailed(reason="a sentence with half a character in it (a lone surrogate)")
    return text


class Engine(Protocol):
    """One engine of a chain. `privacy` says who sees the text."""

    @property
    def name(self) -> str:
        """What the settings call it."""
        ...

    @property
    def privacy(self) -> Literal["local", "self-hosted", "third-party"]:
        """Who sees the text."""
        ...

    def supports(self, source: str, target: str) -> bool:
        """Whether it translates this pair of languages at all."""
        ...

    def version(self, source: str, target: str) -> str:
        """What answers for this pair, so that a translation can be told from an older one's."""
        ...

    def drafts(self, source: str, target: str) -> bool:
        """Whether its sentences of this pair always wait for a person."""
        ...

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """One target sentence for each source sentence, in their order, or why there is none for it, or for any."""
        ...

    async def close(self) -> None:
        """Give back what it holds: threads, connections. Nothing is asked of it afterwards."""
        ...
