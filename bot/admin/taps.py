"""Buttons: each tap is looked at as if nothing before it had been; what acts does so once, and by whoever may.

A tap that looks renews the showing; a tap that acts uses its word up first, so that a doubled one finds it used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.admin import screens
from bot.admin.access import Access
from bot.admin.buttons import Pressed, figure
from bot.admin.chats import Chats
from bot.admin.deck import STANDING, Deck
from bot.admin.looks import LEFT, Looks, reason_of, seen, story_of
from bot.errors import TemporaryError, UsageError
from bot.pipeline import Pipeline
from bot.store import cards, people
from bot.store.cards import Card

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update
    from telegram.ext import CallbackContext

CHANGED = "This text changed, look again."
USED = "This was done already."
OLD = "These buttons were too old. They are new now: look again, then press."
GONE = "This message is over. Send the command again."
LINK = "It is there: answer this message with the address of that post, or with - when it has none."
ASKING = ("own", "sent", "here")  # what needs an answer in words
OWNERS = ("doc", "revs", "red", "one")  # what only owners may look at or do
FIRST = "Open a private chat with the bot and press Start; then press here again."


class Taps:
    """What happens when somebody who may decide presses a button."""

    def __init__(self, pipeline: Pipeline, chats: Chats, access: Access, deck: Deck, looks: Looks) -> None:
        """Take the house, the account, who is who, the messages, and how they look."""
        self._pipeline, self._chats, self._access = pipeline, chats, access
        self._deck, self._looks = deck, looks
        self._zone = ZoneInfo(pipeline.settings.project.timezone)

    async def pressed(self, update: Update, _context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Every button. Who pressed it has been looked up: a reviewer who is not blocked."""
        query = update.callback_query
        person = self._access.name_of(query.from_user.id) if query is not None else None
        assert query is not None and person is not None  # the desk's gate lets nobody else in
        answer = await self._answer(query, person)
        if answer is not None:
            with suppress(TemporaryError):  # the row says what was done; this is only the short word beside it
                await self._chats.answer(query.id, answer)

    async def _answer(self, query: CallbackQuery, person: str) -> str | None:
        """Do what a tap asks for; the short word for whoever has tapped, None: not even that."""
        message, data = query.message, query.data
        tap = self._deck.read(data, message.chat.id) if message is not None and data is not None else None
        if tap is None or message is None:
            await self._access.refuse(person, "a button that is not ours, or not of that chat")
            return None
        card = await self._deck.find(tap.card)
        if card is None or not card.open or card.message != message.message_id or not self._deck.belongs(card):
            with suppress(TemporaryError):
                await self._chats.strip(message.chat.id, message.message_id)
            return GONE
        if card.person not in (None, person):
            await self._access.refuse(person, "a button that is another person's")
            return f"These buttons are {card.person}'s."
        if tap.act in OWNERS and person not in self._access.owners:
            await self._access.refuse(person, "an owner's button")
            return "Only owners may do this."
        return await self._on_card(card, tap, person, query.id)

    async def _on_card(self, card: Card, tap: Pressed, person: str, mark: str) -> str:
        """A tap on a message of ours, by somebody who may press it."""
        if tap.nonce != card.nonce or tap.revision != card.revision:
            return await self._stale(card, USED if card.used else CHANGED)
        if card.expires is not None and card.expires < self._pipeline.clock():
            return await self._stale(card, OLD)
        try:
            if card.subject and card.revision:
                case = await self._looks.case(card)
                if case.revision != card.revision or seen(case).keys() - card.body.get("seen", {}).keys():
                    return await self._stale(card, CHANGED)
                if tap.act == "pub" and not tap.arg and not screens.needs_confirmation(case):
                    tap = replace(tap, act="yes", arg="pub")
            act = f"{tap.act}:{tap.arg}" if tap.act == "yes" else tap.act
            if act in ASKING:
                return await self._ask(card, tap, person)
            if act in self._acting and (tap.arg or act not in ("late", "skip")):
                return await self._do(card, self._acting[act], tap.arg, person, mark)
            return await self._turn(card, tap)
        except UsageError as error:
            return str(error)

    async def _stale(self, card: Card, word: str) -> str:
        """Nothing is done; the message is brought up to what holds now, with buttons that work."""
        at = tuple(card.body["home"] if card.kind in STANDING else card.body["at"])
        await self._deck.go(card, (at[0], at[1]))
        return word

    async def _turn(self, card: Card, tap: Pressed) -> str:
        """Another screen in the place of this one."""
        if tap.act == "back":
            home, arg = card.body["home"]
            await self._deck.go(card, (home, tap.arg or arg))
        elif tap.act == "show" and (story := figure(tap.arg)) is not None:
            await self._deck.go(card, ("show", ".0"), subject=f"s{story}")
        else:
            await self._deck.go(card, (tap.act, tap.arg))
        return ""

    async def _ask(self, card: Card, tap: Pressed, person: str) -> str:
        """A question in the person's own chat; the answer to it comes back as a message."""
        values: dict[str, Any] = {"subject": f"s{story_of(card)}", "body": {}}
        at = (tap.act, tap.arg)
        if tap.act == "here":
            at, values = ("asked", ""), {"subject": card.subject, "body": {"lines": [LINK, card.subject]}}
        asked = await self._deck.deal(person, "ask", at, person=person, **values)
        return "I have asked you in our private chat." if asked else FIRST

    async def _do(self, card: Card, act: Act, arg: str, person: str, mark: str) -> str:
        """Use the showing up, act, and show what came of it."""
        async with self._pipeline.store.write() as c:
            mine = await cards.use(c, card.id, card.nonce, mark)
        if not mine:
            return USED
        try:
            lines = await act(self, card, arg, person)
        except UsageError as error:
            lines = [str(error)]
        if card.kind in STANDING:
            home, where = card.body["home"]
            await self._deck.go(card, (home, where))
        else:
            number = str(story_of(card)) if card.subject.startswith("s") else ""
            await self._deck.go(card, ("said", number), lines=lines, text=None, name=None)
        return "\n".join(lines)

    # ---- the acts

    async def _publish(self, card: Card, arg: str, person: str) -> list[str]:
        # By what the message showed: what has come on another channel since is not released with it.
        only = sorted(set(card.body["seen"].values())) or card.body.get("only", ())
        return await self._pipeline.publish(story_of(card), only, person=person, revision=card.revision)

    async def _skip(self, card: Card, arg: str, person: str) -> list[str]:
        own = card.body.get("reason")
        chosen = figure(arg) or 0
        reason = screens.SKIP_REASONS[chosen - 1] if 0 < chosen <= len(screens.SKIP_REASONS) else own or "no reason"
        return await self._pipeline.skip(story_of(card), reason, person=person)

    async def _later(self, card: Card, arg: str, person: str) -> list[str]:
        return await self._pipeline.later(story_of(card), screens.later_words(arg, self._zone), person=person)

    async def _repost(self, card: Card, arg: str, person: str) -> list[str]:
        where = {"only": card.body.get("only", ()), "languages": card.body.get("languages", ())}
        return await self._pipeline.repost(story_of(card), **where, nonce=card.nonce, person=person)

    async def _retract(self, card: Card, arg: str, person: str) -> list[str]:
        where = {"only": card.body.get("only", ()), "languages": card.body.get("languages", ())}
        return await self._pipeline.retract(
            story_of(card), **where, nonce=card.nonce, reason=reason_of(card), person=person
        )

    async def _correct(self, card: Card, arg: str, person: str) -> list[str]:
        only, languages = card.body.get("only", ()), card.body.get("languages", ())
        if arg != "all":
            case = await self._looks.case(card)
            places = [one for one in case.changes if screens.tag(one.channel, one.language) == arg]
            if not places:
                raise UsageError(CHANGED)
            only, languages = (places[0].channel,), (places[0].language,)
        return await self._pipeline.correct(
            story_of(card), only, languages, nonce=card.nonce, person=person, revision=card.revision
        )

    async def _leave(self, card: Card, arg: str, person: str) -> list[str]:
        name, now = f"s{story_of(card)}", self._pipeline.clock()
        async with self._pipeline.store.write() as c:
            await people.record(
                c, now, who=person, what=LEFT, subject=name, revision=card.revision, detail="public posts stand as is"
            )
        return [f"{name}: what is public stays as it is"]

    async def _again(self, card: Card, arg: str, person: str) -> list[str]:
        return await self._pipeline.resolve(card.subject, "again", person=person)

    async def _gone(self, card: Card, arg: str, person: str) -> list[str]:
        channel, language = card.subject.split("/")[2:4]
        return await self._pipeline.retract(story_of(card), [channel], [language], nonce=card.nonce, person=person)

    async def _drop(self, card: Card, arg: str, person: str) -> list[str]:
        return await self._pipeline.resolve(card.subject, "drop", person=person)

    async def _redact(self, card: Card, arg: str, person: str) -> list[str]:
        found = [one for one in await self._looks.redactions(card) if one.way is not None]
        if arg != "red":
            found = [one for one in found if screens.tag(one.channel, one.language, one.story) == arg]
        if not found:
            raise UsageError(CHANGED)
        keys = [f"{one.story}/{one.channel}/{one.language}" for one in found]
        return await self._pipeline.redact(card.body["name"], keys=keys, nonce=card.nonce, person=person)

    async def _hand_in(self, card: Card, arg: str, person: str) -> list[str]:
        return await self._pipeline.hand_in(card.body["text"], card.body.get("language"), person=person)

    _acting: Mapping[str, Act] = {
        "yes:pub": _publish,
        "yes:rep": _repost,
        "yes:retr": _retract,
        "yes:redo": _again,
        "yes:gone": _gone,
        "yes:red": _redact,
        "yes:new": _hand_in,
        "late": _later,
        "skip": _skip,
        "cor": _correct,
        "leav": _leave,
        "drop": _drop,
        "one": _redact,
    }


Act = Callable[[Taps, Card, str, str], Awaitable[list[str]]]
