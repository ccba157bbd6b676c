"""The one thread in which an engine's models live: work goes in one piece at a time, idle memory is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

IDLE = 300.0  # seconds without a question after which memory is given back

T = TypeVar("T")


class Worker:
    """A thread of one engine; `forget` is run in it when nobody has asked for `idle` seconds."""

    def __init__(self, name: str, forget: Callable[[], object], *, idle: float = IDLE) -> None:
        """Take the name of the thread; it begins with the first piece of work."""
        self._pool = ThreadPoolExecutor(1, name)
        self._forget = forget
        self._idle = idle
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """One piece of work. Give it one sentence: the end of the service waits for what has begun."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)

    def rest(self) -> None:
        """Give the memory back after a while, unless somebody asks before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._idle, self._pool.submit, self._forget)

    async def close(self) -> None:
        """End the thread; the piece of work at which it is is let go to its end."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
