"""A process that is killed at any moment leaves the truth behind: nothing is lost, and no public post is doubled."""

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.house import House, item, rss
from tests.web import Web, answer

RUN_SEEDS = 20 if os.environ.get("VESTKA_HOSTILE") else 2
RESTART_SECONDS = 5 if os.environ.get("VESTKA_HOSTILE") else 15  # the promise, and what a busy machine may need
SEEDS = 10 if os.environ.get("VESTKA_HOSTILE") else 2
STATEMENTS = 20


def statements() -> bytes:
    """Twenty statements, each with more than one post on X."""
    return rss(
        [
            item(
                f"n{i}",
                f"Заява нумар {i}",
                f"Суды Мройска пакаралі {i + 20} чалавек за тыдзень, гаворыцца ў справаздачы № {i + 3} за гэты год.",
                f"Сярод іх {i + 2} жанчыны і {i + 7} мужчын, якія ніколі раней не прыцягваліся да адказнасці.",
                "Адвакатаў не пусцілі ні да каго з іх. Сваякі не ведаюць, дзе яны знаходзяцца цяпер.",
                hours=STATEMENTS + 2 - i,
            )
            for i in range(STATEMENTS)
        ]
    )


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_kill_in_the_middle_loses_nothing_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    """Twenty statements, one kill -9 on the way: every public post once, the rest known as sent or asked about."""
    dice = random.Random(seed)
    async with Web() as web:
        web.answers["/be.xml"] = answer(statements())
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"')
        process = await house.start("once")
        wanted = dice.randrange(1, 120)
        while len(house.sent()) < wanted and process.returncode is None:  # noqa: ASYNC110  # another process's file
            await asyncio.sleep(0.002)
        await asyncio.sleep(dice.random() * 0.004)  # so that every instant between two writes is hit sooner or later
        if process.returncode is None:
            process.kill()
        await process.communicate()
        before = Counter(house.sent())
        await house("once")
        await check(house, before)


@pytest.mark.parametrize("seed", range(RUN_SEEDS))
async def test_a_service_that_is_killed_carries_on_at_its_next_start(tmp_path: Path, seed: int) -> None:
    """A service dies at any moment, from its start to its last post; started again it works on within seconds."""
    dice = random.Random(seed)
    async with Web() as web:
        web.answers["/be.xml"] = answer(statements())
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"')
        process = await house.start("run")
        if seed % 2:
            await asyncio.sleep(dice.uniform(0.5, 2.5))  # starting, asking, parsing, taking in, judging
        else:
            wanted = dice.randrange(1, 120)
            while len(house.sent()) < wanted:  # noqa: ASYNC110  # another process's file
                await asyncio.sleep(0.002)
            await asyncio.sleep(dice.random() * 0.004)
        process.kill()
        await process.communicate()
        before = Counter(house.sent())
        began = time.monotonic()
        process = await house.start("run")
        async with asyncio.timeout(60):
            while not is_done(house) and len(house.sent()) == before.total():  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.01)
            seconds = time.monotonic() - began
            while not is_done(house):  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)
        process.terminate()
        _, words = await process.communicate()
        print(f"killed after {before.total()} calls, at work again after {seconds:.2f} s")
        assert process.returncode == 0 and b"Traceback" not in words, words.decode()
        assert seconds < RESTART_SECONDS, words.decode()
        await check(house, before)


def is_done(house: House) -> bool:
    """Whether every statement is judged, and nothing is due but what waits for a part that nobody knows about."""
    file = house.folder / "state" / "vestka.db"
    if not file.exists():
        return False
    with closing(sqlite3.connect(file)) as ledger:
        try:
            judged = ledger.execute("select count(*) from story where drafted = revision").fetchone()
            waiting = ledger.execute(
                "select count(*) from delivery d where state in ('due', 'sending') and not exists (select 1 from "
                "delivery b where b.rendition_id = d.rendition_id and b.part < d.part and b.state = 'unknown')"
            ).fetchone()
        except sqlite3.OperationalError:
            return False  # there is no schema yet
    return judged == (STATEMENTS,) and waiting == (0,)


async def check(house: House, before: Counter[str]) -> None:
    """Compare what the wire was asked to send with what the ledger says."""
    times = Counter(house.sent())
    for key, count in times.items():
        newsletter = "/newsletter/" in key
        assert count == 1 or (newsletter and count == 2 and before[key] == 1), f"{key} was sent {count} times"
    doubled = [key for key, count in times.items() if count > 1]
    assert len(doubled) <= 1
    with closing(sqlite3.connect(house.folder / "state" / "vestka.db")) as ledger:
        ledger.row_factory = sqlite3.Row
        rows = ledger.execute("select key, state from delivery").fetchall()
    waiting = await house.json("queue")
    unknown = {row["key"] for row in waiting["unknown"]}
    states = Counter(row["state"] for row in rows)
    assert states["sent"] >= 0.9 * len(rows)
    assert {row["key"] for row in rows if row["state"] == "unknown"} == unknown
    for row in rows:
        if row["state"] == "sent":
            assert times[row["key"]] >= 1
        elif row["state"] == "due":
            head, _, tail = row["key"].partition("/x-en/en/")
            assert any(f"{head}/x-en/en/{part}/auto" in unknown for part in range(1, int(tail.split("/")[0])))
        else:
            assert row["state"] == "unknown"
    assert all(key in {row["key"] for row in rows} for key in times)
