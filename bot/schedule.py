"""The service: one event loop, a metronome that only wakes workers, and workers that find in the database what is due.

A worker that fails is logged, told of and started again, and each source and each story is a piece of work by itself.
The stop ends claiming first, lets what is on its way arrive, and cancels the rest.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]  # it ships no types
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # as above

from bot import delivery
from bot.errors import TemporaryError
from bot.pipeline import Pipeline
from bot.pipeline.lettering import Lettering
from bot.pipeline.mailing import Mailing
from bot.pipeline.returning import Returning
from bot.store import alarms

BEAT = 2.0  # seconds between two looks at what is due
LATE = 2  # beats: a metronome that is silent for so long has been stopped by a clock that was put back
DRAIN = 7.0  # seconds for what is being sent to arrive when the service ends; all of it ends within 10
WRITE = 2.0  # seconds of these for transactions to come to their end
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds until work that failed is tried again
LASTING = 30.0  # a pause this long: what should pass by itself has not passed for a minute, and someone is told
OVERTAKEN = 10.0  # seconds after which a story whose page is slow lets the next one be judged beside it
SWEEP = timedelta(minutes=1)  # between two looks for what dead processes left behind
log = structlog.get_logger("vestka")

Work = Callable[[], Awaitable[None]]


class Leadership(Protocol):
    """Who may poll, judge and sweep: one process at a time."""

    async def held(self) -> bool:
        """Whether this process leads now; it becomes the leader by asking when nobody else is."""
        ...


class Desk(Protocol):
    """Where those who decide sit: the admins' bot. Each work may be cancelled at any moment and loses nothing."""

    async def poll(self) -> None:
        """Wait a while for what people say, and do it."""
        ...

    async def show(self) -> None:
        """Bring what they have before them up to date."""
        ...

    async def digest(self) -> None:
        """Tell them once a day how it went, when the hour has come."""
        ...


class Service:
    """All workers of one process. `run` returns when `stop` is set and everything has come to its end."""

    def __init__(
        self,
        pipeline: Pipeline,
        leadership: Leadership,
        desk: Desk | None = None,
        *,
        beat: float = BEAT,
        drain: float = DRAIN,
    ) -> None:
        """Take the house, who leads and the desk, where there is one; `beat` and `drain` are seconds."""
        self.pipeline = pipeline
        self.leadership = leadership
        self.desk = desk
        self.leads = False
        self._beat, self._drain = beat, drain
        self._beats: dict[str, asyncio.Event] = {}
        self._ending = asyncio.Event()
        self._pauses: dict[str, float] = {}  # of the work that failed last time, in seconds
        self._rests: dict[int, float] = {}  # story -> when it is judged again, by the clock of the loop
        self._shouted: set[str] = set()
        self._swept = pipeline.clock() - SWEEP

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set. Raises what ended a worker for good, which is a bug of this module."""
        work = self._works()
        self._beats = {name: asyncio.Event() for name in work}
        self._wake(*work)
        metronome = self._metronome()
        tasks = {name: asyncio.create_task(self._supervised(name, one), name=name) for name, one in work.items()}
        stopped = asyncio.create_task(stop.wait())
        metronome.start()
        notify("READY=1")
        try:
            await asyncio.wait({stopped, *tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            notify("STOPPING=1")
            stopped.cancel()
            metronome.pause()
            await self._end(tasks)
            metronome.shutdown(wait=False)  # last: it would cancel a beat that is just being struck, and say so loudly
        for task in tasks.values():
            if not task.cancelled() and (bug := task.exception()):
                raise bug

    def _metronome(self) -> AsyncIOScheduler:
        """Wakes every worker at every beat; it keeps nothing. A late beat still counts, and missed ones are one."""
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        made = AsyncIOScheduler(jobstores={"default": MemoryJobStore()}, job_defaults=defaults, timezone="UTC")
        made.add_job(self._strike, "interval", seconds=self._beat)
        return made

    async def _strike(self) -> None:
        """One beat. A coroutine, for APScheduler runs any other function in a thread of its own."""
        self._wake(*self._beats)

    def _wake(self, *names: str) -> None:
        for name in names:
            self._beats[name].set()

    def _works(self) -> Mapping[str, Work]:
        """What each worker does when it is woken. A source has its own: a slow one keeps no other waiting."""
        works: dict[str, Work] = {"lead": self._lead}
        for name in self.pipeline.settings.watched:
            works[f"poll {name}"] = partial(self._poll, name)
        works |= {"reread": self._reread, "judge": self._judge, "digest": self._digest}
        for name in self.pipeline.wires:
            works[f"deliver {name}"] = partial(self._deliver, name)
        for way in self.pipeline.ways:
            works[f"tell by {way.name}"] = partial(self._tell, way)
        if self.pipeline.mailing is not None:
            works["deliver by mail"] = partial(self._mail, self.pipeline.mailing)
        if self.pipeline.returning is not None:
            works["read returns"] = partial(self._read_returns, self.pipeline.returning)
        if self.pipeline.lettering is not None:
            works["write letters"] = partial(self._write_letters, self.pipeline.lettering)
        if self.desk is not None:
            works["listen"] = partial(self._listen, self.desk)
            works["show"] = partial(self._show, self.desk)
        return works

    async def _supervised(self, name: str, work: Work) -> None:
        """Work at every beat and whenever woken, until the service ends; after a failure a pause that grows."""
        while not self.pipeline.closing:
            # The metronome goes by the machine's clock, and sleeps for an hour when that is put back by one.
            await _within(self._beats[name], LATE * self._beat)
            self._beats[name].clear()
            if pause := await self._tried(name, work):
                await _within(self._ending, pause)

    async def _tried(self, name: str, work: Work) -> float:
        """Do one piece of work. 0 when that went well, else the seconds until it should be tried again."""
        try:
            await work()
        except TemporaryError as error:
            pause = self._longer(name)
            log.warning("later", work=name, why=str(error), seconds=pause)
            if pause > LASTING:
                await self._tell_of(name, f"cannot go on: {error}", "It is tried again and again; nothing is lost.")
        except Exception as bug:  # it is logged and told; the other work goes on
            pause = self._longer(name)
            log.error("failed", work=name, seconds=pause, exc_info=bug)
            what = f"failed: {type(bug).__name__}; it is tried again, and the rest goes on"
            await self._tell_of(name, what, "The log has the details; please report it.")
        else:
            self._pauses.pop(name, None)
            return 0.0
        return pause

    def _longer(self, name: str) -> float:
        """The next pause of some work, twice as long as the one before."""
        self._pauses[name] = min(self._pauses.get(name, FIRST_PAUSE / 2) * 2, LONGEST_PAUSE)
        return self._pauses[name]

    async def _tell_of(self, name: str, what: str, cure: str) -> None:
        """Whoever is in charge should know, once a day; past the ledger when it is the ledger that fails."""
        now = self.pipeline.clock()
        text = f"The work “{name}” {what}."
        try:
            async with self.pipeline.store.write() as c:
                await alarms.raise_event(c, f"work/{name}/{what}/{now:%Y-%m-%d}", text, cure, now)
        except Exception as worse:  # noqa: BLE001  # the ledger is what fails; it is logged and told directly
            log.error("untold", work=name, why=type(worse).__name__)
            key = f"{now:%Y-%m-%d} {what}"
            if key not in self._shouted:
                self._shouted.add(key)
                await asyncio.gather(
                    *(way.tell([f"{text} {cure}"], now) for way in self.pipeline.ways), return_exceptions=True
                )

    # ---- the workers

    async def _lead(self) -> None:
        """Find out who leads; the leader also settles what dead processes left. The watchdog hears of it afterwards."""
        leads = await self.leadership.held()
        now = self.pipeline.clock()
        since = abs(now - self._swept)  # a clock may have been put back
        if leads and (not self.leads or (not self.pipeline.alone and since >= SWEEP)):
            self._swept = now
            if settled := await self.pipeline.recover():
                log.warning("recovered", deliveries=settled)
        if leads != self.leads:
            self.leads = leads
            log.info("leads" if leads else "follows")
            self._wake(*(name for name in self._beats if name != "lead"))
        async with self.pipeline.store.read() as c:
            await alarms.standing(c)
        notify("WATCHDOG=1")  # only after the database has answered

    async def _poll(self, name: str) -> None:
        """Ask one source when its time has come."""
        if not self.leads or name not in await self.pipeline.to_poll():
            return
        polled = await self.pipeline.poll(name)
        if polled.failed or polled.new or polled.changed or polled.quarantined:
            report = log.warning if polled.failed else log.info
            report("polled", source=name, outcome=polled.outcome, new=polled.new, changed=polled.changed)
        self._wake("judge")

    async def _reread(self) -> None:
        """Read again the pages from which texts were taken, one after the other."""
        if not self.leads:
            return
        for number in await self.pipeline.to_reread():
            await self.pipeline.reread(number)
            self._wake("judge")

    async def _judge(self) -> None:
        """Judge the stories whose time has come, oldest first; one whose page is slow keeps no other waiting long."""
        if not self.leads:
            return
        numbers = await self.pipeline.to_draft()
        now = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number in numbers:
                if self.pipeline.closing:
                    return
                if self._rests.get(number, now) <= now:
                    await asyncio.wait({group.create_task(self._judge_one(number))}, timeout=OVERTAKEN)

    async def _judge_one(self, number: int) -> None:
        """Judge one story; one that fails rests by itself."""
        pause = await self._tried(f"judge s{number}", partial(self.pipeline.draft, number))
        if pause:
            self._rests[number] = asyncio.get_running_loop().time() + pause
            return
        self._rests.pop(number, None)
        log.info("judged", story=f"s{number}")
        self._wake(*(name for name in self._beats if name.startswith("deliver ")))

    async def _deliver(self, channel: str) -> None:
        if self.leads and await self.pipeline.witness(channel):
            log.info("found", channel=channel)
        if not await self.pipeline.is_due(channel):
            return
        attempts = await delivery.work_off(
            self.pipeline,
            channel,
            self.pipeline.wires[channel],
            clock=self.pipeline.clock,
            silent=self.pipeline.is_quiet,
        )
        if attempts:
            log.info("sent", channel=channel, attempts=attempts)

    async def _digest(self) -> None:
        """Put together what those hear who hear once a day or once a week."""
        if self.leads and (made := await self.pipeline.digest()):
            log.info("gathered", digests=made)
            self._wake(*(name for name in self._beats if name.startswith("deliver ")))

    async def _mail(self, mailing: Mailing) -> None:
        """Send the newsletter to its readers. The leader alone: nobody is served twice."""
        if self.leads and (sent := await mailing.work(lambda: self.pipeline.closing or not self.leads)):
            log.info("mailed", mails=sent)

    async def _read_returns(self, returning: Returning) -> None:
        if self.leads and (heeded := await returning.work()):
            log.info("returned", mails=heeded)

    async def _write_letters(self, lettering: Lettering) -> None:
        if self.leads and not self.pipeline.closing and (sent := await lettering.work()):
            log.info("letters", sent=sent)

    async def _tell(self, way: Any) -> None:
        if self.leads and (failure := await self.pipeline.tell(way)):
            raise TemporaryError(failure)

    async def _listen(self, desk: Desk) -> None:
        """Hear what people say, one poll after the other; whatever they have done, everybody looks at once."""
        while self.leads and not self.pipeline.closing:
            await desk.poll()
            self._wake(*(name for name in self._beats if name != "listen"))

    async def _show(self, desk: Desk) -> None:
        if self.leads:
            await desk.show()
            await desk.digest()

    # ---- the end

    async def _end(self, tasks: Mapping[str, asyncio.Task[None]]) -> None:
        """Claim nothing more, let what is being sent arrive, cancel the rest: a poll or a judgement loses nothing."""
        self.pipeline.closing = True
        self._ending.set()
        for beat in self._beats.values():
            beat.set()
        # SQLite may stay locked by a transaction that is cancelled half-way: an outcome could not be written any more.
        with suppress(TimeoutError):
            async with asyncio.timeout(WRITE):
                while self.pipeline.store.writers:  # noqa: ASYNC110  # they last milliseconds
                    await asyncio.sleep(0.005)
        for name, task in tasks.items():
            if not name.startswith("deliver "):
                task.cancel()
        sending = [task for name, task in tasks.items() if name.startswith("deliver ")]
        if sending:
            _, left = await asyncio.wait(sending, timeout=self._drain)
            for task in left:
                task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        # An outcome that was being written down when its task was cancelled is written on in a task of its own.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        writing = [task for task in others if getattr(task.get_coro(), "__name__", "") == "settle"]
        if writing:
            await asyncio.wait(writing, timeout=1.0)
        log.info("ended")


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def notify(state: str) -> None:
    """Tell systemd how the service is. https://www.freedesktop.org/software/systemd/man/sd_notify.html"""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line, suppress(OSError):
        line.setblocking(False)  # whoever listens and does not read must not stop us
        line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
