"""Two dozen generators' feeds, walked through the whole house: what each posts, and what of it waits."""

from pathlib import Path

from bot import trial
from bot.translation import FileMemory
from bot.trial import Trial
from tests.house import House
from tests.test_feed_golden import DATA, EXPECTED, LANGUAGES
from tests.web import Web, answer


def language(name: str) -> str:
    """The language that a source is set to."""
    return LANGUAGES.get(name.partition(".")[0], "be")


async def test_every_generators_feed_walks_to_the_channels(tmp_path: Path) -> None:
    """Each statement is posted, or waits and says why; the beginning of a text is never posted as the text."""
    async with Web() as web:
        sources = {}
        for name, data in DATA.items():
            if name in EXPECTED:
                web.answers[f"/{name}"] = answer(data)
                sources[f"{language(name)}-{name.partition('.')[0]}"] = web.url(f"/{name}")
        house = House(tmp_path, sources, 'first_run = "publish"')
        await house("once")
        stories = await house.json("once")
        waiting = await house.json("queue")
    assert len(sources) == len(EXPECTED) >= 20 and not [row for row in waiting["due"] if row["state"] != "due"]
    titles = {row["title"]: row for row in stories}
    posted = {call["key"].split("/")[0] for call in house.calls()}
    held = {row["story"] for row in [*waiting["held"], *waiting["stories"], *waiting["later"]]}
    for name, feed in EXPECTED.items():
        for entry in feed["entries"]:
            if not entry["title"] or entry["fault"]:
                assert waiting["quarantine"]
                continue
            story = titles[entry["title"]]["story"]
            assert story in posted | held, f"{name}: {entry['title']} is nowhere"
            if entry["excerpt"] or feed["doubt"]:
                assert story not in posted, f"{name}: {entry['title']} was posted"


async def test_every_generators_feed_can_be_tried() -> None:
    """`vestka try` shows for each feed what would go out, and why what would not."""
    async with Web() as web:
        for name in EXPECTED:
            web.answers[f"/{name}"] = answer(DATA[name])
        for name, feed in EXPECTED.items():
            tried = await trial.try_url(web.url(f"/{name}"), ("be", "en"), FileMemory(), newest=2, allow_private=True)
            assert isinstance(tried, Trial) and tried.entries == len(feed["entries"]), name
            assert tried.statements or tried.quarantined, name
            beginnings = {entry["title"] for entry in feed["entries"] if entry["excerpt"]}
            for statement in tried.statements:
                shown = statement["channels"]
                assert all(one["posts"] for one in shown if one["state"] == "approved"), name
                if statement["title"] in beginnings or feed["doubt"]:
                    assert all(one["state"] == "held" for one in shown), name
