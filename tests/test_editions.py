"""Editions of one statement in several languages: how they are joined, waited for and compared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import views
from bot.errors import UsageError
from bot.store import intake
from tests.lookout import ONE, WORDS, Lookout, Page, lookout, page
from tests.web import answer

LANGUAGES = ("be", "ru", "en")
HOURS_3 = {"wait_for_editions": "3h"}


@asynccontextmanager
async def watched(folder: Path, *languages: str, **more: Any) -> AsyncIterator[Lookout]:
    """A site with one old statement in each language, which is recorded."""
    async with lookout(folder, languages or LANGUAGES, **more) as house:
        for number, language in enumerate(languages or LANGUAGES):
            house.site.publish(language, page(6 + number, 40 + number, language[:2]))
        await house.look()
        yield house


def told_apart(path: str) -> list[Page]:
    """One statement in three languages at addresses made from `path`; their identifiers say nothing."""
    marks = {"be": ("be/", "be", ""), "ru": ("ru/", "ru", "ru/"), "en": ("en/", "en", "en/")}
    made = []
    for language in LANGUAGES:
        folder, word, default = marks[language]
        where = path.format(folder=folder, word=word, default=default)
        here = {"link": where} if where.startswith("http") else {"path": where}
        made.append(page(0, 17, language, guid=f"{language}-0", **here))
    return made


async def together(house: Lookout) -> bool:
    """Whether all that came after the recorded statements is one story in three languages."""
    async with house.pipeline.store.read() as c:
        number = len(LANGUAGES) + 1
        story = await intake.load_story(c, number)
        assert story is not None
        return {one.language for one in story.editions} == set(LANGUAGES)


# ---- joining


@pytest.mark.parametrize(
    "path",
    [
        "/{folder}news/0",
        "/news/{folder}0",
        "/{default}news/0",
        "/news?id=0&lang={word}",
        "http://{word}.site.example/news/0",
    ],
)
async def test_addresses_that_differ_in_the_language_alone_are_one_statement(tmp_path: Path, path: str) -> None:
    """Pages in three languages whose addresses differ by the mark of the language only become one story."""
    async with watched(tmp_path, source={"check_links": False}) as house:
        for one, language in zip(told_apart(path), LANGUAGES, strict=True):
            house.site.publish(language, one)
        await house.go()
        assert await together(house)
        assert {story for story, _, _ in await house.posts()} == {"s4"} and len(await house.posts()) == 3


async def test_one_identifier_in_all_languages_is_one_statement(tmp_path: Path) -> None:
    """Software that gives all translations of a page one identifier tells us that they belong together."""
    async with watched(tmp_path) as house:
        for language in LANGUAGES:
            house.site.publish(
                language, page(0, 17, language, guid="123 at https://site.invalid", path=f"/{language}-x")
            )
        await house.go()
        assert await together(house)


async def test_a_feed_that_names_its_translations_joins_them(tmp_path: Path) -> None:
    """Pages that the feed names as translations of each other become one story."""
    async with watched(tmp_path) as house:
        named = tuple((language, f"/x-{i}") for i, language in enumerate(LANGUAGES))
        for i, language in enumerate(LANGUAGES):
            house.site.publish(language, page(0, 17, language, path=f"/x-{i}", alternates=named))
        await house.go()
        assert await together(house)


async def test_a_page_that_names_its_translations_joins_them(tmp_path: Path) -> None:
    """Where only the page itself names its translations, they become one story before anything is sent."""
    async with watched(tmp_path) as house:
        head = "".join(
            f'<link rel="alternate" hreflang="{language}" href="{house.site.web.url(f"/x-{i}")}">'
            for i, language in enumerate(LANGUAGES)
        )
        for i, language in enumerate(LANGUAGES):
            house.site.publish(language, page(0, 17, language, path=f"/x-{i}", head=head))
        await house.go()
        assert await together(house) and {story for story, _, _ in await house.posts()} == {"s4"}


async def test_pages_that_are_days_apart_are_two_statements(tmp_path: Path) -> None:
    """Two languages that number their pages apart may use one number for two statements: days tell them apart."""
    async with watched(tmp_path, "be", "ru") as house:
        house.site.publish("be", page(0, path="/be/news/7"))
        await house.look(minutes=5)
        house.site.publish("ru", page(4, 17, "ru", path="/ru/news/7"))
        await house.look(minutes=5)
        assert len(await house.stories()) == 4


async def test_a_story_has_one_page_a_language(tmp_path: Path) -> None:
    """A second page in a language that the story has is a statement of its own."""
    async with watched(tmp_path, "be", "ru", "ru-two") as house:
        house.site.publish("be", page(0, path="/be/news/7"))
        house.site.publish("ru", page(0, 17, "ru", path="/ru/news/7"))
        house.site.publish("ru-two", page(0, 18, "ru", path="/rus/news/7", text="Совсем другой текст о 18 людях."))
        await house.go()
        assert len(await house.stories()) == 5


# ---- waiting


async def test_other_languages_wait_for_the_site(tmp_path: Path) -> None:
    """A language that the site writes itself is waited for; when it does not come, the post goes out labelled."""
    async with watched(tmp_path, translation=HOURS_3) as house:
        house.site.publish("be", page(0))
        await house.go()
        assert [channel for _, channel, _ in await house.posts()] == ["telegram-be"]
        await house.look(hours=2.7)
        assert len(await house.posts()) == 1
        await house.look(hours=0.3)
        assert {channel for _, channel, _ in await house.posts()} == {"telegram-be", "telegram-ru", "telegram-en"}
        texts = dict(await house.texts())
        assert "translat" in texts["telegram-en"].lower() and "Суды Мройска пакаралі" in texts["telegram-en"]


async def test_the_sites_own_words_are_preferred_when_they_come_in_time(tmp_path: Path) -> None:
    """An edition of the site's own that comes while it is waited for is what goes out."""
    async with watched(tmp_path, translation=HOURS_3) as house:
        house.site.publish("be", page(0))
        await house.go()
        house.now += timedelta(hours=1)
        house.site.publish("en", page(0, 17, "en"))
        await house.go()
        assert WORDS["en"][1].format(figure=17) in dict(await house.texts())["telegram-en"]
        assert len(await house.posts()) == 2


async def test_what_comes_too_late_is_proposed(tmp_path: Path) -> None:
    """An edition of the site's own that comes after the labelled post is shown to a person and not posted by itself."""
    async with watched(tmp_path, translation=HOURS_3) as house:
        house.site.publish("be", page(0))
        await house.go()
        await house.look(hours=3)
        posts = await house.posts()
        house.site.publish("en", page(0, 17, "en"))
        await house.go()
        await house.look(hours=4)
        assert await house.posts() == posts
        assert [(channel, "own edition has come" in why) for _, channel, why in await house.held()] == [
            ("telegram-en", True)
        ]


async def test_all_languages_may_go_out_together(tmp_path: Path) -> None:
    """Where the settings say so, nothing goes out before the last language has come or its time is over."""
    async with watched(tmp_path, translation=HOURS_3, review={"release": "together"}) as house:
        house.site.publish("be", page(0))
        await house.go()
        house.site.publish("ru", page(0, 17, "ru"))
        await house.go()
        assert await house.posts() == []
        house.site.publish("en", page(0, 17, "en"))
        await house.go()
        assert len(await house.posts()) == 3


# ---- editions that contradict each other


async def contradict(house: Lookout) -> None:
    """The English edition says another figure than the two others."""
    for language in LANGUAGES:
        house.site.publish(language, page(0, 71 if language == "en" else 17, language))
    await house.go()


async def test_editions_that_differ_in_a_figure_wait(tmp_path: Path) -> None:
    """When the site's own editions contradict each other, every post waits, and the queue says which says what."""
    async with watched(tmp_path) as house:
        await contradict(house)
        assert await house.posts() == []
        waiting = (await views.waiting(house.pipeline))["held"]
        assert {one["channel"] for one in waiting} == {"telegram-be", "telegram-ru", "telegram-en"}
        for one in waiting:
            said = " ".join(one["reasons"])
            assert "English says “71”" in said and "Belarusian" in said and "“17”" in said


async def test_what_the_site_corrects_goes_out(tmp_path: Path) -> None:
    """When the site mends the figure that its editions differed in, they go out by themselves."""
    async with watched(tmp_path) as house:
        await contradict(house)
        house.site.feeds["en"][0] = page(0, 17, "en")
        await house.go()
        assert len(await house.posts()) == 3 and not any("71" in text for _, text in await house.texts())


# ---- a person joins


async def two(house: Lookout) -> None:
    """Two pages of one statement that nothing tells of belonging together: s4 in Belarusian, s5 in English."""
    house.site.publish("be", page(0, path="/abc"))
    await house.look(minutes=5)
    house.site.publish("en", page(0, 17, "en", path="/xyz"))
    await house.look(minutes=1)


async def editions(house: Lookout, number: int) -> list[str]:
    """The languages of a story."""
    return [one["language"] for one in (await views.story_view(house.pipeline, number))["editions"]]


async def test_a_person_joins_two_languages(tmp_path: Path) -> None:
    """Two stories that a person joins are posted once in each language, each in the site's own words."""
    async with watched(tmp_path, translation=HOURS_3) as house:
        await two(house)
        assert "be, en" in (await house.pipeline.link(4, 5, person="alena"))[0]
        await house.go()
        assert [(story, channel) for story, channel, _ in await house.posts()] == [
            ("s4", "telegram-be"),
            ("s4", "telegram-en"),
        ]


async def test_a_trial_run_of_joining_changes_nothing(tmp_path: Path) -> None:
    """`link --dry-run` says what it would do and does not do it."""
    async with watched(tmp_path) as house:
        await two(house)
        assert "be, en" in (await house.pipeline.link(4, 5, person="alena", dry_run=True))[0]
        assert await editions(house, 4) == ["be"] and await editions(house, 5) == ["en"]


@pytest.mark.parametrize(("pair", "words"), [((4, 4), "two stories"), ((4, 99), "no such story"), ((4, 5), "part of")])
async def test_what_cannot_be_joined_gets_one_clear_line(tmp_path: Path, pair: tuple[int, int], words: str) -> None:
    """Joining a story with itself, with an unknown one or a second time is refused with one line that says why."""
    async with watched(tmp_path) as house:
        await two(house)
        if pair == (4, 5):
            await house.pipeline.link(4, 5, person="alena")
        with pytest.raises(UsageError, match=words) as refused:
            await house.pipeline.link(*pair, person="alena")
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("publish", ()),
        ("skip", ("again",)),
        ("later", ("2h",)),
        ("repost", ()),
        ("write", ("en", "Words.")),
        ("edit", ("ru", 0, "Слова.")),
    ],
)
async def test_nothing_is_done_to_a_part_alone(tmp_path: Path, act: str, words: tuple[Any, ...]) -> None:
    """A story that has become a part of another one is acted on there: each act on it is refused with one line."""
    async with watched(tmp_path) as house:
        await two(house)
        await house.pipeline.link(4, 5, person="alena")
        more = {"nonce": "1"} if act == "repost" else {}
        with pytest.raises(UsageError, match="part of another"):
            await getattr(house.pipeline, act)(5, *words, person="alena", **more)
        await house.go()
        assert ("s5", "skipped", "It is a part of s4.") in await house.stories()


async def test_what_was_posted_of_a_part_is_not_posted_again(tmp_path: Path) -> None:
    """When a story that was posted becomes a part of another one, its readers do not get it a second time."""
    async with watched(tmp_path, translation={"wait_for_editions": "1h"}) as house:
        await two(house)
        await house.go()
        posts = await house.posts()
        assert ("s5", "telegram-en", "sent") in posts
        await house.pipeline.link(4, 5, person="alena")
        await house.go()
        assert await house.posts() == posts


async def test_what_was_posted_of_a_part_of_a_part_is_not_posted_again(tmp_path: Path) -> None:
    """Also when stories are joined one after the other, each post that was made counts."""
    async with watched(tmp_path, translation=HOURS_3) as house:
        await two(house)
        await house.go()
        house.site.publish("ru", page(0, 17, "ru", path="/qrs"))
        await house.look(minutes=1)
        posts = await house.posts()
        await house.pipeline.link(6, 5, person="alena")
        await house.pipeline.link(4, 6, person="alena")
        await house.go()
        new = [post for post in await house.posts() if post not in posts]
        assert [channel for _, channel, _ in new] == ["telegram-ru"]


async def test_an_excerpt_that_is_joined_stays_an_excerpt(tmp_path: Path) -> None:
    """When the newer text of a joined page is only its beginning, that is not taken for the statement."""
    async with watched(tmp_path, "be", channels=ONE) as house:
        house.site.publish("be", page(1))
        await house.go()
        house.site.publish("be", page(0, path="/gone", teaser="<p>Суды Мройска пакаралі 90…</p>"))
        house.site.extra["/gone"] = answer(status=503)
        await house.look(minutes=5)
        await house.pipeline.link(2, 3, person="alena")
        await house.look(hours=2)
        assert not any("90" in reason for _, _, reason in await house.held())
        assert any("only the beginning" in str(reason) for _, _, reason in await house.stories())


async def test_a_page_that_joins_an_excerpt_waits_for_its_words(tmp_path: Path) -> None:
    """A translation that a page names, of which the feed has the beginning only, is completed before it goes out."""
    async with watched(tmp_path, "be", "ru") as house:
        there = house.site.web.url("/x")
        head = f'<link rel="alternate" hreflang="ru" href="{there}">'
        teaser = "<p>Суды Мройска наказали…</p>"
        house.site.publish("be", page(0, head=head))
        house.site.publish("ru", page(0, 17, "ru", path="/x", teaser=teaser))
        await house.go()
        assert "Дело 0 обжаловано." in dict(await house.texts())["telegram-ru"]
