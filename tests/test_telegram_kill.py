"""A service that is killed while it posts in a live channel: nothing is doubled, and whoever decides is asked."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.house import House, item, rss
from tests.telegram_server import SILENT, TOKEN, BotApi
from tests.web import Web, answer

KILLS = 4 if os.environ.get("VESTKA_HOSTILE") else 2


async def test_a_kill_while_a_post_is_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram takes a post and the process dies before the answer: it is asked about, and never posted again."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TOKEN)
    async with Web() as web, BotApi() as api:
        channel = (
            f'[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\nchat = "@vestka_be"\napi_base = "{api.url}"\n'
        )
        quick = 'first_run = "publish"\nevery = "1s"\ncheck_links = false\n'
        house = House(tmp_path, {"be": web.url("/be.xml")}, quick, channels=channel)
        house.settings.write_text(house.settings.read_text().replace('wire = "rehearsal"', 'wire = "live"'))
        items = []
        for number in range(KILLS):
            items.append(item(f"n{number}", f"Заява нумар {number}", f"Суд Мройска пакараў {number + 30} чалавек."))
            web.answers["/be.xml"] = answer(rss(items))
            api.faults["sendMessage"].append(SILENT)
            process = await house.start("run")
            async with asyncio.timeout(60):
                while len(api.public) == number:  # noqa: ASYNC110  # another process's doing
                    await asyncio.sleep(0.02)
            process.kill()
            await process.communicate()
        process = await house.start("run")
        async with asyncio.timeout(60):
            while len((await house.json("queue"))["unknown"]) < KILLS:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.2)
        await asyncio.sleep(0.5 if KILLS == 2 else 8)  # long enough for another look at what is due
        process.terminate()
        await process.communicate()
        texts = api.texts("@vestka_be")
        assert len(texts) == len(set(texts)) == KILLS
        assert len((await house.json("queue"))["unknown"]) == KILLS
