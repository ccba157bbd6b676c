"""The service: it watches by itself, one fault stops nothing else, it ends in time, and it says how it is."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import app, schedule
from bot.errors import TemporaryError
from bot.model import DeliveryState
from bot.pipeline import Pipeline
from bot.schedule import Service
from bot.settings import load
from bot.store import ledger
from channels import Envelope, Outcome, Post, Receipt
from tests.desk import ALENA
from tests.house import House, item, rss
from tests.telegram_server import TOKEN as TELEGRAM_TOKEN
from tests.telegram_server import BotApi
from tests.web import Web, answer, dripping

BEAT = 0.05
HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
ONE = '[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\n'
QUICK = 'first_run = "publish"\nevery = "1s"\ncheck_links = false\n'


def statement(name: str, hours: int = 1) -> Any:
    """An invented statement."""
    number = int(name[1:])
    text = f"Суд Мройска {number + 20} лютага пакараў {number + 30} чалавек, паведаміла бюро."
    return item(name, f"Заява нумар {number}", text, hours=hours)


class Always:
    """Leadership without a rival."""

    async def held(self) -> bool:
        """Always."""
        return True


class Notebook:
    """A way of telling that remembers."""

    name = "notebook"

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def tell(self, lines: Any, now: datetime) -> str | None:
        """Remember the lines."""
        self.lines += lines
        return None


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # the other side is a whole service, and says nothing to us
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(house: House, prepare: Callable[[Pipeline], object] = lambda _: None) -> AsyncIterator[Pipeline]:
    """The service in this process, with a beat of its own; it ends with the block."""
    with capture_logs():
        async with app.house(load(house.settings)) as pipeline:
            pipeline.ways = (Notebook(),)
            prepare(pipeline)
            stop = asyncio.Event()
            service = asyncio.create_task(Service(pipeline, Always(), beat=BEAT, drain=1).run(stop))
            try:
                yield pipeline
            finally:
                stop.set()
                async with asyncio.timeout(10):
                    await service


def told(pipeline: Pipeline) -> str:
    """What the notebook was told."""
    (way,) = pipeline.ways
    assert isinstance(way, Notebook)
    return "\n".join(way.lines)


async def test_a_new_statement_is_posted_by_itself(tmp_path: Path) -> None:
    """What the site publishes while the service runs goes out without anybody's word."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1", 5)]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'every = "1s"\ncheck_links = false', ONE)
        async with serving(house):
            await until(lambda: len(web.requests) >= 1)
            web.answers["/be.xml"] = answer(rss([statement("n2"), statement("n1", 5)]))
            await until(lambda: bool(house.sent()))
        assert house.sent() == ["s2/r1/telegram-be/be/1/auto"]


async def test_a_backlog_goes_out_oldest_first(tmp_path: Path) -> None:
    """What gathered while nobody looked reaches readers in the order in which it was published."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement(f"n{i}", 60 - i) for i in range(40, 0, -1)]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with serving(house):
            await until(lambda: len(house.sent()) == 40, 30)
        assert house.sent() == [f"s{i}/r1/telegram-be/be/1/auto" for i in range(1, 41)]


async def test_a_slow_source_delays_no_other(tmp_path: Path) -> None:
    """While one site keeps us waiting, the others are asked as often as ever."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n"
        web.answers["/ru.xml"] = dripping(head)
        house = House(tmp_path, {"be": web.url("/be.xml"), "ru": web.url("/ru.xml")}, QUICK, ONE)
        async with serving(house):
            await until(lambda: sum("/be.xml" in one for one in web.requests) >= 3)
        assert sum("/ru.xml" in one for one in web.requests) == 1


async def test_a_poll_that_fails_by_a_bug_leaves_the_other_sources_alone(tmp_path: Path) -> None:
    """A fault of ours in reading one site is told, and the other sites are watched as before."""
    async with Web() as web:
        web.answers["/be.xml"] = web.answers["/ru.xml"] = answer(rss([statement("n1")]))
        house = House(tmp_path, {"be": web.url("/be.xml"), "ru": web.url("/ru.xml")}, QUICK, ONE)
        tries = []

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.poll

            async def poll(name: str) -> Any:
                if name == "ru":
                    tries.append(time.monotonic())
                    raise ZeroDivisionError
                return await whole(name)

            pipeline.poll = poll  # type: ignore[method-assign]  # the bug

        async with serving(house, prepare) as pipeline:
            await until(lambda: len(web.requests) >= 4 and len(tries) >= 2)
        assert "The work “poll ru” failed: ZeroDivisionError" in told(pipeline)
        assert told(pipeline).count("ZeroDivisionError") == 1
        assert tries[1] - tries[0] >= schedule.FIRST_PAUSE
        assert len(house.sent()) == 1


async def test_a_story_that_cannot_be_judged_stops_no_other(tmp_path: Path) -> None:
    """One statement on which we stumble is told, and the next one goes out without waiting for it."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1", 2)]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        stumbled = []

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.draft

            async def draft(number: int) -> None:
                if number == 1:
                    stumbled.append(number)
                    raise ZeroDivisionError
                await whole(number)

            pipeline.draft = draft  # type: ignore[method-assign]  # the bug

        async with serving(house, prepare) as pipeline:
            await until(lambda: len(stumbled) == 2)  # now it rests for four seconds
            web.answers["/be.xml"] = answer(rss([statement("n2"), statement("n1", 2)]))
            await until(lambda: bool(house.sent()), 2.5)
            assert len(stumbled) == 2
        assert "The work “judge s1” failed" in told(pipeline)


class Broken:
    """A wire with a bug."""

    def __init__(self) -> None:
        self.calls = 0

    async def send(self, _post: Post, _envelope: Envelope) -> Outcome:
        """Fail in a way that no wire should."""
        self.calls += 1
        raise ZeroDivisionError


async def test_a_wire_with_a_bug_leaves_nothing_unsaid(tmp_path: Path) -> None:
    """A post over which a channel's program fell down becomes a question to a person; the other channels go on."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        extra = ONE + ONE.replace("telegram-be", "telegram-two")
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, extra)
        broken = Broken()

        def prepare(pipeline: Pipeline) -> None:
            pipeline.wires = {**pipeline.wires, "telegram-be": broken}

        async with serving(house, prepare) as pipeline:
            await until(
                lambda: "Nobody knows" in told(pipeline) and "The work" in told(pipeline) and bool(house.sent())
            )
            async with pipeline.store.read() as c:
                rows = await ledger.deliveries(c, channel="telegram-be")
        assert [row["state"] for row in rows] == [DeliveryState.UNKNOWN] and broken.calls == 1
        assert house.sent() == ["s1/r1/telegram-two/be/1/auto"]
        assert "The work “deliver telegram-be” failed: ZeroDivisionError" in told(pipeline)


async def test_an_outcome_is_written_down_when_a_busy_database_comes_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that is out while another program keeps the database busy is known as sent afterwards."""
    monkeypatch.setattr("bot.store.BUSY_MILLISECONDS", 50)
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        other: list[sqlite3.Connection] = []

        class Blocking:
            async def send(self, _post: Post, _envelope: Envelope) -> Outcome:
                other.append(sqlite3.connect(tmp_path / "state" / "vestka.db", isolation_level=None))
                other[0].execute("BEGIN IMMEDIATE")
                return Receipt(remote_id="1", url=None, wire="rehearsal")

        def prepare(pipeline: Pipeline) -> None:
            pipeline.wires = {"telegram-be": Blocking()}

        async with serving(house, prepare) as pipeline:
            await until(lambda: bool(other))
            await asyncio.sleep(0.3)  # longer than a write waits for its turn
            other[0].close()

            async def state() -> str:
                async with pipeline.store.read() as c:
                    return str((await ledger.deliveries(c))[0]["state"])

            async with asyncio.timeout(30):
                while await state() != DeliveryState.SENT:  # noqa: ASYNC110  # a row of a database tells nobody
                    await asyncio.sleep(0.02)
        assert len(other) == 1


async def test_a_full_disk_is_told_past_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing more can be written down, someone is told all the same, and the service carries on when it can."""
    monkeypatch.setattr(schedule, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(schedule, "LASTING", 0.3)
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        full = True

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.store.write

            def write() -> Any:
                if full:
                    raise TemporaryError("the database cannot be written: database or disk is full; look at its disk")
                return whole()

            pipeline.store.write = write  # type: ignore[method-assign]  # the full disk

        async with serving(house, prepare) as pipeline:
            await until(lambda: "disk is full" in told(pipeline))
            full = False
            await until(lambda: bool(house.sent()))


async def test_a_bug_of_the_service_itself_ends_it_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker never dies in silence: the service ends with the reason, for whoever restarts it."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Service, "_tried", broken)
    house = House(tmp_path, {"be": "http://127.0.0.1:9/"}, QUICK, ONE)
    with pytest.raises(ZeroDivisionError):
        async with app.house(load(house.settings)) as pipeline, asyncio.timeout(5):
            await Service(pipeline, Always(), beat=BEAT).run(asyncio.Event())


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)])
async def test_a_clock_that_jumps_neither_floods_nor_stops_the_watch(tmp_path: Path, jump: timedelta) -> None:
    """Whether the machine's clock is put forward or back, the site is asked as often as before."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        offset = timedelta(0)

        def prepare(pipeline: Pipeline) -> None:
            pipeline.clock = lambda: datetime.now(UTC) + offset

        async with serving(house, prepare):
            await until(lambda: bool(house.sent()))
            offset, before = jump, len(web.requests)
            await until(lambda: len(web.requests) >= before + 2, 5)
            assert len(web.requests) <= before + 3
            assert len(house.sent()) == 1


async def test_the_beat_does_not_hang_on_the_machines_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker sleeps for an hour because the clock was put back by one."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with serving(house):
            await until(lambda: bool(house.sent()))
            before, wall = len(web.requests), time.time
            monkeypatch.setattr(time, "time", lambda: wall() - 3600)
            await until(lambda: len(web.requests) >= before + 2, 5)


async def test_a_source_that_is_gone_is_left_in_peace_and_in_silence(tmp_path: Path) -> None:
    """A feed that says it is gone is asked no more, told of once, and asked again when a person says so."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(b"", 410)
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        polls = []

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.poll

            async def poll(name: str) -> Any:
                polls.append(name)
                return await whole(name)

            pipeline.poll = poll  # type: ignore[method-assign]  # it is only counted
            moved = timedelta(0)
            pipeline.clock = lambda: datetime.now(UTC) + moved * len(polls)

        async with serving(house, prepare) as pipeline:
            await until(lambda: "gone for good" in told(pipeline))
            now = pipeline.clock()
            pipeline.clock = lambda: now + timedelta(hours=3)
            await asyncio.sleep(BEAT * 6)  # some beats
            assert len(polls) == len(web.requests) == 1
            web.answers["/be.xml"] = answer(rss([statement("n1")]))
            await house("poll", "be")
            await until(lambda: bool(house.sent()))


async def test_a_site_cannot_send_us_away_for_years(tmp_path: Path) -> None:
    """However long a site asks us to stay away, it is asked again after a day at most."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(b"", 503, retry_after="999999999")
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        async with app.house(load(house.settings)) as pipeline:
            await pipeline.poll("be")
            assert await pipeline.to_poll() == []
            now = pipeline.clock()
            pipeline.clock = lambda: now + timedelta(days=1, seconds=1)
            assert await pipeline.to_poll() == ["be"]


async def test_people_act_beside_the_running_service(tmp_path: Path) -> None:
    """What a person releases or puts off while the service runs takes effect at once."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement("n2"), statement("n1", 3)]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)
        text = house.settings.read_text(encoding="utf-8")
        house.settings.write_text(text.replace("[delivery]", '[review]\npolicy = "always"\n[delivery]'), "utf-8")
        async with serving(house):
            async with asyncio.timeout(10):
                while len((await house.json("queue"))["held"]) < 2:  # noqa: ASYNC110  # rows tell nobody
                    await asyncio.sleep(0.05)
            await house("skip", "1")
            await house("publish", "2")
            await until(lambda: bool(house.sent()))
        assert [key.split("/")[0] for key in house.sent()] == ["s2"]


@pytest.mark.parametrize("seed", range(12 if HOSTILE else 3))
async def test_an_outcome_is_written_down_whatever_else_is_broken_off(tmp_path: Path, seed: int) -> None:
    """However much is in hand when the service ends, what was being sent arrives and is known to have arrived."""
    dice = random.Random(seed)
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([statement(f"n{i}", 60 - i) for i in range(30, 0, -1)]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, ONE)

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.wires["telegram-be"]

            class Slow:
                async def send(self, post: Post, envelope: Envelope) -> Outcome:
                    outcome = await whole.send(post, envelope)
                    await asyncio.sleep(0.3)
                    return outcome

            pipeline.wires = {"telegram-be": Slow()}

        async with serving(house, prepare):
            await until(lambda: bool(house.sent()))
            await asyncio.sleep(dice.uniform(0, 0.1))
        with closing(sqlite3.connect(tmp_path / "state" / "vestka.db")) as connection:
            found = dict(connection.execute("select state, count(*) from delivery group by state"))
        assert found["sent"] == len(house.sent()) and "sending" not in found


# ---- systemd


async def test_systemd_hears_only_what_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready once, alive only after the database has answered, and stopping when it stops."""
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "n"))
        line.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))

        def listen() -> list[str]:
            while True:
                try:
                    heard.append(line.recv(100).decode())
                except BlockingIOError:
                    return heard

        hangs = asyncio.Event()

        def prepare(pipeline: Pipeline) -> None:
            whole = pipeline.store.read

            @asynccontextmanager
            async def read() -> AsyncIterator[Any]:
                if hangs.is_set():
                    await asyncio.Event().wait()
                async with whole() as c:
                    yield c

            pipeline.store.read = read  # type: ignore[method-assign]  # the database that hangs

        house = House(tmp_path, {"be": "http://127.0.0.1:9/"}, QUICK, ONE)
        async with serving(house, prepare):
            await until(lambda: listen().count("WATCHDOG=1") >= 3)
            assert heard[0] == "READY=1"
            hangs.set()
            await asyncio.sleep(BEAT * 2)
            before = listen().count("WATCHDOG=1")
            await asyncio.sleep(BEAT * 6)
            assert listen().count("WATCHDOG=1") == before
        assert listen()[-1] == "STOPPING=1" and heard.count("READY=1") == heard.count("STOPPING=1") == 1


async def test_the_desk_is_served_in_the_same_loop_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service shows what waits in Telegram, a tap there publishes it, and SIGTERM ends it all in time."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TELEGRAM_TOKEN)
    async with Web() as web, BotApi() as api:
        api.person(ALENA)
        channel = ONE + f'chat = "@vestka_be"\napi_base = "{api.url}"\n'
        house = House(tmp_path, {"be": web.url("/be.xml")}, QUICK, channels=channel)
        text = house.settings.read_text().replace('wire = "rehearsal"', 'wire = "live"')
        house.settings.write_text(f'{text}[review]\npolicy = "always"\nreviewers = {{alena = {ALENA}}}\n')
        web.answers["/be.xml"] = answer(rss([statement("n1")]))
        process = await house.start("run")
        async with asyncio.timeout(60):
            while not (shown := [one for one in api.chat(ALENA).messages.values() if "reply_markup" in one]):  # noqa: ASYNC110  # another process's doing
                await asyncio.sleep(0.05)
            data = shown[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
            api.taps(ALENA, shown[-1], data)
            while not api.chat("@vestka_be").messages:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)
        began = time.monotonic()
        process.terminate()
        _, words = await process.communicate()
        assert process.returncode == 0 and time.monotonic() - began < 10, words.decode()
        assert "Заява нумар 1" in api.texts("@vestka_be")[0]
        assert TELEGRAM_TOKEN not in words.decode() and str(ALENA) not in words.decode()
