"""Telling people what is wrong: each way keeps its own pace, and what it could not tell it tells later."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot import alerts
from bot.alerts.ways import Way
from bot.pipeline.parts import Parts
from bot.store import alarms


class Telling(Parts):
    """Telling people."""

    async def tell(self, way: Way) -> str | None:
        """Tell what is to be told by one way. None when that was done, else why not."""
        now = self.clock()
        async with self.store.read() as c:
            rows = [(alarm, told) for alarm, told in await alarms.of_way(c, way.name) if alerts.due(alarm, told, now)]
        if not rows:
            return None
        zone = ZoneInfo(self.settings.project.timezone)
        failure = await way.tell([alerts.line(alarm, told, zone) for alarm, told in rows], now)
        if failure is None:
            async with self.store.write() as c:
                await alarms.told(c, [alarm.number for alarm, _ in rows], way.name, now)
        return failure
