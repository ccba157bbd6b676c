"""What an engine is: it proposes one target sentence for each source sentence, or says why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailed:
    """The engine gave no answer; `reason` is one line without any of the text."""

    reason: str


class Engine(Protocol):
    """One engine of a chain. `draft` engines always wait for a person; `privacy` says who sees the text."""

    name: str
    version: str
    draft: bool
    privacy: Literal["local", "self-hosted", "third-party"]

    def supports(self, source: str, target: str) -> bool:
        """Whether it translates this pair of languages at all."""
        ...

    async def translate(self, sentences: Sequence[str], source: str, target: str) -> tuple[str, ...] | EngineFailed:
        """One target sentence for each source sentence, in their order."""
        ...
