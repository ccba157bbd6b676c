"""Sentences that a person approved, found again word for word; nothing is guessed from similar ones."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.errors import UsageError
from bot.model import MEMORY, Candidate

VERSION = "1"


def key(text: str, source: str, target: str) -> str:
    """What makes two sentences the same one: NFC, white space collapsed, and the two languages; SHA-256 in hex."""
    folded = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256("\x1f".join((folded, source, target)).encode()).hexdigest()


class Memory(Protocol):
    """Where approved sentences are kept."""

    async def recall(self, sentences: Sequence[str], source: str, target: str) -> Mapping[str, Candidate]:
        """Sentence -> its approved translation, for those that are known."""
        ...


def candidate(target: str, approver: str, engine: str = "", version: str = "") -> Candidate:
    """An approved sentence as a candidate: people's own words or, where `engine` says so, a machine's."""
    return Candidate(text=target, engine=engine or MEMORY, version=version or VERSION, approver=approver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """One line of a memory file."""

    source_language: str
    language: str
    source: str
    target: str
    approver: str


def read(text: str, name: str) -> Iterator[Approved]:
    """The sentences of a memory file: JSON Lines with "from", "to", "source", "target" and, optionally, "approver".

    Other keys are passed over. Raises UsageError with the file's name and the line. Only "\\n" ends a line
    (https://jsonlines.org): U+2028 may stand raw in a JSON text. Windows puts a BOM in front.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            words = [row[field] for field in ("from", "to", "source", "target")]
            approver = row.get("approver", "memory file")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            words, approver = [], None
        if not words or not all(isinstance(word, str) and word.strip() for word in [*words, approver]):
            raise UsageError(
                f'{name}, line {number}: should be {{"from": "be", "to": "ru", "source": "…", "target": "…"}}'
            )
        yield Approved(source_language=words[0], language=words[1], source=words[2], target=words[3], approver=approver)


class FileMemory:
    """A memory that was read from a file and is kept nowhere."""

    def __init__(self, entries: Iterator[Approved] | Sequence[Approved] = ()) -> None:
        """Take the sentences; the last word on a sentence counts."""
        self._known = {key(one.source, one.source_language, one.language): one for one in entries}

    async def recall(self, sentences: Sequence[str], source: str, target: str) -> Mapping[str, Candidate]:
        """Sentence -> its approved translation, for those that are known."""
        found = {sentence: self._known.get(key(sentence, source, target)) for sentence in sentences}
        return {sentence: candidate(one.target, one.approver) for sentence, one in found.items() if one is not None}
