"""A house with an admins' desk in front of a Bot API on loopback: the real library, real HTTP, a clock of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.admin.desk import Desk
from bot.doctor import Check
from bot.store import cards, ledger, people
from tests.lookout import Lookout, lookout, page
from tests.telegram_server import TOKEN, BotApi

ALENA, BORIS, STRANGER = 111_111_111, 222_222_222, 999_999_999
GROUP = -1_001_234_567_890
REVIEW: dict[str, Any] = {"reviewers": {"alena": ALENA, "boris": BORIS}, "owners": ["alena"], "policy": "always"}
CHANNELS = {"telegram-be": {"kind": "telegram", "language": "be", "chat": "@vestka_be"}}


async def examined() -> list[Check]:
    """What the doctor would say."""
    return [Check(state="ok", what="settings: fine"), Check(state="fail", what="disk: full", cure="make room")]


class Office:
    """The house, its desk and the Bot API's server."""

    def __init__(self, house: Lookout, api: BotApi, menus: bool = False) -> None:
        self.house, self.api, self.menus = house, api, menus
        self.pipeline = house.pipeline
        self.desk = self.sit()

    def sit(self) -> Desk:
        """A desk, as a start of the service makes it; its menus have been set just now unless a test is about them."""
        desk = Desk(self.pipeline, self.api.url, TOKEN, examined)
        if not self.menus:
            desk._menus._next = self.house.now + timedelta(days=30)
            desk._menus._for = desk._access.reviewers
        return desk

    async def again(self) -> None:
        """The service ends and starts anew."""
        await self.desk.close()
        self.desk = self.sit()

    async def hear(self) -> None:
        """Poll until everything that was said has been heard."""
        await self.desk.poll()
        while self.api.waiting() > 1:  # the last one is confirmed by the next poll only
            await self.desk.poll()

    async def says(self, user: int, text: str, **more: Any) -> None:
        """Somebody writes, and is heard."""
        self.api.says(user, text, **more)
        await self.hear()

    def data(self, label: str, chat: int = ALENA) -> str:
        """What the button that says so carries, in the newest message of a chat that has one."""
        return str(self.button(label, chat)[1]["callback_data"])

    def button(self, label: str, chat: int = ALENA) -> tuple[dict[str, Any], dict[str, Any]]:
        """(message, button) of the newest message with a button that says so."""
        for _, message in sorted(self.api.chat(chat).messages.items(), reverse=True):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for one in row:
                    if label in one["text"]:
                        return message, one
        raise AssertionError(f"no button says {label!r}: {self.api.texts(chat)}")

    async def taps(self, label: str, user: int = ALENA, chat: int | None = None) -> str:
        """Somebody presses the button that says so, and is heard; the short answer."""
        message, one = self.button(label, chat or user)
        return await self.presses(message, one["callback_data"], user)

    async def presses(self, message: dict[str, Any], data: str, user: int = ALENA) -> str:
        """Somebody presses a button with these data, and is heard; the short answer, "-" for none at all."""
        update = self.api.taps(user, message, data)
        await self.hear()
        told = self.api.answered.get(update["callback_query"]["id"])
        return "-" if told is None else str(told.get("text", ""))

    def text(self, chat: int = ALENA) -> str:
        """What the newest message of a chat says."""
        return self.api.texts(chat)[-1]

    async def news(self, number: int = 1, **more: Any) -> None:
        """A statement comes in, settles, is judged, and is shown."""
        self.house.site.publish("be", page(number, **more))
        await self.house.go()
        await self.desk.show()

    async def acts(self, what: str) -> list[str]:
        """Who did a kind of act, oldest first: "who detail"."""
        async with self.pipeline.store.read() as c:
            return [f"{one['who']} {one['detail']}" for one in await people.trail(c) if one["what"] == what]

    async def outbox(self) -> list[tuple[str, str]]:
        """(cause up to its nonce, state) of everything in the outbox."""
        async with self.pipeline.store.read() as c:
            return [(row["cause"].partition("-")[0], row["state"]) for row in await ledger.deliveries(c)]

    async def rows(self) -> list[cards.Card]:
        """Every open message."""
        async with self.pipeline.store.read() as c:
            return await cards.standing(c)

    def calls(self) -> list[str]:
        """The methods that were called, but for the polls."""
        return [name for name, _ in self.api.calls if name not in ("getUpdates", "getMe")]


@asynccontextmanager
async def office(
    folder: Path,
    *,
    people: Sequence[int] = (ALENA, BORIS),
    menus: bool = False,
    languages: tuple[str, ...] = ("be",),
    **more: Any,
) -> AsyncIterator[Office]:
    """A house with a desk; `people` have pressed Start, `menus` are still to be set.

    The site writes in `languages`, and has nothing new yet.
    """
    values: dict[str, Any] = {"review": REVIEW, "channels": CHANNELS} | more
    async with BotApi() as api, lookout(folder, languages, **values) as house:
        api.longest_poll = 0.01
        for number in people:
            api.person(number)
        await house.look()  # the first look takes what is there for known
        made = Office(house, api, menus)
        try:
            yield made
        finally:
            await made.desk.close()
