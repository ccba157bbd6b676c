"""Old words that come back: a mirror that lags behind, a cache that shows two texts in turn, an edit that is undone."""

from pathlib import Path

from tests.lookout import ONE, lookout, page
from tests.web import answer


async def test_a_mirror_that_lags_behind_brings_no_old_figure_back(tmp_path: Path) -> None:
    """When the site is down and its mirror still shows the figure that was mended, the mended one goes out."""
    mirrors = {"paths": ["/be.xml", "/mirror.xml"]}
    async with lookout(tmp_path, channels=ONE, source=mirrors) as house:
        house.site.publish("be", page(5, 40))
        await house.look()
        house.site.publish("be", page(1, 17))
        await house.look()
        behind = house.site.rss(house.site.feeds["be"])
        house.site.feeds["be"][0] = page(1, 18)
        house.site.publish("be", page(0, 30))
        await house.look(minutes=1)
        house.site.down["be"] = answer(status=503)
        house.site.extra["/mirror.xml"] = answer(behind)
        await house.look(minutes=1)
        await house.look(minutes=6)
        texts = [text for _, text in await house.texts()]
        assert len(texts) == 2 and "18" in texts[0] and "17" not in texts[0]
        assert not any("gone from the feed" in line for line in house.told)


async def test_a_page_that_reads_as_before_its_edit_waits_for_a_person(tmp_path: Path) -> None:
    """A cache that shows the old text and the new one in turn is not believed: a person says which is right."""
    async with lookout(tmp_path, channels=ONE) as house:
        house.site.publish("be", page(5, 40))
        await house.look()
        house.site.publish("be", page(1, 17))
        for i in range(12):
            house.site.feeds["be"][0] = page(1, 17 + i % 2)
            await house.look(minutes=4)
        await house.look(minutes=10)
        assert await house.posts() == []
        assert [(story, state) for story, state, _ in await house.stories()][-1] == ("s2", "held")
        assert sum("waits for a person" in line for line in house.told) <= 2
        assert len([act for act in await house.trail(2) if act.startswith("edited")]) <= 3


async def test_a_text_that_never_stands_still_is_asked_about(tmp_path: Path) -> None:
    """A page that counts its visitors in its text is not waited for in silence: a person is asked, once a day."""
    async with lookout(tmp_path, channels=ONE) as house:
        house.site.publish("be", page(5, 40))
        await house.look()
        house.site.publish("be", page(1, 100))
        for visitors in range(101, 130):
            house.site.feeds["be"][0] = page(1, visitors)
            await house.look(minutes=4)
        assert await house.posts() == [] and "another one at every look" in str((await house.stories())[-1][2])
        assert sum("waits for a person" in line for line in house.told) == 1


async def test_a_feed_with_another_name_in_the_settings_is_no_new_feed(tmp_path: Path) -> None:
    """Who renames a source loses nothing: what came meanwhile goes out, what was there before does not again."""
    async with lookout(tmp_path, channels=ONE) as house:
        house.site.publish("be", page(5, 40), page(4, 41))
        await house.look()
        house.site.publish("be", page(0, 17))
        sources = house.pipeline.settings.sources
        sources["be-news"] = sources.pop("be")
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s3"]


async def test_a_bare_number_joins_no_pages(tmp_path: Path) -> None:
    """Two sources that number their entries from one do not make one statement of two."""
    async with lookout(tmp_path, ("be", "ru"), source={"check_links": False}) as house:
        house.site.publish("be", page(5, 40))
        house.site.publish("ru", page(5, 40, "ru"))
        await house.look()
        house.site.publish("be", page(1, 17, path="/navina/adna", guid="101"))
        house.site.publish("ru", page(1, 30, "ru", path="/novost/drugaya", guid="101"))
        await house.go()
        assert [story for story, _, _ in await house.stories()] == ["s1", "s2", "s3"]
