"""The messages with buttons: each shows what the ledger says by its row, and each showing has a word of its own.

The row is written first, the message after it: what is cut off in between is sent or edited at the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.admin import buttons
from bot.admin.access import Access, chats_of
from bot.admin.chats import Chats, Resting, Unreachable
from bot.admin.looks import Look, Looks, waits
from bot.admin.screen import Screen
from bot.errors import TemporaryError, UsageError
from bot.model import DeliveryState, StoryState
from bot.pipeline import Pipeline
from bot.store import alarms, cards, intake, ledger
from bot.store.cards import Card
from bot.views import cases

STANDING = ("review", "changed", "unknown")  # those that the ledger asks for, and that follow it
HOURLY = timedelta(hours=1)  # between two tries to write to somebody who has not pressed Start
log = structlog.get_logger("vestka")


class Deck:
    """All messages with buttons. One is dealt with at a time."""

    def __init__(
        self,
        pipeline: Pipeline,
        chats: Chats,
        access: Access,
        looks: Looks,
        key: bytes,
        random: Callable[[int], bytes],
    ) -> None:
        """Take the house, the account, who is who, how things look, what buttons are signed with, and chance."""
        self._pipeline, self._chats, self._access, self._looks = pipeline, chats, access, looks
        self._key, self._random = key, random
        self._turn = asyncio.Lock()
        self._pulse: str | None = None  # of the ledger when all cards were last as it wants them
        self._left = False  # something could not be shown just then
        self._rests: dict[str, datetime] = {}  # chat -> when it is tried again
        self._reached: set[str] = set()  # chats that have taken a message since the start
        self._damaged: set[str] | None = None  # stories that cannot be shown; None: nobody has looked since the start

    def read(self, data: str, chat: int) -> buttons.Pressed | None:
        """What a pressed button asks for, if it is one of ours."""
        return buttons.read(self._key, data, chat=chat)

    async def find(self, number: int) -> Card | None:
        """The row behind a button. A tap can be quicker than the answer to its own message, which is waited for."""
        async with self._pipeline.store.read() as c:
            card = await cards.find(c, number)
        if card is None or card.message is not None:
            return card
        async with self._turn, self._pipeline.store.read() as c:
            return await cards.find(c, number)

    def belongs(self, card: Card) -> bool:
        """Whether a message stands where the settings want it by now, and before nobody who is blocked."""
        settings = self._pipeline.settings
        if card.kind in STANDING:
            return card.chat in chats_of(settings.review.chat, self._access.reviewers)
        return card.chat in (*self._access.reviewers, *chats_of(settings.alerts.chat, ()))

    # ---- one message

    async def deal(
        self, chat: str, kind: str, at: tuple[str, str], *, home: tuple[str, str] | None = None, **values: Any
    ) -> bool:
        """A new message in a chat, `at` a screen, `home` where « Back leads; `values` are fields of the row.

        False where the bot may not write.
        """
        now = self._pipeline.clock()
        body = {"home": list(home or at), "at": list(at)} | dict(values.pop("body", {}))
        async with self._pipeline.store.write() as c:
            card = await cards.add(
                c, kind=kind, chat=chat, nonce=self._nonce(), body=body, now=now, **{"subject": ""} | values
            )
        reached = await self.put(card.id)
        if not reached and kind == "ask":
            await self._change(card, state="closed")  # a question that comes an hour later is none any more
        if reached and chat in self._rests:
            self._rests[chat], self._left = now, True  # whoever has pressed Start need not wait for the hour
        return reached

    async def go(self, card: Card, at: tuple[str, str], *, subject: str | None = None, **body: Any) -> None:
        """Show another screen in the place of this one, of another subject if need be; `body`: what else it needs."""
        kept = {"home": card.body["home"]} if subject else dict(card.body)
        values = {"body": kept | body | {"at": list(at)}, "shown": None}
        await self._change(card, **values | ({"subject": subject} if subject else {}))
        await self.put(card.id)

    async def _change(self, card: Card, **values: Any) -> None:
        async with self._pipeline.store.write() as c:
            await cards.change(c, card.id, **values)

    async def put(self, number: int) -> bool:
        """Bring one message up to its row and the ledger. False where the bot may not write; what passes is left so."""
        async with self._turn:
            try:
                return await self._put(number)
            except TemporaryError as error:  # the row says what is to be shown: `show` does it
                log.warning("later", work="message", why=str(error))
                self._left = True
                return True

    async def _put(self, number: int) -> bool:
        async with self._pipeline.store.read() as c:
            card = await cards.find(c, number)
        if card is None or not card.open:
            return True
        look = await self._look(card)
        if (
            card.kind in STANDING
            and card.body["at"] != card.body["home"]
            and (card.used or look.revision != card.revision)
        ):
            card = replace(card, body={**card.body, "at": card.body["home"]})  # it asked about a text that is gone
            await self._change(card, body=dict(card.body))
            look = await self._look(card)
        same = card.shown == look.screen.hash and card.body.get("seen", {}) == look.seen
        if card.message is not None and same and not card.used:
            return True
        now = self._pipeline.clock()
        fresh: dict[str, Any] = {
            "nonce": self._nonce(),
            "used": False,
            "shown": None,
            "revision": look.revision,
            "body": {**card.body, "seen": look.seen},
            "expires": now + self._pipeline.settings.review.expire_after,
        }
        await self._change(card, **fresh)
        card = replace(card, **fresh)
        place = self._access.chat_id(card.chat)
        try:
            message = await self._say(card, look, place)
        except Unreachable as why:
            await self._unreachable(card, str(why), now)
            return False
        closes: dict[str, Any] = {"state": "closed", "body": {}} if look.last else {}
        await self._change(card, message=message, shown=look.screen.hash, **closes)
        return True

    async def _look(self, card: Card) -> Look:
        try:
            return await self._looks.look(card)
        except UsageError as error:
            return self._looks.said([str(error)])

    async def _say(self, card: Card, look: Look, place: int) -> int | None:
        """Send or edit; the id of the message. One that was deleted by hand is sent again, once."""
        markup = self._markup(card, look, place)
        if card.message is None:
            return await self._chats.send(place, look.screen, markup)
        if await self._chats.edit(place, card.message, look.screen, markup):
            return card.message
        if card.kind not in STANDING or card.body.get("again"):
            return card.message  # whoever deletes it twice does not want it; the queue has it still
        await self._change(card, body={**card.body, "again": True}, message=None)
        return await self._chats.send(place, look.screen, markup)

    def _markup(self, card: Card, look: Look, place: int) -> Any:
        from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

        if card.kind == "ask":
            return ForceReply()
        rows = [
            [
                InlineKeyboardButton(one.text, url=one.url)
                if one.url
                else InlineKeyboardButton(one.text, callback_data=self._signed(card, place, one.act, one.arg))
                for one in row
            ]
            for row in look.screen.rows
        ]
        return InlineKeyboardMarkup(rows) if rows else None

    def _signed(self, card: Card, place: int, act: str, arg: str) -> str:
        return buttons.sign(
            self._key, chat=place, card=card.id, revision=card.revision, nonce=card.nonce, act=act, arg=arg
        )

    def _nonce(self) -> str:
        return buttons.new_nonce(self._random)

    async def _unreachable(self, card: Card, why: str, now: datetime) -> None:
        """Nobody is there: someone is told once, with the cure, and it is tried again in an hour."""
        self._rests[card.chat] = now + HOURLY
        self._reached.discard(card.chat)
        person = self._access.is_person(card.chat)
        whom = f"{card.chat} in Telegram" if person else "the chat of review.chat"
        cure = f"{card.chat} presses Start in the bot" if person else "Let the bot into that group, and check its id"
        async with self._pipeline.store.write() as c:
            key = f"chat/{card.chat}"
            await alarms.raise_lasting(c, key, f"The bot cannot write to {whom}: {why}.", f"{cure}.", now)

    # ---- all of them

    async def show(self) -> None:
        """Whatever waits has its message, and every message says what the ledger says. Raises TemporaryError."""
        now = self._pipeline.clock()
        async with self._pipeline.store.read() as c:
            pulse = await cards.pulse(c)
        resting = {chat for chat, until in self._rests.items() if until > now}
        seen = f"{pulse} {sorted(resting)} {sorted(self._access.blocked)} {now:%Y-%m-%d %H}"
        if seen == self._pulse and not self._left:
            return
        self._pulse, self._left = None, False  # whatever stops us from here on, the next look begins anew
        damaged: set[str] = set()
        wanted = await self._wanted(damaged)
        await self._tidy(wanted, now)
        for card in await self._behind(wanted):
            if self._rests.get(card.chat, now) <= now:
                await self._bring(card, damaged, now)
        await self._tell_damage(damaged, now)
        self._pulse = seen

    async def _bring(self, card: Card, damaged: set[str], now: datetime) -> None:
        """Bring one message up; what is wrong with its chat or its story keeps no other back."""
        try:
            async with self._turn:
                reached = await self._put(card.id)
        except Resting as rest:
            self._rest(card.chat, rest)
        except ValueError as error:  # the ledger refuses rows that are not what was shown
            _damage(damaged, card.subject, error)
        else:
            await self._heard(card.chat, reached, now)

    def _rest(self, chat: str, why: Resting) -> None:
        """Nothing is tried in this chat before Telegram takes it; then the next look has it."""
        self._rests[chat], self._left = self._pipeline.clock() + timedelta(seconds=why.seconds), True
        log.warning("later", work="message", why=str(why))

    async def _tell_damage(self, damaged: set[str], now: datetime) -> None:
        """Somebody hears of the stories that cannot be shown, and that they can be again."""
        if damaged == self._damaged:
            return
        gone = [f"damaged/{name}" for name in (self._damaged or set()) - damaged] if damaged else ["damaged"]
        async with self._pipeline.store.write() as c:
            for key in gone:
                await alarms.clear(c, key, now)
            for name in damaged:
                text = f"{name} cannot be shown, and nothing of it goes out: its rows are not as they were written."
                cure = "Somebody has touched the ledger, or its disk fails: vestka audit tells more; restore a backup."
                await alarms.raise_lasting(c, f"damaged/{name}", text, cure, now)
        self._damaged = damaged

    async def _wanted(self, damaged: set[str]) -> dict[tuple[str, str], None]:
        """(kind, subject) of everything that asks a person; stories that cannot be read are put into `damaged`."""
        async with self._pipeline.store.read() as c:
            names = dict.fromkeys(row["subject"] for row in await ledger.held_renditions(c))
            rows = await intake.stories(c, limit=None)
            unknown = await ledger.deliveries(c, state=DeliveryState.UNKNOWN)
            unknown += await ledger.broken_threads(c)
        names |= dict.fromkeys(f"s{row['id']}" for row in rows if row["state"] == StoryState.HELD)
        wanted: dict[tuple[str, str], None] = {}
        for name in names:
            try:
                case = await cases.case(self._pipeline, int(name[1:]))
            except ValueError as error:  # the ledger refuses rows that are not what was shown
                _damage(damaged, name, error)
                continue
            if waits(case):
                wanted["review", name] = None
            if case.changes:
                wanted["changed", name] = None
        return wanted | dict.fromkeys(("unknown", row["key"]) for row in unknown)

    async def _tidy(self, wanted: Mapping[tuple[str, str], None], now: datetime) -> None:
        """End what is over: the buttons of what was settled long ago, and the rows of screens that nobody needs."""
        async with self._pipeline.store.read() as c:
            old = [
                one
                for one in await cards.standing(c)
                if (one.kind in STANDING and (one.kind, one.subject) not in wanted and _over(one, now))
                or not self.belongs(one)
            ]
        for card in old:
            if card.message is not None and self.belongs(card):
                try:
                    await self._chats.strip(self._access.chat_id(card.chat), card.message)
                except Resting as rest:
                    self._rest(card.chat, rest)
                    continue
            await self._change(card, state="closed")
        async with self._pipeline.store.write() as c:
            await cards.sweep(c, STANDING, now)

    async def _behind(self, wanted: Mapping[tuple[str, str], None]) -> list[Card]:
        """Every message that may have to be sent or edited, rows for new ones made."""
        now = self._pipeline.clock()
        chats = chats_of(self._pipeline.settings.review.chat, self._access.reviewers)
        async with self._pipeline.store.write() as c:
            standing = await cards.standing(c)
            there = {(one.kind, one.subject, one.chat) for one in standing}
            for kind, subject in wanted:
                for chat in chats:
                    if (kind, subject, chat) not in there:
                        body = {"home": ["card", ""], "at": ["card", ""]}
                        made = await cards.add(
                            c, kind=kind, subject=subject, chat=chat, nonce=self._nonce(), body=body, now=now
                        )
                        standing.append(made)
        return [one for one in standing if one.kind in STANDING or one.shown is None or one.used]

    async def _heard(self, chat: str, reached: bool, now: datetime) -> None:
        """What was wrong with a chat is over when it takes a message."""
        if reached and (self._rests.pop(chat, None) is not None or chat not in self._reached):
            self._reached.add(chat)
            async with self._pipeline.store.write() as c:
                await alarms.clear(c, f"chat/{chat}", now)


def addresses(screen: Screen) -> Any:
    """The keyboard of a screen whose buttons lead to addresses, and ask nothing of us."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [[InlineKeyboardButton(one.text, url=one.url) for one in row] for row in screen.rows]
    return InlineKeyboardMarkup(rows) if rows else None


def _damage(damaged: set[str], name: str, error: ValueError) -> None:
    """Remember a story that cannot be shown; its name is the first part of a post's key too."""
    log.error("damaged", why=" ".join(str(error).split()))
    damaged.add(name.partition("/")[0])


def _over(card: Card, now: datetime) -> bool:
    return card.expires is not None and card.expires < now
