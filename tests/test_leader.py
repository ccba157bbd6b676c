"""Two processes on one PostgreSQL: one leads, the other sends and takes over, and nothing is posted twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot import app
from bot.model import Claimed, DeliveryState
from bot.settings import load
from bot.store.leader import Leader
from tests.house import ROOT, House, item, rss
from tests.web import Web, answer

ONE = '[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\n'
QUICK = 'first_run = "publish"\nevery = "1s"\ncheck_links = false\n'
SECONDS = 12  # a start on a machine that is busy
FAST = """
import bot.schedule
bot.schedule.Service.__init__.__kwdefaults__["beat"] = 0.2
from bot.cli import main
main()"""


def feed(count: int) -> bytes:
    """So many invented statements."""
    return rss(
        [
            item(f"n{i}", f"Заява нумар {i}", f"Суд Мройска пакараў {i + 30} чалавек за {i + 2} дні.", hours=40 - i)
            for i in range(count, 0, -1)
        ]
    )


def house_on(folder: Path, url: str, web: Web) -> House:
    """An installation on PostgreSQL."""
    house = House(folder, {"be": web.url("/be.xml")}, QUICK, ONE)
    text = house.settings.read_text(encoding="utf-8")
    house.settings.write_text(text.replace("sqlite:///state/vestka.db", url), encoding="utf-8")
    return house


class Process:
    """A service in a process of its own, and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, house: House, *words: str) -> Process:
        """`vestka run` with these words, at a faster beat."""
        pipe, words = asyncio.subprocess.PIPE, ("run", *words, "--settings", str(house.settings))
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        return cls(await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", FAST, *words, stderr=pipe, env=env))

    async def _read(self) -> None:
        assert self.process.stderr
        while line := await self.process.stderr.readline():
            self.said.append(line.decode().rstrip("\n"))

    def events(self, name: str) -> int:
        """How often it has logged an event."""
        return sum(json.loads(line)["event"] == name for line in self.said if line.startswith("{"))

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(15):
            code = await self.process.wait()
            await self._reader
        return code


async def until(true: Any, seconds: float = SECONDS) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # other processes do not tell us
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
async def test_a_follower_takes_over(tmp_path: Path, postgresql: str, how: signal.Signals) -> None:
    """When the process that leads ends or dies, the other one watches on within seconds, and nothing is doubled."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(feed(3))
        house = house_on(tmp_path, postgresql, web)
        leader = await Process.start(house)
        await until(lambda: len(house.sent()) == 3)
        follower = await Process.start(house, "--role", "worker")
        await until(lambda: any(line.startswith("Vestka watches") for line in follower.said))
        assert follower.events("leads") == 0
        second = await Process.start(house)
        assert await second.process.wait() == 75
        await second.end()
        assert second.said == ["vestka: another Vestka leads on this database; it carries on, this one ends"]
        web.answers["/be.xml"] = answer(feed(4))
        await until(lambda: len(house.sent()) == 4)
        assert follower.events("polled") == follower.events("judged") == 0
        assert await leader.end(how) == (0 if how is signal.SIGTERM else -9)
        began = asyncio.get_running_loop().time()
        await until(lambda: follower.events("leads") == 1)
        print(f"{how.name}: led after {asyncio.get_running_loop().time() - began:.1f} s")
        web.answers["/be.xml"] = answer(feed(5))
        await until(lambda: len(house.sent()) >= 5)
        assert await follower.end() == 0
        assert max(Counter(house.sent()).values()) == 1
        said = leader.said + follower.said
        assert not any("Traceback" in line for line in said), said


async def test_a_leader_whose_connections_are_cut_leads_anew(tmp_path: Path, postgresql: str) -> None:
    """When the database throws everybody out, the watch goes on by itself, and nothing is posted twice."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(feed(3))
        house = house_on(tmp_path, postgresql, web)
        leader = await Process.start(house)
        await until(lambda: len(house.sent()) == 3)
        with closing(psycopg.connect(postgresql, autocommit=True)) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        web.answers["/be.xml"] = answer(feed(5))
        await until(lambda: len(house.sent()) == 5, 25)
        assert await leader.end() == 0
        assert max(Counter(house.sent()).values()) == 1
        assert not any("Traceback" in line for line in leader.said), leader.said


async def test_only_one_asks_successfully(postgresql: str) -> None:
    """Of two that want to lead, one does; the other does when the first has left."""
    one, two = Leader(postgresql), Leader(postgresql)
    try:
        assert await one.held() and await one.held()
        assert not await two.held()
        await one.leave()
        assert await two.held()
    finally:
        await one.leave()
        await two.leave()


async def test_what_a_living_process_sends_is_not_swept_away(tmp_path: Path, postgresql: str) -> None:
    """A post that another process is just sending is left to it, until its time for that is over."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(feed(1))
        house = house_on(tmp_path, postgresql, web)
        settings = load(house.settings)
        async with app.house(settings) as other, app.house(settings) as leader:
            await other.poll("be")
            for number in await other.to_draft():
                await other.draft(number)
            claimed = await other.claim("telegram-be", other.clock())
            assert isinstance(claimed, Claimed) and claimed.delivery.state is DeliveryState.SENDING
            assert await leader.recover() == 0
            leader.clock = lambda: datetime.now(UTC) + timedelta(days=1)
            assert await leader.recover() == 1
