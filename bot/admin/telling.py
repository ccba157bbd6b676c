"""What the chat hears without having asked: alarms, grouped with their cures, and the morning's digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.admin import screens
from bot.admin.access import Access, chats_of
from bot.admin.chats import Chats, Unreachable
from bot.admin.deck import Deck
from bot.errors import TemporaryError
from bot.pipeline import Pipeline
from bot.store import gates

DAY = timedelta(days=1)


class Chat:
    """A way of telling people, as in `bot.alerts.ways`: the chat of the settings, else those of the owners."""

    name = "chat"

    def __init__(self, pipeline: Pipeline, chats: Chats, access: Access, deck: Deck) -> None:
        """Take the house, its account, who is who, and the messages with buttons."""
        self._pipeline, self._chats, self._access, self._deck = pipeline, chats, access, deck

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """Tell these lines in one message, or as few as they fit in. None when somebody has them, else why nobody."""
        reached, why = False, "nobody is named in review.reviewers"
        for chat in self._places():
            try:
                await self._chats.ready()
                page = 0
                while (screen := screens.alarms(lines, page)) is not None:
                    await self._chats.send(self._access.chat_id(chat), screen)
                    page += 1
                reached = True
            except Unreachable as error:
                group = self._pipeline.settings.alerts.chat is not None
                cure = "let the bot into the group of alerts.chat" if group else f"{chat} presses Start in the bot"
                why = f"alarms cannot be told in Telegram ({error}): {cure}"
            except TemporaryError as error:
                why = f"alarms cannot be told in Telegram: {error}"
        return None if reached else why

    def _places(self) -> tuple[str, ...]:
        return chats_of(self._pipeline.settings.alerts.chat, self._access.owners or self._access.reviewers)

    async def digest(self) -> None:
        """What was posted, waits and failed in the last day: once a day, after the hour of the settings."""
        hour = self._pipeline.settings.alerts.digest
        now = self._pipeline.clock()
        local = now.astimezone(ZoneInfo(self._pipeline.settings.project.timezone))
        today = f"{local:%Y-%m-%d}"
        if hour is None or local.time() < hour:
            return
        async with self._pipeline.store.read() as c:
            told = await gates.value(c, "desk/digest")
        if told == today:
            return
        await self._chats.ready()
        async with self._pipeline.store.write() as c:  # before: its messages have rows, which are sent sooner or later
            await gates.save_value(c, "desk/digest", today)
        for chat in self._places():
            person = chat if self._access.is_person(chat) else None
            body = {"since": (now - DAY).isoformat()}
            await self._deck.deal(chat, "view", ("dig", "0"), person=person, body=body)
