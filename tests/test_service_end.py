"""The service as a process: how it starts, how it ends at every stage of its work, and why it does not start."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from tests.house import ROOT, House, item, rss
from tests.web import Answer, Web, answer, dripping

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
ONE = '[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\n'
QUICK = 'first_run = "publish"\nevery = "1s"\ncheck_links = false\n'
STATEMENTS = [
    item(f"n{i}", f"Заява нумар {i}", f"Суд Мройска пакараў {i + 30} чалавек.", hours=9 - i) for i in range(3, 0, -1)
]
FEED = rss(STATEMENTS)
# What makes a stage last, put into the process before it starts.
PATCHES = {
    "idle": "",
    "dripping": "",
    "parsing": 'import pathlib, sys, bot.feed; sys.modules["bot.feed.parse"].CHILD = pathlib.Path({child!r})',
    "judging": """
import asyncio, bot.pipeline.corridor as c
async def judge(*_, **__):
    open({mark!r}, "w").close(); await asyncio.sleep(60)
c.Corridor.judge = judge""",
    "sending": """
import asyncio, channels.rehearsal as r
whole = r.Rehearsal.send
async def send(self, post, envelope):
    outcome = await whole(self, post, envelope); await asyncio.sleep(60); return outcome
r.Rehearsal.send = send""",
    "arriving": """
import asyncio, channels.rehearsal as r
whole = r.Rehearsal.send
async def send(self, post, envelope):
    outcome = await whole(self, post, envelope); await asyncio.sleep(1); return outcome
r.Rehearsal.send = send""",
    "telling": """
import asyncio, bot.alerts.ways as w
async def tell(*_):
    open({mark!r}, "w").close(); await asyncio.sleep(60)
w.File.tell = tell""",
    "waiting for the database": "",
}
ALWAYS = ("idle", "arriving", "parsing")


class Running:
    """A service in a process of its own; its words are in a file."""

    def __init__(self, process: asyncio.subprocess.Process, said: Path) -> None:
        self.process, self._said = process, said

    @property
    def said(self) -> str:
        """What it has said on stderr."""
        return self._said.read_text(encoding="utf-8")

    async def end(self, *signals: signal.Signals) -> tuple[int, float]:
        """Tell it to end, by one signal or by several at short intervals: its exit code and the seconds it took."""
        began = time.monotonic()
        for one in signals:
            with suppress(ProcessLookupError):  # it may have ended by the first
                self.process.send_signal(one)
            await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        return code, time.monotonic() - began


@asynccontextmanager
async def running(house: House, patch: str = "", **more: str) -> AsyncIterator[Running]:
    """`vestka run` in a process of its own."""
    said = house.folder / f"said-{time.monotonic_ns()}.txt"
    program = f"{patch}\nfrom bot.cli import main\nmain()"
    with said.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-c",
            program,
            "run",
            "--settings",
            str(house.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | more,
        )
    try:
        yield Running(process, said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def states(house: House) -> Counter[str]:
    """How many rows of the ledger are in which state."""
    file = house.folder / "state" / "vestka.db"
    if not file.exists():
        return Counter()
    with closing(sqlite3.connect(file)) as connection:
        try:
            return Counter(state for (state,) in connection.execute("select state from delivery"))
        except sqlite3.OperationalError:
            return Counter()  # it is only just being made


async def until(true: object, seconds: float = 15) -> None:
    """Wait until something is so."""
    assert callable(true)
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # another process does not tell us
            await asyncio.sleep(0.02)


async def ended(house: House, command: str) -> tuple[int | None, str]:
    """The exit code of a command that ends by itself, and what it said on stderr."""
    process = await house.start(command)
    async with asyncio.timeout(10):
        _, words = await process.communicate()
    return process.returncode, words.decode()


async def reached(stage: str, house: House, web: Web, mark: Path) -> None:
    """Wait until the service is at a stage."""
    if stage == "idle":
        await until(lambda: states(house)["sent"] == 3)
    elif stage == "dripping":
        await until(lambda: web.connections == 1)
    elif stage in ("sending", "arriving"):
        await until(lambda: bool(house.sent()))
    elif stage == "waiting for the database":
        await until(lambda: states(house)["sent"] == 3)
    else:
        await until(mark.exists)


@pytest.mark.parametrize("stage", PATCHES if HOSTILE else ALWAYS)
@pytest.mark.parametrize(
    "signals",
    [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM, signal.SIGINT, signal.SIGTERM]]
    if HOSTILE
    else [[signal.SIGINT, signal.SIGTERM, signal.SIGTERM]],
    ids=lambda signals: "+".join(one.name for one in signals),
)
async def test_it_ends_in_time_whatever_it_is_at(tmp_path: Path, stage: str, signals: list[signal.Signals]) -> None:
    """Told to end, it ends within ten seconds as it should, and the next start carries on with nothing lost."""
    mark, child = tmp_path / "mark", tmp_path / "child.py"
    child.write_text(f"open({str(mark)!r}, 'w').close()\nimport time; time.sleep(60)\n")
    feed: Answer = answer(FEED)
    async with Web() as web:
        web.answers["/be.xml"] = dripping(b"HTTP/1.1 200 OK\r\n\r\n") if stage == "dripping" else feed
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        if stage == "telling":
            web.answers["/be.xml"] = answer(b"", 410)
        async with running(house, PATCHES[stage].format(mark=str(mark), child=str(child))) as service:
            await reached(stage, house, web, mark)
            if stage == "waiting for the database":
                other = sqlite3.connect(tmp_path / "state" / "vestka.db", isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                before = web.connections
                await until(lambda: web.connections > before)
                await asyncio.sleep(0.5)
            code, seconds = await service.end(*signals)
            if stage == "waiting for the database":
                other.close()
            print(f"{stage}: {seconds:.2f} s {states(house)}")
            assert code == 0 and seconds < 10, service.said
            assert "Traceback" not in service.said
        web.answers["/be.xml"] = feed
        if stage == "telling":
            await house("poll")
        began = time.monotonic()
        async with running(house) as service:
            await until(lambda: '"leads"' in service.said and states(house).total() == 3, 5)
            await until(lambda: states(house)["sent"] + states(house)["unknown"] == 3, 5)
            print(f"restart: {time.monotonic() - began:.2f} s")
            assert (await service.end(signal.SIGTERM))[0] == 0
    assert states(house) == ({"sent": 2, "unknown": 1} if stage == "sending" else {"sent": 3})
    assert max(Counter(house.sent()).values()) == 1


async def test_a_second_one_beside_it_is_refused_in_one_line(tmp_path: Path) -> None:
    """Two services on one ledger would ask and judge twice: the second says so and ends, and so does `once`."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(FEED)
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with running(house) as first:
            await until(lambda: states(house)["sent"] == 3)
            for command in ("run", "once"):
                code, words = await ended(house, command)
                assert code == 75 and words.startswith("vestka: another Vestka is at work on")
                assert words.count("\n") == 1
            assert (await first.end(signal.SIGTERM))[0] == 0


async def test_the_log_of_a_service_is_json(tmp_path: Path) -> None:
    """What the service logs where nobody watches a terminal is one JSON object a line, and holds no title's breaks."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(FEED)
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with running(house) as service:
            await until(lambda: '"sent"' in service.said)
            await service.end(signal.SIGTERM)
            lines = service.said.splitlines()
        assert lines[0].startswith("Vestka watches 1 source(s)")
        events = [json.loads(line) for line in lines[1:] if not line.startswith("alarm: ")]
        assert {"polled", "judged", "sent", "ended"} <= {event["event"] for event in events}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ((ROOT / "settings.toml").read_text(encoding="utf-8"), 78, ("vestka init", "vestka demo")),
        ('[sources.be]\nurls = ["https://www.example.org/feed"]\nlanguage = "be"\n', 78, ("init", "demo")),
        ('[sources.be]\nurls = ["https://a.invalid/f"]\nlanguage = "xx"\n', 78, ("sources.be.language",)),
        (
            '[sources.be]\nurls = ["http://127.0.0.1:9/"]\nlanguage = "be"\n[delivery]\nwire = "live"\n' + ONE,
            78,
            ("delivery.wire",),
        ),
        (
            '[project]\ndatabase = "sqlite:///settings.toml/state/vestka.db"\n'
            '[sources.be]\nurls = ["http://127.0.0.1:9/"]\nlanguage = "be"\n',
            1,
            ("settings.toml/state",),
        ),
    ],
    ids=["shipped", "example", "wrong", "live", "unwritable"],
)
async def test_what_cannot_start_says_why_in_one_line(tmp_path: Path, text: str, code: int, words: list[str]) -> None:
    """A service that has nothing to do, or cannot do it, ends at once with one line that names the cure."""
    house = House(tmp_path, {})
    house.settings.write_text(text, encoding="utf-8")
    found, said = await ended(house, "run")
    assert found == code and said.count("\n") == 1 and all(word in said for word in words), said


async def test_a_source_that_does_not_exist_cannot_be_polled(tmp_path: Path) -> None:
    """A wrong name is answered by the names that there are."""
    house = House(tmp_path, {"be": "http://127.0.0.1:9/"}, QUICK, ONE)
    await house("poll", "xy", code=2)
    assert house.stderr == "vestka: 'xy' is no source; there are: be\n"


async def test_an_idle_service_takes_little_and_keeps_nothing(tmp_path: Path) -> None:
    """Fifty polls of an unchanged feed start no parser and leave memory and open files as they were."""
    patch = """
import sys, bot.schedule, bot.feed; p = sys.modules["bot.feed.parse"]
bot.schedule.Service.__init__.__kwdefaults__["beat"] = 0.02
whole = p._run
async def counted(*words):
    open({mark!r}, "a").write("x"); return await whole(*words)
p._run = counted"""
    mark = tmp_path / "mark"
    async with Web() as web:
        web.answers["/be.xml"] = answer(FEED)
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK.replace("1s", "0s"), ONE)
        async with running(house, patch.format(mark=str(mark))) as service:
            proc = Path(f"/proc/{service.process.pid}")

            def measured() -> tuple[float, int]:
                pages = int((proc / "statm").read_text().split()[1])
                return pages * resource.getpagesize() / 1e6, len(list((proc / "fd").iterdir()))

            await until(lambda: states(house)["sent"] == 3)
            await until(lambda: web.connections >= 10)
            memory, files = measured()
            wanted = 220 if HOSTILE else 60
            await until(lambda: web.connections >= wanted, 60)
            after, files_after = measured()
            print(f"{memory:.0f} MB and {files} files, after {web.connections} polls {after:.0f} MB and {files_after}")
            assert memory < 150 and after < 150 and after - memory < 5
            assert files_after <= files + 3  # one connection and two pipes may be in use just now
            assert mark.read_text() == "x"
            assert (await service.end(signal.SIGTERM))[0] == 0


@pytest.mark.skipif(not HOSTILE, reason="it lasts twenty seconds")
async def test_a_database_that_is_busy_is_waited_out(tmp_path: Path) -> None:
    """While another program keeps the ledger for a quarter of a minute nothing is lost, and the work goes on then."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(FEED)
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with running(house) as service:
            await until(lambda: states(house)["sent"] == 3)
            with closing(sqlite3.connect(tmp_path / "state" / "vestka.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                more = item("n4", "Заява нумар 4", "Суд Мройска пакараў 34 чалавекі.", hours=1)
                web.answers["/be.xml"] = answer(rss([more, *STATEMENTS]))
                await asyncio.sleep(15)
            await until(lambda: states(house)["sent"] == 4, 30)
            assert (await service.end(signal.SIGTERM))[0] == 0
            assert "Traceback" not in service.said and '"later"' in service.said
