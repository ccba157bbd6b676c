"""The desk of those who decide: what is written to the bot comes in here, is judged by who wrote it, and acts once.

`poll`, `show` and `digest` are called again and again in the service's loop; whoever cuts them off loses nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.admin import buttons, readers
from bot.admin.access import STRANGER, Access
from bot.admin.chats import Chats, Unreachable
from bot.admin.commands import Commands
from bot.admin.deck import Deck, addresses
from bot.admin.looks import Looks
from bot.admin.menus import Menus
from bot.admin.taps import Taps
from bot.admin.telling import Chat
from bot.errors import TemporaryError
from bot.pipeline import Pipeline
from bot.store import gates

if TYPE_CHECKING:
    from telegram import Message, Update
    from telegram.ext import CallbackContext

    Context = CallbackContext[Any, Any, Any, Any]

KINDS = ("message", "callback_query", "channel_post", "edited_channel_post")
NEAR = 10_000  # updates: more than Telegram keeps for us between two starts
UNSURE = (
    "I was stopped in the midst of your last message and do not know how far I came: /audit tells whether it was done. "
    "If it was not, send it again."
)

Doctor = Callable[[], Awaitable[Sequence[Any]]]


class Desk:
    """The admins' bot. `way` is how the chat hears of alarms; `close` ends it."""

    def __init__(self, pipeline: Pipeline, base: str, token: str, doctor: Doctor) -> None:
        """Take the house, the Bot API's address, the bot's token, and what examines the installation."""
        self._pipeline = pipeline
        self._chats = Chats(base, token)
        self._access = Access(pipeline.settings.review, pipeline.store, pipeline.clock)
        self._readers = readers.Readers(pipeline)
        looks = Looks(pipeline, self._access, doctor)
        self._deck = Deck(pipeline, self._chats, self._access, looks, buttons.key_from(token), secrets.token_bytes)
        self._commands = Commands(pipeline, self._chats, self._access, self._deck)
        self._taps = Taps(pipeline, self._chats, self._access, self._deck, looks)
        self._menus = Menus(pipeline, self._chats, self._access)
        self.way = Chat(pipeline, self._chats, self._access, self._deck)
        self._offset = 0  # of the next poll: what came before it is told to Telegram as heard
        self._errors: list[Exception] = []  # what the handlers of the last update have raised
        self._handlers()

    def __repr__(self) -> str:
        return "Desk()"

    async def close(self) -> None:
        """Let go of the connections."""
        await self._chats.close()

    # ---- what the service calls

    async def poll(self) -> None:
        """One long poll, and what came with it, one by one. Raises TemporaryError, and what a handler's bug raised.

        An update is done when it is remembered as done; one that was begun and not done comes again.
        """
        await self._chats.ready()
        await self._access.load()
        async with self._pipeline.store.read() as c:
            done = int(await gates.value(c, "desk/done") or 0)
            begun = int(await gates.value(c, "desk/begun") or 0)
        for update in await self._chats.updates(self._offset, KINDS):
            # Numbers begin anew, and anywhere, after a week of silence: only near ones are known to be in order.
            # https://core.telegram.org/bots/api#update
            if not done - NEAR < update.update_id <= done:
                await self._one(update, again=update.update_id == begun)
            self._offset = update.update_id + 1

    async def show(self) -> None:
        """Bring the messages in the chats up to what the ledger says. Raises TemporaryError."""
        await self._chats.ready()
        await self._access.load()
        await self._deck.show()
        await self._menus.show()

    async def digest(self) -> None:
        """The morning's digest, once a day. Raises TemporaryError when nobody could be told."""
        await self.way.digest()

    # ---- one update

    async def _one(self, update: Update, *, again: bool) -> None:
        """Work one update off. What it breaks is raised when it is remembered: no update is worth stopping for."""
        person = self._writer(update)
        if person is not None:
            if again:  # the service was stopped in the midst of it, and nobody knows how far it came
                await self._commands.say(person, [UNSURE])
                return await self._done(update)
            await self._keep("begun", update.update_id)
        self._errors.clear()
        await self._chats.application.process_update(update)
        error = self._errors.pop() if self._errors else None
        if isinstance(error, TemporaryError):  # the database is busy: nothing was done, and it comes again
            await self._keep("begun", 0)
            raise error
        await self._done(update)
        if error is not None:
            self._offset = update.update_id + 1
            raise error

    async def _done(self, update: Update) -> None:
        await self._keep("done", update.update_id)

    async def _keep(self, key: str, number: int) -> None:
        async with self._pipeline.store.write() as c:
            await gates.save_value(c, f"desk/{key}", str(number))

    def _writer(self, update: Update) -> str | None:
        """The reviewer who has written a message in their own chat: what acts at once, and must not act twice.

        A tap has a row that knows whether it has acted, and a post in a channel is kept once whatever happens.
        """
        message = update.message
        if message is None or message.from_user is None or message.chat.id != message.from_user.id:
            return None
        return self._access.name_of(message.from_user.id)

    def _handlers(self) -> None:
        """Who may come in at all, then who is served by whom; each handler is guarded by its filter once more."""
        from telegram import Update
        from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, TypeHandler, filters

        access = self._access

        class Deciding(filters.MessageFilter):
            """Lets through who may decide now: whoever is blocked is a reader like any other from that moment."""

            def filter(self, message: Message) -> bool:
                return message.from_user is not None and access.name_of(message.from_user.id) is not None

        direct = (
            filters.ChatType.PRIVATE
            & filters.UpdateType.MESSAGE
            & ~filters.FORWARDED
            & ~filters.VIA_BOT
            & ~filters.SenderChat.ALL
        )
        deciding = Deciding()
        strict = deciding & direct
        words = filters.TEXT | filters.Document.ALL
        self._direct, self._strict = direct, strict
        bot = self._chats.application
        bot.add_handler(TypeHandler(Update, self._gate), group=-1)
        bot.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POSTS, self._posted))
        bot.add_handler(CallbackQueryHandler(self._taps.pressed))
        bot.add_handler(CommandHandler(("language", "privacy"), self._read, filters=direct))
        bot.add_handler(CommandHandler(tuple(Commands.table), self._commands.command, filters=strict))
        bot.add_handler(MessageHandler(strict & filters.REPLY & words & ~filters.COMMAND, self._commands.answered))
        bot.add_handler(MessageHandler(strict & filters.COMMAND & ~filters.Regex(r"^\S*@"), self._commands.command))
        bot.add_handler(CommandHandler(readers.COMMANDS, self._read, filters=direct & ~deciding))
        bot.add_error_handler(self._broken)

    async def _gate(self, update: Update, _context: Context) -> None:
        """Deny by default: whoever may not come in is not answered, and every later handler is spared."""
        from telegram.ext import ApplicationHandlerStop

        if not await self._welcome(update):
            raise ApplicationHandlerStop

    async def _welcome(self, update: Update) -> bool:
        """Whether an update is let in; what is refused and was an attempt stands in the audit trail."""
        if update.channel_post or update.edited_channel_post:
            return True
        user = update.effective_user
        person = self._access.name_of(user.id) if user is not None else None
        whose = self._access.known_as(user.id) if user is not None else STRANGER
        if update.callback_query is not None:
            if person is None:
                await self._access.refuse(whose, "a button")
                return False
            return await self._access.in_time(person)
        message = update.effective_message
        text = message.text or message.caption or "" if message is not None else ""
        if person is not None and self._strict.check_update(update):
            return await self._access.in_time(person)
        if person is None and self._direct.check_update(update) and _command(text) in readers.COMMANDS:
            return self._readers.free()
        if text.startswith("/"):
            await self._access.refuse(
                whose, "a command that was edited, forwarded or sent elsewhere" if person else "a command"
            )
        return False

    async def _posted(self, update: Update, _context: Context) -> None:
        """Somebody has posted in a channel: in one of ours, it is remembered."""
        post = update.channel_post or update.edited_channel_post
        assert post is not None  # the handler's filter has seen one
        name = self._channel(post)
        if name is None:
            return
        text = post.text or post.caption or ""
        entities = {**post.parse_entities(), **post.parse_caption_entities()}
        links = [one.url or said for one, said in entities.items() if one.type in ("url", "text_link")]
        await self._pipeline.hand_posted(name, str(post.message_id), text, links, post.link, post.date)

    def _channel(self, post: Message) -> str | None:
        """The name in the settings of the channel that a post stands in."""
        ours = {str(post.chat.id), f"@{post.chat.username}".lower()}
        for name, one in self._pipeline.settings.channels.items():
            if one.kind == "telegram" and str(one.chat).lower() in ours:
                return name
        return None

    async def _read(self, update: Update, _context: Context) -> None:
        """A reader's command: answered, and forgotten."""
        message = update.message
        assert message is not None and message.text is not None  # the handler's filter has seen a command
        told = message.from_user.language_code if message.from_user is not None else None
        screen = await self._readers.answer(_command(message.text), message.text.split()[1:], told)
        with suppress(Unreachable, TemporaryError):  # a reader asks again; nothing about them is kept to try later
            await self._chats.reply(message.chat.id, screen, addresses(screen))

    async def _broken(self, _update: object, context: Context) -> None:
        """What a handler raised: no other handler sees the update, and `poll` tells of it when it is off the table."""
        from telegram.ext import ApplicationHandlerStop

        assert context.error is not None  # the library calls this for an error
        self._errors.append(context.error)
        raise ApplicationHandlerStop


def _command(text: str) -> str:
    """The command that a text begins with, "" for none."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return first.removeprefix("/").partition("@")[0].lower() if first.startswith("/") else ""
