"""Feeds that carry only the beginning of a statement: the whole comes from its page, or a person is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store import intake
from tests.lookout import ONE, Lookout, Page, lookout, page
from tests.web import answer

WHOLE = "Суды Мройска пакаралі 17 чалавек за тыдзень. Ніхто з іх не прызнаў віны.\n\nБюро падало 3 скаргі."
TEASER = "<p>Суды Мройска пакаралі 17 чалавек за тыдзень. Ніхто з іх…</p>"
CHALLENGE = answer(
    b"<html><head><title>Just a moment...</title></head><body></body></html>",
    403,
    content_type="text/html",
    cf_mitigated="challenge",
    server="cloudflare",
)


def cut(**more: Any) -> Page:
    """A statement of which the feed carries only the beginning."""
    return page(0, **{"teaser": TEASER, "text": WHOLE} | more)


@asynccontextmanager
async def alone(folder: Path, **more: Any) -> AsyncIterator[Lookout]:
    """A site in one language with one old statement, which is recorded; one channel."""
    async with lookout(folder, channels=ONE, **more) as house:
        house.site.publish("be", page(6))
        await house.look()
        yield house


async def test_an_excerpt_is_completed_from_its_page(tmp_path: Path) -> None:
    """When the feed carries only the beginning of a statement, the whole of it is taken from its page."""
    async with alone(tmp_path) as house:
        files = '<p><a href="/list.pdf">Спіс</a></p>'
        house.site.publish("be", cut(body=f"<p>{WHOLE}</p>{files}"))
        await house.go()
        ((_, text),) = await house.texts()
        assert "не прызнаў віны" in text
        async with house.pipeline.store.read() as c:
            story = await intake.load_story(c, 2)
        assert story is not None
        assert any(str(block.href).endswith("/list.pdf") for block in story.editions[0].blocks)


async def test_an_excerpt_that_stays_the_same_is_no_edit(tmp_path: Path) -> None:
    """The beginning of a text that the feed goes on showing is not taken for an edit of the whole text."""
    async with alone(tmp_path) as house:
        house.site.publish("be", cut())
        await house.go()
        house.site.feeds["be"][0].at += timedelta(minutes=1)
        await house.go()
        assert not any("edited" in act for act in await house.trail(2))
        assert await house.held() == []


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(b"<html><body><article><p>" + "Зусім іншыя словы пра надвор'е. ".encode() * 9 + b"</p></article>"
                b"</body></html>", content_type="text/html; charset=utf-8"), "does not say what the feed says"),
        (answer(status=404), "404"),
    ],
)  # fmt: skip
async def test_the_beginning_is_never_taken_for_the_whole(tmp_path: Path, reply: bytes, why: str) -> None:
    """When the page has no such words, is gone or leads away, a person is asked; the beginning is not posted."""
    async with alone(tmp_path) as house:
        house.site.publish("be", cut())
        house.site.extra["/be/0"] = reply
        await house.go()
        await house.look(hours=2)
        assert await house.posts() == [] and await house.held() == []
        assert why in str((await house.stories())[-1][2])


async def test_a_page_that_leads_to_another_site_is_not_believed(tmp_path: Path) -> None:
    """When the page of an excerpt sends us to a host that is not the source's own, what stands there is not taken."""
    async with alone(tmp_path) as house:
        there = house.site.web.url("/elsewhere", host="localhost")
        house.site.publish("be", cut())
        house.site.extra["/be/0"] = answer(status=302, location=there)
        html = f"<html><body><article><p>{WHOLE}</p></article></body></html>".encode()
        house.site.extra["/elsewhere"] = answer(html, content_type="text/html; charset=utf-8")
        await house.go()
        assert await house.posts() == [] and "its page is on another site" in str((await house.stories())[-1][2])


async def test_a_page_on_another_site_is_not_asked(tmp_path: Path) -> None:
    """An excerpt whose page is on a host that is not the source's own is not completed from there."""
    async with alone(tmp_path) as house:
        there = house.site.web.url("/elsewhere", host="localhost")
        house.site.publish("be", cut(link=there))
        house.site.extra["/elsewhere"] = answer(f"<article><p>{WHOLE}</p></article>".encode(), content_type="text/html")
        await house.go()
        assert await house.posts() == [] and "its page is on another site" in str((await house.stories())[-1][2])
        assert not any("/elsewhere" in head for head in house.site.web.requests)


@pytest.mark.parametrize("reply", [answer(status=503), CHALLENGE])
async def test_a_page_that_cannot_be_reached_is_asked_again(tmp_path: Path, reply: bytes) -> None:
    """A page that cannot be read is asked for again every five minutes, and after an hour a person is asked."""
    async with alone(tmp_path) as house:
        house.site.publish("be", cut())
        house.site.extra["/be/0"] = reply
        await house.go()
        asked = [head for head in house.site.web.requests if "/be/0" in head]
        await house.look(minutes=4)
        assert len([head for head in house.site.web.requests if "/be/0" in head]) == len(asked) == 1
        await house.look(minutes=1)
        assert len([head for head in house.site.web.requests if "/be/0" in head]) == 2
        assert [state for _, state, _ in await house.stories()][-1] == "open"
        await house.look(hours=1)
        assert await house.posts() == []
        assert "its page could not be read" in str((await house.stories())[-1][2])


async def test_a_page_that_comes_back_in_time_is_used(tmp_path: Path) -> None:
    """When the page can be read again within the hour, the whole text goes out by itself."""
    async with alone(tmp_path) as house:
        house.site.publish("be", cut())
        house.site.extra["/be/0"] = answer(status=503)
        await house.go()
        house.site.extra.clear()
        await house.look(minutes=5)
        ((_, text),) = await house.texts()
        assert "не прызнаў віны" in text


async def test_a_release_for_another_reason_does_not_release_a_beginning(tmp_path: Path) -> None:
    """Who releases one of many new statements has not agreed to post only its beginning; that is asked by itself."""
    async with alone(tmp_path, source={"burst": 1}) as house:
        house.site.publish("be", cut(), page(7, 30))
        house.site.extra["/be/0"] = answer(status=503)
        await house.go()
        await house.pipeline.publish(2, person="alena")
        await house.pipeline.publish(3, person="alena")
        await house.look(minutes=90)
        await house.look(minutes=6)
        assert [text for _, text in await house.texts() if "30" not in text] == []
        assert any("only the beginning" in str(reason) for _, _, reason in await house.stories())


async def test_a_person_may_release_a_beginning(tmp_path: Path) -> None:
    """What was held for want of its page goes out as it was shown, when a person releases it."""
    async with alone(tmp_path) as house:
        house.site.publish("be", cut())
        house.site.extra["/be/0"] = answer(status=404)
        await house.go()
        await house.pipeline.publish(2, person="alena")
        await house.look(minutes=1)
        ((_, text),) = await house.texts()
        assert "17" in text and "не прызнаў віны" not in text
