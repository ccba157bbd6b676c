"""A reader's life, in a real browser without scripts and over real SMTP: from the form to the last letter."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from bot import app
from bot.web.serving import served
from tests.mailroom import Mailroom, mailroom
from tests.test_mailing import text_of

READER = "reader@example.org"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
WIDTHS = (360, 1280)


@asynccontextmanager
async def browser() -> AsyncIterator[BrowserContext]:
    """Chromium of the system, with scripts switched off as in Tor Browser at its safest level."""
    if (own := shutil.which("chromium")) is None:
        if os.environ.get("VESTKA_BROWSER") == "required":
            pytest.fail("there is no chromium, and here it must be")
        pytest.skip("no chromium on this machine")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=own, args=list(QUIET))
        context = await running.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
        try:
            yield context
        finally:
            await running.close()


@asynccontextmanager
async def house(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Mailroom, str]]:
    """A live newsletter with its pages, and where they are."""
    async with (
        mailroom(folder, monkeypatch, words={"web": {"public_url": "http://127.0.0.1:1"}}) as room,
        app.readers_pages(room.settings) as pages,
        served(pages, "127.0.0.1", 0) as port,
    ):
        at = f"http://127.0.0.1:{port}"
        assert room.pipeline.lettering is not None
        object.__setattr__(room.pipeline.lettering, "public_url", at)
        object.__setattr__(room.mailing, "public_url", at)
        yield room, at


def link_in(mail: Message) -> str:
    (found,) = set(re.findall(r"http://127\.0\.0\.1:\d+/\S+", text_of(mail)))
    return str(found)


async def seen(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, narrow and wide; nothing may stand out of it sideways."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 740})
        await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        box: Any = await page.locator("main").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


async def test_a_reader_comes_reads_changes_and_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subscribed, confirmed, read in one language and then another, left by one click: nothing ever arrives again."""
    shots = Path(os.environ.get("VESTKA_SHOTS") or tmp_path)
    async with browser() as context, house(tmp_path, monkeypatch) as (room, at):
        page = await context.new_page()
        outside: list[str] = []
        page.on("request", lambda request: None if request.url.startswith(at) else outside.append(request.url))
        await page.goto(f"{at}/be/")
        await seen(page, shots, "be-subscribe")
        await page.fill("#address", READER)
        await page.click("main button")
        await seen(page, shots, "be-sent")
        assert not room.postbox.mails
        await room.work(minutes=1)
        await page.goto(link_in(room.got(READER)[0]))
        await seen(page, shots, "be-confirm")
        assert not await room.tally()
        await page.click("main button")
        await seen(page, shots, "be-confirmed")

        await room.publish("14 чалавек пакінулі пад вартай")
        (_, first) = room.got(READER)
        assert first["Content-Language"] == "be" and "14 чалавек" in text_of(first)
        links = re.findall(r"http://127\.0\.0\.1:\d+/\S+", text_of(first))
        assert [f"<{link}>" for link in links] == [first["List-Unsubscribe"]]
        for _ in range(100):
            await page.goto(links[0])  # looking changes nothing
        await seen(page, shots, "be-leave")
        await page.click("main p a")
        await seen(page, shots, "be-choices")
        for name, value in (("language", "en"), ("pace", "each"), ("discreet", "off")):
            await page.check(f'input[name="{name}"][value="{value}"]')
        await page.click("form:first-of-type button")
        await seen(page, shots, "be-saved")

        await room.publish("Court keeps 15 people in custody", "A court kept 15 people in custody.", language="en")
        second = room.got(READER)[2]
        assert second["Content-Language"] == "en" and "15 people" in text_of(second)
        assert len(room.got(READER)) == 3

        one_click = second["List-Unsubscribe"].strip("<>")
        async with httpx.AsyncClient() as provider:
            answer = await provider.post(one_click, data={"List-Unsubscribe": "One-Click"})
            again = await provider.post(one_click, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (again.status_code, again.content) == (200, answer.content)
        await room.publish("Яшчэ адна заява", "Суд прысудзіў 3 гады зняволення.")
        await room.publish("One more", "A court gave 3 years in prison.", language="en")
        await room.work(days=8)
        assert len(room.got(READER)) == 3 and outside == []
        for name in ("", "privacy"):
            await page.goto(f"{at}/en/{name}")
            await seen(page, shots, f"en-{name or 'subscribe'}")
