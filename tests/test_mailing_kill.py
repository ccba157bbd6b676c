"""A newsletter whose process is killed in the midst of an issue: nobody is skipped, and hardly anybody hears twice."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.house import House, item, rss
from tests.mailroom import KEYS
from tests.submission import Postbox, submission
from tests.web import Web, answer

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
READERS, KILLS = (20_000, 5) if HOSTILE else (400, 2)
SECONDS = 600 if HOSTILE else 100
MOST_TWICE = 20  # a kill may double the mails between two entries in the ledger


def newsletter(port: int) -> str:
    return (
        '[channels.newsletter]\nkind = "newsletter"\nlanguages = ["be"]\nfrom = "News <news@example.invalid>"\n'
        f'relays = ["127.0.0.1:{port}"]\nsmtp_security = "none"\nper_minute = 0\n'
        '[web]\npublic_url = "https://news.example.invalid"\n'
    )


async def test_nobody_is_skipped_when_the_process_is_killed_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in mid-issue several times, each reader gets the statement; the few who get it twice get the same mail."""
    dice = random.Random(20)
    for name, value in KEYS.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    async with Web() as web, submission() as (postbox, port):
        web.answers["/be.xml"] = answer(rss([item("n1", "14 чалавек", "Суд пакінуў пад вартай 14 чалавек у Мройску.")]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"', channels=newsletter(port))
        house.settings.write_text(house.settings.read_text().replace('wire = "rehearsal"', 'wire = "live"'))
        people = [f"reader{i}@example.org" for i in range(READERS)]
        (tmp_path / "list.csv").write_text("address,language\n" + "".join(f"{one},be\n" for one in people))
        await house("subscribers", "import", str(tmp_path / "list.csv"))
        marks = sorted(dice.sample(range(READERS // 20, READERS - READERS // 20), KILLS))
        began = time.monotonic()
        for mark in marks:
            process = await house.start("run")
            async with asyncio.timeout(SECONDS):
                while len(postbox.mails) < mark:  # noqa: ASYNC110  # what another process sends
                    await asyncio.sleep(0.001)
            process.kill()
            await process.communicate()
        process = await house.start("run")
        async with asyncio.timeout(SECONDS):
            while not is_done(house):  # noqa: ASYNC110  # another process's file
                await asyncio.sleep(0.1)
        process.terminate()
        await process.communicate()
        twice = check(postbox, people)
        print(f"{READERS:,} readers, {KILLS} kills: 0 skipped, {twice} twice; {time.monotonic() - began:.0f} s")


def is_done(house: House) -> bool:
    with closing(sqlite3.connect(house.folder / "state" / "vestka.db")) as ledger:
        return bool(ledger.execute("select count(*) from issue where state = 'done'").fetchone()[0])


def check(postbox: Postbox, people: list[str]) -> int:
    """Nobody is skipped; how many mails came twice, each with one Message-ID and the same bytes."""
    got, mails = Counter[str](), defaultdict[str, set[bytes]](set)
    for one in postbox.mails:
        assert isinstance(one.content, bytes)
        got[one.rcpt_tos[0]] += 1
        mails[one.rcpt_tos[0]].add(one.content)
    assert [one for one in people if not got[one]] == []
    assert all(len(copies) == 1 for copies in mails.values())
    ids = {message_from_bytes(next(iter(copies)))["Message-ID"] for copies in mails.values()}
    assert len(ids) == len(people)
    twice = got.total() - len(people)
    assert twice <= MOST_TWICE * KILLS
    return twice
