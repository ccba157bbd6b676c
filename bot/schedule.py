"""The service: one event loop, a metronome that only wakes workers, and workers that find in the database what is due.

APScheduler is the metronome; it keeps nothing. A worker that fails is logged, told of and started again; the stop ends
claiming first, lets what is on its way arrive, and cancels the rest.
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
from bot.store import alarms

BEAT = 5.0  # seconds between two looks at what is due
DRAIN = 7.0  # seconds for what is being sent to arrive when the service ends; all of it ends within 10
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds until a worker that failed is started again
SWEEP = timedelta(minutes=1)  # between two looks for what dead processes left behind
log = structlog.get_logger("vestka")

Work = Callable[[], Awaitable[bool]]


class Leadership(Protocol):
    """Who may poll, judge and sweep: one process at a time."""

    async def held(self) -> bool:
        """Whether this process leads now; it becomes the leader by asking when nobody else is."""
        ...


class Service:
    """All workers of one process. `run` returns when `stop` is set and everything has come to its end."""

    def __init__(self, pipeline: Pipeline, leadership: Leadership, *, beat: float = BEAT, drain: float = DRAIN) -> None:
        """Take the house and who leads; `beat` and `drain` are seconds."""
        self.pipeline = pipeline
        self.leadership = leadership
        self.leads = False
        self._beat, self._drain = beat, drain
        self._beats: dict[str, asyncio.Event] = {}
        self._swept = pipeline.clock() - SWEEP

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set."""
        await self._lead()
        work = self._works()
        self._beats = {name: asyncio.Event() for name in work}
        scheduler = self._metronome()
        tasks = {name: asyncio.create_task(self._supervised(name, one), name=name) for name, one in work.items()}
        scheduler.start()
        notify("READY=1")
        try:
            await stop.wait()
        finally:
            notify("STOPPING=1")
            scheduler.shutdown(wait=False)
            await self._end(tasks)

    def _metronome(self) -> AsyncIOScheduler:
        """Every worker is woken at every beat; a late beat still counts, and missed ones are one."""
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        made = AsyncIOScheduler(jobstores={"default": MemoryJobStore()}, job_defaults=defaults, timezone="UTC")
        for name in self._beats:
            made.add_job(self._wake, "interval", seconds=self._beat, args=(name,), id=name)
            self._beats[name].set()
        return made

    async def _wake(self, *names: str) -> None:
        for name in names:
            self._beats[name].set()

    def _works(self) -> Mapping[str, Work]:
        """What each worker does when it is woken; each says whether it found anything to do."""
        works: dict[str, Work] = {"lead": self._lead, "poll": self._poll, "draft": self._draft}
        for name in self.pipeline.wires:
            works[f"deliver {name}"] = partial(self._deliver, name)
        for way in self.pipeline.ways:
            works[f"tell by {way.name}"] = partial(self._tell, way)
        return works

    async def _supervised(self, name: str, work: Work) -> None:
        """Work whenever woken; after a failure a pause that grows, and a word to whoever is in charge."""
        pause = FIRST_PAUSE
        while not self.pipeline.closing:
            await self._beats[name].wait()
            self._beats[name].clear()
            try:
                await work()
                pause = FIRST_PAUSE
                continue
            except TemporaryError as error:
                log.warning("later", worker=name, why=str(error))
            except Exception as bug:  # it is logged and told; the other workers go on
                log.error("failed", worker=name, exc_info=bug)
                await self._tell_of(name, bug)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _tell_of(self, name: str, bug: Exception) -> None:
        """A worker that fails is a bug; who is in charge should know, unless the database is what fails."""
        now = self.pipeline.clock()
        text = f"The worker “{name}” failed: {type(bug).__name__}. It is started again; the others go on."
        cure = "The log has the details; please report it."
        with suppress(Exception):
            async with self.pipeline.store.write() as c:
                await alarms.raise_event(c, f"worker/{name}/{type(bug).__name__}/{now:%Y-%m-%d}", text, cure, now)

    # ---- the workers

    async def _lead(self) -> bool:
        """Find out who leads; the leader also settles what dead processes left. The watchdog hears of it afterwards."""
        led, self.leads = self.leads, await self.leadership.held()
        if led != self.leads:
            log.info("leads" if self.leads else "follows")
        now = self.pipeline.clock()
        if self.leads and (not led or (not self.pipeline.alone and now - self._swept >= SWEEP)):
            self._swept = now
            if settled := await self.pipeline.recover():
                log.warning("recovered", deliveries=settled)
        async with self.pipeline.store.read() as c:
            await alarms.standing(c)
        notify("WATCHDOG=1")  # only after the database has answered
        return self.leads

    async def _poll(self) -> bool:
        """Ask every source whose time has come, all at once: a slow one keeps no other waiting."""
        if not self.leads:
            return False
        names = await self.pipeline.to_poll()
        pages = await self.pipeline.to_reread()
        polls = {f"poll {name}": self._poll_one(name) for name in names}
        await _all(polls | {f"reread {number}": self.pipeline.reread(number) for number in pages})
        return bool(names or pages)

    async def _poll_one(self, name: str) -> None:
        polled = await self.pipeline.poll(name)
        if polled.failed or polled.new or polled.changed or polled.quarantined:
            report = log.warning if polled.failed else log.info
            report("polled", source=name, outcome=polled.outcome, new=polled.new, changed=polled.changed)
        await self._wake("draft")

    async def _draft(self) -> bool:
        if not self.leads:
            return False
        numbers = await self.pipeline.to_draft()
        await _all({f"draft s{number}": self._draft_one(number) for number in numbers})
        return bool(numbers)

    async def _draft_one(self, number: int) -> None:
        await self.pipeline.draft(number)
        log.info("judged", story=f"s{number}")
        await self._wake(*(name for name in self._beats if name.startswith("deliver ")))

    async def _deliver(self, channel: str) -> bool:
        if not await self.pipeline.is_due(channel):
            return False
        attempts = await delivery.work_off(
            self.pipeline,
            channel,
            self.pipeline.wires[channel],
            clock=self.pipeline.clock,
            silent=self.pipeline.is_quiet,
        )
        if attempts:
            log.info("sent", channel=channel, attempts=attempts)
        return attempts > 0

    async def _tell(self, way: Any) -> bool:
        if not self.leads:
            return False
        if failure := await self.pipeline.tell(way):
            raise TemporaryError(failure)
        return True

    # ---- the end

    async def _end(self, tasks: Mapping[str, asyncio.Task[None]]) -> None:
        """Claim nothing more, let what is being sent arrive, cancel the rest: a poll or a judgement loses nothing."""
        self.pipeline.closing = True
        for name, task in tasks.items():
            if not name.startswith("deliver "):
                task.cancel()
        for beat in self._beats.values():
            beat.set()
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


async def _all(works: Mapping[str, Awaitable[None]]) -> None:
    """Do all of it side by side; what fails is raised when the rest is done."""
    outcomes = await asyncio.gather(*works.values(), return_exceptions=True)
    if bugs := [one for one in outcomes if isinstance(one, Exception)]:
        raise ExceptionGroup("what it did not concern was done", bugs)


def notify(state: str) -> None:
    """Tell systemd how the service is. https://www.freedesktop.org/software/systemd/man/sd_notify.html"""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line, suppress(OSError):
        line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
