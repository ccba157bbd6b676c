"""Engines that contradict the source or each other, all the way to the post. The court and its town are invented."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest

from bot import views
from bot.model import DeliveryState
from bot.store import ledger
from bot.translation import EngineFailed
from tests.lookout import MONDAY, Lookout, Page, lookout, page

TITLE, FINED, DENIED = "Суд у Мройску", "Суд пакараў 17 чалавек.", "Ніхто з іх не прызнаў віны."
RIGHT = {
    TITLE: "Court in Mroisk",
    FINED: "The court punished 17 people.",
    DENIED: "None of them pleaded guilty.",
}
EN = {"telegram-en": {"kind": "telegram", "language": "en"}}


@dataclass
class Dictionary:
    """An engine that knows some sentences, and writes down what it was asked."""

    name: str
    words: Mapping[str, str]
    privacy: str = "local"
    draft: bool = False
    tongues: Collection[tuple[str, str]] = (("be", "en"),)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def supports(self, source: str, target: str) -> bool:
        """As it was made."""
        return (source, target) in self.tongues

    def version(self, source: str, target: str) -> str:
        """The edition of the dictionary."""
        return "1"

    def drafts(self, source: str, target: str) -> bool:
        """As it was made."""
        return self.draft

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """What it knows."""
        self.asked += sentences
        if self.down:
            return EngineFailed(reason="down")
        return [self.words.get(one) or EngineFailed(reason="unknown words") for one in sentences]

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def arrived(
    folder: Path,
    *engines: Dictionary,
    second: str = "",
    chain: Sequence[str] = (),
    last: str = DENIED,
    settle: str = "0s",
) -> AsyncIterator[Lookout]:
    """A house in which a statement has come in and gone through; all `engines` are the chain, unless it is given."""
    async with lookout(folder, channels=EN, source={"settle": settle, "first_run": "publish"}) as house:
        corridor = house.pipeline.corridor
        object.__setattr__(corridor, "engines", MappingProxyType({one.name: one for one in engines}))
        translation = corridor.settings.translation
        translation.chain["be-en"] = tuple(chain or (one.name for one in engines))
        if second:
            translation.second_opinion["be-en"] = second
        house.site.publish("be", Page(path="/be/1", title=TITLE, text=f"{FINED}\n\n{last}", at=MONDAY))
        await house.look(minutes=10)
        yield house


async def test_a_sentence_that_lost_its_not_is_asked_of_the_next_engine_alone(tmp_path: Path) -> None:
    """The first engine drops a "not": only that sentence goes to the second, and the post that leaves is right."""
    first = Dictionary("first", {**RIGHT, DENIED: "They pleaded guilty."})
    spare = Dictionary("spare", RIGHT)
    async with arrived(tmp_path, first, spare) as house:
        assert spare.asked == [DENIED]
        [(_, text)] = await house.texts()
        assert RIGHT[DENIED] in text
        assert RIGHT[FINED] in text
        assert "They pleaded guilty." not in text
        assert [state for _, _, state in await house.posts()] == [DeliveryState.SENT]
        assert any("first 0 1, spare 2" in line for line in await house.trail(1))


async def test_a_sentence_that_no_engine_gets_right_waits_for_a_person(tmp_path: Path) -> None:
    """When every engine drops the "not", nothing of that place leaves by itself."""
    wrong = {**RIGHT, TITLE: "Court in Mroisk", FINED: "The court punished 71 people.", DENIED: "They pleaded guilty."}
    async with arrived(tmp_path, Dictionary("first", wrong), Dictionary("spare", wrong)) as house:
        assert await house.posts() == []
        assert len(await house.held()) == 1


HARDLY, LISTENED = "Суддзя ледзь слухаў.", "The judge almost did not listen."


@pytest.mark.parametrize(("other", "leaves"), [(LISTENED, True), ("The judge listened with difficulty.", False)])
async def test_two_engines_that_contradict_each_other_stop_the_post(tmp_path: Path, other: str, leaves: bool) -> None:
    """Where a second engine is set, every sentence is compared with its own; one of two that differ is wrong."""
    first = Dictionary("first", {**RIGHT, HARDLY: LISTENED})
    second = Dictionary("second", {**RIGHT, HARDLY: other})
    async with arrived(tmp_path, first, second, second="second", chain=["first"], last=HARDLY) as house:
        assert second.asked == [TITLE, FINED, HARDLY]
        assert bool(await house.posts()) is leaves
        assert bool(await house.held()) is not leaves


async def test_a_contradiction_is_not_settled_by_taking_the_other_side(tmp_path: Path) -> None:
    """When the second engine is also the next of the chain, its word does not win just because it came last."""
    first = Dictionary("first", {**RIGHT, HARDLY: LISTENED})
    second = Dictionary("second", {**RIGHT, HARDLY: "The judge listened with difficulty."})
    async with arrived(tmp_path, first, second, second="second", last=HARDLY) as house:
        assert await house.posts() == []
        assert len(await house.held()) == 1


@pytest.mark.parametrize(("tongues", "down"), [({("be", "ru")}, False), ({("be", "en")}, True)])
async def test_without_a_second_opinion_the_first_engine_stands_alone(
    tmp_path: Path, tongues: set[tuple[str, str]], down: bool
) -> None:
    """A second engine that is down, or does not know the languages, stops nothing."""
    first = Dictionary("first", {**RIGHT, HARDLY: LISTENED})
    second = Dictionary("second", {HARDLY: "The judge listened with difficulty."}, tongues=tongues, down=down)
    async with arrived(tmp_path, first, second, second="second", chain=["first"], last=HARDLY) as house:
        assert [state for _, _, state in await house.posts()] == [DeliveryState.SENT]


async def test_an_engine_gives_no_second_opinion_of_itself(tmp_path: Path) -> None:
    """The engine that wrote a sentence is not asked what it thinks of it."""
    engine = Dictionary("first", RIGHT)
    async with arrived(tmp_path, engine, second="first"):
        assert engine.asked == [TITLE, FINED, DENIED]


async def test_an_engine_that_is_wrong_itself_has_no_say_about_another(tmp_path: Path) -> None:
    """A second engine that drops the "not" cannot stop the first, which kept it."""
    second = Dictionary("second", {**RIGHT, DENIED: "They pleaded guilty."})
    async with arrived(tmp_path, Dictionary("first", RIGHT), second, second="second", chain=["first"]) as house:
        assert [state for _, _, state in await house.posts()] == [DeliveryState.SENT]


async def test_a_second_engine_is_not_paid_twice_for_one_sentence(tmp_path: Path) -> None:
    """What it said as a second opinion is also its translation, when the first engine's is held."""
    first = Dictionary("first", {**RIGHT, DENIED: "They pleaded guilty."})
    second = Dictionary("second", RIGHT)
    async with arrived(tmp_path, first, second, second="second") as house:
        assert second.asked == [TITLE, FINED, DENIED]
        [(_, text)] = await house.texts()
        assert RIGHT[DENIED] in text


async def test_what_a_person_lets_go_is_approved_wherever_it_comes_again(tmp_path: Path) -> None:
    """A doubted sentence that somebody released is not doubted again, and bears the name of its engine."""
    engine = Dictionary("first", RIGHT, draft=True)
    async with arrived(tmp_path, engine) as house:
        assert await house.posts() == []
        await house.pipeline.publish(1, person="alena")
        engine.asked.clear()
        again = Page(path="/be/2", title=TITLE, text=f"{DENIED}\n\n{FINED}", at=MONDAY, guid="2")
        house.site.publish("be", again)
        await house.look(minutes=10)
        assert engine.asked == []
        assert [story for story, _, _ in await house.posts()] == ["s1", "s2"]
        assert "Checked and read by an editor" in (await house.texts())[1][1]
        async with house.pipeline.store.read() as c:
            made = await ledger.renditions(c, "s2")
        assert {(one["engine"], one["approver"]) for one in made[0]["sentences"]} == {("first", "alena")}


async def test_what_nobody_doubted_is_not_taken_for_read(tmp_path: Path) -> None:
    """Releasing a text approves the sentences that were in doubt, not those that perhaps nobody looked at."""
    engine = Dictionary("first", {**RIGHT, DENIED: "They pleaded guilty."})
    async with arrived(tmp_path, engine) as house:
        await house.pipeline.publish(1, person="alena")
        memory = house.pipeline.corridor.memory
        assert set(await memory.recall([TITLE, FINED, DENIED], "be", "en")) == {DENIED}


async def test_words_that_a_person_has_chosen_stay_that_person_s(tmp_path: Path) -> None:
    """Whoever releases a text does not become the author of a sentence that another one translated."""
    async with arrived(tmp_path, Dictionary("first", {**RIGHT, FINED: "They were punished."})) as house:
        await house.pipeline.edit(1, "en", 1, "The court punished many people.", person="barys")
        await house.look(minutes=1)
        await house.pipeline.publish(1, person="alena")
        known = await house.pipeline.corridor.memory.recall([FINED], "be", "en")
        assert known[FINED].approver == "barys"


async def test_an_original_that_is_released_is_no_translation(tmp_path: Path) -> None:
    """What goes out untranslated is not remembered as the translation of itself."""
    source = {"settle": "0s", "first_run": "publish"}
    async with lookout(tmp_path, ("be", "ru"), channels=EN, source=source) as house:
        house.site.publish("be", page(1, alternates=(("ru", "/ru/1"),)))
        house.site.publish("ru", page(1, 18, "ru", alternates=(("be", "/be/1"),)))
        await house.look(minutes=10)
        await house.look(minutes=10)
        assert len(await house.held()) == 1
        await house.pipeline.publish(1, person="alena")
        assert not any("source" in line for line in await house.trail(1))
        title = page(1).title
        assert await house.pipeline.corridor.memory.recall([title], "be", "en") == {}


@pytest.mark.parametrize(("privacy", "asked"), [("third-party", False), ("local", True)])
async def test_no_stranger_gives_an_opinion_of_a_hidden_statement(tmp_path: Path, privacy: str, asked: bool) -> None:
    """While a statement is hidden, a third party is not asked for a second opinion either."""
    second = Dictionary("second", RIGHT, privacy=privacy)
    first = Dictionary("first", RIGHT)
    async with arrived(tmp_path, first, second, second="second", chain=["first"], settle="1h") as house:
        await house.pipeline.later(1, "2h", person="alena")
        await views.preview_story(house.pipeline, 1)
        assert first.asked
        assert bool(second.asked) is asked
