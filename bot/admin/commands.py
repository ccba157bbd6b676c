"""What reviewers and owners write to the bot: each command answers with a screen, or does something and says what.

Public and destructive acts show the thing and ask once; the question is a message with buttons, the answer is a tap.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.admin.access import Access
from bot.admin.buttons import figure
from bot.admin.chats import LARGEST_FILE, Chats, Unreachable
from bot.admin.deck import Deck
from bot.admin.looks import waits
from bot.errors import TemporaryError, UsageError
from bot.pipeline import Pipeline
from bot.settings import LANGUAGES
from bot.store import cards
from bot.store.cards import Card
from bot.views import cases

if TYPE_CHECKING:
    from telegram import Message, Update
    from telegram.ext import CallbackContext

LONGEST_WORDS = 20_000  # characters of an answer in words: several messages long already, and no statement's summary
LONGEST_ADDRESS = 2_000
STORY = re.compile(r"s?(\d{1,9})\Z", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
OWNERS = ("doctor", "reviewers", "redact")
DURATION = re.compile(r"\d{1,4}\s*[mhd]\Z|\d{1,2}[:.]\d{2}\Z", re.ASCII)
HAND_IN = "Send the statement as an answer to this message: a text, or a .txt file. Its first line is the title."


class Commands:
    """What happens when somebody who may decide writes to the bot."""

    def __init__(self, pipeline: Pipeline, chats: Chats, access: Access, deck: Deck) -> None:
        """Take the house, the account, who is who, and the messages."""
        self._pipeline, self._chats, self._access, self._deck = pipeline, chats, access, deck

    async def command(self, update: Update, _context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Every command. Who wrote it has been looked up: a reviewer who is not blocked, in their own chat."""
        message, person = self._from(update)
        first = (message.text or "").split(maxsplit=1)[0]
        name = first.removeprefix("/").partition("@")[0].lower()
        text = (message.text or "")[len(first) :].strip()
        try:
            if name in OWNERS and person not in self._access.owners:
                await self._access.refuse(person, "an owner's command")
                raise UsageError("only owners may do this")
            if name not in self.table:
                raise UsageError(f"there is no command /{name[:32]}; /help lists them all")
            lines = await self.table[name](self, text, person)
        except UsageError as error:
            lines = [str(error)]
        await self.say(person, lines)

    async def say(self, person: str, lines: Sequence[str], number: int = 0) -> None:
        """Answer with lines; nothing is said where there are none."""
        if lines:
            where = ("said", str(number) if number else "")
            subject = f"s{number}" if number else ""
            await self._deck.deal(person, "view", where, person=person, subject=subject, body={"lines": list(lines)})

    def _from(self, update: Update) -> tuple[Message, str]:
        message = update.message
        person = self._access.name_of(message.from_user.id) if message is not None and message.from_user else None
        assert message is not None and person is not None  # the desk's gate lets nobody else in
        return message, person

    async def _view(self, person: str, act: str, arg: str = "", **values: Any) -> list[str]:
        """Answer with a screen; nothing more is to be said."""
        await self._deck.deal(person, "view", (act, arg), person=person, **values)
        return []

    async def _story(self, words: str) -> tuple[cases.Case, str]:
        """The story that the first word names, and the words after it. Raises UsageError."""
        first, _, rest = words.partition(" ")
        found = STORY.match(first)
        if found is None:
            raise UsageError("say which story: its number, as in /queue")
        return await cases.case(self._pipeline, int(found[1])), rest.strip()

    def _places(self, words: str) -> dict[str, list[str]]:
        """The channels and languages that are named. Raises UsageError for a word that is neither."""
        only, languages = [], []
        for word in words.split():
            if word in self._pipeline.settings.channels:
                only.append(word)
            elif word in LANGUAGES:
                languages.append(word)
            else:
                known = ", ".join(self._pipeline.settings.channels)
                raise UsageError(f"{word[:40]!r} is no channel and no language; the channels are {known}")
        return {"only": only, "languages": languages}

    # ---- looking

    async def _start(self, text: str, person: str) -> list[str]:
        return await self._view(person, "help")

    async def _queue(self, text: str, person: str) -> list[str]:
        return await self._view(person, "que", text)

    async def _latest(self, text: str, person: str) -> list[str]:
        return await self._view(person, "last", text)

    async def _status(self, text: str, person: str) -> list[str]:
        return await self._view(person, "stat", text)

    async def _audit(self, text: str, person: str) -> list[str]:
        return await self._view(person, "aud", text)

    async def _doctor(self, text: str, person: str) -> list[str]:
        return await self._view(person, "doc", text)

    async def _show(self, text: str, person: str) -> list[str]:
        case, _ = await self._story(text)
        return await self._view(person, "show", ".0", subject=f"s{case.number}")

    async def _preview(self, text: str, person: str) -> list[str]:
        case, _ = await self._story(text)
        return await self._of(person, case, "all", "0")

    async def _explain(self, text: str, person: str) -> list[str]:
        case, _ = await self._story(text)
        return await self._of(person, case, "expl", "0")

    async def _of(self, person: str, case: cases.Case, act: str, arg: str = "", **body: Any) -> list[str]:
        """A screen of a story; « Back leads to the story."""
        subject = f"s{case.number}"
        return await self._view(person, act, arg, home=("show", ".0"), subject=subject, body=body)

    # ---- what asks first

    async def _publish(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        where = self._places(rest)
        if where["languages"]:
            raise UsageError("a story is published by channel, not by language")
        if not waits(case):
            hint = f"; /correct {case.number} changes what is public" if case.changes else ""
            raise UsageError(f"s{case.number}: nothing of it waits{hint}")
        return await self._view(person, "card", "", subject=f"s{case.number}", body=where)

    async def _skip(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        if not rest:
            return await self._of(person, case, "skip")
        return await self._pipeline.skip(case.number, _plain(rest, 300), person=person)

    async def _repost(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        where = self._places(rest)
        await cases.repost_plan(self._pipeline, case.number, where["only"], where["languages"])  # says why not
        return await self._of(person, case, "rep", "0", **where)

    async def _correct(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        where = self._places(rest)
        if not case.changes:
            raise UsageError(f"s{case.number}: no correction of it waits; /show {case.number} tells where it stands")
        return await self._of(person, case, "chg", "0", **where)

    async def _retract(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        return await self._of(person, case, "retr", "." if rest else "", reason=_plain(rest, 300))

    async def _redact(self, text: str, person: str) -> list[str]:
        if not 2 <= len(text) <= 100:
            raise UsageError("say whose name: /redact Name Surname")
        return await self._view(person, "red", "0", home=("over", ""), body={"name": _plain(text, 100)})

    async def _statement(self, text: str, person: str) -> list[str]:
        language, _, rest = text.partition("\n")
        language = language.strip()
        if language and language not in LANGUAGES:
            language, rest = "", text
        if not rest.strip():
            await self._deck.deal(
                person, "ask", ("asked", ""), person=person, body={"lines": [HAND_IN], "language": language or None}
            )
            return []
        return await self._hand_in(rest.strip(), language or None, person)

    async def _hand_in(self, text: str, language: str | None, person: str) -> list[str]:
        self._pipeline.handed(text, language)  # says what is wrong with it
        body = {"text": text, "language": language}
        return await self._view(person, "new", "", home=("over", ""), body=body)

    # ---- what is done at once

    async def _later(self, text: str, person: str) -> list[str]:
        case, when = await self._story(text)
        if not when:
            return await self._of(person, case, "late")
        return await self._pipeline.later(case.number, when, person=person)

    async def _pause(self, text: str, person: str) -> list[str]:
        channel, duration = _channel_and_time(text)
        return await self._pipeline.pause(channel, duration, person=person)

    async def _resume(self, text: str, person: str) -> list[str]:
        return await self._pipeline.resume(text or None, person=person)

    async def _poll(self, text: str, person: str) -> list[str]:
        await self._pipeline.poll_soon(text.split() or list(self._pipeline.settings.watched))
        return ["The sources are asked with the next beat."]

    async def _reviewers(self, text: str, person: str) -> list[str]:
        verb, _, name = text.partition(" ")
        if verb == "block":
            return await self._access.block(name.strip(), person=person)
        if verb == "unblock":
            return await self._access.unblock(name.strip(), person=person)
        return await self._view(person, "revs")

    # ---- what needs an answer in words

    async def _edit(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        language, _, which = rest.partition(" ")
        if not language:
            return await self._of(person, case, "edit")
        if language not in LANGUAGES:
            raise UsageError(f"{language[:20]!r} is none of {', '.join(LANGUAGES)}")
        sentence = figure(which.strip())
        if sentence is None:
            return await self._of(person, case, "lang", language)
        return await self._question(person, case, "sent", f"{language}.{sentence}")

    async def _write(self, text: str, person: str) -> list[str]:
        case, rest = await self._story(text)
        if rest and rest not in LANGUAGES:
            raise UsageError(f"{rest[:20]!r} is none of {', '.join(LANGUAGES)}")
        language = rest or next((one.language for one in case.places), self._pipeline.settings.project.languages[0])
        return await self._question(person, case, "own", language)

    async def _question(self, person: str, case: cases.Case, act: str, arg: str) -> list[str]:
        await self._deck.deal(person, "ask", (act, arg), person=person, subject=f"s{case.number}")
        return []

    async def answered(self, update: Update, _context: CallbackContext[Any, Any, Any, Any]) -> None:
        """A message that answers one of our questions; what answers nothing of ours is left alone."""
        message, person = self._from(update)
        assert message.reply_to_message is not None  # the handler's filter has seen one
        async with self._pipeline.store.read() as c:
            card = await cards.prompt(c, person, message.reply_to_message.message_id)
        if card is None:
            return await self.say(person, ["This answers no open question of mine; /help lists the commands."])
        try:
            if card.expires is not None and card.expires < self._pipeline.clock():
                raise UsageError("this question is too old: ask for it again")
            act, arg = card.body["at"]
            lines = await self._word(card, act, arg, await self._text(message), person)
        except UsageError as error:
            return await self.say(person, [str(error)])  # the question stays open: the answer may be mended
        async with self._pipeline.store.write() as c:
            await cards.change(c, card.id, state="closed")
        await self.say(person, lines, int(card.subject[1:]) if STORY.match(card.subject) else 0)

    async def _word(self, card: Card, act: str, arg: str, text: str, person: str) -> list[str]:
        """Do what an answer was asked for."""
        if act == "asked" and card.subject:
            url = None if text.strip() == "-" else _address(text)
            return await self._pipeline.resolve(card.subject, "sent", person=person, url=url)
        if act == "asked":
            return await self._hand_in(text, card.body.get("language"), person)
        number = int(card.subject[1:])
        if (await cases.case(self._pipeline, number)).revision != card.revision:
            raise UsageError(f"s{number}: this text changed while you wrote; ask for it again: /edit {number}")
        language, _, sentence = arg.partition(".")
        if act == "own":
            return await self._pipeline.write(number, language, _plain(text, LONGEST_WORDS), person=person)
        words = " ".join(_plain(text, LONGEST_WORDS).split("\n"))
        return await self._pipeline.edit(number, language, int(sentence), words, person=person)

    async def _text(self, message: Message) -> str:
        """The words of a message, or those of a text file. Raises UsageError."""
        if message.document is None:
            return message.text or ""
        if (message.document.file_size or 0) > LARGEST_FILE:
            raise UsageError(f"this file is too large for a statement; {LARGEST_FILE:,} bytes at most")
        try:
            return (await self._chats.file(message.document.file_id)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(
                "this file is no text in UTF-8; save it as UTF-8, or send the words as a message"
            ) from None
        except (Unreachable, TemporaryError) as error:  # it is not waited for: whoever comes next would wait too
            raise UsageError(f"this file cannot be had ({error}): send it again, or the words as a message") from None

    table: Mapping[str, Command] = {
        "start": _start,
        "help": _start,
        "queue": _queue,
        "latest": _latest,
        "show": _show,
        "preview": _preview,
        "publish": _publish,
        "write": _write,
        "edit": _edit,
        "later": _later,
        "skip": _skip,
        "repost": _repost,
        "correct": _correct,
        "retract": _retract,
        "explain": _explain,
        "pause": _pause,
        "resume": _resume,
        "poll": _poll,
        "status": _status,
        "audit": _audit,
        "statement": _statement,
        "doctor": _doctor,
        "reviewers": _reviewers,
        "redact": _redact,
    }


def _plain(text: str, most: int) -> str:
    """A person's words, without what cannot be seen in them. Raises UsageError for too many."""
    if len(text) > most:
        raise UsageError(f"{len(text):,} characters are too many here; {most:,} at most")
    if CONTROL.search(text):
        raise UsageError("there are invisible control characters in it: type it anew")
    return text.strip()


def _address(text: str) -> str:
    found = re.fullmatch(r"https://[^\s\"<>]+", text.strip())
    if found is None or len(text) > LONGEST_ADDRESS:
        raise UsageError("this is no address that begins with https://; answer with that, or with - when there is none")
    return found[0]


def _channel_and_time(text: str) -> tuple[str | None, str | None]:
    """`telegram-be 2h`, `2h`, `telegram-be` or nothing."""
    channel, _, duration = text.partition(" ")
    if DURATION.match(channel) and not duration:
        return None, channel
    return channel or None, duration.strip() or None


Command = Callable[[Commands, str, str], Awaitable[list[str]]]
