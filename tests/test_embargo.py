"""An embargo: until its hour nobody sees the statement, neither readers nor an engine of a third party."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pytest

from bot import views
from bot.errors import UsageError
from bot.store import intake
from bot.translation.engine import EngineFailed
from tests.lookout import ONE, Lookout, lookout, page

BOTH = ONE | {"telegram-en": {"kind": "telegram", "language": "en"}}


class Stranger:
    """An engine that remembers what it was asked and answers nothing."""

    name = "stranger"

    def __init__(self, privacy: Literal["local", "self-hosted", "third-party"]) -> None:
        self.privacy = privacy
        self.asked: list[str] = []
        self.meanwhile: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    def supports(self, source: str, target: str) -> bool:
        """It would translate anything."""
        return True

    def version(self, source: str, target: str) -> str:
        """The only one."""
        return "1"

    def drafts(self, source: str, target: str) -> bool:
        """It is sure of itself."""
        return False

    async def translate(self, sentences: Sequence[str], *words: Any, **more: Any) -> EngineFailed:
        """Remember the sentences."""
        self.asked += sentences
        await self.meanwhile()
        return EngineFailed(reason="it would not say")

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def arrived(
    folder: Path, engine: Stranger | None = None, *, text: str = "", **more: Any
) -> AsyncIterator[Lookout]:
    """A house with one old statement and a new one, s2, that still settles."""
    async with lookout(folder, channels=BOTH, **more) as house:
        if engine is not None:
            object.__setattr__(house.pipeline.corridor, "engines", MappingProxyType({engine.name: engine}))
            chain = house.pipeline.corridor.settings.translation.chain
            chain["be-en"] = (engine.name,)
        house.site.publish("be", page(6))
        await house.look()
        house.site.publish("be", page(0))
        await house.look(minutes=1)
        yield house


async def embargo(house: Lookout, number: int = 2) -> datetime | None:
    """Until when a story is hidden."""
    async with house.pipeline.store.read() as c:
        story = await intake.load_story(c, number)
    assert story is not None
    return story.embargo


@pytest.mark.parametrize(
    ("words", "minutes"), [("2h", 120), ("90m", 90), ("1d", 1440), ("18:00", 479), ("2026-07-07 10:00", 1439)]
)
async def test_an_officer_names_the_hour_in_their_own_way(tmp_path: Path, words: str, minutes: int) -> None:
    """A span, an hour of the clock here or a date with an hour: the statement is hidden until then, and no longer."""
    async with arrived(tmp_path) as house:
        (said,) = await house.pipeline.later(2, words, person="alena")
        until = await embargo(house)
        assert until == house.now + timedelta(minutes=minutes)
        assert "hidden until 2026-07-0" in said
        house.now = until - timedelta(minutes=1)
        await house.look()
        assert await house.posts() == []
        await house.look(minutes=1)
        assert len(await house.posts()) == 2


async def test_an_embargo_can_be_ended(tmp_path: Path) -> None:
    """`later N now` ends an embargo at once."""
    async with arrived(tmp_path) as house:
        await house.pipeline.later(2, "1d", person="alena")
        await house.pipeline.later(2, "now", person="alena")
        await house.go()
        assert len(await house.posts()) == 2


@pytest.mark.parametrize(("privacy", "asked"), [("third-party", False), ("self-hosted", True), ("local", True)])
async def test_no_stranger_reads_a_hidden_statement(tmp_path: Path, privacy: Any, asked: bool) -> None:
    """While a statement is hidden no engine of a third party is given a word of it, not even for a preview."""
    engine = Stranger(privacy)
    async with arrived(tmp_path, engine) as house:
        await house.pipeline.later(2, "2h", person="alena")
        await house.go()
        assert engine.asked == []
        await views.preview_story(house.pipeline, 2)
        assert bool(engine.asked) is asked
        await house.look(hours=2)
        assert engine.asked


async def test_an_embargo_that_comes_during_the_judgement_holds(tmp_path: Path) -> None:
    """When an officer hides a statement in the very moment in which it is being translated, nothing of it goes out."""
    engine = Stranger("local")
    async with arrived(tmp_path, engine) as house:
        engine.meanwhile = lambda: house.pipeline.later(2, "2h", person="alena")
        await house.go()
        assert engine.asked and await house.posts() == []
        engine.meanwhile = lambda: asyncio.sleep(0)
        await house.look(hours=2)
        assert ("s2", "telegram-be", "sent") in await house.posts()


async def test_a_joined_statement_stays_hidden(tmp_path: Path) -> None:
    """When a hidden statement is joined with one that is not, both are hidden."""
    engine = Stranger("third-party")
    async with arrived(tmp_path, engine) as house:
        house.site.publish("be", page(1, 18))
        await house.look()
        await house.pipeline.later(3, "2h", person="alena")
        await house.pipeline.link(2, 3, person="alena")
        await house.go()
        assert await house.posts() == [] and engine.asked == []


async def test_approved_posts_wait_for_the_hour(tmp_path: Path) -> None:
    """Posts that were approved before the embargo was set wait for it, and are not too old when it ends."""
    async with arrived(tmp_path, delivery={"folder": "out", "not_after": "1h"}) as house:
        house.pipeline.closing = True  # approved, not sent yet
        await house.go()
        assert [state for _, _, state in await house.posts()] == ["due", "due"]
        (said,) = await house.pipeline.later(2, "5h", person="alena")
        assert "2 approved posts wait" in said
        house.pipeline.closing = False
        await house.look(hours=4)
        assert [state for _, _, state in await house.posts()] == ["due", "due"]
        await house.look(hours=1)
        assert [state for _, _, state in await house.posts()] == ["sent", "sent"]


async def test_an_edit_does_not_end_an_embargo(tmp_path: Path) -> None:
    """When the site edits a hidden statement, it stays hidden until its hour, and the new text goes out then."""
    async with arrived(tmp_path) as house:
        await house.pipeline.later(2, "2h", person="alena")
        house.site.feeds["be"][0] = page(0, 18)
        await house.go()
        await house.go()
        assert await house.posts() == []
        await house.look(hours=2)
        assert len(await house.posts()) == 2 and all("18" in text for _, text in await house.texts())


async def test_a_release_does_not_end_an_embargo(tmp_path: Path) -> None:
    """What a person releases during an embargo is sent when the embargo is over."""
    async with arrived(tmp_path, review={"policy": "always"}) as house:
        await house.go()
        assert len(await house.held()) == 2
        await house.pipeline.later(2, "2h", person="alena")
        lines = await house.pipeline.publish(2, person="alena")
        assert all("released" in line for line in lines)
        await house.look(hours=1)
        assert [state for _, _, state in await house.posts()] == ["due", "due"]
        await house.look(hours=1)
        assert [state for _, _, state in await house.posts()] == ["sent", "sent"]


async def test_a_release_says_that_the_embargo_goes_on(tmp_path: Path) -> None:
    """Who releases a hidden statement is told that it goes out when it is no longer hidden, and how to end that."""
    async with arrived(tmp_path) as house:
        await house.pipeline.later(2, "2h", person="alena")
        (line,) = await house.pipeline.publish(2, person="alena")
        assert "next run" not in line and "vestka later 2 now" in line
        await house.pipeline.later(2, "now", person="alena")
        (line,) = await house.pipeline.publish(2, person="alena")
        assert "next run" in line


async def test_what_is_public_cannot_be_hidden(tmp_path: Path) -> None:
    """An embargo on a statement that was posted is refused with one line that says why."""
    async with arrived(tmp_path) as house:
        await house.go()
        with pytest.raises(UsageError, match=r"has been posted; what is public cannot be hidden") as refused:
            await house.pipeline.later(2, "2h", person="alena")
        assert "\n" not in str(refused.value) and await embargo(house) is None


@pytest.mark.parametrize("words", ["", "soon", "25:00", "2026-13-01 10:00", "10", "-2h", "9999d" * 9, "18:00\n19:00"])
async def test_a_wrong_time_gets_one_clear_line(tmp_path: Path, words: str) -> None:
    """What is no time is refused with one line that shows how a time is written, and nothing is hidden."""
    async with arrived(tmp_path) as house:
        with pytest.raises(UsageError, match="18:00") as refused:
            await house.pipeline.later(2, words, person="alena")
        assert "\n" not in str(refused.value) and await embargo(house) is None


async def test_an_hour_that_has_passed_is_a_mistake(tmp_path: Path) -> None:
    """An hour in the past is refused instead of letting a statement out at once."""
    async with arrived(tmp_path) as house:
        await house.pipeline.later(2, "2h", person="alena")
        until = await embargo(house)
        with pytest.raises(UsageError, match="has passed"):
            await house.pipeline.later(2, "2025-07-06 18:00", person="alena")
        assert await embargo(house) == until


async def test_an_unknown_story_cannot_be_hidden(tmp_path: Path) -> None:
    """An embargo on a story that does not exist is refused with one line."""
    async with arrived(tmp_path) as house:
        with pytest.raises(UsageError, match="no such story"):
            await house.pipeline.later(99, "2h", person="alena")


async def test_a_trial_run_hides_nothing(tmp_path: Path) -> None:
    """`later --dry-run` says what it would do and does not do it."""
    async with arrived(tmp_path) as house:
        assert "hidden until" in (await house.pipeline.later(2, "2h", person="alena", dry_run=True))[0]
        assert await embargo(house) is None
