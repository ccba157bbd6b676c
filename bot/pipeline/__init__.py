"""The corridor, walked: take_in, draft, judge, publish, deliver, repost, correct, retract.

Only this folder knows the order of the rooms.

`Corridor` makes posts of a story and keeps nothing; `Pipeline` adds the ledger: nothing is lost, nothing doubled.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.pipeline.acting import Acting
from bot.pipeline.correcting import freed_by, place_of, said, shown
from bot.pipeline.corridor import Corridor, StoreMemory
from bot.pipeline.digesting import Digesting
from bot.pipeline.handing import Handing
from bot.pipeline.joining import primary
from bot.pipeline.judging import Judging
from bot.pipeline.sending import Sending
from bot.pipeline.taking import Polled, in_order
from bot.pipeline.telling import Telling
from bot.pipeline.watching import Watching, document_of

__all__ = [
    "Corridor",
    "Pipeline",
    "Polled",
    "StoreMemory",
    "document_of",
    "freed_by",
    "in_order",
    "place_of",
    "primary",
    "said",
    "shown",
]

Result = TypeVar("Result")


class Pipeline(Watching, Handing, Judging, Sending, Digesting, Acting, Telling):
    """The corridor with its ledger, all ways in one."""

    async def once(self) -> list[Polled]:
        """One poll of every source, judgement of what is due, delivery of what is due, end.

        A bug that one source or story wakes does not silence the others: it is raised when the work is done.
        """
        bugs: list[Exception] = []

        async def guarded(work: Coroutine[Any, Any, Result]) -> Result | None:
            try:
                return await work
            except Exception as bug:  # noqa: BLE001  # raised below, all together
                bugs.append(bug)
                return None

        await self.recover()
        polled = [await guarded(self.poll(name)) for name in self.settings.watched]
        for number in await self.to_reread():
            await guarded(self.reread(number))
        drafted: set[int] = set()
        while numbers := [number for number in await self.to_draft() if number not in drafted]:
            for number in numbers:  # judging one may bring up another: the story that it is a part of
                await guarded(self.draft(number))
            drafted.update(numbers)
        await guarded(self.deliver())
        if await guarded(self.digest()):
            await guarded(self.deliver())
        if self.mailing is not None:
            await guarded(self.mailing.work())
        if self.returning is not None:
            await guarded(self.returning.work())
        if self.lettering is not None:
            await guarded(self.lettering.work())
        for way in self.ways:
            await guarded(self.tell(way))
        if bugs:
            raise ExceptionGroup("a bug in Vestka; what it did not concern was done", bugs)
        return [one for one in polled if one is not None]
