"""A service that is killed while it posts a thread on X: nothing is doubled, nothing lost, and the ledger is true."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.breakable import SILENT
from tests.house import House, item, rss
from tests.web import Web, answer
from tests.x_server import SECRETS, XApi

KILLS = 4
LONG = " ".join(f"У {day} дзень суд Мройска разгледзеў {day + 20} спраў аб штрафах за нязгоду." for day in range(1, 12))


@pytest.mark.skipif(not os.environ.get("VESTKA_HOSTILE"), reason="20 s a kill by the clock of the wall: hostile only")
async def test_a_kill_between_the_parts_of_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X takes a part and the process dies before the answer: the part is found there, and the thread goes on."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    async with Web() as web, XApi() as api:
        channel = f'[channels.x-be]\nkind = "x"\nlanguage = "be"\napi_base = "{api.url}"\n'
        quick = 'first_run = "publish"\nevery = "1s"\ncheck_links = false\n'
        house = House(tmp_path, {"be": web.url("/be.xml")}, quick, channels=channel)
        house.settings.write_text(house.settings.read_text().replace('wire = "rehearsal"', 'wire = "live"'))
        web.answers["/be.xml"] = answer(rss([item("n1", "Суды Мройска за тыдзень", LONG)]))
        for kill in range(KILLS):
            api.faults["create"].append(SILENT)
            process = await house.start("run")
            async with asyncio.timeout(90):
                while len(api.created) == kill:  # noqa: ASYNC110  # another process's doing
                    await asyncio.sleep(0.02)
            process.kill()
            await process.communicate()
        process = await house.start("run")
        async with asyncio.timeout(120):
            while (await house.json("queue"))["due"] or (await house.json("queue"))["unknown"]:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        process.terminate()
        await process.communicate()
        texts = api.texts()
        assert len(texts) == len(api.created) == len(set(texts)) >= KILLS
        assert [text.rpartition("\n")[2] for text in texts] == [f"{n}/{len(texts)}" for n in range(1, len(texts) + 1)]
        assert api.thread() == [None, *(str(n) for n in range(1, len(texts)))]
