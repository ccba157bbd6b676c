"""A site without a feed: its list of news is watched, and each text comes from its own page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any

from bot import doctor
from bot.pipeline.taking import LAST, STRANGE, VANISHED
from bot.settings import build, load
from bot.store import ledger
from tests.house import in_process
from tests.lookout import ONE, Lookout, Page, lookout, page
from tests.web import Answer, Web, answer

NEWS = "/news"


def shown(pages: Sequence[Page], dated: bool) -> bytes:
    """The list of a site's news, its newest on top."""
    rows = "".join(
        f'<li><a href="{one.path}">{escape(one.title)}</a>'
        + (f'<time datetime="{one.at.isoformat()}"></time>' if dated else "")
        + "</li>"
        for one in pages
    )
    return f"<html><head><title>Навіны</title></head><body><main><ul>{rows}</ul></main></body></html>".encode()


def article(one: Page, title: str) -> bytes:
    """The page of an article under some title."""
    return f"<html><head><title>{title}</title></head><body><article>{one.markup}</article></body></html>".encode()


class Watch:
    """A house that watches the list of a site, and the site."""

    def __init__(self, house: Lookout, dated: bool) -> None:
        self.house = house
        self.dated = dated
        self.pages = house.site.feeds["be"]
        self.instead: Answer | None = None  # what stands in the place of the list

    async def look(self, **later: float) -> None:
        """Let time pass, then do what `once` does."""
        html = answer(shown(self.pages, self.dated), content_type="text/html; charset=utf-8")
        self.house.site.extra[NEWS] = self.instead or html
        await self.house.look(**later)

    async def go(self) -> None:
        """Let the site's news come in and settle, and what is clear go out."""
        await self.look(minutes=5)
        await self.look(minutes=6)


@asynccontextmanager
async def watch(folder: Path, *, dated: bool = True, **source: Any) -> AsyncIterator[Watch]:
    """A site without a feed whose list shows four old articles, which are recorded."""
    told = {"kind": "page", "paths": [NEWS]} | source
    async with lookout(folder, channels=ONE, source=told) as house:
        made = Watch(house, dated)
        house.site.publish("be", *(page(number) for number in (6, 5, 4, 3)))
        await made.look()
        assert await house.posts() == []
        yield made


async def proposals(site: Watch) -> list[str]:
    """What waits for a person of what was posted: why."""
    return [reason for story, _, reason in await site.house.held() if story == "s5"]


async def test_a_site_without_a_feed_is_watched_over_three_edits(tmp_path: Path) -> None:
    """A new article goes out once, with its whole text; an edit of its text and then of its title are proposed."""
    async with watch(tmp_path) as site:
        site.house.site.publish("be", page(0))
        await site.go()
        ((channel, text),) = await site.house.texts()
        assert channel == "telegram-be" and "пакаралі 17 чалавек за тыдзень." in text and "Справа 0" in text
        assert await site.house.held() == [] and site.house.told == []
        site.pages[0].text = site.pages[0].text.replace("17 чалавек", "18 чалавек")
        await site.look(hours=6, minutes=1)
        await site.look(minutes=6)
        assert "17 → 18" in (await proposals(site))[0]
        assert any("edited s5 after it was posted" in line for line in site.house.told)
        site.pages[0].title = "Суды Мройска пакаралі 18 чалавек: справа Вятроў"
        await site.go()
        async with site.house.pipeline.store.read() as c:
            (shown_now,) = [one for one in await ledger.held_renditions(c) if one["subject"] == "s5"]
        assert "Вятроў" in shown_now["posts"][0]["text"] and "18 чалавек за" in shown_now["posts"][0]["text"]
        assert len(await site.house.posts()) == 1
        assert [file.name for file in (tmp_path / "out/telegram-be").iterdir()] == ["s5-r2-be-1-auto.json"]


async def test_what_falls_off_the_end_is_no_withdrawal(tmp_path: Path) -> None:
    """Old articles leave the list at its end, under one that is pinned to its top, and nothing is made of it."""
    async with watch(tmp_path) as site:
        site.house.site.publish("be", page(2), page(90))
        await site.look(minutes=1)
        site.pages[1:1] = [page(0), page(1)]
        await site.look(minutes=1)
        del site.pages[-5:]
        await site.look(minutes=1)
        assert site.pages[0].path == "/be/90" and len(site.pages) == 3
        assert not any("gone from" in line for line in site.house.told)


async def test_what_goes_from_the_middle_waits_and_what_moves_up_is_no_news(tmp_path: Path) -> None:
    """When an article is taken down it is not sent any more; the older one that moves up to the end is not posted."""
    async with watch(tmp_path) as site:
        site.house.site.publish("be", page(1), page(0))
        await site.look(minutes=1)
        del site.pages[1]
        site.pages.append(page(2, title="Палата адвакатаў Мройска адказала на зварот бюро"))
        await site.look(minutes=1)
        assert [(state, reason) for _, state, reason in await site.house.stories()][4:] == [
            ("held", VANISHED),
            ("open", None),
            ("held", LAST),
        ]
        assert any("s5 has gone from" in line for line in site.house.told)


async def test_a_list_of_which_nothing_is_known_is_doubted(tmp_path: Path) -> None:
    """When another list stands on the page, of popular articles perhaps, nothing of it goes out by itself."""
    async with watch(tmp_path) as site:
        site.pages[:] = [page(number) for number in (0, 1, 2)]
        await site.look(minutes=1)
        assert {reason for _, state, reason in await site.house.stories() if state == "held"} == {STRANGE}


OLD = '<meta property="article:published_time" content="2026-04-17T08:00:00Z">'
LOGIN = b"<html><body><form><input name=login></form><a href=/forgot>Forgotten?</a></body></html>"


async def test_a_page_that_shows_no_list_withdraws_nothing(tmp_path: Path) -> None:
    """A login, an empty list or half a page is put aside with an alarm; what was there goes on."""
    async with watch(tmp_path) as site:
        site.house.site.publish("be", page(0))
        await site.look(minutes=1)
        for body in (LOGIN, shown([], dated=True), b"<html><body><main>"):
            site.instead = answer(body, content_type="text/html")
            await site.look(minutes=1)
        told = [line for line in site.house.told if "put aside" in line]
        assert "no list of articles" in told[0] and "cut short" in told[1] and "sources.be.items" in told[0]
        site.instead = None
        await site.look(minutes=1)
        assert not any("gone from" in line for line in site.house.told) and await site.house.standing() == []
        assert (await site.house.stories())[-1] == ("s5", "open", None)


async def test_a_page_under_another_title_is_not_the_article(tmp_path: Path) -> None:
    """When the address of an article leads to the front page, an error or another article, nothing is posted."""
    others = ("Бюро «Мройск»", "Суды Мройска пакаралі 17 чалавек: справа 12")
    async with watch(tmp_path) as site:
        for number, title in enumerate(others):
            one = page(number)
            site.house.site.publish("be", one)
            site.house.site.extra[one.path] = answer(article(one, title), content_type="text/html; charset=utf-8")
        await site.go()
        assert await site.house.posts() == []
        assert all("does not bear the title" in str(reason) for _, _, reason in (await site.house.stories())[4:])


async def test_an_article_under_a_new_address_is_asked_about(tmp_path: Path) -> None:
    """When an article that was posted changes its address, a person is asked, and readers do not get it twice."""
    async with watch(tmp_path, dated=False) as site:
        site.house.site.publish("be", page(0))
        await site.go()
        site.pages[0] = page(0, path="/be/new")
        await site.look(minutes=1)
        assert len(await site.house.posts()) == 1
        assert "reads almost like s5" in str((await site.house.stories())[-1][2])


async def test_try_and_doctor_show_a_page_without_a_feed(tmp_path: Path) -> None:
    """Before it is watched, a page shows what would go out; one that names a feed is told of as such."""
    head = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    pages = [page(number) for number in range(3)]
    async with Web() as web:
        html = shown(pages, dated=True)
        web.answers[NEWS] = answer(html, content_type="text/html; charset=utf-8")
        web.answers["/with"] = answer(html.replace(b"<main>", head.encode() + b"<main>"), content_type="text/html")
        web.answers["/be/0"] = answer(article(pages[0], pages[0].title), content_type="text/html; charset=utf-8")
        words = ["try", web.url(NEWS), "--allow-private", "--to", "be", "--newest", "1", "--json"]
        code, out, _ = await asyncio.to_thread(in_process, words)
        told = json.loads(out)
        assert (code, told["entries"]) == (0, 3) and 'kind = "page"' in told["feed"]
        assert "за тыдзень" in told["statements"][0]["channels"][0]["posts"][0]["payload"]["text"]
        urls = [web.url("/with"), web.url("/with", host="localhost")]
        source = {"kind": "page", "language": "be", "allow_private": True, "urls": urls}
        lines = [line.what for line in await doctor.sources(build({"sources": {"site": source}}, tmp_path))]
        assert f"this page has a feed: {web.url('/feed')}" in lines[0]
        assert "on its mirror localhost every entry looks like a new one" in lines[1] and "3 statements" in lines[2]
        init = ["init", "--settings", str(tmp_path / "settings.toml"), "--allow-private"]
        await asyncio.to_thread(in_process, init, f"Бюро\n{web.url(NEWS)}\n\n\n\n\n".encode())
        assert load(tmp_path / "settings.toml").sources["be"].kind == "page"


async def test_what_a_list_does_not_say_its_pages_do(tmp_path: Path) -> None:
    """A title that the list cuts short is the page's; an old date there, or a text that we know, waits for a person."""
    long = "Суды Мройска пакаралі 17 чалавек за тыдзень, і ніхто з іх не прызнаў віны. " * 4
    async with watch(tmp_path, dated=False) as site:
        first, again, old = page(0, text=long), page(1, text=long), page(80)
        named = [(first, f"{first.title} у Вятранах", ""), (again, again.title, ""), (old, old.title, OLD)]
        first.title += " у Вятр…"
        site.house.site.publish("be", old)
        await site.look(minutes=1)
        site.house.site.publish("be", first, again)
        for one, title, head in named:
            html = article(one, title).replace(b"<head>", b"<head>" + head.encode())
            site.house.site.extra[one.path] = answer(html, content_type="text/html; charset=utf-8")
        await site.go()
        ((_, text),) = await site.house.texts()
        assert text.startswith("Суды Мройска пакаралі 17 чалавек: справа 0 у Вятранах\n")
        reasons = [str(reason) for _, state, reason in await site.house.stories() if state == "held"]
        assert "its page is dated 2026-04-17" in reasons[0] and "word for word what s6 says" in reasons[1]
        html = article(first, "Суды Мройска пакаралі 17 чалавек: справа 0 у Вятрах")
        site.house.site.extra[first.path] = answer(html, content_type="text/html; charset=utf-8")
        await site.look(hours=6, minutes=1)
        assert any("edited s6 after it was posted" in line for line in site.house.told)
