"""Where the feed has only the beginning of a text, an edit of the rest shows on its page alone."""

from pathlib import Path

import pytest

from tests.lookout import ONE, Lookout, lookout, page

BEGINNING = "<p>Суды Мройска пакаралі 17 чалавек за тыдзень.</p><p>[…]</p>"


async def posted(house: Lookout) -> None:
    """A statement of which the feed has only the beginning has gone out whole."""
    house.site.publish("be", page(3, 40))
    await house.look()
    house.site.publish(
        "be",
        page(1, text="Суды Мройска пакаралі 17 чалавек за тыдзень.\n\nШтраф: 3 базавыя велічыні.", teaser=BEGINNING),
    )
    await house.go()
    assert "3 базавыя" in (await house.texts())[0][1]


async def test_an_edit_behind_the_beginning_is_seen_and_proposed(tmp_path: Path) -> None:
    """When the site mends a figure that the feed does not show, an officer is told within hours; nothing is sent."""
    async with lookout(tmp_path, channels=ONE) as house:
        await posted(house)
        newest = house.site.feeds["be"][0]
        newest.text = newest.text.replace("3 базавыя", "5 базавых")
        await house.look(hours=5)
        assert await house.held() == []
        await house.look(hours=1, minutes=30)
        await house.look(minutes=6)
        assert [(story, channel) for story, channel, _ in await house.held()] == [("s2", "telegram-be")]
        assert any("edited s2 after it was posted" in line and "3" in line and "5" in line for line in house.told)
        assert len(await house.posts()) == 1


@pytest.mark.parametrize(
    "text", ["", "Зусім іншы тэкст, якога ніхто не чакаў.", "Сайт часова не працуе. Зайдзіце пазней."]
)
async def test_a_page_that_says_something_else_tells_nothing(tmp_path: Path, text: str) -> None:
    """A page that is broken for a while is not taken for an edit of the statement."""
    async with lookout(tmp_path, channels=ONE) as house:
        await posted(house)
        house.site.feeds["be"][0].text = text
        await house.look(hours=7)
        await house.look(minutes=6)
        assert await house.held() == []


async def test_after_a_week_a_page_is_left_alone(tmp_path: Path) -> None:
    """Pages are not asked for ever: after a week the site hears no more of us than its feed is asked."""
    async with lookout(tmp_path, channels=ONE) as house:
        await posted(house)
        for _ in range(30):
            await house.look(hours=6, minutes=1)
        before = sum("GET /be/1 " in head for head in house.site.web.requests)
        for _ in range(4):
            await house.look(hours=6, minutes=1)
        assert 20 < before == sum("GET /be/1 " in head for head in house.site.web.requests)
