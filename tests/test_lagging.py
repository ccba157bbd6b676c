"""What a site seems to say anew: old words that come back, texts that never rest, names and numbers that mislead."""

from pathlib import Path

from bot.store import intake
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


async def test_only_a_language_of_the_same_site_is_waited_for(tmp_path: Path) -> None:
    """Another organisation's English feed keeps no reader of ours waiting for an English edition that never comes."""
    both = {
        "telegram-be": {"kind": "telegram", "language": "be"},
        "telegram-en": {"kind": "telegram", "language": "en"},
    }
    async with lookout(tmp_path, ("be", "en"), channels=both) as house:
        other = house.pipeline.settings.sources["en"]
        there = other.urls[0].replace("127.0.0.1", "localhost")
        house.pipeline.settings.sources["en"] = other.model_copy(update={"urls": (there,)})
        house.site.publish("be", page(5, 40))
        await house.look()
        house.site.publish("be", page(0, 17))
        await house.go()
        assert {channel for _, channel, _ in await house.posts()} == {"telegram-be", "telegram-en"}


async def test_a_page_under_another_identifier_is_asked_about_once(tmp_path: Path) -> None:
    """A page with a new identifier and a new text is asked about once, and is not told of as withdrawn too."""
    async with lookout(tmp_path, channels=ONE) as house:
        house.site.publish("be", page(5, 40))
        await house.look()
        house.site.publish("be", page(1, 17))
        await house.go()
        house.site.feeds["be"][0] = page(1, 18, guid="http://site.invalid/be/?p=new")
        await house.go()
        assert any("under another identifier" in str(reason) for _, _, reason in await house.stories())
        assert not any("gone from the feed" in line for line in house.told)


async def test_words_written_for_a_part_are_kept_when_it_is_joined(tmp_path: Path) -> None:
    """What an officer has written for a story is not lost when that turns out to be an edition of another."""
    async with lookout(tmp_path, ("be", "ru"), source={"check_links": False}) as house:
        house.site.publish("be", page(5, 40))
        house.site.publish("ru", page(6, 41, "ru"))
        await house.look()
        await house.pipeline.write(2, "ru", "Суды Мройска наказали 41 человека.", person="alena")
        await house.pipeline.link(1, 2, person="alena")
        async with house.pipeline.store.read() as c:
            story = await intake.load_story(c, 1)
        assert story is not None and [words[0] for words in story.words] == ["ru"]
