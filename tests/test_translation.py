"""One source sentence, one target sentence; people's own words first, then engine by engine, and never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest

from bot.errors import UsageError
from bot.model import Cut, Sentence, Summary
from bot.translation import Drafting, EngineFailed, FileMemory, ask_next, begin, coverage, serves
from bot.translation.memory import read

TITLE, ONE, TWO = "Заява", "Затрымалі 17 чалавек.", "Ніхто не прызнаў віны."
LINES = (
    '{"from":"be","to":"en","source":"Заява","target":"Statement"}\n\n'
    '{"from":"be","to":"en","source":"Затрымалі\u00a017  чалавек.","target":"17 people were detained.",'
    '"approver":"alena","id":4}\n'
)


def summary() -> Summary:
    """Two sentences, of which the first is the shortest cut."""
    sentences = tuple(Sentence(text=text, start=0, end=len(text), block=0) for text in (ONE, TWO))
    cuts = (Cut(characters=280, sentences=(0,)), Cut(characters=1000, sentences=(0, 1)))
    return Summary(language="be", title=TITLE, sentences=sentences, cuts=cuts)


@dataclass
class Echo:
    """An engine that says what it was asked, in its own voice; or nothing at all."""

    name: str
    down: bool = False
    refuses: str = ""
    draft: bool = False
    privacy: Literal["local", "self-hosted", "third-party"] = "local"
    asked: list[str] = field(default_factory=list)

    def supports(self, source: str, target: str) -> bool:
        """Only into English."""
        return target == "en"

    def version(self, source: str, target: str) -> str:
        """The same for all."""
        return "1"

    def drafts(self, source: str, target: str) -> bool:
        """As it was made."""
        return self.draft

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """Each sentence in brackets, but for the one that it refuses."""
        self.asked += sentences
        if self.down:
            return EngineFailed(reason="down")
        return tuple(
            EngineFailed(reason="too long") if one == self.refuses else f"{self.name}({one})" for one in sentences
        )

    async def close(self) -> None:
        """Nothing to give back."""


async def test_what_a_person_approved_is_never_translated_again() -> None:
    """An approved sentence is used word for word, spaces and all; an engine is asked only for the others."""
    engine = Echo("first")
    memory = FileMemory(tuple(read(LINES, "memory.jsonl")))
    made = await begin(summary(), "en", memory=memory, engines=(engine,))
    assert [one.candidates[0].text for one in (made.title, *made.sentences)] == [
        "Statement",
        "17 people were detained.",
        f"first({TWO})",
    ]
    assert engine.asked == [TWO]
    assert made.sentences[0].candidates[0].approver == "alena"


async def test_the_next_engine_is_asked_for_the_doubtful_sentence_alone() -> None:
    """When the guard doubts one sentence, only that sentence goes to the next engine, and both answers are kept."""
    engines = (Echo("first"), Echo("second"))
    made = await begin(summary(), "en", memory=FileMemory(), engines=engines)
    more = await ask_next(made, {1}, engines=engines)
    assert more is not None and engines[1].asked == [TWO]
    assert [one.engine for one in more.sentences[1].candidates] == ["first", "second"]
    assert len(more.sentences[0].candidates) == 1
    assert await ask_next(more, {1}, engines=engines) is None


async def test_an_engine_that_is_down_is_passed_over() -> None:
    """The chain goes on with the next engine; when none answers, nothing is invented."""
    engines = (Echo("first", down=True), Echo("second"))
    made = await begin(summary(), "en", memory=FileMemory(), engines=engines)
    assert made.title.candidates[0].engine == "second"
    silent = await begin(summary(), "en", memory=FileMemory(), engines=(Echo("first", down=True),))
    assert silent.title.candidates == () and serves(silent, summary(), engines=(Echo("first", down=True),))


async def test_a_sentence_that_one_engine_refuses_goes_to_the_next() -> None:
    """One sentence that is too long for an engine does not take the others with it."""
    engines = (Echo("first", refuses=TWO), Echo("second"))
    made = await begin(summary(), "en", memory=FileMemory(), engines=engines)
    assert [one.candidates[0].engine for one in (made.title, *made.sentences)] == ["first", "first", "second"]
    alone = await begin(summary(), "en", memory=FileMemory(), engines=engines[:1])
    assert alone.sentences[1].candidates == () and alone.sentences[0].candidates
    assert await ask_next(alone, {1}, engines=engines[:1]) is None


async def test_an_engine_that_its_chain_marks_writes_drafts() -> None:
    """What an engine marked "draft" writes waits for a person; the same engine without the mark does not."""
    engine = Echo("first")
    for asked, draft in ((Drafting(engine), True), (engine, False), (Echo("first", draft=True), True)):
        made = await begin(summary(), "en", memory=FileMemory(), engines=(asked,))
        assert {one.candidates[0].draft for one in (made.title, *made.sentences)} == {draft}
    marked = Drafting(engine)
    assert (marked.name, marked.privacy, marked.version("be", "en")) == ("first", "local", "1")
    assert marked.supports("be", "en") and not marked.supports("be", "ru")


def test_who_can_translate_what_is_known_before_anything_is_translated() -> None:
    """For every pair of languages one sees which engine of its chain would serve it, or that none would."""
    chains = {("be", "en"): (Echo("first"), Echo("second")), ("en", "be"): (Echo("first"),)}
    found = dict(coverage(("be", "en", "ru"), lambda source, target: chains.get((source, target), ())))
    assert found == dict.fromkeys(("be-ru", "en-be", "en-ru", "ru-be", "ru-en"), None) | {"be-en": "first"}


async def test_when_nothing_can_translate_a_pair() -> None:
    """Without an engine, people's sentences serve once they cover the title and the shortest summary."""
    memory = FileMemory(tuple(read(LINES, "memory.jsonl")))
    assert serves(await begin(summary(), "en", memory=memory, engines=()), summary(), engines=())
    only_title = FileMemory(tuple(read(LINES.splitlines()[0], "memory.jsonl")))
    assert not serves(await begin(summary(), "en", memory=only_title, engines=()), summary(), engines=())
    assert not serves(
        await begin(summary(), "ru", memory=memory, engines=(Echo("e"),)), summary(), engines=(Echo("e"),)
    )


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        '{"from":"be","to":"en","source":"Заява"}',
        '{"from":"be","to":"en","source":"Заява","target":" "}',
        "[" * 100_000,
    ],
)
def test_a_wrong_line_of_a_memory_file_is_named(line: str) -> None:
    """Whoever writes a memory file by hand is told which line is wrong and how it should look."""
    with pytest.raises(UsageError, match=r"memory\.jsonl, line 2"):
        list(read('{"from":"be","to":"en","source":"а","target":"a"}\n' + line, "memory.jsonl"))


def test_a_memory_file_is_read_as_other_programs_write_it() -> None:
    """Windows' mark in front, its line ends, and a line separator inside a sentence do not spoil a memory file."""
    line = '{"from":"be","to":"en","source":"Заява\u2028бюро","target":"Statement"}'
    found = list(read(f"\ufeff{line}\r\n\r\n{line}\r\n", "memory.jsonl"))
    assert [one.source for one in found] == ["Заява\u2028бюро"] * 2
