"""The one place of the desk that speaks to the Bot API: a screen goes into a chat, or where a message stands.

What passes is a TemporaryError in one line without the token; a chat or message that is not there is `Unreachable`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from bot.admin.screen import Screen
from bot.errors import TemporaryError

if TYPE_CHECKING:
    from telegram import Message
    from telegram.ext import Application

POLL_SECONDS = 20  # of one long poll: the end of the service cuts it off anyway
SECONDS = 15.0  # for any one call; a poll takes longer by what it waits
LARGEST_FILE = 400_000  # bytes of a statement that is handed in: 100,000 characters, all of four bytes
# "Text of the notification. If not specified, nothing will be shown to the user, 0-200 characters"
# https://core.telegram.org/bots/api#answercallbackquery
LONGEST_ANSWER = 200


class Resting(TemporaryError):
    """For so many `seconds` Telegram has asked for quiet in one chat, or of one kind of call; all others may go on."""

    def __init__(self, line: str, seconds: float) -> None:
        super().__init__(line)
        self.seconds = seconds


class Unreachable(Exception):
    """A chat into which the bot may not write, or a message that is not there; what it says is one line."""


class Chats:
    """The bot's account. Nothing is dialled before it is asked for something."""

    def __init__(self, base: str, token: str) -> None:
        """`base` is the address of the Bot API server."""
        # The libraries' own log lines repeat updates and answers, in which readers' ids stand, and the token.
        for name in ("telegram", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # else the library warns whenever Telegram asks it to wait
        self.application = _application(base, token)
        self._starting = asyncio.Lock()
        self._rests: dict[str | int, float] = {}  # what Telegram has asked quiet for -> until when, by the loop's clock

    def __repr__(self) -> str:
        return "Chats()"  # the library's own would show the token

    @property
    def bot(self) -> Any:
        """The library's bot, for what stands inside `speaking`."""
        return self.application.bot

    async def ready(self) -> None:
        """Learn who we are, once. Raises TemporaryError."""
        async with self._starting, self.speaking("start"):
            await self.application.initialize()

    async def close(self) -> None:
        """Let go of the connections."""
        await self.application.shutdown()
        await self.bot.shutdown()  # the application does so only when it had come to its start

    @asynccontextmanager
    async def speaking(self, what: str | int, seconds: float = SECONDS) -> AsyncIterator[None]:
        """Turn what the library raises into our own; `from None`, for its texts may hold the token.

        `what` is the chat that is written into, or the kind of call: where Telegram asks to wait, only that waits.
        https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
        Raises TemporaryError (Resting: to be asked later), or Unreachable where the Bot API refuses for good.
        """
        from telegram import error

        loop = asyncio.get_running_loop()
        if (rest := self._rests.get(what, 0.0) - loop.time()) > 0:
            raise Resting(f"Telegram has asked the admins' bot to wait {rest:.0f} more seconds", rest)
        try:
            async with asyncio.timeout(seconds):  # the library's own time-outs do not end a slow drip
                yield
        except TimeoutError:
            raise TemporaryError("Telegram cannot be reached: no answer in time") from None
        except (error.InvalidToken, error.EndPointNotFound):
            raise TemporaryError(
                "Telegram does not accept the bot's token: put the one that @BotFather shows into the secret "
                "telegram_token, and start the service again"
            ) from None
        except error.RetryAfter as flood:
            seconds = flood._retry_after.total_seconds()  # the public one has two types, by a setting
            self._rests[what] = loop.time() + seconds
            raise Resting(f"Telegram asks the admins' bot to wait {seconds:.0f} seconds", seconds) from None
        except error.ChatMigrated as moved:
            raise Unreachable(f"the group has become a supergroup, with the id {moved.new_chat_id}") from None
        except error.Conflict:
            raise TemporaryError("another program reads what is written to this bot: end it") from None
        except (error.BadRequest, error.Forbidden) as refused:
            raise Unreachable(" ".join(refused.message.split())) from None
        except error.NetworkError as trouble:
            raise TemporaryError(f"Telegram cannot be reached: {type(trouble).__name__}") from None
        except error.TelegramError as trouble:
            raise TemporaryError(f"Telegram's answer cannot be read: {type(trouble).__name__}") from None

    async def send(self, chat: int, screen: Screen, markup: Any = None) -> int:
        """A new message; its id. Raises TemporaryError and Unreachable."""
        async with self.speaking(chat):
            sent: Message = await self.bot.send_message(chat, **_content(screen), reply_markup=markup)
        return sent.message_id

    async def reply(self, chat: int, screen: Screen, markup: Any = None) -> None:
        """An answer to a reader; their chat is not kept, not even as one that rests: all readers wait together.

        Raises TemporaryError and Unreachable.
        """
        async with self.speaking("readers"):
            await self.bot.send_message(chat, **_content(screen), reply_markup=markup)

    async def edit(self, chat: int, message: int, screen: Screen, markup: Any = None) -> bool:
        """Put a screen in the place of a message; False when it is not there any more. Raises TemporaryError."""
        try:
            async with self.speaking(chat):
                await self.bot.edit_message_text(
                    **_content(screen), chat_id=chat, message_id=message, reply_markup=markup
                )
        except Unreachable as gone:
            return "not modified" in str(gone)  # it says so already: an edit that was cut off before its answer
        return True

    async def strip(self, chat: int, message: int) -> None:
        """Take a message's buttons away, if it is still there. Raises TemporaryError."""
        with suppress(Unreachable):
            async with self.speaking(chat):
                await self.bot.edit_message_reply_markup(chat_id=chat, message_id=message)

    async def answer(self, query: str, text: str) -> None:
        """Say something to whoever has pressed a button; one that is too old hears nothing. Raises TemporaryError."""
        text = text if len(text) <= LONGEST_ANSWER else text[: LONGEST_ANSWER - 1] + "…"
        with suppress(Unreachable):  # BadRequest: "Query is too old"
            async with self.speaking("answers"):
                await self.bot.answer_callback_query(query, text=text or None, show_alert=len(text) > 60)

    async def file(self, number: str) -> bytes:
        """What was sent as a file. Raises TemporaryError and Unreachable."""
        from telegram import error

        async with self.speaking("files"):
            found = await self.bot.get_file(number)
            try:
                return bytes(await found.download_as_bytearray())
            except (error.InvalidToken, error.EndPointNotFound):  # 404 is about the file: our token got its path
                raise Unreachable("Telegram has it no longer") from None

    async def updates(self, offset: int, kinds: tuple[str, ...]) -> Any:
        """What was written, from update `offset` on; waits for it a while. Raises TemporaryError."""
        try:
            async with self.speaking("updates", POLL_SECONDS + SECONDS):
                return await self.bot.get_updates(offset=offset, timeout=POLL_SECONDS, allowed_updates=kinds)
        except Unreachable as refused:
            raise TemporaryError(f"Telegram refuses to say what was written to the bot: {refused}") from None


def _content(screen: Screen) -> dict[str, Any]:
    from telegram import LinkPreviewOptions, MessageEntity

    entities = [
        MessageEntity(type=one.type, offset=one.offset, length=one.length, url=one.url) for one in screen.entities
    ]
    return {"text": screen.text, "entities": entities, "link_preview_options": LinkPreviewOptions(is_disabled=True)}


def _application(base: str, token: str) -> Application[Any, Any, Any, Any, Any, Any]:
    import httpx
    from telegram import Update
    from telegram.ext import Application, ExtBot
    from telegram.request import HTTPXRequest

    trusted = httpx.create_ssl_context(trust_env=False)  # one for both: a list of authorities takes megabytes

    class Reading(HTTPXRequest):
        """Blanks an update that the library cannot read: it would refuse all that came with it, again and again."""

        @staticmethod
        def parse_json_payload(payload: bytes) -> Any:
            answer = HTTPXRequest.parse_json_payload(payload)
            if isinstance(answer.get("result"), list):
                answer["result"] = [_readable(one, Update) for one in answer["result"]]
            return answer

    def request(kind: type[HTTPXRequest]) -> HTTPXRequest:
        return kind(
            connection_pool_size=8,
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            write_timeout=SECONDS,
            pool_timeout=SECONDS,
            httpx_kwargs={"trust_env": False, "verify": trusted},  # a proxy of the environment would see the token
        )

    bot = ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=request(HTTPXRequest),
        get_updates_request=request(Reading),
    )
    return Application.builder().bot(bot).updater(None).job_queue(None).build()


def _readable(raw: Any, update: Any) -> Any:
    try:
        update.de_json(raw, None)
    except Exception:  # noqa: BLE001  # whatever the library stumbles over: only its number is of use
        return {"update_id": raw["update_id"]}
    return raw
