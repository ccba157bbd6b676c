"""Entries that go from the feed, that are edited, and feeds that are read but not believed."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.lookout import MONDAY, ONE, Lookout, Page, lookout, page
from tests.test_identity_rules import JOINT, entry, reasons, watched
from tests.web import answer


async def test_what_goes_from_the_middle_is_stopped_and_told(tmp_path: Path) -> None:
    """A statement that is taken down before it was sent is not sent; a person decides, and nothing is deleted."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.look(minutes=5)
        house.pipeline.closing = True  # approved, and not sent yet
        await house.look(minutes=6)
        assert [state for _, _, state in await house.posts()] == ["due"]
        house.site.feeds["be"].pop(0)
        house.pipeline.closing = False
        await house.look(minutes=5)
        assert [state for _, _, state in await house.posts()] == ["cancelled"]
        assert "probably withdrawn" in (await reasons(house))["s5"]
        assert any("s5 has gone from the feed" in line and "vestka skip 5" in line for line in house.told)


async def test_what_falls_off_the_end_is_not_missed(tmp_path: Path) -> None:
    """A feed that shows only its newest statements withdraws nothing when the oldest ones leave it."""
    async with watched(tmp_path, source={"first_run": "publish", "check_links": False}) as house:
        house.site.publish("be", page(0))
        del house.site.feeds["be"][2:]
        await house.go()
        assert await reasons(house) == {} and house.told == []


@pytest.mark.parametrize("left", [(), (page(1, at=MONDAY + timedelta(minutes=15)),)])
async def test_an_empty_feed_withdraws_nothing(tmp_path: Path, left: tuple[Page, ...]) -> None:
    """A feed that is suddenly empty, or has one new statement alone, is not taken for a withdrawal of all."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.go()
        house.site.feeds["be"] = list(left)
        await house.go()
        assert await reasons(house) == {} and house.told == []


@pytest.mark.parametrize("left", [(), (page(1, at=MONDAY + timedelta(minutes=15)),)])
async def test_a_withdrawal_is_seen_across_an_empty_answer(tmp_path: Path, left: tuple[Page, ...]) -> None:
    """A statement that is missing after the feed was all but empty for a moment is missed all the same."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.go()
        pages, house.site.feeds["be"] = house.site.feeds["be"][1:], list(left)
        await house.go()
        house.site.feeds["be"] = [*left, *pages]
        await house.go()
        assert "s5" in await reasons(house)


async def test_what_was_only_recorded_may_go_silently(tmp_path: Path) -> None:
    """Nobody is troubled when the site tidies up statements that were never posted from here."""
    async with watched(tmp_path) as house:
        del house.site.feeds["be"][1]
        await house.go()
        assert await reasons(house) == {} and house.told == []


async def test_what_comes_back_still_waits(tmp_path: Path) -> None:
    """A statement that was gone and comes back is not sent before a person has looked, who is told of both."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.look(minutes=5)
        gone = house.site.feeds["be"].pop(0)
        await house.look(minutes=1)
        house.site.publish("be", gone)
        await house.go()
        await house.go()
        assert await house.posts() == [] and "is there again" in (await reasons(house))["s5"]
        assert sum("which had gone from the feed" in line for line in house.told) == 1


@pytest.mark.parametrize("title", ["Суды Мройска пакаралі 17 чалавек: справа 0", "Матэрыял выдалены"])
async def test_a_notice_in_the_place_of_the_text_is_not_posted(tmp_path: Path, title: str) -> None:
    """A statement whose text gives way to a notice of its removal before it was sent waits for a person."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.look(minutes=5)
        entry(house, "справа 0").text = "Матэрыял выдалены."
        house.site.feeds["be"][0].title = title
        await house.go()
        assert await house.posts() == [] and "notice" in (await reasons(house))["s5"]
        assert any("s5 waits for a person" in line for line in house.told)


# ---- edits and doubt


async def test_an_old_text_that_comes_back_is_not_posted(tmp_path: Path) -> None:
    """When a cache shows the text from before a correction, that is not sent before a person has looked."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.look(minutes=5)
        house.site.feeds["be"][0] = page(0, text=JOINT.replace("17 чалавек", "18 чалавек"))
        await house.look(minutes=2)
        house.site.feeds["be"][0] = page(0, text=JOINT)
        await house.go()
        assert await house.posts() == [] and "lags behind" in (await reasons(house))["s5"]
        assert any("s5 waits for a person" in line for line in house.told)


async def test_an_edit_that_is_taken_back_after_the_post_troubles_nobody_twice(tmp_path: Path) -> None:
    """When the site takes an edit back after the post, what was proposed gives way and the story stays open."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.go()
        for figure in ("18 чалавек", "17 чалавек"):
            entry(house, "справа 0").text = JOINT.replace("17 чалавек", figure)
            await house.go()
            assert bool(await house.held()) is (figure == "18 чалавек")
        assert await reasons(house) == {} and [state for _, _, state in await house.posts()] == ["sent"]


async def test_typography_is_not_proposed(tmp_path: Path) -> None:
    """When the site mends quotation marks and dashes after the post, nobody is troubled."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, title='Бюро "Зорка" - 17 скаргаў', text=JOINT))
        await house.go()
        entry(house, "Зорка").title = "Бюро «Зорка» — 17 скаргаў"
        await house.go()
        assert await house.held() == [] and house.told == []
        assert await house.trail(5) != []


async def test_a_changed_fact_is_named(tmp_path: Path) -> None:
    """When the site changes a figure after the post, the alarm and the audit trail say which and into what."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.go()
        entry(house, "справа 0").text = JOINT.replace("17 чалавек", "18 чалавек")
        await house.go()
        assert any("a fact: 17 → 18" in line for line in house.told)
        assert any(act == "edited: the page has another text: a fact: 17 → 18" for act in await house.trail(5))


def damaged(house: Lookout) -> None:
    """The feed is complete, but no well-formed XML: an ampersand stands bare in it."""
    pages = house.site.feeds["be"]
    house.site.extra["/be.xml"] = answer(house.site.rss(pages).replace("Бюро</title>".encode(), b"A & B</title>", 1))


async def test_a_damaged_feed_is_read_but_not_believed(tmp_path: Path) -> None:
    """What is new in a feed that is complete but damaged waits for a person, who is told once."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(1), page(0))
        damaged(house)
        await house.go()
        await house.go()
        assert await house.posts() == []
        assert {reason[:30] for reason in (await reasons(house)).values()} == {"The feed is not well-formed XM"}
        assert len(await reasons(house)) == 2 and len(house.told) == 1


async def test_a_damaged_feed_is_not_believed_on_the_first_day(tmp_path: Path) -> None:
    """Where the first day is to post all, a feed that is complete but damaged still waits for a person."""
    async with lookout(tmp_path, channels=ONE, source={"first_run": "publish"}) as house:
        house.site.publish("be", page(0))
        damaged(house)
        await house.go()
        await house.go()
        assert await house.posts() == [] and "well-formed" in (await reasons(house))["s1"]


async def test_an_edit_in_a_damaged_feed_waits(tmp_path: Path) -> None:
    """A statement that is edited in a damaged feed before it was sent waits for a person."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.look(minutes=5)
        entry(house, "справа 0").text = JOINT.replace("17 чалавек", "18 чалавек")
        damaged(house)
        await house.go()
        await house.go()
        assert await house.posts() == [] and "well-formed" in (await reasons(house))["s5"]
