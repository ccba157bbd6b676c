"""Somebody whom no post may name, and the people who decide: nobody can let the name out by a tap. All are invented."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import read_glossary
from tests.lookout import MONDAY, ONE, Lookout, Page, lookout

TITLE = "Міхась Грыбовіч затрыманы"
LISTED = '[never_name.child-1]\nbe = "Міхась Грыбовіч"\nru = "Михась Грибович"\n'
SOURCE = {"settle": "0s", "first_run": "publish"}


async def arrive(house: Lookout, title: str, text: str = "Яго трымаюць у Мройску.", path: str = "/be/1") -> None:
    """A statement comes in and is judged."""
    house.site.publish("be", Page(path=path, title=title, text=text, at=MONDAY))
    await house.look(minutes=10)


def lists(folder: Path, text: str = LISTED) -> dict[str, object]:
    """The settings of a house with this glossary of its own, that lets everything out but what is held."""
    (folder / "names.toml").write_text(text, encoding="utf-8")
    return {"translation": {"glossary": "names.toml"}, "review": {"policy": "never"}}


def enlist(house: Lookout, text: str = LISTED) -> None:
    """The list is another one, and the service started again."""
    corridor = house.pipeline.corridor
    (corridor.settings.folder / "names.toml").write_text(text, encoding="utf-8")
    house.pipeline.corridor = replace(corridor, glossary=read_glossary(corridor.settings))


async def test_nobody_can_release_what_names_them(tmp_path: Path) -> None:
    """A tap on "publish" does not let the name out; taking the entry off the list does."""
    async with lookout(tmp_path, channels=ONE, source=SOURCE, **lists(tmp_path)) as house:
        await arrive(house, TITLE)
        (said,) = await house.pipeline.publish(1, person="alena")
        assert "not released: it names never_name.child-1" in said
        await house.look(minutes=5)
        assert await house.posts() == []
        enlist(house, "")
        await house.pipeline.publish(1, person="alena")
        await house.look(minutes=5)
        assert [state for _, _, state in await house.posts()] == ["sent"]


@pytest.mark.parametrize("text", ["Яго трымаюць.\n\nhttps://site.invalid/Міхась-Грыбовіч", "Справа #МіхасьГрыбовіч."])
async def test_an_address_or_a_hashtag_names_them_too(tmp_path: Path, text: str) -> None:
    """The name inside an address or joined into a hashtag is the name."""
    async with lookout(tmp_path, channels=ONE, source=SOURCE, **lists(tmp_path)) as house:
        await arrive(house, "Падлетак затрыманы", text)
        (said,) = await house.pipeline.publish(1, person="alena")
        assert "never_name.child-1" in said
        assert await house.posts() == []


async def test_no_alarm_and_no_trail_tells_the_name(tmp_path: Path) -> None:
    """Whoever is told that a statement waits is not told whom it names, and the audit trail does not keep it."""
    async with lookout(tmp_path, channels=ONE, source=SOURCE, **lists(tmp_path)) as house:
        await arrive(house, TITLE)
        await house.pipeline.publish(1, person="alena")
        told = [*house.told, *(alarm.text for alarm in await house.standing()), *await house.trail(1)]
        assert told and any("names somebody whom no post may name" in line for line in told)
        assert "Грыбовіч" not in " ".join(told)


async def test_what_was_posted_before_the_entry_is_not_posted_again(tmp_path: Path) -> None:
    """Once somebody is on the list, an older post that names them is neither repeated nor corrected with the name."""
    async with lookout(tmp_path, channels=ONE, source=SOURCE, **lists(tmp_path, "")) as house:
        await arrive(house, TITLE)
        assert [state for _, _, state in await house.posts()] == ["sent"]
        enlist(house)
        (repeated,) = await house.pipeline.repost(1, nonce="b", person="alena")
        assert "not posted again: it names never_name.child-1" in repeated
        enlist(house, "")
        house.site.feeds["be"][0].text = "Яго трымаюць у Мройску з 3 мая."
        await house.look(minutes=10)
        enlist(house)
        (corrected,) = await house.pipeline.correct(1, nonce="a", person="alena")
        assert "not corrected: it names never_name.child-1" in corrected
        await house.look(minutes=5)
        assert len(await house.posts()) == 1
